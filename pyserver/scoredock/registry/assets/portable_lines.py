"""Lines of requirements that stand alone: included files in their place, nothing that only this machine has."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.checks.configs.environment.requirements import parse_requirements
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.plain_files import read_text
from scoredock.registry.grammar import printable

_NESTING = 5
"""How deep requirements files may include one another."""
_MOST_LINES = 10_000
_BYTES = 1_000_000

_REMOTE = re.compile(r"(?:git|hg|svn|bzr)\+(?:https?|ssh|git|svn)://|git\+?git@|https?://")
_LOCAL = re.compile(
    r"\.{0,2}[/\\]|\.{1,2}$|~|[A-Za-z]:[\\/]|(?:\w+\+)?file:|.*@\s*(?:(?:\w+\+)?file:|\.{0,2}[/\\]|[A-Za-z]:[\\/])"
)
_ARCHIVE = re.compile(r"[^\s@]+\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)(?:\s*;.*)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Included:
    """Folder that relative paths in lines start from, and the number of files that led there."""

    folder: Path
    depth: int = 0
    stays_here: bool = False
    """Whether the lines are for this machine alone, and name what is on it by absolute paths."""


def standalone(lines: Sequence[str], place: Included) -> tuple[str, ...]:
    """The lines with included files in their place.

    Raises environment-not-portable for a wheel, folder, constraints file or link folder on this machine,
    environment-source-invalid for files that include one another too deeply, and what reading an included file raises.
    """
    result: list[str] = []
    for line in lines:
        option, value = _split(line)
        if option in ("-r", "--requirement"):
            result += _included(value, place)
        elif option in ("-c", "--constraint"):
            raise _not_portable(line, l10n.t("Write the versions of the constraints file into the requirements."))
        elif option in ("-e", "--editable"):
            if not (_REMOTE.match(value) or place.stays_here):
                raise _not_portable(line)
            result.append(value if _REMOTE.match(value) else _absolute(value, place))
        elif (option in ("-f", "--find-links") and not _REMOTE.match(value)) or (not option and _is_local(line)):
            if not place.stays_here:
                raise _not_portable(line)
            result.append(f"{option} {_absolute(value, place)}".strip())
        else:
            result.append(line)
        if len(result) > _MOST_LINES:
            raise ScoredockError(
                "environment-source-invalid",
                l10n.t("The environment has more than {limit:,} requirements.", limit=_MOST_LINES),
            )
    return tuple(result)


def _absolute(value: str, place: Included) -> str:
    """Addresses and absolute paths stay as they are."""
    return value if "file:" in value or value.startswith("~") else str((place.folder / value).resolve())


def _is_local(line: str) -> bool:
    return bool(_LOCAL.match(line) or (_ARCHIVE.match(line) and not _REMOTE.match(line)))


def _split(line: str) -> tuple[str, str]:
    """Option and value: `-r x`, `-rx`, `--requirement=x`; no option for a requirement."""
    if not line.startswith("-"):
        return "", line
    if line.startswith("--"):
        option, _, value = line.replace("=", " ", 1).partition(" ")
        return option, value.strip()
    return line[:2], line[2:].strip()


def _included(value: str, place: Included) -> tuple[str, ...]:
    if _REMOTE.match(value):
        raise _not_portable(f"-r {value}", l10n.t("Write its lines into the requirements."))
    target = place.folder / value
    if place.depth >= _NESTING:
        raise ScoredockError(
            "environment-source-invalid",
            l10n.t("Requirements files include one another more than {limit} levels deep.", limit=_NESTING),
            place=Place(str(target)),
        )
    lines, findings = parse_requirements(read_text(target, _BYTES), Facts(path=str(target)))
    require_readable(target, findings)
    return standalone(lines, replace(place, folder=target.parent, depth=place.depth + 1))


def require_readable(
    path: Path, findings: Sequence[Finding], but: Collection[str] = (), tell: Callable[[str], None] | None = None
) -> None:
    """Raises environment-source-invalid for the first error in a file of an environment, `but` for these rules, whose
    errors `tell` gets."""
    errors = [each for each in findings if each.severity == "error"]
    for each in errors:
        if tell is not None and each.code in but:
            message = each.message.rstrip(".")
            tell(l10n.t("{path}, line {line}: {message}.", path=path, line=each.range.start.line + 1, message=message))
    wrong = next((each for each in errors if each.code not in but), None)
    if wrong is not None:
        start = wrong.range.start
        raise ScoredockError(
            "environment-source-invalid",
            l10n.t(
                "{path}, line {line}: {message}.",
                path=printable(str(path)),
                line=start.line + 1,
                message=wrong.message.rstrip("."),
            ),
            l10n.t("Correct the line, then register again."),
            place=Place(str(path), start.line, start.character),
        )


def _not_portable(line: str, fix: str = "") -> ScoredockError:
    return ScoredockError(
        "environment-not-portable",
        l10n.t("{line} is on this machine only and cannot be part of a record.", line=printable(line)),
        fix,
    )
