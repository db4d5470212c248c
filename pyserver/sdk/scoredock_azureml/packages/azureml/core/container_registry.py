"""`ContainerRegistry`: the registry that images come from, with its login."""

from __future__ import annotations

from typing import Optional


class ContainerRegistry:
    """Address and credentials; a password is handed to Docker and nowhere else."""

    def __init__(self) -> None:
        self.address: Optional[str] = None
        self.username: Optional[str] = None
        self.password: Optional[str] = None
        self.registry_identity: Optional[object] = None

    def __repr__(self) -> str:
        return f"ContainerRegistry(address={self.address!r}, username={self.username!r})"
