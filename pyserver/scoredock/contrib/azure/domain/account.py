"""Finds the workspace of Azure that is meant, and how one signs in."""

from __future__ import annotations

from typing import Any

from scoredock.late_dataclass import dataclass

SIGN_IN = ("default", "browser", "device-code")
KINDS = ("model", "environment", "service", "online-endpoint", "batch-endpoint", "run")
"""What can be fetched, in the order in which it is: services and endpoints name models and environments."""


@dataclass(frozen=True, slots=True)
class AzureWorkspace:
    """A workspace of Azure ML."""

    subscription_id: str
    resource_group: str
    name: str

    def to_json(self) -> dict[str, Any]:
        return {"subscription": self.subscription_id, "resourceGroup": self.resource_group, "workspace": self.name}

    @property
    def identity(self) -> str:
        """Equal for the same workspace."""
        return "/".join((self.subscription_id, self.resource_group, self.name)).casefold()


@dataclass(frozen=True, slots=True)
class SignIn:
    """Way to sign in: `default` takes what the machine has, `az login` among it."""

    way: str = "default"
    tenant: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"signIn": self.way, "tenant": self.tenant}
