"""Origins of models and libraries: old imports, loading at every request, paths of one machine."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_above, folder_of, names_in
from scoredock.checks.image_paths import judged
from scoredock.checks.programs_beside import is_pinned_beside, named_with
from scoredock.checks.requests import request_rules as rules
from scoredock.checks.script.model_variables import MODEL_LOADERS
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import NamedCall, ParsedScript
from scoredock.checks.script.walk_result import IMPORT_CAUGHT, IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix, TextEdit

_READERS = (
    *MODEL_LOADERS,
    ".builtins.open",
    ".pandas.read_csv",
    ".pandas.read_parquet",
    ".numpy.load",
    ".pathlib.Path",
    ".Word2Vec.load",
)
_LAST_NAMES = frozenset(reader.rpartition(".")[2] for reader in _READERS)
_ABSOLUTE = re.compile(r"(?:[A-Za-z]:[\\/]|\\\\\w|/(?!tmp\b|var/azureml|dev/|proc/|sys/|etc/|usr/|opt/)[^/\s]+/)")
_OLD = (
    "0.17.1",
    "0.18",
    "0.18.1",
    "0.18.2",
    "0.19.0",
    "0.19.1",
    "0.19.2",
    "0.20.0",
    "0.20.1",
    "0.20.2",
    "0.20.3",
    "0.20.4",
    "0.21.0",
    "0.21.1",
    "0.21.2",
    "0.21.3",
    "0.22",
    "0.22.1",
    "0.22.2",
    "0.22.2.post1",
)
_NEW = (
    "0.23.0",
    "0.23.2",
    "0.24.0",
    "0.24.2",
    "1.0.2",
    "1.1.3",
    "1.2.2",
    "1.3.2",
    "1.4.2",
    "1.5.2",
    "1.6.1",
    "1.7.2",
    "1.8.0",
    "2.0.0",
)


EXTERNALS = ("joblib", "six", "funcsigs")
"""Packages that `sklearn.externals` had in it."""
_AUTOML = (
    "azureml-train-automl",
    "azureml-train-automl-runtime",
    "azureml-automl-runtime",
)
_OF_AUTOML = re.compile(r"\s*={1,2}\s*1\.[0-4]?\d(?:\.|$)")
"""Releases that want a scikit-learn before 0.23."""
_SDK_WITH_AUTOML = re.compile(r"\bazureml[-_]sdk[ \t]*\[[^\]\n]*\bautoml\b")


_OLD_RELEASE = (
    r"scikit-learn(?:[ \t]*>=?[ \t]*[\d.]+[ \t]*,)?[ \t]*(?:(?:={1,2}|<=)[ \t]*0\.(?:1\d|2[0-2])\b"
    r"|<[ \t]*0\.(?:1\d|2[0-3])\b|~=[ \t]*0\.(?:1\d|2[0-2])\.\d)"
    rf"|(?:{'|'.join(_AUTOML)}|{_SDK_WITH_AUTOML.pattern}[^\]\n]*\])[ \t]*={{1,2}}[ \t]*1\.[0-4]?\d(?:\.|$)"
)
_BY_AUTOMATED_ML = re.compile(r"^[ \t]*(?:from|import)[ \t]+azureml\.automl\b", re.MULTILINE)
"""Its environment is that of a run of automated ML, which had such a release while it wrote the import."""
_OLD_PIN = re.compile(
    rf"^[ \t]*(?:-[ \t]*)?[\"']?(?:{_OLD_RELEASE}|python[ \t]*={{1,2}}[ \t]*(?:2|3\.[0-5])\b)", re.MULTILINE
)
"""Of scikit-learn, or a Python for which it has no later release."""
_OLD_PIN_IN_CODE = re.compile(rf"[\"'](?:{_OLD_RELEASE})|\.get_environment\([ \t]*\)")
"""Or the environment of a run, which has what its model was trained with."""
_KEEP = frozenset(
    (
        "write",
        "writelines",
        "write_bytes",
        "append",
        "extend",
        "add",
        "insert",
        "update",
    )
)
"""Methods whose object has what it is given from there on."""
PYTHONS_BEFORE = ("2.7", "3.4", "3.5")
"""Those for which scikit-learn 0.23 and later have no release."""
_WORKBENCH = "aml_config"
"""Where a project of the Workbench has the conda file of all its scripts."""
_LISTS = 20
"""Files of a folder that are looked into."""
_LEVELS = 5
"""Folders above a script, up to the root of the repository, whose lists may be those of its environment."""


def check_loading(script: ParsedScript) -> list[Finding]:
    """Findings about imports and loading calls."""
    return _check_imports(script) + _check_calls(script)


def _check_imports(script: ParsedScript) -> list[Finding]:
    findings = []
    for node, _, flags in script.walk.imports:
        if flags & (IMPORT_CAUGHT | MAIN_ONLY):
            continue
        package = _external(node)
        if not package:
            continue
        severity, message = _judge(script, package)
        if severity is not None:
            findings.append(
                rules.OLD_JOBLIB.finding(
                    script.range(node),
                    severity=severity,
                    fixes=_modern(script, node, package, certain=severity == "error"),
                    message=message,
                    package=package,
                )
            )
    return findings


def _external(node: ast.Import | ast.ImportFrom) -> str:
    """Which package an import takes from `sklearn.externals`, among those that are there no more."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [f"{node.module}.{alias.name}" for alias in node.names] if node.level == 0 else []
    taken = [each.split(".")[2] for each in names if each.startswith("sklearn.externals.")]
    return next((each for each in taken if each in EXTERNALS), EXTERNALS[0] if "*" in taken else "")


