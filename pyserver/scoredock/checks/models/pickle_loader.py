"""Calls that load a pickle by another module than the one that reads what was saved."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.models import pickle_rules as rules
from scoredock.checks.models.files import open_call
from scoredock.checks.models.path_value import Evaluator
from scoredock.checks.packages.releases import Releases, verdict
from scoredock.checks.script.loaded_pickles import label, loaded_pickles
from scoredock.checks.script.qualified import text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix, TextEdit

_JOBLIB = "joblib"
_BUNDLED = "sklearn.externals.joblib"
_OF_TEXT = frozenset(("pickle.loads", "_pickle.loads", "dill.loads", "cloudpickle.loads"))
_PLAIN = _OF_TEXT | {"pickle.load", "_pickle.load", "dill.load", "cloudpickle.load", "pandas.read_pickle"}
_LOADERS = _PLAIN | {f"{_JOBLIB}.load", f"{_BUNDLED}.load"}
_IMPORTS = {_JOBLIB: "import joblib", _BUNDLED: "from sklearn.externals import joblib"}
_OWN = Releases("0", "0.21")
"""scikit-learn with a joblib of its own, whose files joblib does not read, nor the other way round."""
_SAME = Releases("0.21", "0.23")
"""Where `sklearn.externals.joblib` is joblib itself."""


def check_loader(script: ParsedScript) -> list[Finding]:
    """A finding at each call that cannot read the file that it surely loads."""
    if not any(name in _LOADERS for _, _, _, name in script.named_calls):
        return []
    findings = []
    evaluator = Evaluator(script.walk.scopes)
    for call, scope, flags, name in script.named_calls:
        if name not in _LOADERS or not call.args or flags & (MAIN_ONLY | IN_TRY | IN_IF):
            continue
        saved = _saved_by(script, _file_name(call.args[0], scope, evaluator))
        reader = _reader(saved[1], name, script.facts.environment) if saved is not None else ""
        if saved is None or not reader:
            continue
        severity: Severity | None = None if script.facts.deployed_models is not None else "warning"
        fix = _fix(script, call, name, reader) if len(call.args) == 1 and not call.keywords else None
        findings.append(
            rules.OTHER_LOADER.finding(
                script.range(call.func),
                severity=severity,
                fixes=(fix,) if fix is not None else (),
                model=saved[0],
                writer=f"{saved[1]}.dump()",
                call=f"{name}()",
                loader=f"{reader}.load()",
            )
        )
    return findings


def _file_name(argument: ast.expr, scope: Scope, evaluator: Evaluator) -> str:
    """The name of the file that is given as a path, opened or read; empty where nobody can say."""
    if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute) and argument.func.attr == "read":
        argument = argument.func.value
    call = open_call(argument, scope)
    path = call.args[0] if call is not None and call.args else argument
    value = evaluator.evaluate(path, scope)
    if value is not None and not value.open and value.parts:
        return value.parts[-1]
    return (text_of(path, scope) or "").replace("\\", "/").rpartition("/")[2]


def _saved_by(script: ParsedScript, name: str) -> tuple[str, str] | None:
    """The model, and the module whose `dump` all files that may be meant were saved by; None where nobody knows."""
    meant = [each for each in loaded_pickles(script) if each[1].rpartition("/")[2] == name or not name]
    if not name and len(meant) != 1:
        return None
    contents = [script.facts.pickle(model, file) for model, file in meant]
    writers = {facts.joblib if facts is not None else "" for facts in contents}
    return (label(meant[0][0]), writers.pop()) if len(writers) == 1 else None


def required_loader(writer: str, call: str, environment: EnvironmentFacts | None) -> str:
    """The module that has to load what another one wrote, where a function of this name, as a script calls it, does
    not; empty where it does, or where nobody knows."""
    if call == f"{_JOBLIB}.load" and writer == _JOBLIB:
        call = f"{_BUNDLED}.load"  # both are called joblib
    return _reader(writer, call, environment)


def _reader(writer: str, loader: str, environment: EnvironmentFacts | None) -> str:
    """The module that reads what this one wrote; empty where the loader does, or where nobody knows."""
    if not writer:
        return ""
    of_its_own = verdict(environment, "scikit-learn", _OWN) == "surely"
    if writer == _JOBLIB:
        return _JOBLIB if loader in _PLAIN or (of_its_own and loader == f"{_BUNDLED}.load") else ""
    if of_its_own:
        return _BUNDLED if loader != f"{_BUNDLED}.load" else ""
    same = verdict(environment, "scikit-learn", _SAME) == "surely"
    return _JOBLIB if same and loader in _PLAIN else ""


def _fix(script: ParsedScript, call: ast.Call, name: str, reader: str) -> Fix | None:
    """Calls the other function with the same argument."""
    if name in _OF_TEXT:
        return None
    title = l10n.t("Load it with {call}", call=f"{reader}.load()")
    certain = script.facts.deployed_models is not None
    bindings = script.walk.module.bindings
    bound = next((each for each, of in bindings.items() if any(b.target == reader for b in of)), "")
    if bound:
        return Fix(title, (script.replace(call.func, f"{bound}.load"),), preferred=True, certain=certain)
    edits: list[TextEdit] = []
    if _JOBLIB in bindings:
        statement = _import_of(script, name.rpartition(".")[0])
        if statement is None:
            return None
        edits.append(script.replace(statement, _IMPORTS[reader]))
    else:
        edits.append(script.add_import(_IMPORTS[reader]))
    if script.source(call.func) != f"{_JOBLIB}.load":
        edits.append(script.replace(call.func, f"{_JOBLIB}.load"))
    return Fix(title, tuple(edits), preferred=True, certain=certain)


def _import_of(script: ParsedScript, module: str) -> ast.Import | ast.ImportFrom | None:
    """The statement that imports this joblib, and nothing else."""
    for node, _, _ in script.walk.imports:
        package = f"{node.module}." if isinstance(node, ast.ImportFrom) and not node.level else ""
        if [(f"{package}{alias.name}", alias.asname) for alias in node.names] == [(module, None)]:
            return node
    return None
