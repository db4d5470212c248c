"""The paths below AZUREML_MODEL_DIR that a script puts together, and what they are in a service."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock.analysis.facts import Facts
from scoredock.checks.models.model_needs import path_candidates
from scoredock.checks.models.path_value import Evaluator, ModelPath
from scoredock.checks.script.qualified import argument, text_of
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import MAIN_ONLY
from scoredock.language.model_layout import model_files, model_folder, path_of_model
from scoredock.late_dataclass import dataclass
from scoredock.text import Range


@dataclass(frozen=True, slots=True)
class ResolvedModelPath:
    """A path expression and what it is in a service."""

    range: Range
    path: str
    """From the working directory of a service."""
    exists: bool | None
    """Whether a deployed model has it; None when that is not known."""
    is_folder: bool
    name: str = ""
    """The model, for get_model_path."""


def resolved_paths(script: ParsedScript, facts: Facts) -> Iterator[ResolvedModelPath]:
    """Every whole path expression of the script, in no order; those in `if __name__ == "__main__"` are left out."""
    if facts.deployed_models is None:
        return
    if "AZUREML_MODEL_DIR" in script.text:
        yield from _below_folder(script, facts)
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY or not name.endswith("Model.get_model_path"):
            continue
        model = text_of(argument(call, 0, "model_name"), scope)
        version = argument(call, 1, "version")
        number = version.value if isinstance(version, ast.Constant) and isinstance(version.value, int) else None
        if model is None or (version is not None and number is None):
            continue
        path = path_of_model(model, number, facts)
        if path is not None:
            files = {f"azureml-models/{m.name}/{m.version}/{f}" for m in facts.deployed_models for f in m.files}
            yield ResolvedModelPath(script.range(call), path, True, path not in files, model)


def _below_folder(script: ParsedScript, facts: Facts) -> Iterator[ResolvedModelPath]:
    models = facts.deployed_models or ()
    evaluator = Evaluator()
    files = set(model_files(facts))
    folders = {"/".join(f.split("/")[:n]) for f in files for n in range(1, f.count("/") + 1)}
    candidates: list[tuple[ast.expr, ModelPath]] = []
    roots = [(s, scope, flags) for s, scope, flags in script.walk.subscripts]
    for node, scope, flags in path_candidates(script):
        if not flags & MAIN_ONLY:
            value = evaluator.evaluate(node, scope)
            if value is not None:
                candidates.append((node, value))
    for node, value in candidates:
        # Parts of a larger path say nothing of their own; what has an unknown end is not a path yet.
        if id(node) in evaluator.inner or value.open or value.absolute or value.glued:
            continue
        below = "/".join(value.parts)
        if any(c in below for c in "*?["):
            continue
        path = f"{model_folder(models)}/{below}" if below else model_folder(models)
        is_folder = not below or below in folders
        yield ResolvedModelPath(script.range(node), path, not below or below in files or is_folder, is_folder)
    for subscript, scope, flags in roots:
        if not flags & MAIN_ONLY and id(subscript) not in evaluator.inner:
            value = evaluator.evaluate(subscript, scope)
            if value is not None and not value.parts:
                yield ResolvedModelPath(script.range(subscript), model_folder(models), True, is_folder=True)
