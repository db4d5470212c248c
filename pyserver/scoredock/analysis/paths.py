"""Paths named in configuration files: does the target exist, and which one was meant when it does not."""

from __future__ import annotations

import ntpath
import posixpath
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from types import ModuleType

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import Rule
from scoredock.analysis.tree import Scalar
from scoredock.text import Fix, TextEdit

_LONGEST = 1_000
"""Characters of a path that is followed folder by folder; no system takes a much longer one."""


def known_folder(facts: Facts) -> str | None:
    """Folder of the document when the facts can look into the file system, else None and path checks stay silent."""
    if not facts.path:
        return None
    folder = folder_of(facts.path)
    return folder if facts.exists(folder) or facts.is_folder(folder) else None


def folder_of(path: str) -> str:
    """Folder part of an absolute path of either kind of system."""
    return str(_module(path).dirname(path))


def folder_above(folder: str, facts: Facts) -> str:
    """The folder that holds a folder; empty at the root of a repository: what lies beside that is another project."""
    repository = resolve(folder, ".git")
    above = folder_of(folder)
    return "" if above == folder or facts.exists(repository) or facts.is_folder(repository) else above


def resolve(base: str, relative: str) -> str:
    """An absolute path from a folder and what a configuration says."""
    module = _module(base)
    return str(module.normpath(module.join(base, relative.replace("\\", "/") if module is posixpath else relative)))


def _module(path: str) -> ModuleType:
    return ntpath if path[1:2] == ":" or path.startswith("\\\\") else posixpath


def same_but_case(path: str, facts: Facts) -> str | None:
    """The existing path that differs from a missing one only in case."""
    if facts.listing is None or len(path) > _LONGEST:
        return None
    module = _module(path)
    folder, name = module.dirname(path), module.basename(path)
    if not name or folder == path:
        return None
    if not facts.is_folder(folder) and not facts.exists(folder):
        found = same_but_case(folder, facts)
        if found is None:
            return None
        folder = found
    for candidate in names_in(facts, folder):
        if candidate.lower() == name.lower():
            return str(module.join(folder, candidate))
    return None


def exact_case(path: str, facts: Facts) -> str | None:
    """Real spelling of an existing path on a file system that ignores case; None when it does not differ."""
    if facts.listing is None:
        return None
    module = _module(path)
    folder, name = module.dirname(path), module.basename(path)
    names = names_in(facts, folder)
    if not names or name in names:
        return None
    return next((str(module.join(folder, n)) for n in names if n.lower() == name.lower()), None)


def names_in(facts: Facts, folder: str) -> Sequence[str]:
    """Names in a folder; empty where it cannot be listed."""
    if facts.listing is None or not folder:
        return ()
    try:
        return facts.listing(folder)
    except OSError:
        return ()


def check_path(
    node: Scalar,
    base: str,
    facts: Facts,
    missing: Rule,
    case: Rule,
    *,
    folder: bool = False,
    may_propose: Callable[[str], bool] = lambda _name: True,
) -> list[Finding]:
    """Findings of one path value relative to `base`; `may_propose` says which names may be proposed instead."""
    if not isinstance(node.value, str) or not node.value.strip() or "\x00" in node.value:
        return []
    target = resolve(base, node.value)
    exists = facts.is_folder(target) if folder else facts.exists(target) and not facts.is_folder(target)
    if exists:
        spelt = exact_case(target, facts)
        if spelt is None:
            return []
        fix = _replace(node, base, spelt, certain=True)
        return [case.finding(node.range, fixes=(fix,), path=node.value, found=relative_to(base, spelt))]
    spelt = same_but_case(target, facts)
    if spelt is not None and (facts.is_folder(spelt) if folder else not facts.is_folder(spelt)):
        fix = _replace(node, base, spelt, certain=True)
        return [case.finding(node.range, fixes=(fix,), path=node.value, found=relative_to(base, spelt))]
    fixes = _proposals(node, base, target, facts, folder, may_propose)
    if ntpath.splitdrive(node.value)[0] or node.value[:1] in ("/", "\\"):
        message = l10n.t("“{path}” does not exist on this machine.", path=node.value)
        return [missing.finding(node.range, fixes=fixes, message=message)]
    return [missing.finding(node.range, fixes=fixes, path=node.value, base=base)]


def _proposals(
    node: Scalar, base: str, target: str, facts: Facts, folder: bool, may_propose: Callable[[str], bool]
) -> tuple[Fix, ...]:
    module = _module(target)
    name = module.basename(target)
    places = list(dict.fromkeys([module.dirname(target), base]))
    fixes: list[Fix] = []
    for place in places:
        names = [
            name
            for name in names_in(facts, place)
            if may_propose(name)
            and not name.startswith(".")
            and module.join(place, name) != facts.path
            and facts.is_folder(module.join(place, name)) == folder
        ]
        near = get_close_matches(name[:100], names, n=1, cutoff=0.6)
        for candidate in near or (names if len(names) == 1 else []):
            whole = str(module.join(place, candidate))
            is_best = bool(near) and not any(fix.preferred for fix in fixes)
            fixes.append(_replace(node, base, whole, preferred=is_best))
    return tuple(dict.fromkeys(fixes))


def relative_to(base: str, path: str) -> str:
    """A path as seen from a folder, with slashes."""
    module = _module(base)
    return str(module.relpath(path, base)).replace("\\", "/")


def _replace(node: Scalar, base: str, path: str, *, preferred: bool = True, certain: bool = False) -> Fix:
    relative = relative_to(base, path)
    written = str(node.value)
    if written.startswith("./") and not relative.startswith("."):
        relative = "./" + relative
    quote = node.raw[0] if node.raw[:1] in ("'", '"') else '"' if node.quoted else ""
    edit = TextEdit(node.range, f"{quote}{relative}{quote}")
    return Fix(l10n.t("Change to {new}", new=relative), (edit,), preferred=preferred, certain=certain)
