"""Parameters that a pipeline is started with, as values of the types that it declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import as_number, as_text
from scoredock.contrib.pipelines.domain.pipeline import PipelineParameter
from scoredock.contrib.pipelines.domain.values import PipelineFault, YamlPlace

_TRUTHS = {"true": True, "false": False}
_EMPTY: Mapping[str, Any] = {"boolean": False, "number": 0.0}


def typed_values(
    declared: Iterable[PipelineParameter], values_by_name: Mapping[str, str], where: YamlPlace | None
) -> dict[str, Any]:
    """The value of each parameter: the one that was given, its default, or what is empty of its type. Raises
    PipelineFault for one that is not declared, and for a value that is not of the type."""
    parameters = {each.name: each for each in declared}
    names = {name.lower(): name for name in parameters}
    values = {name: _default(each) for name, each in parameters.items()}
    for name, text in values_by_name.items():
        if name.lower() not in names:
            message = l10n.t("There is no parameter “{name}”.", name=name)
            if parameters:
                message = f"{message} {l10n.t('There are: {names}.', names=', '.join(parameters))}"
            raise PipelineFault(message, where)
        values[names[name.lower()]] = _typed(parameters[names[name.lower()]], text)
    return values


def _default(parameter: PipelineParameter) -> Any:
    """A boolean or a number may stand in quotes; whatever else is a text."""
    default, kind = parameter.default, parameter.kind
    if default is None:
        return _EMPTY.get(kind, "")
    if isinstance(default, str) and "${{" in default:
        return default
    return default if kind in _EMPTY and not isinstance(default, str) else _typed(parameter, as_text(default))


def _typed(parameter: PipelineParameter, text: str) -> Any:
    value: Any = text
    if parameter.kind == "boolean":
        value = _TRUTHS.get(text.lower())
    elif parameter.kind == "number":
        number = as_number(text)
        value = None if not text.strip() or number != number else number  # NaN
    if value is None:
        raise PipelineFault(no_value_of(parameter.name, parameter.kind, text), parameter.source)
    if parameter.values:
        require_one_of(parameter.values, text, parameter.name, parameter.source)
    return value


def no_value_of(name: str, kind: str, text: str) -> str:
    """The sentence for a value that is not of the type of its parameter."""
    return l10n.t(
        "The parameter “{name}” is of the type {kind}, and “{value}” is none.", name=name, kind=kind, value=text
    )


def require_one_of(allowed: Iterable[str], text: str, name: str, where: YamlPlace | None) -> None:
    """Raises PipelineFault."""
    if text not in allowed:
        names = ", ".join(f"“{each}”" for each in allowed)
        message = l10n.t(
            "The parameter “{name}” is “{value}”, and may be {allowed} only.", name=name, value=text, allowed=names
        )
        raise PipelineFault(message, where)