def _judge(script: ParsedScript, package: str) -> tuple[Severity | None, str]:
    """How bad the old import is with the scikit-learn that the environment has, and the message where it names one."""
    environment = script.facts.environment
    if environment is None:
        return (None if _BY_AUTOMATED_ML.search(script.text) or _is_pinned(script) else "warning"), ""
    requirement = environment.packages.get("scikit-learn")
    if _has_old(environment.wished.get("scikit-learn", "")):
        return "warning", ""  # the release that saved the model has it, and is installed where it can be
    if _brings_old_release(environment) or (requirement is not None and environment.python in PYTHONS_BEFORE):
        return None, ""
    if requirement is None:
        return "error", ""
    try:
        allowed = SpecifierSet(_pip_style(requirement))
    except InvalidSpecifier:
        return "warning", ""
    if any(allowed.contains(version) for version in _NEW):
        return "error", _without(package, requirement) if requirement else ""
    return (None, "") if _has_old(requirement) else ("error", "")


def _has_old(requirement: str) -> bool:
    """True if a specifier allows a release that has the module; not an empty one."""
    return bool(requirement) and any(map(SpecifierSet(_pip_style(requirement)).contains, _OLD))


def _brings_old_release(environment: EnvironmentFacts) -> bool:
    """True if automated ML is there in a release that wants an old scikit-learn; for Python 3.6 it has no other."""
    versions = [environment.packages[name] for name in _AUTOML if name in environment.packages]
    if _SDK_WITH_AUTOML.search(environment.text):
        versions.append(environment.packages.get("azureml-sdk", ""))
    oldest = environment.python in ("3.5", "3.6")
    return any(_OF_AUTOML.match(version) or (oldest and "=" not in version) for version in versions)


def _is_pinned(script: ParsedScript) -> bool:
    """True if a list of packages beside or above the script, or a program that deploys it, pins a scikit-learn that
    still has the module."""
    facts = script.facts
    if facts.listing is None or not facts.path:
        return False
    if _OLD_PIN_IN_CODE.search(script.text) or is_pinned_beside(_OLD_PIN_IN_CODE, facts):
        return True
    folder = folder_of(facts.path)
    for _ in range(_LEVELS):
        names = [name for name in names_in(facts, folder) if name.endswith((".yml", ".yaml", ".txt"))][:_LISTS]
        below = names_in(facts, posixpath.join(folder, _WORKBENCH)) if _WORKBENCH in names_in(facts, folder) else ()
        names += [posixpath.join(_WORKBENCH, name) for name in below if name.startswith("conda")]
        # What a program gives the script counts, and no list that lies beside it for something else.
        given = named_with(names, facts) if folder == folder_of(facts.path) else []
        if any(_OLD_PIN.search(facts.read(posixpath.join(folder, name)) or "") for name in given or names):
            return True
        folder = folder_above(folder, facts)
        if given or not folder:
            break
    return False


def _without(package: str, version: str) -> str:
    return l10n.t(
        "“sklearn.externals.{package}” does not exist in scikit-learn{version} of the environment; import “{package}”"
        " itself.",
        package=package,
        version=version,
    )


def _pip_style(version: str) -> str:
    """conda writes `=0.22` for what pip writes `==0.22.*`."""
    exact = (
        version.strip().lstrip("=").strip()
        if version.strip()[:1] in ("=", "") and not version.strip().startswith("==")
        else version
    )
    if exact != version and exact:
        return f"=={exact.removesuffix('.*')}.*"
    return f"=={version}" if version[:1].isdigit() else version


