"""What the checks may know besides the text: facts of the workspace, gathered by the features. No I/O in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


def _nothing_exists(path: str) -> bool:  # noqa: ARG001 (stands in for a look at the file system)
    return False


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A registered model version, as far as checks care."""

    name: str
    version: int
    files: tuple[str, ...]
    """Paths relative to the version folder, forward slashes."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything beyond the text itself. The defaults know nothing, and checks that need a fact stay silent then."""

    path: str = ""
    """Absolute path of the document, or empty for text without a file."""
    exists: Callable[[str], bool] = _nothing_exists
    """Whether an absolute path exists (file or folder)."""
    is_folder: Callable[[str], bool] = _nothing_exists
    listing: Callable[[str], Sequence[str]] | None = None
    """Names in an absolute folder, to tell a path that differs only in case."""
    models: Mapping[str, tuple[ModelFacts, ...]] | None = None
    """All live models of the workspace by name, versions ascending; None when no workspace is at hand."""
    deployed_models: tuple[ModelFacts, ...] | None = None
    """The models this entry script is deployed with, by a configuration or the last deployment; None when not known."""
    environments: Mapping[str, tuple[int, ...]] | None = None
    """Registered environments by name, with their versions, and curated ones, which have every version and so none here;
    None when no workspace is at hand."""
    packages: Mapping[str, str] | None = None
    """Normalised distribution name → version specifier of the environment that the script will run in, when known."""
    overlays: Mapping[str, str] = field(default_factory=dict)
    """Unsaved text of other open documents by absolute path."""
