"""The release that a model was made with against the one in the environment."""

from __future__ import annotations

import ast
from typing import Any

from packaging.version import InvalidVersion, Version

from scoredock.checks import environment_use_rules as rules
from scoredock.checks.environment_edit import pin_package
from scoredock.checks.gathered import MAIN_ONLY
from scoredock.checks.package_versions import asked_release
from scoredock.checks.script import Script
from scoredock.configs.facts import ModelFacts
from scoredock.configs.finding import Finding, Related
from scoredock.text import Range

_LOADERS = (".joblib.load", ".pickle.load", ".dill.load", ".cloudpickle.load")
_PICKLES = (".pkl", ".pickle", ".joblib", ".sav", ".dill")


def check_pickled_with(script: Script) -> list[Finding]:
    """A finding where a pickle of scikit-learn meets another scikit-learn."""
    facts = script.facts
    asked = asked_release(facts.environment, "scikit-learn")
    if asked is None or facts.environment is None:
        return []
    found = [_disagreement(model, asked[0]) for model in facts.deployed_models or ()]
    wrong = [(model, effect) for each in found if each is not None for model, effect in (each,)]
    if not wrong:
        return []
    call = next(
        (
            call
            for call, _, flags, name in script.named_calls
            if f".{name}".endswith(_LOADERS) and not flags & MAIN_ONLY
        ),
        None,
    )
    if call is None:
        return []
    model, effect = wrong[0]
    fix = pin_package(facts.environment, "scikit-learn", model.framework_version)
    path = facts.environment.path
    related = (Related(path, "The environment asks for its scikit-learn here."),) if path else ()
    words: dict[str, Any] = {
        "model": f"{model.name}:{model.version}",
        "package": "scikit-learn",
        "made": model.framework_version,
    }
    return [
        rules.PICKLED_WITH.finding(
            _place(script, call), fixes=(fix,) if fix else (), related=related, wanted=asked[0], effect=effect, **words
        )
    ]


def _place(script: Script, call: ast.Call) -> Range:
    return script.range(call.func)


def _disagreement(model: ModelFacts, wanted: str) -> tuple[ModelFacts, str] | None:
    """A model whose release is another one than that of the environment, and what comes of it."""
    if model.framework != "ScikitLearn" or not model.framework_version:
        return None
    if not any(name.lower().endswith(_PICKLES) for name in model.files):
        return None
    try:
        made, asked = Version(model.framework_version).release, Version(wanted.removesuffix(".*")).release
    except InvalidVersion:
        return None
    depth = min(2, len(asked), len(made))
    if made[:depth] == asked[:depth]:
        return None
    if made[:1] != asked[:1] or made > asked:
        return model, "it may not load, or predict something else"
    return model, "scikit-learn warns when it loads it, and may predict something else"
