"""Single conda requirements: their grammar, and the Python that one of them names."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Scalar
from scoredock.checks.configs.environment import package_rules as more
from scoredock.checks.configs.environment import rules
from scoredock.checks.packages.package_facts import ENDED, NEWEST_MINOR
from scoredock.formats.pins import PythonPin
from scoredock.formats.service_python import OLDEST, OLDEST_OF_SCRIPTS
from scoredock.text import Fix, TextEdit

_PYTHON = re.compile(r"^=*\s*(\d+)(?:\.(\d+))?(?:[.=*].*)?$")
_SLIPS = (
    (re.compile(r"=>"), ">=", ">="),
    (re.compile(r"=<"), "<=", "<="),
    (re.compile(r"~>"), "~=", "~="),
    (re.compile(r"^\s*:(?!:)\s*"), "=", "="),
    (re.compile(r"^\s*\^"), "~=", "other tools"),
    (re.compile(r"([<>])\1+"), r"\1", "once"),
    (re.compile(r"(?<=\d)\.[xX](?=\s*(?:,|$))"), ".*", "star"),
    (re.compile(r"(?<=\d)\.(?=\s*(?:,|$))"), "", "end"),
)
_NOTHING = re.compile(r"^[=<>!~]{1,3}$")


def _in_words(slip: str) -> str:
    """Fault of a requirement in words, as the end of a sentence."""
    if slip in (">=", "<=", "~=", "="):
        return l10n.t(": the sign is {sign}", sign=slip)
    return {
        "other tools": l10n.t(": other tools write it so, {tool} writes ~=", tool="conda"),
        "once": l10n.t(": the sign is written once"),
        "star": l10n.t(": any number is written as a star"),
        "end": l10n.t(": nothing follows the last point"),
    }[slip]


def check_conda_spec(item: Scalar, name: str, version: str) -> list[Finding]:
    """Operators that conda does not know."""
    text = str(item.value).strip()[:200]
    for pattern, right, slip in _SLIPS:
        if pattern.search(version):
            new = text[: len(text) - len(version)] + pattern.sub(right, version, count=1)
            fixes = (_rewritten(item, new),)
            hint = _in_words(slip)
            return [more.CONDA_SPEC.finding(item.range, fixes=fixes, text=text[:80], hint=hint)]
    if _NOTHING.match(version):
        fixes = (_rewritten(item, name),)
        return [
            more.CONDA_SPEC.finding(item.range, fixes=fixes, text=text[:80], hint=l10n.t(": the version is missing"))
        ]
    return []


def check_python(item: Scalar, version: str) -> tuple[PythonPin, list[Finding]]:
    """The Python that is asked for, and what is wrong with it."""
    quote = _quote(item)
    match = _PYTHON.match(version)
    wrong = check_conda_spec(item, "python", version)
    if match is None or wrong:
        return PythonPin(item.range, None, quote), wrong
    major, minor = int(match.group(1)[:4]), int(match.group(2)[:4]) if match.group(2) else None
    text = f"{major}.{minor}" if minor is not None else str(major)
    pin = PythonPin(item.range, (major, minor) if minor is not None else None, quote)
    if (major, minor) == (3, 1) and version.strip("= ") == "3.1":
        both = (_rewritten(item, "python=3.10", preferred=False), _rewritten(item, "python=3.11", preferred=False))
        hint = l10n.t("; 3.10 and 3.11 are written with two digits")
        return pin, [more.PYTHON_UNKNOWN.finding(item.range, fixes=both, version=text, hint=hint)]
    if major < 2 or major > 3 or (major == 3 and minor is not None and minor > NEWEST_MINOR):
        fixes = (_rewritten(item, "python=3.11", preferred=False),)
        return pin, [more.PYTHON_UNKNOWN.finding(item.range, fixes=fixes, version=text, hint="")]
    newer = _rewritten(item, "python=3.11", preferred=False)
    whole = (major, minor if minor is not None else 99)
    if whole < OLDEST_OF_SCRIPTS:
        return pin, [rules.OLD_PYTHON.finding(item.range, fixes=(newer,), version=text)]
    if whole in ENDED:
        rule = more.PYTHON_BESIDE if whole < OLDEST else more.PYTHON_ENDED
        return pin, [rule.finding(item.range, fixes=(newer,), version=text, since=_month(*ENDED[whole]))]
    return pin, []


def _month(year: int, month: int) -> str:
    months = {
        6: l10n.t("June {year}", year=year),
        10: l10n.t("October {year}", year=year),
        12: l10n.t("December {year}", year=year),
    }
    return months[month]


def _quote(item: Scalar) -> str:
    return item.raw[:1] if item.quoted and item.raw[:1] in ("'", '"') else '"' if item.quoted else ""


def _rewritten(item: Scalar, new: str, *, preferred: bool = True) -> Fix:
    quote = _quote(item)
    python = new.startswith("python=3")
    version = new.partition("=")[2]
    title = l10n.t("Use Python {version}", version=version) if python else l10n.t("Change to {new}", new=new)
    return Fix(title, (TextEdit(item.range, f"{quote}{new}{quote}"),), preferred=preferred)
