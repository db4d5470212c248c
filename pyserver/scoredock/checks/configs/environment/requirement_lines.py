"""Lines of a requirements file or a pip list that are not plain packages: options, paths and addresses."""

from __future__ import annotations

import posixpath
import re
from difflib import get_close_matches

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, known_folder, resolve, same_but_case
from scoredock.checks.configs.environment import line_rules as rules
from scoredock.checks.image_paths import judged
from scoredock.text import Fix, Range, TextEdit

_INCLUDE = re.compile(r"^(?:-r|-c|--requirement|--constraint)(?:\s+|=)(\S.*)$")
_SHORT_INCLUDE = re.compile(r"^-[rc](\S.*)$")
_EDITABLE = re.compile(r"^(?:-e|--editable)(?:\s+|=)(\S.*)$")
_DIRECT = re.compile(r"^[\w.-]+\s*(?:\[[^\]]*\])?\s*@\s*(\S.*)$")
"""A package and where it lies (PEP 508), which needs no spaces around the @."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SECRET = re.compile(r"(://[^/\s:@]*:)([^/\s@]+)(@)")
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+[a-z+]+://")
_PATH = re.compile(r"^(?:\.{1,2}[/\\]|[/~]|[A-Za-z]:[\\/])|^\.{1,2}(?:\[|$)|\.(?:whl|tar\.gz|zip)$")
INDEX_OPTIONS = re.compile(r"^(?:-i|-f|--index-url|--extra-index-url|--find-links|--pre\b)")
"""Lines that make other indexes known."""
COMPILED_FROM = re.compile(
    r"^#[ \t]+(?:uv pip compile|pip-compile)\b.*--(?:torch-backend|(?:extra-|default-)?index|find-links)\b"
)
"""The comment of a program that wrote the file with options that it leaves out of it."""


def check_line(line: str, span: Range, quote: str, facts: Facts) -> list[Finding]:
    """Findings of one line, as written without its comment."""
    if len(line) > 2_000:
        return []
    return _secret(line, span, quote) + _moving(line, span) + _file(line, span, quote, facts)


def _secret(line: str, span: Range, quote: str) -> list[Finding]:
    match = _SECRET.search(line) if "://" in line else None
    if match is None or match.group(2).startswith(("$", "%", "<", "{")):
        return []
    new = line[: match.start(2)] + "${PIP_PASSWORD}" + line[match.end(2) :]
    fix = Fix(l10n.t("Take it from ${PIP_PASSWORD}"), (TextEdit(span, f"{quote}{new}{quote}"),))
    return [rules.ADDRESS_SECRET.finding(span, fixes=(fix,))]


def _moving(line: str, span: Range) -> list[Finding]:
    match = _VCS.search(line) if "://" in line else None
    if match is None:
        return []
    path = line[match.end() :].split("#")[0].partition("/")[2]
    return [] if "@" in path else [rules.MOVING_SOURCE.finding(span)]


def _file(line: str, span: Range, quote: str, facts: Facts) -> list[Finding]:
    """Files and folders beside the one that names them."""
    if not line.startswith("-") and "file:" not in line and not _PATH.search(line):
        return []  # a plain package; most lines are, and looking for folders takes time
    if known_folder(facts) is None or "${" in line:
        return []
    base = folder_of(facts.path)
    include = _INCLUDE.match(line) or _SHORT_INCLUDE.match(line)
    if include is not None:
        name = include.group(1).strip().strip("\"'")
        if _ADDRESS.match(name) or facts.exists(resolve(base, name)):
            return []
        fixes = _near(line, name, span, quote, base, facts)
        return judged([rules.INCLUDE_MISSING.finding(span, fixes=fixes, path=name[:80])], name, facts)
    editable = _EDITABLE.match(line)
    direct = _DIRECT.match(line)
    path = editable.group(1).strip() if editable else direct.group(1).strip() if direct else line
    if path.startswith("file:"):
        path = path.removeprefix("file:")
        path = path[2:] if path.startswith("//") else path
    elif _ADDRESS.match(path) or (not editable and not _PATH.search(path)):
        return []
    path = re.sub(r"\[[^\]]*\]$", "", path.split(" --")[0].split(";")[0].split("#")[0].strip().strip("\"'"))
    if not path or path.startswith(("~", "/")) or path[1:2] == ":" or "+" in path.partition("://")[0][:6]:
        return []
    if facts.exists(resolve(base, path)):
        return []
    return judged([rules.LOCAL_PATH.finding(span, path=path[:80])], path, facts)


def _near(line: str, name: str, span: Range, quote: str, base: str, facts: Facts) -> tuple[Fix, ...]:
    target = resolve(base, name)
    found = same_but_case(target, facts)
    folder = posixpath.dirname(name)
    right = posixpath.join(folder, posixpath.basename(found)) if found else None
    if right is None and facts.listing is not None:
        try:
            names = facts.listing(resolve(base, folder or "."))
        except OSError:
            names = ()
        near = get_close_matches(posixpath.basename(name)[:100], list(names), n=1, cutoff=0.7)
        own = posixpath.basename(facts.path)
        right = posixpath.join(folder, near[0]) if near and near[0] != own else None
    if right is None:
        return ()
    new = line.replace(name, right, 1)
    return (Fix(l10n.t("Change to {new}", new=right), (TextEdit(span, f"{quote}{new}{quote}"),), preferred=True),)
