"""Files that a repository does not hold, and that are there once it is deployed: in artifacts of a build pipeline, and
in submodules, which are fetched for themselves."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_above, folder_of, names_in, resolve

_LEVELS = 5
_NEAREST = 2
_MOST_FILES = 20
_MOST_FOLDERS = 30
_MOST_SEARCHED = 300
_FOLDERS = ("", ".azure-pipelines", "azure-pipelines", ".pipeline", ".pipelines", "pipelines", ".github/workflows")
_ARTIFACT = re.compile(r"\bartifact(?:_?name)?[ \t]*:[ \t]*[\"']?([\w.-]+)", re.IGNORECASE)
_ARTIFACTS = re.compile(
    r"\bCopyFiles\b|ArtifactStagingDirectory|\b(?:Publish|Download)(?:Build|Pipeline)Artifacts?\b|/drop/"
)
"""Steps of a build that lay files into an artifact, and of a release that takes them out."""
_SUBMODULE = re.compile(r"^[ \t]*path[ \t]*=[ \t]*(\S+)", re.MULTILINE)


def unless_brought(findings: Sequence[Finding], path: str, base: str, facts: Facts) -> list[Finding]:
    """Findings about a path from a folder that is not there: a remark where something else brings it, and a warning
    where a folder beside has the file: a release may lay the files of several folders into one."""
    problems = [each for each in findings if each.severity in ("error", "warning")]
    if not problems:
        return list(findings)
    severity: Severity | None = "information" if is_brought(path, base, facts) else None
    if severity is None and _lies_beside(path, base, facts):
        severity = "information" if any(map(_ARTIFACTS.search, _release_texts(facts))) else "warning"
    return [replace(each, severity=severity) if severity and each in problems else each for each in findings]


def _lies_beside(path: str, base: str, facts: Facts) -> bool:
    """True if a file that is named without a folder lies in a folder beside the one where it is looked for."""
    above = folder_above(base, facts) if base else ""
    if posixpath.basename(path) != path.removeprefix("./") or not above or facts.listing is None:
        return False
    folders = [posixpath.join(above, each) for each in names_in(facts, above) if "." not in each][:_MOST_FOLDERS]
    return any(facts.exists(posixpath.join(each, posixpath.basename(path))) for each in folders)


def lies_elsewhere(path: str, facts: Facts) -> bool:
    """True if any folder of the repository has the path, with its folders: a program may be started there."""
    searched: dict[str, None] = {}
    for above in _above(facts):
        folders = [above]
        for folder in folders:  # it grows
            if facts.exists(resolve(folder, path)):
                return True
            searched[folder] = None
            if len(searched) > _MOST_SEARCHED:
                return False
            inner = [posixpath.join(folder, each) for each in names_in(facts, folder) if not each.startswith(".")]
            folders += [each for each in inner if each not in searched and facts.is_folder(each)]
    return False


def _release_texts(facts: Facts) -> Iterator[str]:
    """Texts that may say how the files of a release are put together: pipelines, and notes, also two folders below one
    of the nearest folders."""
    yield from pipelines(facts)
    for number, folder in enumerate(_above(facts)):
        beside = _folders_in(folder, facts) if number < _NEAREST else []
        for each in (folder, *beside, *(inner for outer in beside for inner in _folders_in(outer, facts))):
            names = [name for name in names_in(facts, each) if name.lower().endswith((".md", ".txt"))]
            yield from (facts.read(posixpath.join(each, name)) or "" for name in names[:_MOST_FILES])


def _folders_in(folder: str, facts: Facts) -> list[str]:
    names = [name for name in names_in(facts, folder) if "." not in name][:_MOST_FOLDERS]
    return [path for path in (posixpath.join(folder, name) for name in names) if facts.is_folder(path)]


def is_brought(path: str, base: str, facts: Facts) -> bool:
    """True if a path from a folder leads into an artifact of a pipeline, or into a submodule that is not fetched."""
    if facts.listing is None or not facts.path:
        return False
    return _is_in_submodule(resolve(base, path), facts) or _is_in_artifact(path.replace("\\", "/"), base, facts)


def _is_in_submodule(target: str, facts: Facts) -> bool:
    for folder in _above(facts):
        for path in _SUBMODULE.findall(facts.read(posixpath.join(folder, ".gitmodules")) or ""):
            module = resolve(folder, path)
            if (target == module or target.startswith(module + "/")) and not names_in(facts, module):
                return True
    return False


def _is_in_artifact(path: str, base: str, facts: Facts) -> bool:
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    if len(parts) <= 1 or facts.is_folder(resolve(base, path.split(parts[0])[0] + parts[0])):
        return False
    return any(parts[0] in _ARTIFACT.findall(text) for text in pipelines(facts))


def pipelines(facts: Facts) -> Iterator[str]:
    """YAML files where pipelines lie, in the folder of a document and above it."""
    for folder in _above(facts):
        for place in _FOLDERS:
            inner = posixpath.join(folder, place) if place else folder
            names = [name for name in names_in(facts, inner) if name.lower().endswith((".yml", ".yaml"))]
            for name in names[:_MOST_FILES]:
                yield facts.read(posixpath.join(inner, name)) or ""


def _above(facts: Facts) -> Iterator[str]:
    """The folder of a document and those above it, up to the root of the repository."""
    folder = folder_of(facts.path)
    for _ in range(_LEVELS):
        if not folder:
            return
        yield folder
        folder = folder_above(folder, facts)
