"""Definitions of names: paths lead to files, schema parameters to those of run(), deployments to their endpoint."""

from __future__ import annotations

import posixpath

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import known_folder, resolve
from scoredock.analysis.tree import contains
from scoredock.language.endpoint_files import file_of_the_other
from scoredock.language.kinds import kind_in
from scoredock.language.mentions import mentions
from scoredock.language.model_paths import resolved_paths
from scoredock.language.parameters import parameter_at
from scoredock.language.script_cache import parsed
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range


@dataclass(frozen=True, slots=True)
class DefinitionTarget:
    """A place in a file, with the range it was reached from."""

    path: str
    range: Range
    origin: Range


def definition(text: str, facts: Facts, place: Position) -> DefinitionTarget | None:
    """Place that defines the thing under a position, or None. Never raises."""
    parameter = parameter_at(text, facts, place)
    if parameter is not None:
        return DefinitionTarget(facts.path, parameter.definition, parameter.origin)
    if facts.path.lower().endswith((".yml", ".yaml")):
        other = file_of_the_other(text, kind_in(text, facts), facts, place)
        if other is not None:
            return DefinitionTarget(*other, Range(place, place))
    elif facts.path.lower().endswith(".py"):
        model = _model_file(text, facts, place)
        if model is not None:
            return model
    every = mentions(text, facts)
    for mention in every:
        if mention.kind == "path" and contains(mention.range, place):
            target = mention.target
            if facts.is_folder(target):
                # A folder cannot be opened; what is meant to be run in it can.
                inside = (m.target for m in every if m.target.startswith((target + "/", target + "\\")))
                target = next(inside, target)
            if not facts.exists(target) or facts.is_folder(target):
                return None
            start = Position(0, 0)
            return DefinitionTarget(target, Range(start, start), mention.range)
    return None


def _model_file(text: str, facts: Facts, place: Position) -> DefinitionTarget | None:
    """The file of a model behind the path that a script puts together, where it lies in the project."""
    script = parsed(text, facts) if "AZUREML_MODEL_DIR" in text else None
    here = known_folder(facts)
    if script is None or here is None or not facts.deployed_models:
        return None
    under = [
        model_path
        for model_path in resolved_paths(script, facts)
        if model_path.exists and contains(model_path.range, place)
    ]
    if not under or under[0].is_folder:
        return None
    model_path = under[0]
    below = model_path.path.split("/", 3)[-1]
    folders = [model.folder for model in facts.deployed_models if model.folder and below in model.files]
    # What was registered was copied; the file that it was made from may still lie beside the script.
    places = [resolve(folder, below) for folder in folders]
    places += [resolve(folder, posixpath.basename(below)) for folder in (here, facts.source_directory) if folder]
    target = next((path for path in places if facts.exists(path) and not facts.is_folder(path)), None)
    start = Position(0, 0)
    return DefinitionTarget(target, Range(start, start), model_path.range) if target is not None else None