def _modern(script: ParsedScript, node: ast.Import | ast.ImportFrom, package: str, *, certain: bool) -> tuple[Fix, ...]:
    names = [f"{a.name} as {a.asname}" if a.asname else a.name for a in node.names]
    new = ""
    if isinstance(node, ast.Import) and len(names) == 1:
        alias = node.names[0]
        if alias.name == f"sklearn.externals.{package}" and alias.asname:
            new = f"import {package}" if alias.asname == package else f"import {package} as {alias.asname}"
    elif (
        isinstance(node, ast.ImportFrom)
        and node.module == "sklearn.externals"
        and len(names) == 1
        and node.names[0].name == package
    ):
        new = f"import {names[0]}"
    elif isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"sklearn.externals.{package}."):
        new = f"from {(node.module or '').removeprefix('sklearn.externals.')} import {', '.join(names)}"
    edits = (script.replace(node, new),)
    # scikit-learn brings joblib along, and nothing of the others.
    certain = certain and package == EXTERNALS[0]
    title = l10n.t("Import {package} itself", package=package)
    return (Fix(title, edits, preferred=True, certain=certain),) if new else ()


def _check_calls(script: ParsedScript) -> list[Finding]:
    findings = []
    run = script.run.scope if script.run is not None else None
    for call, scope, flags, name in [*script.named_calls, *_opens(script)]:
        if name.rpartition(".")[2] not in _LAST_NAMES or flags & MAIN_ONLY or not (call.args or call.keywords):
            continue
        dotted = "." + name
        loads = dotted.endswith(MODEL_LOADERS) and run is not None and scope is run and not flags & IN_IF
        if loads and not _is_data(call, script):
            findings.append(rules.LOADED_IN_RUN.finding(script.range(call), call=script.source(call.func) + "()"))
        if dotted.endswith(_READERS):
            findings += _check_absolute(script, call, scope, flags)
    return findings


def _is_data(call: ast.Call, script: ParsedScript) -> bool:
    """True if what is loaded comes with the request, or is a file of the mini-batch: the names in the call lead to a
    parameter of run(), through however many assignments, loops and blocks."""
    function = script.run
    if function is None:
        return False
    names = set(function.parameters)
    if not names & set(function.scope.bindings):
        return False
    steps = [(_stored(target), _read(value)) for target, value in _steps(function.node)]
    while True:
        more = {name for targets, read in steps if read & names for name in targets} - names
        if not more:
            break
        names |= more
    return bool(_read(*call.args, *(keyword.value for keyword in call.keywords)) & names)


def _steps(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Targets that get a value in a function, each with the expression that it comes from."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield node.target, node.iter
        elif isinstance(node, ast.NamedExpr | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            yield node.target, node.value
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            yield node.optional_vars, node.context_expr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _KEEP:
            yield from ((node.func.value, argument) for argument in node.args)


def _stored(target: ast.expr) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _read(*values: ast.expr) -> frozenset[str]:
    return frozenset(n.id for value in values for n in ast.walk(value) if isinstance(n, ast.Name))


def _opens(script: ParsedScript) -> list[NamedCall]:
    """Calls of the builtin open."""
    return [
        (call, scope, flags, "builtins.open")
        for call, scope, flags in script.plain_calls.get("open", ())
        if scope.lookup("open") is None
    ]


def _check_absolute(script: ParsedScript, call: ast.Call, scope: Scope, flags: int) -> list[Finding]:
    node: ast.expr | None = follow(call.args[0], scope)[0] if call.args else None
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not _ABSOLUTE.match(node.value):
        return []
    name = re.split(r"[\\/]", node.value.rstrip("\\/"))[-1]
    module = _bound_os(script)
    edits: list[TextEdit] = [
        script.replace(
            node,
            f'{module or "os"}.path.join({module or "os"}.environ["AZUREML_MODEL_DIR"], "{name}")',
        )
    ]
    if module is None:
        edits.insert(0, script.add_import("import os"))
    fix = Fix(l10n.t("Join the file name to AZUREML_MODEL_DIR"), tuple(edits))
    facts = script.facts
    deployed = {file.rpartition("/")[2] for model in facts.deployed_models or () for file in model.files}
    # The name of a file of the deployed model, at a place of this machine where it is not.
    lost = name in deployed and scope.is_started and not flags & (IN_IF | IN_TRY) and not facts.exists(node.value)
    severity: Severity = "error" if lost else "warning"
    fixes = (fix,) if '"' not in name else ()
    place = script.range(node)
    finding = rules.ABSOLUTE_PATH.finding(place, severity=severity, fixes=fixes, path=node.value[:120])
    return judged([finding], node.value, facts)


def _bound_os(script: ParsedScript) -> str | None:
    for name, bindings in script.walk.module.bindings.items():
        if any(b.kind == "import" and b.target == "os" for b in bindings):
            return name
    return None
