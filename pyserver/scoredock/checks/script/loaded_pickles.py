"""The pickles among the files of the models that a script may load."""

from __future__ import annotations

import ast
import re

from scoredock.analysis.facts import ModelFacts
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY

_LOADERS = (".joblib.load", ".pickle.load", ".dill.load", ".cloudpickle.load")
_PICKLES = (".pkl", ".pickle", ".joblib", ".sav", ".dill", ".p")
_AROUND_NAMES = re.compile(r"[\"'/\\]")
"""What stands before and after the name of a file in a script."""


def loading_call(script: ParsedScript) -> ast.Call | None:
    """The first call that loads a pickle, whatever happens."""
    for call, _, flags, name in script.named_calls:
        if f".{name}".endswith(_LOADERS) and not flags & (MAIN_ONLY | IN_TRY | IN_IF):
            return call
    return None


def loaded_pickles(script: ParsedScript) -> list[tuple[ModelFacts, str]]:
    """Model and file: the only pickle of a deployed model, or those whose names stand in the script."""
    names = set(_AROUND_NAMES.split(script.text))
    found = []
    for model in script.facts.models_at_hand:
        files = [file for file in model.files if file.lower().endswith(_PICKLES)]
        named = [file for file in files if file.rpartition("/")[2] in names]
        only = files if len(files) == 1 and script.facts.deployed_models is not None else []
        found += [(model, file) for file in named or only]
    return found
