"""The pickles among the files of the models that a script may load."""

from __future__ import annotations

import ast
import posixpath
import re

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.paths import folder_of
from scoredock.checks.programs_beside import own_models
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY

_LOADERS = (".joblib.load", ".pickle.load", ".dill.load", ".cloudpickle.load")
_PICKLES = re.compile(r"\.(?:pkl|pickle|joblib|sav|dill|p)(?:\.(?:gz|z|bz2|xz))?$", re.IGNORECASE)
"""Ends of names, those that joblib packs files for included."""
_MODEL_FOLDERS = ("model", "models", "outputs")
_MOST = 20
"""Pickles of registered models that may be meant; a name that more of them have says nothing."""
_AROUND_NAMES = re.compile(r"[\"'/\\]")
"""What stands before and after the name of a file in a script."""


def loading_call(script: ParsedScript) -> ast.Call | None:
    """The first call that loads a pickle, whatever happens."""
    for call, _, flags, name in script.named_calls:
        if f".{name}".endswith(_LOADERS) and not flags & (MAIN_ONLY | IN_TRY | IN_IF):
            return call
    return None


def loaded_pickles(script: ParsedScript) -> list[tuple[ModelFacts, str]]:
    """Model and file: the only pickle of a deployed model, or those whose names stand in the script. None where so many
    models have a file of that name that nobody knows which one is meant."""
    return script.once(_loaded)


def _loaded(script: ParsedScript) -> list[tuple[ModelFacts, str]]:
    names = set(_AROUND_NAMES.split(script.text))
    pickles: list[tuple[ModelFacts, str]] = []
    for model in own_models(script.facts):
        files = [file for file in model.files if _PICKLES.search(file)]
        named = [file for file in files if file.rpartition("/")[2] in names]
        only = files if len(files) == 1 and script.facts.deployed_models is not None else []
        pickles += [(model, file) for file in named or only]
        if len(pickles) > _MOST and script.facts.deployed_models is None:
            return []
    return pickles or _lying_there(script, names)


def label(model: ModelFacts) -> str:
    """A version as people write it; a file that is not registered by its name."""
    return f"{model.name}:{model.version}" if model.version else model.name


def _lying_there(script: ParsedScript, names: set[str]) -> list[tuple[ModelFacts, str]]:
    """Files of the project that the script names, where nobody knows what it will be deployed with."""
    facts = script.facts
    if facts.deployed_models is not None or not facts.path:
        return []
    own = folder_of(facts.path)
    pickles = []
    for name in sorted(each for each in names if _PICKLES.search(each)):
        for above in (own, folder_of(own)):
            for inner in ("", *_MODEL_FOLDERS):
                folder = posixpath.join(above, inner) if inner else above
                if facts.exists(posixpath.join(folder, name)):
                    pickles.append((ModelFacts(name, 0, (name,), folder=folder), name))
    return pickles[:1]
