"""Records of `az/install`."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True)
class AzFolderParams:
    folder: str = ""
    """Where the `az` lies; empty for a folder of the data folder."""


@dataclass(frozen=True)
class AzFolder:
    folder: str
    """To be put in front of PATH."""
    variables: dict[str, str]
    """What a terminal must set besides, so that it means the same data folder."""
