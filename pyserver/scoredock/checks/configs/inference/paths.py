"""The paths of an inference configuration: where they lead, and where they were meant to."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.edits import quoted
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import check_path, folder_of, resolve
from scoredock.analysis.rule import quoted_names
from scoredock.analysis.tree import Mapping, Scalar
from scoredock.checks.absent_files import unless_brought
from scoredock.checks.configs.inference import path_rules as more
from scoredock.checks.configs.inference import rules
from scoredock.checks.image_paths import judged
from scoredock.checks.written_files import is_made
from scoredock.formats.signs import ENVIRONMENT_MARKS, NEVER_DEPLOYED
from scoredock.text import Fix, TextEdit

KEYS = ("entryScript", "sourceDirectory", "condaFile", "extraDockerfileSteps", "extraDockerFileSteps")
_BESIDE = KEYS[2:]
_VARIABLE = re.compile(r"^~(?:[\\/]|$)|\$\{?\w+\}?|%\w+%")
_UP_TO_VARIABLE = re.compile(r"^.*(?:~|\$\{?\w+\}?|%\w+%)[\\/]?")
_HEAVY = (".tox", ".nox", "mlruns", "venv", ".venv", ".git", ".hg", ".svn", "node_modules")
_OTHER_FORMATS = (".txt", ".in", ".py", ".toml", ".lock", ".cfg", ".ipynb")


def texts_of(root: Mapping) -> dict[str, Scalar]:
    """The path keys that hold text."""
    found = {}
    for name in KEYS:
        node = root.get(name)
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip() and "\x00" not in node.value:
            found[name] = node
    return found


def check_written(root: Mapping, facts: Facts) -> list[Finding]:
    """Findings from the paths alone, without a look at the files."""
    paths = texts_of(root)
    findings = []
    if "sourceDirectory" in paths and "entryScript" in paths:
        findings += _outside(paths)
    for name, node in paths.items():
        if name == "condaFile" and str(node.value).lower().endswith(_OTHER_FORMATS):
            findings.append(more.NOT_CONDA.finding(node.range, fixes=_conda_beside(node, facts), path=node.value))
    return findings


def _conda_beside(node: Scalar, facts: Facts) -> tuple[Fix, ...]:
    if facts.listing is None or not facts.path:
        return ()
    folder = posixpath.dirname(str(node.value).replace("\\", "/"))
    try:
        names = facts.listing(resolve(folder_of(facts.path), folder or "."))
    except OSError:
        return ()
    conda = [n for n in names if n.lower().endswith((".yml", ".yaml")) and re.search("conda|env", n.lower())]
    written = [posixpath.join(folder, name) for name in conda[:3]]
    return tuple(_to(node, path, preferred=len(conda) == 1) for path in written)


def _outside(paths: dict[str, Scalar]) -> list[Finding]:
    """A script beside the source directory, and the source directory that would hold both."""
    source = str(paths["sourceDirectory"].value).replace("\\", "/")
    script = paths["entryScript"]
    script_path = posixpath.normpath(str(script.value).replace("\\", "/"))
    if not script_path.startswith("../") or source.startswith(("/", "~", "$", "%")) or source[1:2] == ":":
        return []
    folder = posixpath.normpath(source)
    joined = posixpath.normpath(posixpath.join(folder, script_path))
    if folder == "." or joined.startswith(folder + "/") or folder.startswith("../"):
        return []  # it leads back in, or to where nothing is known
    fixes: tuple[Fix, ...] = ()
    if not joined.startswith("../"):
        common = posixpath.commonpath([folder, posixpath.dirname(joined)]) or "."
        edits = [_edit(paths["sourceDirectory"], common), _edit(script, posixpath.relpath(joined, common))]
        for name in _BESIDE:
            if name in paths:
                moved = posixpath.normpath(posixpath.join(folder, str(paths[name].value)))
                edits.append(_edit(paths[name], posixpath.relpath(moved, common)))
        fixes = (Fix(l10n.t("Use {folder} as source directory", folder=common), tuple(edits)),)
    return [more.OUTSIDE_SOURCE.finding(script.range, fixes=fixes, key="entryScript")]


def check_files(root: Mapping, base: str, facts: Facts, earlier_findings: list[Finding]) -> list[Finding]:
    """Findings about files and folders that are not there; `earlier_findings` say which paths are wrong by
    themselves."""
    paths = texts_of(root)
    # One that does not exist is reported as that, not as one that exists on this machine only.
    at_root = {name: node for name, node in paths.items() if is_absolute(str(node.value))}
    findings = [_absolute(node, name, base) for name, node in at_root.items() if facts.exists(str(node.value))]
    wrong = {f.range for f in earlier_findings}
    inner = base
    source = paths.get("sourceDirectory")
    if source is not None:
        inner = resolve(base, str(source.value))
        slips = _slips(source, base, facts, folder=True) or _source_is_file(source, base, facts)
        missing = check_path(source, base, facts, rules.FOLDER_MISSING, rules.CASE, folder=True)
        findings += slips or _unless_there(missing, source, base, facts)
        if slips or not facts.is_folder(inner):
            return findings  # nothing below it can be judged
        findings += _heavy(paths, inner, facts)
    for name, node in paths.items():
        if name == "sourceDirectory" or node.range in wrong:
            continue
        slips = _slips(node, inner, facts) or _repeated(node, source, inner, facts)
        if slips:
            findings += slips
        elif name == "entryScript":
            missing = check_path(
                node, inner, facts, rules.SCRIPT_MISSING, rules.CASE, may_propose=lambda n: n.endswith(".py")
            )
            findings += _unless_there(missing, node, inner, facts)
        else:
            may_propose = _is_yaml if name == "condaFile" else bool
            missing = check_path(node, inner, facts, rules.FILE_MISSING, rules.CASE, may_propose=may_propose)
            findings += _unless_there(missing, node, inner, facts)
    return findings


def _unless_there(missing: list[Finding], node: Scalar, base: str, facts: Facts) -> list[Finding]:
    """Remarks instead, where an image, a pipeline or a submodule has the file, or a program writes it."""
    path = str(node.value)
    if missing and is_made(path, facts):
        return [replace(each, severity="information") for each in missing]
    return unless_brought(judged(missing, path, facts), path, base, facts)


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yml", ".yaml"))


def is_absolute(value: str) -> bool:
    """True if a path begins at the root of a file system of either kind."""
    return value.startswith("/") or value[1:3] in (":\\", ":/")


def _there(target: str, facts: Facts, *, folder: bool) -> bool:
    return facts.is_folder(target) if folder else facts.exists(target) and not facts.is_folder(target)


def _slips(node: Scalar, base: str, facts: Facts, *, folder: bool = False) -> list[Finding]:
    """Backslashes and variables, where they are what keeps the path from being found."""
    value = str(node.value)
    if "\\" in value and not is_absolute(value):
        forward = value.replace("\\", "/")
        if not _there(resolve(base, forward), facts, folder=folder):
            return []
        on_windows = base[1:2] == ":" or base.startswith("\\\\")
        if not on_windows and _there(posixpath.join(base, value), facts, folder=folder):
            return []  # a name with a backslash in it, which Linux allows
        severity: Severity = "information" if on_windows else "error"
        return [
            more.BACKSLASH.finding(node.range, severity=severity, fixes=(_to(node, forward, certain=True),), path=value)
        ]
    if _VARIABLE.search(value) and not _there(resolve(base, value), facts, folder=folder):
        rest = _UP_TO_VARIABLE.sub("", value) or "."
        fixes = (_to(node, rest),) if _there(resolve(base, rest), facts, folder=folder) else ()
        return [more.NOT_EXPANDED.finding(node.range, fixes=fixes, path=value[:80])]
    return []


def _source_is_file(node: Scalar, base: str, facts: Facts) -> list[Finding]:
    target = resolve(base, str(node.value))
    if not facts.exists(target) or facts.is_folder(target):
        return []
    above = posixpath.dirname(str(node.value).replace("\\", "/")) or "."
    message = l10n.t("“{path}” is a file; “sourceDirectory” must be a folder.", path=node.value)
    return [rules.FOLDER_MISSING.finding(node.range, fixes=(_to(node, above),), message=message)]


def _repeated(node: Scalar, source: Scalar | None, inner: str, facts: Facts) -> list[Finding]:
    """`src/score.py` in the source directory `src`."""
    value = posixpath.normpath(str(node.value).replace("\\", "/"))
    if source is None or _there(resolve(inner, value), facts, folder=False):
        return []
    folder = posixpath.normpath(str(source.value).replace("\\", "/"))
    for front in (folder, posixpath.basename(folder)):
        rest = value.removeprefix(front + "/")
        if front not in ("", ".", "..") and rest != value and _there(resolve(inner, rest), facts, folder=False):
            return [more.REPEATED_FOLDER.finding(node.range, fixes=(_to(node, rest),), path=node.value)]
    return []


def _heavy(paths: dict[str, Scalar], inner: str, facts: Facts) -> list[Finding]:
    if facts.listing is None:
        return []
    try:
        names = set(facts.listing(inner))
    except OSError:
        return []
    heavy = [name for name in _HEAVY if name in names and facts.is_folder(resolve(inner, name))]
    if not heavy:
        return []
    along = [name for name in heavy if not _stays_here(resolve(inner, name), name, facts)]
    source, script = paths["sourceDirectory"], paths.get("entryScript")
    script_path = posixpath.normpath(str(script.value).replace("\\", "/")) if script is not None else ""
    folder = posixpath.dirname(script_path)
    fixes: tuple[Fix, ...] = ()
    beside = [posixpath.normpath(str(paths[name].value)) for name in _BESIDE if name in paths]
    if script is not None and folder and not folder.startswith((".", "/")) and not beside:
        whole = posixpath.normpath(posixpath.join(str(source.value), folder))
        edits = (_edit(source, whole), _edit(script, posixpath.basename(script_path)))
        fixes = (Fix(l10n.t("Use {folder} as source directory", folder=whole), edits),)
    if along:
        return [more.HEAVY_SOURCE.finding(source.range, fixes=fixes, names=quoted_names(along[:3]))]
    message = l10n.t(
        "Azure uploads the whole source directory, {names} too; a service here is made without.",
        names=quoted_names(heavy[:3]),
    )
    return [more.HEAVY_SOURCE.finding(source.range, fixes=fixes, message=message)]


def _stays_here(folder: str, name: str, facts: Facts) -> bool:
    """True if Scoredock leaves a folder of the source directory out of services."""
    return name in NEVER_DEPLOYED or any(facts.exists(resolve(folder, mark)) for mark in ENVIRONMENT_MARKS)


def _absolute(node: Scalar, name: str, base: str) -> Finding:
    value = str(node.value)
    prefix = base.rstrip("/") + "/"
    fixes: tuple[Fix, ...] = ()
    if value.startswith(prefix):
        fixes = (_to(node, value[len(prefix) :] or "."),)
    return rules.ABSOLUTE.finding(node.range, fixes=fixes, key=name)


def _edit(node: Scalar, value: str) -> TextEdit:
    return TextEdit(node.range, quoted(node, value))


def _to(node: Scalar, value: str, *, preferred: bool = True, certain: bool = False) -> Fix:
    return Fix(l10n.t("Change to {new}", new=value), (_edit(node, value),), preferred=preferred, certain=certain)
