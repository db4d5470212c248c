"""pip requirements: the file of them, and single lines as conda files hold them too."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.analysis.edits import without_line
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.result_cache import result_cache
from scoredock.analysis.tree import MAX_CHARACTERS, Lines
from scoredock.checks.configs.environment import line_rules as lines_rules
from scoredock.checks.configs.environment import rules
from scoredock.checks.configs.environment.list_python import python_of
from scoredock.checks.configs.environment.package_names import check_names
from scoredock.checks.configs.environment.package_pairs import unfit_pairs
from scoredock.checks.configs.environment.package_versions import contradictions
from scoredock.checks.configs.environment.requirement_lines import COMPILED_FROM, INDEX_OPTIONS, check_line
from scoredock.formats.pins import Pin
from scoredock.text import Fix, Range, TextEdit

_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--(?:hash|config-settings|global-option)[= ]\S+")
INEFFECTIVE = re.compile(
    r"\s+(?:-[if]|--(?:(?:extra-)?index-url|find-links|trusted-host|no-index|no-binary|only-binary|prefer-binary|pre))"
    r"(?=[\s=]|$).*$"
)
"""Options for the whole file, which pip reads after a requirement and then forgets."""
_NAME = r"([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)"
_VERSION = r"([0-9][0-9A-Za-z.*+!_-]*)"
_SLIPS = (
    (re.compile(rf"^{_NAME}\s*=\s*{_VERSION}(?:=\S*)?$"), r"\1==\2", "=="),
    (re.compile(rf"^{_NAME}\s*=>\s*{_VERSION}$"), r"\1>=\2", ">="),
    (re.compile(rf"^{_NAME}\s*=<\s*{_VERSION}$"), r"\1<=\2", "<="),
    (re.compile(rf"^{_NAME}\s*~>\s*{_VERSION}$"), r"\1~=\2", "~="),
    (re.compile(rf"^{_NAME}\s*(?:\^|~)\s*{_VERSION}$"), r"\1~=\2", "other tools"),
    (re.compile(rf"^{_NAME}\s*(?:\s|:|@)\s*{_VERSION}$"), r"\1==\2", "between"),
    (
        re.compile(rf"^{_NAME}\s*([<>~!=]=?\s*{_VERSION})\s+([<>!]=?\s*{_VERSION})$"),
        r"\1\2,\4",
        "comma",
    ),
    (re.compile(rf"^[\"']({_NAME[1:-1]}\s*(?:[<>=!~]=?\s*{_VERSION})?)[\"'],?$"), r"\1", "quotes"),
    (re.compile(rf"^({_NAME[1:-1]}\s*(?:[<>=!~]=\s*{_VERSION})?)\s*[,;]$"), r"\1", "end"),
    (re.compile(rf"^{_NAME}\s*>=\s*([0-9.]+)\.\*$"), r"\1>=\2", "star"),
)
"""What is written → what is meant, and what is wrong with it, for `_in_words`."""
_CERTAIN = tuple(pattern for pattern, _, slip in _SLIPS if slip in ("==", ">=", "<=", "quotes"))
"""Those that can mean nothing else; `^1.2` and `~1.2` mean another range elsewhere."""
_ELSEWHERE = re.compile(
    r"^(?:[a-z+]+://|git\+|\.{0,2}/|[A-Za-z]:\\|\.{1,2}(?:\[|[/\\]|\s*$))|\.(?:whl|zip|tar\.gz)$|\$\{|\{[{%]"
)
"""Addresses, paths (the folder itself as well), and what is filled in before pip reads it."""
_EXPORTED = re.compile(r"^(?:#[ \t$]*conda create --name\b.*--file\b|@EXPLICIT[ \t]*\r?$)", re.MULTILINE)
"""A list for conda, whatever it is called: `conda list --export` and `--explicit` write these lines."""
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)=([0-9][^=\s]*)=\S+[ \t]*$")
_COMMAND = re.compile(r"^(?:python3? -m )?pip3? install\b")
_STRANGE = 2
"""Lines that are not requirements, from which on a text may be something else."""
_MAX_LINES = 10_000
_MAX_LENGTH = 2_000


@result_cache
def parse_requirements(text: str, facts: Facts) -> tuple[tuple[str, ...], list[Finding]]:
    """The requirements of a pip requirements file, options such as `-r other.txt` included as written, and findings."""
    lines = Lines(text)
    if len(text) > MAX_CHARACTERS or len(lines.starts) > _MAX_LINES:
        return (), [rules.BROKEN.finding(lines.range(0, 0), problem=l10n.t("The file is too long and is not read."))]
    if _EXPORTED.search(text):
        return tuple(_PINNED.sub(r"\1==\2", line) for line in text.splitlines() if _PINNED.match(line)), []
    requirements: list[str] = []
    findings: list[Finding] = []
    pins: list[Pin] = []
    elsewhere = any(
        INDEX_OPTIONS.match(line) or COMPILED_FROM.match(line)
        for line in (line.lstrip("\ufeff \t") for line in text.splitlines())
    )
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
        requirements.append(content if content.startswith("-") else INEFFECTIVE.sub("", content))
        single = number == first + 1 and "--" not in written
        if single or content.startswith("-"):
            findings += check_line(content, span, "", facts)
        if not content.startswith("-"):
            removal = (without_line(lines, first),) if single and len(lines.starts) > 1 else ()
            findings += check_requirement(content, span, "", pins, removal=removal, elsewhere=elsewhere)
    python = cache(lambda: python_of(text, facts))
    findings = (
        _of_requirements(findings, requirements)
        + contradictions(pins)
        + unfit_pairs(pins, python, lines, facts)
        + check_names(pins, facts)
    )
    findings += [python_line(pin) for pin in pins if pin.name == "python"]
    return tuple(requirements), findings


def _of_requirements(findings: list[Finding], lines: list[str]) -> list[Finding]:
    """The findings; where most lines are not requirements at all it is a text of another kind, which is a remark.

    Of many lines in prose there is a finding at the first, where pip stops."""
    unread = [f for f in findings if _is_unread(f)]
    first = unread if len(unread) <= _STRANGE else unread[:1]
    strange = len(unread) - sum(_COMMAND.match(line) is not None for line in lines)
    if strange >= _STRANGE and 2 * strange > len(lines):
        first = [replace(unread[0], severity="information")]
    return [*first, *(f for f in findings if not _is_unread(f))]


def _is_unread(finding: Finding) -> bool:
    return finding.code == rules.REQUIREMENT.code and not finding.fixes


def python_line(pin: Pin) -> Finding:
    """Python among the packages of pip."""
    fixes = (Fix(l10n.t("Remove the line"), pin.removal, preferred=True),) if pin.removal else ()
    return lines_rules.PYTHON_IN_PIP.finding(pin.range, fixes=fixes)


def check_requirement(
    text: str,
    span: Range,
    quote: str,
    pins: list[Pin],
    *,
    removal: tuple[TextEdit, ...] = (),
    elsewhere: bool = False,
) -> list[Finding]:
    """Findings of one requirement; what it asks for is added to `pins`. `quote` goes around a replacement."""
    if _ELSEWHERE.search(text):
        return []
    read = _read(text) if len(text) <= _MAX_LENGTH else None
    findings = []
    if read is None:
        effective = INEFFECTIVE.sub("", text[:_MAX_LENGTH])
        read = _read(effective) if effective != text and len(text) <= _MAX_LENGTH else None
        if read is None:
            return [_slip(text, span, quote)]
        findings = [_option(text, effective, span, quote)]
        text = effective
    name, version, extras, marker = read
    pins.append(
        Pin(
            name,
            version,
            span,
            requirement=text,
            extras=extras,
            marker=marker,
            quote=quote,
            elsewhere=elsewhere,
            removal=removal,
        )
    )
    return findings


def _option(text: str, effective: str, span: Range, quote: str) -> Finding:
    """`torch --index-url https://…`: pip takes no notice of the option."""
    option = re.split(r"[\s=]", text[len(effective) :].strip())[0]
    edit = TextEdit(span, f"{quote}{effective}{quote}")
    fix = Fix(l10n.t("Change to {new}", new=effective[:70]), (edit,))
    message = l10n.t("pip takes no notice of {option} after a requirement; give it a line of its own.", option=option)
    return rules.REQUIREMENT.finding(span, severity="warning", fixes=(fix,), message=message)


def _in_words(slip: str) -> str:
    """Fault of a requirement in words, as the end of a sentence."""
    if slip in (">=", "<=", "~="):
        return l10n.t(": the sign is {sign}", sign=slip)
    return {
        "==": l10n.t(": two equals signs are needed"),
        "other tools": l10n.t(": other tools write it so, {tool} writes ~=", tool="pip"),
        "between": l10n.t(": == belongs between name and version"),
        "comma": l10n.t(": a comma belongs between the two"),
        "quotes": l10n.t(": quotes are not part of it"),
        "end": l10n.t(": nothing may follow the version"),
        "star": l10n.t(": a star goes with == only"),
    }[slip]


def _slip(text: str, span: Range, quote: str) -> Finding:
    for pattern, meant, slip in _SLIPS if len(text) <= _MAX_LENGTH else ():
        match = pattern.match(text)
        right = match.expand(meant).strip() if match else ""
        if right and _read(right) is not None:
            edit = TextEdit(span, f"{quote}{right}{quote}")
            fix = Fix(l10n.t("Change to {new}", new=right), (edit,), preferred=True, certain=pattern in _CERTAIN)
            return rules.REQUIREMENT.finding(span, fixes=(fix,), text=text[:80], hint=_in_words(slip))
    return rules.REQUIREMENT.finding(span, text=text[:80], hint="")


@lru_cache(maxsize=4_096)
def _read(text: str) -> tuple[str, str, frozenset[str], bool] | None:
    """Name, version, extras and whether a condition holds it back; remembered, as one keystroke changes one line."""
    address, semicolon, condition = text.partition(";")
    if semicolon and "@" in address:  # pip ends an address at the first semicolon
        text = f"{address} ;{condition}" if condition.strip() else address
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, ValueError, RecursionError):
        return None
    conditional = requirement.marker is not None or requirement.url is not None
    return canonicalize_name(requirement.name), str(requirement.specifier), frozenset(requirement.extras), conditional
