"""Settings of a project for its checks and services: `[tool.scoredock]` of the nearest pyproject.toml. Parsing never
fails as a whole."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal, cast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.late_dataclass import dataclass

FILE = "pyproject.toml"
KEYS = ("ignore", "select", "severity", "per-file-ignores", "exclude", "strict", "environment", "allow-env")
LEVELS = ("error", "warning", "information", "hint", "off")
MARK = re.compile(r"\btool[\"']?[ \t]*\.[ \t]*[\"']?scoredock\b")
_TOOL = re.compile(r"^[ \t]*(?:\[[ \t]*tool[ \t]*\]|tool[ \t]*=)", re.MULTILINE)
_DEEPEST = 64
"""Parts of a key; the time that the parser takes grows with their square."""
_PART = re.compile(r"""\s*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')\s*""")
_LONGEST = 500_000
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_MOST = 1_000
"""Patterns and codes of one list that count."""

WAYS = ("auto", "pip", "conda")
Way = Literal["auto", "pip", "conda"]
Level = Literal["error", "warning", "information", "hint", "off"]


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """Codes may be beginnings of codes: `SD1` means all of entry scripts."""

    folder: str = ""
    """Absolute path of the folder that the patterns start at; empty where there is no project."""
    ignore: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    """Only these are reported; empty means all."""
    severity: Mapping[str, Level] = field(default_factory=dict)
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    strict: bool = False
    """Whether services of the project answer correctly where Azure's server is faulty."""
    allow_env: tuple[str, ...] = ()
    """Variables of the shell and of `.env` that requests of `.http` files may send, from a terminal."""
    environment: Way = "auto"
    """How conda files are installed: by pip wheels and conda only where it must be, or one of the two alone."""


NO_SETTINGS = ProjectSettings()


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """A mistake in the settings, before it is known where it stands."""

    kind: Literal["unreadable", "key", "code", "value"]
    name: str
    """The key, the code, or what the reader of TOML says."""
    expectation: str = ""
    line: int = 0
    """Zero-based, of the unreadable place."""
    character: int = 0


def has_settings(text: str) -> bool:
    """True if a pyproject.toml says anything about us."""
    if "scoredock" not in text:
        return False
    return bool(MARK.search(text)) or bool(_TOOL.search(text))


def read_settings(text: str, folder: str) -> tuple[ProjectSettings, list[SettingProblem]]:
    """The settings that can be understood, and what cannot. Never raises."""
    settings = ProjectSettings(folder)
    if not has_settings(text):
        return settings, []
    if len(text) > _LONGEST:
        return settings, [SettingProblem("unreadable", l10n.t("the file is too long"))]
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    if _deepest_key(text) > _DEEPEST:
        return settings, [SettingProblem("unreadable", l10n.t("it is nested too deeply"))]
    try:
        raw: Any = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        return settings, [_unreadable(str(error), text)]
    except RecursionError:
        return settings, [SettingProblem("unreadable", l10n.t("it is nested too deeply"))]
    tool = raw.get("tool")
    table = tool.get("scoredock") if isinstance(tool, dict) else None
    if table is None:
        return settings, []
    if not isinstance(table, dict):
        return settings, [SettingProblem("value", "scoredock", l10n.t("a table"))]
    slips = [SettingProblem("key", key) for key in table if key not in KEYS]
    return replace(
        settings,
        ignore=_codes(table, "ignore", slips),
        select=_codes(table, "select", slips),
        severity=_severity(table, slips),
        per_file_ignores=_per_file(table, slips),
        exclude=_texts(table, "exclude", slips),
        strict=_truth(table, "strict", slips),
        environment=_way(table, slips),
        allow_env=_texts(table, "allow-env", slips),
    ), slips


def effective(findings: Sequence[Finding], path: str, settings: ProjectSettings) -> list[Finding]:
    """Findings of a file that its project's settings keep, each with the severity that the project wants."""
    if settings == NO_SETTINGS or (
        not settings.ignore
        and not settings.select
        and not settings.severity
        and not settings.per_file_ignores
        and not settings.exclude
    ):
        return list(findings)
    if excluded(path, settings):
        return []
    ignored = list(settings.ignore)
    for pattern, codes in settings.per_file_ignores:
        if _fits(path, pattern, settings.folder):
            ignored += codes
    remaining_findings: list[Finding] = []
    for finding in findings:
        if _begins(finding.code, ignored) or (settings.select and not _begins(finding.code, settings.select)):
            continue
        named = max((code for code in settings.severity if finding.code.startswith(code)), key=len, default=None)
        level = settings.severity[named] if named is not None else finding.severity
        if level != "off":
            remaining_findings.append(finding if level == finding.severity else replace(finding, severity=level))
    return remaining_findings


