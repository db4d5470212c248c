"""Secrets: the variables of this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.failures import not_here

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

SECRETS = "Set an environment variable of the secret's name, with underscores for dashes, before the script runs."


def secret_of(name: str) -> Optional[str]:
    """The variable of that name, or of its upper case with underscores."""
    found = os.environ.get(name)
    return found if found is not None else os.environ.get(name.replace("-", "_").upper())


class Keyvault:
    """Reads secrets from the variables of the process; keeps none."""

    def __init__(self, workspace: "Workspace") -> None:
        self.workspace = workspace

    def get_secret(self, name: str) -> Optional[str]:
        """The variable of that name, or of its upper case with underscores."""
        return secret_of(name)

    def get_secrets(self, secrets: List[str]) -> Dict[str, Optional[str]]:
        """Several at once."""
        return {name: self.get_secret(name) for name in secrets}

    def set_secret(self, name: str, value: str, content_type: Optional[str] = None) -> None:
        """None are kept."""
        raise not_here("Keyvault.set_secret", SECRETS)

    def set_secrets(self, secrets_batch: Dict[str, str]) -> None:
        """None are kept."""
        raise not_here("Keyvault.set_secrets", SECRETS)

    def get_secret_content_type(self, name: str) -> Any:
        """A variable has none."""
        return None

    def delete_secret(self, name: str) -> None:
        """None are kept."""
        raise not_here("Keyvault.delete_secret", SECRETS)

    def delete_secrets(self, secrets: List[str]) -> None:
        """None are kept."""
        raise not_here("Keyvault.delete_secrets", SECRETS)

    def list_secrets(self) -> List[Dict[str, str]]:
        """None are kept."""
        return []
