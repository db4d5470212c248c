"""Settings of environments: their Python, the package index, conda channels."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """The settings of the group `scoredock.environment`."""

    interpreter: str = ""
    """Python for environments that name no version; empty takes the server's own."""
    index_url: str = ""
    """Package index; empty takes what uv is configured with."""
    conda_channels: tuple[str, ...] = ()
    """Where conda channels are: `name=address` each, or one address for all of them."""
    download_python: bool = False
    """Whether uv may fetch a Python that is not on this machine."""
