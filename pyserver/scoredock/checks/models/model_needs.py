"""Files and models that an entry script loads, as far as its text says so."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from scoredock.checks.models.path_value import CALLS, METHODS, Evaluator, ModelPath
from scoredock.checks.script.qualified import argument, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.late_dataclass import dataclass

_GET_MODEL_PATH = "Model.get_model_path"
_VARIABLE = "AZUREML_MODEL_DIR"


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """Files and models that a script asks for."""

    files: tuple[str, ...] = ()
    """Paths below AZUREML_MODEL_DIR, with forward slashes; `*` stands for what is not known."""
    names: tuple[tuple[str, int | None], ...] = ()
    """Name and version of the models that get_model_path() is called for; no version means the newest."""
    any_model: bool = False
    """Whether it uses models at all."""

    def __or__(self, other: ModelNeeds) -> ModelNeeds:
        return ModelNeeds(
            tuple(dict.fromkeys((*self.files, *other.files))),
            tuple(dict.fromkeys((*self.names, *other.names))),
            self.any_model or other.any_model,
        )


def model_needs(script: ParsedScript) -> ModelNeeds:
    """Files and models that one file of the code asks for."""
    return ModelNeeds(_files(script), tuple(dict.fromkeys(_names(script))), _uses_models(script))


def _uses_models(script: ParsedScript) -> bool:
    return _VARIABLE in script.text or "get_model_path" in script.text


def _names(script: ParsedScript) -> Iterator[tuple[str, int | None]]:
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY or not name.endswith(_GET_MODEL_PATH):
            continue
        model = text_of(argument(call, 0, "model_name"), scope)
        version = argument(call, 1, "version")
        number = version.value if isinstance(version, ast.Constant) and isinstance(version.value, int) else None
        if model:
            yield model, number


def _files(script: ParsedScript) -> tuple[str, ...]:
    if _VARIABLE not in script.text:
        return ()
    evaluator = Evaluator(script.walk.scopes)
    surely: list[ModelPath] = []
    perhaps: list[ModelPath] = []
    found = [(node, evaluator.evaluate(node, scope), flags) for node, scope, flags in path_candidates(script)]
    for node, value, flags in found:
        if value is None or id(node) in evaluator.inner or flags & MAIN_ONLY or not value.parts:
            continue
        (perhaps if flags & (IN_TRY | IN_IF) else surely).append(value)
    return _whole(_path_of(value) for value in surely or perhaps)


def _path_of(value: ModelPath) -> str:
    path = "/".join(value.parts)
    return f"{path}*" if value.open else path


def _whole(paths: Iterable[str]) -> tuple[str, ...]:
    """Without folders that other paths lead into."""
    every = list(dict.fromkeys(path for path in paths if path.strip("*")))
    return tuple(path for path in every if not any(other.startswith(f"{path}/") for other in every))


def path_candidates(script: ParsedScript) -> Iterator[tuple[ast.expr, Scope, int]]:
    """Expressions of a script that may be the path of a model file, with their scope and flags."""
    for call, scope, flags, name in script.named_calls:
        if name in CALLS:
            yield call, scope, flags
    for call, scope, flags in script.method_calls:
        if getattr(call.func, "attr", "") in METHODS:
            yield call, scope, flags
    yield from script.walk.paths