def excluded(path: str, settings: ProjectSettings) -> bool:
    """True if a file, or a folder above it in the project, is left out."""
    return any(_fits(path, pattern, settings.folder) for pattern in settings.exclude)


def _begins(code: str, starts: Iterable[str]) -> bool:
    return code.startswith(tuple(starts))


def _fits(path: str, pattern: str, folder: str) -> bool:
    """Like Git: a pattern without `/` fits a name anywhere, others start at the folder; what fits a folder fits all in
    it."""
    path, folder = path.replace("\\", "/"), folder.replace("\\", "/").rstrip("/")
    if not path.startswith(f"{folder}/"):
        return False
    parts = path[len(folder) + 1 :].split("/")
    pattern = posixpath.normpath(pattern.replace("\\", "/")).lstrip("/")
    if "/" not in pattern:
        return any(fnmatchcase(part, pattern) for part in parts)
    return any(fnmatchcase("/".join(parts[: end + 1]), pattern) for end in range(len(parts)))


def _deepest_key(text: str) -> int:
    """How many parts a key may have at most; also what only looks like one is counted, as in a long text with dots."""
    deepest = parts = 0
    for each in text.split("."):
        parts = parts + 1 if _PART.fullmatch(each) else 0
        deepest = max(deepest, parts)
    return deepest


def _unreadable(message: str, text: str) -> SettingProblem:
    place = _PLACE.search(message)
    reason = _PLACE.sub("", message).strip().rstrip(".")
    reason = reason[:1].lower() + reason[1:] if reason else l10n.t("it is not TOML")
    if place is not None:
        return SettingProblem("unreadable", reason, line=int(place.group(1)) - 1, character=int(place.group(2)) - 1)
    return SettingProblem(
        "unreadable", reason.replace("(at end of document)", l10n.t("at its end")).strip(), line=text.count("\n")
    )


def _texts(table: Mapping[str, Any], key: str, slips: list[SettingProblem]) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        slips.append(SettingProblem("value", key, l10n.t("a list of texts")))
        return ()
    return tuple(value[:_MOST])


def _truth(table: Mapping[str, Any], key: str, slips: list[SettingProblem]) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        slips.append(SettingProblem("value", key, l10n.t("true or false")))
        return False
    return value


def _way(table: Mapping[str, Any], slips: list[SettingProblem]) -> Way:
    value = table.get("environment", "auto")
    if value not in WAYS:
        slips.append(SettingProblem("value", "environment", l10n.t("“auto”, “pip” or “conda”")))
        return "auto"
    return cast(Way, value)


def _codes(table: Mapping[str, Any], key: str, slips: list[SettingProblem]) -> tuple[str, ...]:
    return tuple(_code(item, slips) for item in _texts(table, key, slips))


def _code(text: str, slips: list[SettingProblem]) -> str:
    slips.append(SettingProblem("code", text))  # whoever knows the rules drops those that exist
    return text.strip().upper() or "-"


def _severity(table: Mapping[str, Any], slips: list[SettingProblem]) -> dict[str, Level]:
    value = table.get("severity", {})
    if not isinstance(value, dict):
        slips.append(SettingProblem("value", "severity", l10n.t("a table of codes and levels")))
        return {}
    levels: dict[str, Level] = {}
    for name, level in list(value.items())[:_MOST]:
        code = _code(name, slips)
        if level in LEVELS:
            levels[code] = cast(Level, level)
        else:
            slips.append(SettingProblem("value", name, l10n.t("“error”, “warning”, “information”, “hint” or “off”")))
    return levels


def _per_file(table: Mapping[str, Any], slips: list[SettingProblem]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    value = table.get("per-file-ignores", {})
    if not isinstance(value, dict):
        slips.append(SettingProblem("value", "per-file-ignores", l10n.t("a table of patterns and lists of codes")))
        return ()
    return tuple((pattern, _codes(value, pattern, slips)) for pattern in list(value)[:_MOST])
