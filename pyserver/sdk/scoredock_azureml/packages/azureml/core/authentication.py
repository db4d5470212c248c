"""Ways to sign in to Azure: accepted, and not needed. Nothing of what they are given is kept."""

from __future__ import annotations

from typing import Any, Dict, Optional

from azureml._scoredock.failures import not_here

_INSTEAD = "Scoredock asks for no account; leave the call out."


class AbstractAuthentication:
    """The base of all."""

    def get_authentication_header(self) -> Dict[str, str]:
        """There is no account behind it."""
        raise not_here(f"{type(self).__name__}.get_authentication_header", _INSTEAD)

    def get_token(self, *scopes: str, **kwargs: Any) -> Any:
        """There is no account behind it."""
        raise not_here(f"{type(self).__name__}.get_token", _INSTEAD)


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Nobody is asked."""

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
