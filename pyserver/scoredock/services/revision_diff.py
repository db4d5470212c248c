"""Differences between two kept revisions of a service: files, packages, models and settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from scoredock import l10n
from scoredock.environments.spec import shown_name
from scoredock.late_dataclass import dataclass
from scoredock.services.entry_script import MAIN_SCRIPT
from scoredock.services.lifecycle.kept_files import KeptRevision
from scoredock.services.lifecycle.source_tree import FileState
from scoredock.services.revision import Revision

Kind = Literal["file", "package", "model", "setting"]
_LARGEST_TEXT = 256 * 1024
_MOST_LINES = 400
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """One thing that is not the same in both."""

    kind: Kind
    name: str
    before: str
    """Empty when only the second has it."""
    after: str
    """Empty when only the first has it."""
    diff: str = ""
    """Of a text file that both have, or one of them: unified, at most some hundred lines."""


def differences(
    before: KeptRevision, after: KeptRevision, packages: tuple[Iterable[str], Iterable[str]]
) -> list[RevisionChange]:
    """Differences in the order files, packages, models, settings. `packages`: `name==version` lines of both
    environments."""
    return [
        *_files(before, after),
        *_changed("package", *map(_packages, packages)),
        *_changed("model", *(_models(each.revision) for each in (before, after))),
        *_changed("setting", *(dict(_settings(each.revision)) for each in (before, after))),
    ]


def _changed(kind: Kind, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[RevisionChange]:
    for name in sorted({**before, **after}):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            yield RevisionChange(kind, name, old, new)


def _files(before: KeptRevision, after: KeptRevision) -> Iterator[RevisionChange]:
    old, new = _states(before), _states(after)
    for name in sorted({**old, **new}):
        one, other = old.get(name), new.get(name)
        if (one and (one.digest, one.executable)) != (other and (other.digest, other.executable)):
            diff = _text_diff(name, before, after, (one, other))
            yield RevisionChange("file", name, _size(one), _size(other), diff)


def _states(kept_revision: KeptRevision) -> dict[str, FileState]:
    """By name, the script of a service without a source directory once only: it is staged under two names."""
    states = dict(kept_revision.staged.files)
    spec = kept_revision.revision.spec
    if spec is not None and spec.script.source_directory is None and spec.staged_script != MAIN_SCRIPT:
        states.pop(MAIN_SCRIPT, None)
    return states


def _size(state: FileState | None) -> str:
    if state is None:
        return ""
    return l10n.t("1 byte") if state.size == 1 else l10n.t("{count} bytes", count=state.size)


def _text_diff(
    name: str, before: KeptRevision, after: KeptRevision, states: tuple[FileState | None, FileState | None]
) -> str:
    texts = [
        [] if state is None else _lines(kept, name, state) for kept, state in zip((before, after), states, strict=True)
    ]
    old, new = texts
    if old is None or new is None:
        return ""
    first, second = (f"{name} ({kept.revision.number})" for kept in (before, after))
    lines = list(difflib.unified_diff(old, new, first, second, lineterm=""))
    if len(lines) > _MOST_LINES:
        left = len(lines) - _MOST_LINES
        lines = [*lines[:_MOST_LINES], l10n.t("… and {count} more lines", count=left)]
    return "\n".join(lines)


def _lines(kept_revision: KeptRevision, name: str, state: FileState) -> list[str] | None:
    """None for what is not text, too large, or cannot be read."""
    if state.size > _LARGEST_TEXT:
        return None
    try:
        content = (kept_revision.root / name).read_bytes()
        return None if b"\0" in content else content.decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return None


def _packages(lines: Iterable[str]) -> dict[str, str]:
    """Name → version or what was asked for, of lines of a lock or of requirements."""
    versions = {}
    for line in lines:
        text = line.split("#")[0].strip()
        match = _NAME.match(text)
        if match is not None and not text.startswith("-"):
            name = re.sub(r"[-_.]+", "-", match[0]).lower()
            versions[name] = text[match.end() :].strip().removeprefix("==") or l10n.t("any version")
    return versions


def _models(revision: Revision) -> dict[str, str]:
    return {name: version for name, _, version in (each.partition(":") for each in revision.models)}


def _settings(revision: Revision) -> Iterator[tuple[str, str]]:
    """Other settings of a revision that change how it serves, as title and value."""
    spec, request = revision.spec, revision.request
    yield l10n.t("engine"), request.engine
    if spec is None:
        return
    yield l10n.t("entry script"), str(spec.script.path)
    yield l10n.t("port"), str(spec.port or "")
    yield l10n.t("environment"), spec.registered_environment or shown_name(spec.environment.display_name)
    yield l10n.t("Python"), spec.environment.python or ""
    yield l10n.t("base image"), spec.environment.image.base_image
    yield l10n.t("inference configuration"), str(request.inference_config or "")
    yield l10n.t("deployment configuration"), str(request.deployment_config or "")
    yield l10n.t("authentication"), spec.front.authentication
    for name, value in sorted(spec.variables.items()):
        yield l10n.t("environment variable {name}", name=name), value
