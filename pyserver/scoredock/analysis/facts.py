"""Facts that the checks may know besides the text: those of the workspace, gathered by the features. No I/O in here."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from scoredock.analysis.project_settings import NO_SETTINGS, ProjectSettings
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.file_text import FileEncoding
    from scoredock.pickles.facts import PickleFacts


def _nothing_exists(path: str) -> bool:  # noqa: ARG001 (stands in for a look at the file system)
    return False


def _nothing_readable(path: str) -> str | None:  # noqa: ARG001 (the same)
    return None


def _no_pickle(model: ModelFacts, path: str) -> PickleFacts | None:  # noqa: ARG001 (the same)
    return None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A registered model version, as far as checks care."""

    name: str
    version: int
    files: tuple[str, ...]
    """Paths relative to the version folder, forward slashes."""
    framework: str = ""
    """As registered: ScikitLearn, Onnx, …; empty when it was not said."""
    framework_version: str = ""
    """The version that was registered, or else the one that the file itself names."""
    tags: tuple[tuple[str, str], ...] = ()
    used_by: tuple[str, ...] = ()
    """Names of the services that use this version."""
    folder: str = ""
    """Absolute folder that the files are below, where they lie as files of their own; empty in a workspace."""


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """The environment that a script will run in, as far as files and records tell. Nothing is guessed."""

    path: str = ""
    """Absolute path of the file that lists the packages; empty for a registered environment."""
    name: str = ""
    python: str | None = None
    """The Python that is asked for, as numbers: `3.8`; None when any will do."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Normalised distribution name → version specifier as written (`==1.2`, conda's `=1.2`, or empty), as listed."""
    complete: bool = True
    """Whether the list is all that was asked for: not when a part stands in another place that was not read, or when
    the environment is the person's own."""
    text: str = ""
    """What stands in the file at `path`, unsaved changes included, for repairs that add a package there."""
    installed: Mapping[str, str] | None = None
    """Normalised distribution name → exact version of everything, where this environment was built; None otherwise."""
    assumed: bool = False
    """Whether it only lies beside the script, and no configuration or deployment names it: nothing is certain then."""
    folders: tuple[str, ...] = ()
    """Absolute folders of this machine that packages of it are built from."""
    modules: frozenset[str] | None = None
    """Top-level names that can be imported from an environment that was built, without the standard library; None when
    it was not built, or when its packages may add folders that were not looked into."""
    wished: Mapping[str, str] = field(default_factory=dict)
    """Those of `packages` with the specifier that is installed where it can be: the release that saved the models."""


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
    read: Callable[[str], str | None] = _nothing_readable
    """Text of a small file by its absolute path, unsaved changes included; None when it cannot be read."""
    pickle: Callable[[ModelFacts, str], PickleFacts | None] = _no_pickle
    """What the opcodes of a file of a model say, by its path in the version; None where it is no pickle."""
    models: Mapping[str, tuple[ModelFacts, ...]] | None = None
    """All live models of the workspace by name, versions ascending; None when no workspace is at hand."""
    deployed_models: tuple[ModelFacts, ...] | None = None
    """The models this entry script is deployed with, by a configuration or the last deployment; None when not known."""
    environments: Mapping[str, tuple[int, ...]] | None = None
    """Registered environments by name, with their versions, and curated ones, which have every version and so none
    here; None when no workspace is at hand."""
    environment: EnvironmentFacts | None = None
    """What the script will run in, when a configuration beside it or its last deployment says so."""
    configuration: str = ""
    """Absolute path of the inference configuration that names this script, when there is exactly one."""
    source_directory: str = ""
    """Absolute path of the source directory of that configuration, when it has one."""
    script_only: bool = False
    """Whether the script is known to be deployed without a source directory: no file beside it goes along."""
    in_script_folder: bool = False
    """Whether the service runs in the folder of the script, as deployments of Azure ML v2 do; else above the source
    directory."""
    imported_by: str = ""
    """For a module: absolute path of the entry script that imports it."""
    surely_imported: bool = True
    """For a module: whether a start of the service surely imports it, and no `if`, `try` or function stands before
    that."""
    earlier_names: frozenset[str] = frozenset()
    """For a notebook cell: names that cells before it may have bound."""
    serves: bool = False
    """For a file of an environment: whether it is being deployed, so that nobody need look around for that."""
    is_package: Callable[[str], bool] = _nothing_exists
    """Whether a distribution of this normalised name was ever looked up or installed here."""
    overlays: Mapping[str, str] = field(default_factory=dict)
    """Unsaved text of other open documents by absolute path."""
    settings: ProjectSettings = NO_SETTINGS
    """What the project of the document says about its checks."""
    encoding: FileEncoding | None = None
    """How the file of the document is read; None where that is not known."""
    migration: bool = False
    """Whether to tell what changes in Azure ML v2."""

    @property
    def import_folders(self) -> tuple[str, ...]:
        """Folders in which the service looks for the project's modules. They are those of the entry script, for the
        modules that it imports as well: what lies beside a module of a package is found by a dot or the package's name.
        """
        script = self.imported_by or self.path
        own = posixpath.dirname(script.replace("\\", "/"))
        source = self.source_directory.rstrip("/")
        return tuple(dict.fromkeys(filter(None, (source, own) if self.imported_by else (own, source))))

    @property
    def search_folder(self) -> str:
        """The one that Python searches: the source directory where there is one, or the folder of the entry script."""
        source = "" if self.in_script_folder else self.source_directory.rstrip("/")
        return source or next(iter(self.import_folders), "")

    @property
    def models_at_hand(self) -> Sequence[ModelFacts]:
        """The deployed models; where nobody knows them the newest version of each that is registered."""
        if self.deployed_models is not None:
            return self.deployed_models
        return [versions[-1] for versions in (self.models or {}).values() if versions]
