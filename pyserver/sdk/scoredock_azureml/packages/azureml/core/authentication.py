"""Logins to Azure: accepted, and not needed. Nothing of what they are given is kept."""

from __future__ import annotations

import time
from typing import Any, Dict, NamedTuple, Optional

_A_DAY = 24 * 60 * 60


class AccessToken(NamedTuple):
    """Result of `get_token`: the token and when it expires, in seconds since 1970."""

    token: str
    expires_on: int


class AbstractAuthentication:
    """The base of all. There is no account behind it, and nothing here asks for its token."""

    def get_authentication_header(self) -> Dict[str, str]:
        """A header that opens nothing."""
        return {"Authorization": "Bearer none"}

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """A token that opens nothing."""
        return AccessToken("none", int(time.time()) + _A_DAY)


class ArmTokenAuthentication(AbstractAuthentication):
    """The token is not kept."""

    def __init__(self, arm_access_token: str, cloud: Any = None) -> None:
        """Accepted and not needed."""

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """Accepts a token, which is not needed."""


class AzureMLTokenAuthentication(AbstractAuthentication):
    """The token is not kept."""

    def __init__(self, azureml_access_token: str, *args: Any, **kwargs: Any) -> None:
        """Accepted and not needed."""


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Login in a browser in Azure; here nobody is asked."""

    def __init__(self, force: bool = False, tenant_id: Optional[str] = None, cloud: Any = None) -> None:
        """Accepted and not needed."""


class AzureCliAuthentication(AbstractAuthentication):
    """The Azure CLI is not asked."""

    def __init__(self, cloud: Any = None) -> None:
        """Accepted and not needed."""


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Neither id nor password is kept."""

    def __init__(
        self,
        tenant_id: str,
        service_principal_id: str,
        service_principal_password: str,
        cloud: str = "AzureCloud",
        _enable_caching: bool = True,
    ) -> None:
        """Accepted and not needed."""


class MsiAuthentication(AbstractAuthentication):
    """No identity is asked for."""

    def __init__(self, cloud: Any = None, **kwargs: Any) -> None:
        """Accepted and not needed."""


class TokenAuthentication(AbstractAuthentication):
    """The function is not called."""

    def __init__(self, get_token_for_audience: Any, cloud: Any = None) -> None:
        """Accepted and not needed."""
