"""`Keyvault`: secrets are variables of this process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.failures import not_here

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

SECRETS = "Set an environment variable of the secret's name, with underscores for dashes, before the script runs."
_OF_THIS_PROCESS: Dict[str, str] = {}
"""Names that a script has set, and their variables."""


def secret_of(name: str) -> Optional[str]:
    """The variable of that name, or of its upper case with underscores."""
    found = os.environ.get(name)
    return found if found is not None else os.environ.get(name.replace("-", "_").upper())


class Keyvault:
    """Reads secrets from the variables of the process, and keeps what a script sets there: the scripts that it submits
    get it as well, and nothing is written."""

    def __init__(self, workspace: "Workspace") -> None:
        self.workspace = workspace

    def get_secret(self, name: str) -> Optional[str]:
        """The variable of that name, or of its upper case with underscores."""
        return secret_of(name)

    def get_secrets(self, secrets: List[str]) -> Dict[str, Optional[str]]:
        """Values of several secrets, by name; None for those that are not set."""
        return {name: self.get_secret(name) for name in secrets}

    def set_secret(self, name: str, value: str, content_type: Optional[str] = None) -> None:
        """Sets a secret as an environment variable of this process; it is kept nowhere else."""
        variable = name.replace("-", "_").upper()
        os.environ[variable] = value
        _OF_THIS_PROCESS[name] = variable
        print(
            f"The secret {name} is the variable {variable} until this script ends; it is kept nowhere.", file=sys.stderr
        )

    def set_secrets(self, secrets_batch: Dict[str, str]) -> None:
        """Sets several secrets at once."""
        for name, value in secrets_batch.items():
            self.set_secret(name, value)

    def get_secret_content_type(self, name: str) -> Any:
        """A variable has none."""
        return None

    def delete_secret(self, name: str) -> None:
        """Deletes a secret that this script has set. Raises UserErrorException for others."""
        if name not in _OF_THIS_PROCESS:
            raise not_here(f"Keyvault.delete_secret({name!r})", "Only what this script has set can be taken away.")
        os.environ.pop(_OF_THIS_PROCESS.pop(name), None)

    def delete_secrets(self, secrets: List[str]) -> None:
        """Deletes several secrets at once."""
        for name in secrets:
            self.delete_secret(name)

    def list_secrets(self) -> List[Dict[str, str]]:
        """Names of the secrets that this script has set."""
        return [{"name": name} for name in _OF_THIS_PROCESS]
