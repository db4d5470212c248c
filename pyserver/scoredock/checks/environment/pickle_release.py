"""The release that a model was made with against the one in the environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.finding import Finding, Related, Severity
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import add_package, pin_package
from scoredock.checks.environment.pickle_age import check_refused, with_wish
from scoredock.checks.packages.distributions import closure, is_known
from scoredock.checks.packages.pickled_releases import is_version, made_with
from scoredock.checks.packages.releases import asked_release
from scoredock.checks.programs_beside import own_models
from scoredock.checks.script.loaded_pickles import label, loaded_pickles, loading_call
from scoredock.checks.script.script import ParsedScript
from scoredock.text import Range

_PACKAGE = "scikit-learn"
_BOOSTERS = {
    "xgboost": ("xgboost", "xgboost-cpu", "py-xgboost", "py-xgboost-cpu", "py-xgboost-gpu"),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
}
"""Packages that have a module which a pickle names; the first one is proposed."""
_AROUND_NAMES = re.compile(r"[\"'/\\]")
"""What stands before and after the name of a file in a script."""
_PICKLES = (".pkl", ".pickle", ".joblib", ".sav", ".dill")


def check_pickled_with(script: ParsedScript) -> list[Finding]:
    """A finding where a pickle of scikit-learn meets another scikit-learn, or none at all."""
    facts = script.facts
    loading = loading_call(script)
    if loading is None:
        return []
    missing = _check_missing(script) or _check_boosters(script) or check_refused(script, _place(script, loading))
    if missing:
        return missing
    if facts.environment is None:
        return []
    requirement = asked_release(with_wish(facts.environment), "scikit-learn")
    if requirement is None:
        return []
    found = [_disagreement(model, requirement[0]) for model in _as_pickled(script)]
    wrong = [(model, effect) for each in found if each is not None for model, effect in (each,)]
    if not wrong:
        return []
    call = loading_call(script)
    if call is None:
        return []
    model, effect = wrong[0]
    fix = pin_package(facts.environment, "scikit-learn", model.framework_version)
    path = facts.environment.path
    related = (Related(path, l10n.t("The environment asks for scikit-learn here.")),) if path else ()
    words: dict[str, Any] = {
        "model": f"{model.name}:{model.version}",
        "package": "scikit-learn",
        "made": model.framework_version,
    }
    return [
        rules.PICKLED_WITH.finding(
            _place(script, call),
            fixes=(fix,) if fix else (),
            related=related,
            wanted=requirement[0],
            effect=effect,
            **words,
        )
    ]


def _as_pickled(script: ParsedScript) -> Iterator[ModelFacts]:
    """The deployed models; what their pickles say counts before the release that was given with them."""
    for model in script.facts.deployed_models or ():
        pickles = [script.facts.pickle(each, file) for each, file in loaded_pickles(script) if each == model]
        own = {made for each in pickles if each is not None and (made := made_with(each, _PACKAGE))}
        yield from (replace(model, framework_version=made) for made in sorted(own) or [model.framework_version])


def _check_missing(script: ParsedScript) -> list[Finding]:
    """A pickle of scikit-learn where there is none to load it."""
    environment = script.facts.environment
    if environment is None or not environment.complete:
        return []
    if environment.installed is not None:
        missing = _PACKAGE not in environment.installed
    else:
        missing = _PACKAGE not in closure(frozenset(environment.packages)) and all(map(is_known, environment.packages))
    call = loading_call(script) if missing else None
    model = _loaded_pickle(script) if call is not None else None
    if model is None or call is None:
        return []
    version = model.framework_version if is_version(model.framework_version) else ""
    fix = add_package(environment, f"{_PACKAGE}=={version}" if version else _PACKAGE)
    name = label(model)
    sure = script.facts.deployed_models is not None and not environment.assumed
    severity: Severity | None = None if sure else "warning"
    fixes = (fix,) if fix else ()
    return [
        rules.MODEL_NEEDS.finding(_place(script, call), severity=severity, fixes=fixes, model=name, package=_PACKAGE)
    ]


def _check_boosters(script: ParsedScript) -> list[Finding]:
    """The same for a deployed pickle with trees of another package. A warning: an image may hold what no list names."""
    environment = script.facts.environment
    call = loading_call(script)
    if environment is None or not environment.complete or call is None:
        return []
    there = frozenset(environment.installed or ())
    if environment.installed is None:
        there = closure(frozenset(environment.packages))
        if not all(map(is_known, environment.packages)):
            return []
    for model, file in loaded_pickles(script):
        contents = script.facts.pickle(model, file) if script.facts.deployed_models is not None else None
        modules = contents.modules if contents is not None else ()
        missing = [names for each in modules if (names := _BOOSTERS.get(each)) and not there.intersection(names)]
        if missing:
            fix = add_package(environment, missing[0][0])
            fixes, place, name = (fix,) if fix else (), _place(script, call), label(model)
            package = missing[0][0]
            return [rules.MODEL_NEEDS.finding(place, severity="warning", fixes=fixes, model=name, package=package)]
    return []


def _loaded_pickle(script: ParsedScript) -> ModelFacts | None:
    """The pickle of scikit-learn that the script loads: a deployed one; where nobody knows what is deployed, the
    newest of those that are registered with a file that the script names, when all of these are such."""
    facts = script.facts
    if facts.deployed_models is not None:
        return next((model for model in facts.deployed_models if _is_pickle(model)), None)
    names = set(_AROUND_NAMES.split(script.text))
    named = [model for model in own_models(facts) if any(file.rpartition("/")[2] in names for file in model.files)]
    if named:
        return named[-1] if all(map(_is_pickle, named)) else None
    return next((model for model, file in loaded_pickles(script) if _holds_sklearn(script, model, file)), None)


def _holds_sklearn(script: ParsedScript, model: ModelFacts, file: str) -> bool:
    contents = script.facts.pickle(model, file)
    return contents is not None and "sklearn" in contents.modules


def _is_pickle(model: ModelFacts) -> bool:
    """One file, so that it is surely the one that is loaded."""
    files = [name for name in model.files if name.lower().endswith(_PICKLES)]
    return model.framework == "ScikitLearn" and len(files) == 1


def _place(script: ParsedScript, call: ast.Call) -> Range:
    return script.range(call.func)


def _disagreement(model: ModelFacts, requirement: str) -> tuple[ModelFacts, str] | None:
    """A model whose release is another one than that of the environment, and what comes of it."""
    if model.framework != "ScikitLearn" or not model.framework_version:
        return None
    if not any(name.lower().endswith(_PICKLES) for name in model.files):
        return None
    try:
        model_release = Version(model.framework_version).release
        environment_release = Version(requirement.removesuffix(".*")).release
    except InvalidVersion:
        return None
    depth = min(2, len(environment_release), len(model_release))
    if model_release[:depth] == environment_release[:depth]:
        return None
    if model_release[:1] != environment_release[:1] or model_release > environment_release:
        return model, l10n.t("it may not load, or may predict something else")
    return model, l10n.t("scikit-learn warns when it loads it, and may predict something else")
