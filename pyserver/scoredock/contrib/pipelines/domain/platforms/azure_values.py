"""Parameters of Azure Pipelines: from YAML to what expressions see, by their types, and back to where they are
inserted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.azure_functions import azure_text, number_of
from scoredock.contrib.pipelines.domain.parameters import no_value_of
from scoredock.contrib.pipelines.domain.values import Fields, Items, PipelineFault, Text, Value, YamlPlace, items_of

_STEP_TASKS = {
    "script": ("CmdLine@2", {}),
    "bash": ("Bash@3", {"targetType": "inline"}),
    "pwsh": ("PowerShell@2", {"targetType": "inline", "pwsh": "true"}),
    "powershell": ("PowerShell@2", {"targetType": "inline"}),
}
_INPUTS_OF_SCRIPTS = ("workingDirectory", "failOnStderr", "errorActionPreference", "ignoreLASTEXITCODE")


class PlacedNumber(float):
    """A number that keeps how it is written."""

    text: str


class PlacedList(list[Any]):
    """A list of a file, which is inserted as it stands there."""

    origin: Items


class PlacedFields(dict[str, Any]):
    """A mapping of a file, which is inserted as it stands there."""

    origin: Fields


def value_of(value: Value | None, scalar: Callable[[Text], Any]) -> Any:
    """Value as expressions see it."""
    if isinstance(value, Items):
        items = PlacedList(value_of(item, scalar) for item in value.items)
        items.origin = value
        return items
    if isinstance(value, Fields):
        fields = PlacedFields((key.text, value_of(each, scalar)) for key, each in value.entries)
        fields.origin = value
        return fields
    return scalar(value) if value is not None else None


def as_written(text: Text) -> Any:
    """A scalar as the text that it is; null for none."""
    return None if text.is_null else text.text


def as_typed(text: Text) -> Any:
    """A scalar in an object: null, a truth value, a number or a text."""
    value = text.value
    if isinstance(value, float):
        value = PlacedNumber(value)
        value.text = text.text
    return value


def yaml_of(value: Any, where: YamlPlace) -> Value:
    """YAML for the value of an expression, at the place where the expression stood."""
    if isinstance(value, (PlacedList, PlacedFields)):
        return value.origin
    if isinstance(value, Mapping):
        return Fields(tuple((Text(str(key), where), yaml_of(each, where)) for key, each in value.items()), where)
    if isinstance(value, list):
        return Items(tuple(yaml_of(each, where) for each in value), where)
    return Text(azure_text(value), where, value is None, is_quoted=isinstance(value, str))


# --------------------------------------------------------------------------------------------------------- types


def typed(kind: str, value: Value, name: str) -> Any:
    """A parameter of a type. Raises PipelineFault for a value that it cannot have."""
    convert = _KINDS.get(kind.lower())
    if convert is None:
        message = l10n.t("The parameter “{name}” has the type “{kind}”, which there is not.", name=name, kind=kind)
        raise PipelineFault(message, value.source)
    try:
        return convert(value)
    except (ValueError, TypeError):
        text = value.text if isinstance(value, Text) else "…"
        raise PipelineFault(no_value_of(name, kind, text), value.source) from None


def _string(value: Value) -> str:
    return "" if _scalar(value).is_null else _scalar(value).text


def _boolean(value: Value) -> bool:
    text = _string(value).lower()
    return text == "true" if text in ("true", "false", "") else _refused()


def _number(value: Value) -> float:
    number = number_of(_string(value)) if _string(value) else 0.0
    return number if number is not None else _refused()


def _scalar(value: Value) -> Text:
    return value if isinstance(value, Text) else _refused()


def _refused() -> Any:
    raise ValueError


def _parts_in(kind: type, empty: Callable[[], Any]) -> Callable[[Value], Any]:
    """A step, job or stage, or a list of them."""

    def parts(value: Value) -> Any:
        if isinstance(value, Text) and value.is_null:
            return empty()
        return _parts(value) if isinstance(value, kind) else _refused()

    return parts


def _parts(value: Value) -> Any:
    """Steps as Azure Pipelines hands them to a template: a script is a task. Inserted as a whole, it is what it was."""
    whole = value_of(value, as_written)
    for step in _steps_in(whole):
        short = next((key for key in step if key in _STEP_TASKS), "")
        if short:
            task, inputs = _STEP_TASKS[short]
            given = {key: step.pop(key) for key in _INPUTS_OF_SCRIPTS if key in step}
            rest = {key: each for key, each in step.items() if key != short}
            content = {"task": task, **rest, "inputs": {**inputs, "script": step[short], **given}}
            step.clear()
            step.update(content)
    return whole


def _steps_in(whole: Any) -> list[PlacedFields]:
    if isinstance(whole, PlacedList):
        return [step for each in whole for step in _steps_in(each)]
    if not isinstance(whole, PlacedFields):
        return []
    inner = [step for key in ("steps", "jobs") for step in _steps_in(whole.get(key))]
    return [whole, *inner]


def _strings(value: Value) -> Any:
    if isinstance(value, Text) and value.text and not value.is_null:
        return [each.strip() for each in value.text.split(",")]
    return [_string(each) for each in items_of(value)]


_KINDS: Mapping[str, Callable[[Value], Any]] = {
    "string": _string,
    "boolean": _boolean,
    "number": _number,
    "object": lambda value: value_of(value, as_typed),
    "legacyobject": lambda value: value_of(value, as_written),
    **dict.fromkeys(("step", "job", "deployment", "stage"), _parts_in(Fields, lambda: None)),
    **dict.fromkeys(("steplist", "joblist", "deploymentlist", "stagelist"), _parts_in(Items, list)),
    "stringlist": _strings,
    **dict.fromkeys(
        ("container", "containerlist", "environment", "filepath", "pool", "securefile", "serviceconnection"),
        lambda value: value_of(value, as_typed),
    ),
}
