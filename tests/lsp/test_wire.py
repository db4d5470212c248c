"""Messages to and from JSON, without a server."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping
from typing import Any

import pytest
from scoredock.errors import Cancelled, Place, Remedy, ScoredockError
from scoredock.protocol import messages, wire
from scoredock.protocol.messages import table

RECORDS = [
    kind
    for kind in vars(table).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind is not messages.Notification
]


def sample(kind: Any) -> Any:
    """Some value of a type, no field left at its default."""
    plain = {str: "täxt \u2028", int: 7, float: 1.5, bool: True}
    if kind in plain:
        return plain[kind]
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: sample(hint) for name, hint in hints.items()})  # type: ignore[operator]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return arguments[-1]
    if origin is list:
        return [sample(arguments[0])]
    if origin is tuple:
        return (sample(arguments[0]),)
    if origin in (dict, Mapping):
        return {"some_key": sample(arguments[1])}
    return sample(arguments[0])


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_message_survives_the_wire(kind: type) -> None:
    message = sample(kind)
    assert wire.from_wire(kind, json.loads(json.dumps(wire.to_wire(message)))) == message


def test_names_are_camel_case_on_the_wire() -> None:
    told = wire.to_wire(messages.WorkspaceCreateParams("a", "b"))
    assert told == {"name": "a", "folder": "b", "subscriptionId": "", "resourceGroup": ""}
    assert "workDoneToken" in wire.to_wire(messages.ServiceRef("a"))


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [
        pytest.param(messages.ModelRef, {}, "id is missing @ $.id", id="missing"),
        pytest.param(messages.ModelRef, None, "id is missing @ $.id", id="no-params"),
        pytest.param(messages.ModelRef, {"id": 5}, "expected text, got an integer @ $.id", id="number-for-text"),
        pytest.param(messages.ModelRef, {"id": "a", "ID": "b"}, "unknown ID @ $", id="extra"),
        pytest.param(messages.ModelRef, [], "expected an object, got a list @ $", id="list-for-object"),
        pytest.param(
            messages.ModelRegisterParams,
            {"name": "a", "paths": "b"},
            "expected a list, got text @ $.paths",
            id="text-for-list",
        ),
        pytest.param(
            messages.ModelRegisterParams,
            {"name": "a", "paths": ["b", 1]},
            "expected text, got an integer @ $.paths",
            id="item",
        ),
        pytest.param(
            messages.ModelRegisterParams,
            {"name": "a", "paths": [], "tags": {"a": 1}},
            "expected text, got an integer @ $.tags",
            id="value",
        ),
        pytest.param(
            messages.ServiceCallParams,
            {"name": "a", "body": "", "method": "put"},
            "expected one of 'POST', 'GET', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'QUERY', 'TRACE' @ $.method",
            id="literal",
        ),
        pytest.param(
            messages.ServiceDeployParams,
            {"name": "a", "port": True},
            "expected an integer or null, got true or false @ $.port",
            id="bool-for-int",
        ),
        pytest.param(
            messages.ServiceDeployParams,
            {"name": "a", "environmentVariables": []},
            "expected an object, got a list @ $.environmentVariables",
            id="camel-place",
        ),
    ],
)
def test_a_misfit_is_explained(kind: type, raw: object, said: str) -> None:
    with pytest.raises(wire.InvalidParams) as caught:
        wire.from_wire(kind, raw)
    assert said in caught.value.faults[0]


def test_an_error_carries_code_fix_place_remedies_and_details() -> None:
    error = ScoredockError(
        "model-in-use",
        "The model a:1 is used.",
        place=Place("/a", 3),
        remedies=(Remedy("Show", "scoredock.showService", ("s",)),),
        details={"services": ["s"]},
    )
    told = wire.error_to_wire(error)
    assert (told.code, told.message) == (wire.REQUEST_FAILED, "The model a:1 is used.")
    assert told.data == {
        "code": "model-in-use",
        "fix": "Delete what uses it first, or update it to another version.",
        "place": {"path": "/a", "line": 3, "character": None},
        "remedies": [{"title": "Show", "command": "scoredock.showService", "arguments": ["s"]}],
        "details": {"services": ["s"]},
    }


def test_a_cancelled_request_has_the_number_of_the_standard() -> None:
    assert wire.error_to_wire(Cancelled("Cancelled.")).code == wire.REQUEST_CANCELLED


def test_a_fault_of_ours_is_told_as_such_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ZeroDivisionError("ours")
    except ZeroDivisionError as fault:
        told = wire.error_to_wire(fault)
    assert (told.code, told.data["code"]) == (wire.INTERNAL_ERROR, "internal-error")
    assert "ZeroDivisionError: ours" in caplog.text


def test_every_declared_field_type_is_one_the_wire_knows() -> None:
    allowed = {str, int, float, bool, type(None), Ellipsis}

    def known(kind: Any) -> bool:
        if kind in allowed or dataclasses.is_dataclass(kind) or typing.get_origin(kind) is typing.Literal:
            return True
        arguments = typing.get_args(kind)
        return bool(arguments) and all(known(argument) for argument in arguments)

    for record in RECORDS:
        for name, kind in typing.get_type_hints(record).items():
            assert known(kind), f"{record.__name__}.{name}: {kind}"
