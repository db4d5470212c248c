"""How the files of a deployment are read, with limits, and what is found and noted on the way."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import ProjectSettings
from scoredock.checks.check import apply_settings
from scoredock.environments.pip.uv_cache import is_known_to_uv
from scoredock.errors import Place, ScoredockError
from scoredock.project import PROJECTS
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.assets.assets import Assets
from scoredock.registry.assets.environment_names import environment_versions
from scoredock.registry.grammar import printable
from scoredock.services.own_file import OwnFile
from scoredock.services.planning.findings import LocatedFinding, require_checked
from scoredock.services.planning.pickle_contents import pickle_of

_CONFIG_BYTES = 1_000_000
SCRIPT_BYTES = 2_000_000
_NO_OWN_FILE = OwnFile("", "")


class Files:
    """Reads the files of one deployment and collects what is found in them and noted; the checks know them by
    `facts`."""

    def __init__(self, registry: Registry, *, contained: bool = False, own: OwnFile = _NO_OWN_FILE) -> None:
        """`own` is the person's file behind a configuration that a program wrote."""
        self.registry = registry
        self.own = own
        self.contained = contained
        self.findings: list[LocatedFinding] = []
        self.notes: list[str] = []
        self._settings: dict[Path, ProjectSettings] = {}

    @property
    def assets(self) -> Assets:
        """Those of the workspace."""
        return self.registry.assets

    @cached_property
    def _environments(self) -> dict[str, tuple[int, ...]]:
        return environment_versions(self.registry.assets)

    def text(self, path: Path) -> str:
        """Of a configuration. Raises what `read_text` raises."""
        return read_text(path, _CONFIG_BYTES)

    def settings(self, path: Path) -> ProjectSettings:
        """Those of the project that a file belongs to."""
        folder = path.parent
        if folder not in self._settings:
            self._settings[folder] = PROJECTS.settings(path)
        return self._settings[folder]

    def facts(self, path: Path, deployed: Sequence[ModelVersion] | None = None) -> Facts:
        """What the checks know of a file, and of an entry script (`deployed`) with which models."""
        return Facts(
            path=str(path),
            exists=lambda name: os.path.exists(name),  # noqa: PTH110 (paths are plain text there)
            is_folder=lambda name: os.path.isdir(name),  # noqa: PTH112
            listing=_listing,
            read=readable,
            is_package=is_known_to_uv,
            models=_by_name(self.registry.trees()) if deployed is not None else None,
            environments=self._environments,
            deployed_models=None if deployed is None else tuple(map(_model_facts, deployed)),
            pickle=partial(pickle_of, self.registry),
            settings=self.settings(path),
        )

    def add(self, path: Path, findings: Sequence[Finding]) -> None:
        """Comments and the project's settings count here as they do in the editor."""
        if findings:
            facts = Facts(path=str(path), settings=self.settings(path))
            findings = apply_settings(list(findings), self.text(path), facts, unused=False)
        if not self.own.stands_for(str(path)):
            self.findings.extend(LocatedFinding(str(path), finding) for finding in findings)
            return
        text, own = self.text(path), readable(self.own.path) or ""
        for finding in findings:
            meant, is_placed = self.own.finding(finding, text, own)
            self.findings.append(LocatedFinding(self.own.path, meant, is_placed))

    def note(self, sentence: str) -> None:
        """For the log of the deployment."""
        self.notes.append(sentence)

    def refuse_errors(self) -> None:
        """Raises ScoredockError `check-failed` when a finding so far is an error."""
        require_checked(self.findings, skip_checks=False)


def read_text(path: Path, limit: int) -> str:
    """A text file in UTF-8. Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`."""
    try:
        return read_bytes(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} is not UTF-8 text (byte {start}).", path=path, start=error.start),
            place=Place(str(path)),
        ) from None


def read_bytes(path: Path, limit: int) -> bytes:
    """A regular file. Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`."""
    place = Place(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep the reader waiting, a device never ends
            raise ScoredockError("file-unreadable", l10n.t("{path} is not a regular file.", path=path), place=place)
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise ScoredockError(
                "file-too-large",
                l10n.t("{path} is larger than {limit} MB.", path=path, limit=limit // 1000000),
                place=place,
            )
        return content
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=place) from None
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    except ValueError:
        raise _unreadable(path, l10n.t("it is not a path")) from None


def require_there(path: Path, what: str, *, folder: bool) -> None:
    """Raises ScoredockError `file-not-found` or `file-unreadable` where there is no such file, or no such folder."""
    place = Place(str(path))
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise ScoredockError(
            "file-not-found", l10n.t("The {what} {path} does not exist.", what=what, path=path), place=place
        ) from None
    except OSError as error:  # also a name that is too long, a loop of links, a folder one may not look into
        raise _unreadable(path, error.strerror) from None
    except ValueError:
        raise _unreadable(path, l10n.t("it is not a path")) from None
    if not (stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)):
        raise ScoredockError(
            "file-not-found",
            l10n.t("The {what} {path} is not a folder.", what=what, path=path)
            if folder
            else l10n.t("The {what} {path} is not a regular file.", what=what, path=path),
            place=place,
        )


def _unreadable(path: Path, reason: str | None) -> ScoredockError:
    return ScoredockError(
        "file-unreadable",
        l10n.t("{path} cannot be read: {reason}.", path=printable(str(path)), reason=reason),
        place=Place(str(path)),
    )


def readable(name: str) -> str | None:
    """Text of a file beside the script; None where there is none that can be read."""
    try:
        return read_text(Path(name), SCRIPT_BYTES)
    except ScoredockError:
        return None


def _listing(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (names only)
    except OSError:
        return []


def _model_facts(model: ModelVersion) -> ModelFacts:
    files = tuple(file.path for file in model.files)
    return ModelFacts(
        model.name, model.version, files, model.framework, model.framework_version, tuple(model.tags.items())
    )


def _by_name(trees: Sequence[tuple[str, int, tuple[str, ...]]]) -> dict[str, tuple[ModelFacts, ...]]:
    grouped: dict[str, list[ModelFacts]] = {}
    for name, version, paths in trees:
        grouped.setdefault(name, []).append(ModelFacts(name, version, paths))
    return {name: tuple(versions) for name, versions in grouped.items()}
