"""pip requirements: single requirements as PEP 508 has them, and whole requirements files."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock.configs import environment_rules as rules
from scoredock.configs.facts import Facts
from scoredock.configs.finding import Finding
from scoredock.configs.tree import MAX_CHARACTERS, Lines
from scoredock.text import Fix, Range, TextEdit

_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--(?:hash|config-settings|global-option)[= ]\S+")
_SINGLE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)\s*=\s*([0-9][^=\s]*)$")
_ELSEWHERE = re.compile(r"^(?:[a-z+]+://|git\+|\.{0,2}/|[A-Za-z]:\\)|\.(?:whl|zip|tar\.gz)$")
_MAX_LINES = 10_000
_MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Pin:
    """A package that is asked for, and where."""

    name: str
    """Normalised."""
    version: str
    """Specifier as written, empty for any."""
    range: Range


def parse_requirements(text: str, facts: Facts) -> tuple[tuple[str, ...], list[Finding]]:
    """The requirements of a pip requirements file, options such as `-r other.txt` included as written, and findings."""
    del facts  # nothing of the surroundings matters yet
    lines = Lines(text)
    if len(text) > MAX_CHARACTERS or len(lines.starts) > _MAX_LINES:
        return (), [rules.BROKEN.finding(lines.range(0, 0), problem="The file is too long and is not read.")]
    found: list[str] = []
    findings: list[Finding] = []
    pins: list[Pin] = []
    number = 0
    while number < len(lines.starts):
        first = number
        raw = lines.line(number)
        while raw.endswith("\\") and number + 1 < len(lines.starts) and not raw.lstrip().startswith("#"):
            number += 1
            raw = raw[:-1] + " " + lines.line(number)
        number += 1
        content = _HASH.sub("", _COMMENT.sub("", raw)).lstrip("\ufeff").strip()
        if not content:
            continue
        written = lines.line(first)
        begin = lines.starts[first] + len(written) - len(written.lstrip("\ufeff \t"))
        span = lines.range(begin, begin + len(_COMMENT.sub("", written).rstrip().lstrip("\ufeff \t")))
        found.append(content)
        if not content.startswith("-"):
            findings += check_requirement(content, span, "", pins)
    findings += contradictions(pins)
    return tuple(found), findings


def check_requirement(text: str, span: Range, quote: str, pins: list[Pin]) -> list[Finding]:
    """Findings of one requirement; what it asks for is added to `pins`. `quote` goes around a replacement."""
    if _ELSEWHERE.search(text):
        return []
    try:
        if len(text) > _MAX_LENGTH:
            raise InvalidRequirement("too long")
        requirement = Requirement(text)
    except (InvalidRequirement, ValueError, RecursionError):
        single = _SINGLE.match(text)
        hint = ", which needs two equals signs" if single else ""
        fixes: tuple[Fix, ...] = ()
        if single:
            right = f"{single.group(1)}=={single.group(2)}"
            fixes = (Fix(f"Change to {right}", (TextEdit(span, f"{quote}{right}{quote}"),), preferred=True),)
        return [rules.REQUIREMENT.finding(span, fixes=fixes, text=text[:80], hint=hint)]
    pins.append(
        Pin(canonicalize_name(requirement.name), str(requirement.specifier) if requirement.marker is None else "", span)
    )
    return []


def contradictions(pins: list[Pin]) -> list[Finding]:
    """Packages that are asked for in two different exact versions."""
    findings = []
    first: dict[str, Pin] = {}
    for pin in pins:
        exact = _exact(pin.version)
        earlier = first.get(pin.name)
        if exact is None:
            continue
        if earlier is None:
            first[pin.name] = pin
        elif not _agree(exact, _exact(earlier.version) or ""):
            findings.append(
                rules.CONTRADICTION.finding(pin.range, name=pin.name, first=earlier.version, second=pin.version)
            )
    return findings


def _exact(version: str) -> str | None:
    match = re.fullmatch(r"={1,2}\s*([0-9][0-9A-Za-z.*+!-]*)(?:=.*)?", version)
    return match.group(1).removesuffix(".*") if match else None


def _agree(left: str, right: str) -> bool:
    """1.26 (conda's way of saying 1.26.*) agrees with 1.26.4."""
    short, long = sorted((left.split("."), right.split(".")), key=len)
    return long[: len(short)] == short
