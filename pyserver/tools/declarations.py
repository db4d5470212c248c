"""Reads what `protocol/messages` declares: records with their fields and documentation, methods, aliases."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import typing
from dataclasses import dataclass
from importlib import import_module
from typing import TypeGuard

from scoredock.contrib.table import module_of, present
from scoredock.features.contribution import notifications
from scoredock.features.verbs import verbs
from scoredock.protocol import messages
from scoredock.protocol.messages import table
from scoredock.protocol.wire import camel


@dataclass(frozen=True)
class Field:
    """One field of a record, by its name on the wire."""

    name: str
    kind: object
    """Resolved type."""
    optional: bool
    """May be left out by whoever sends it: it has a default."""
    doc: str


@dataclass(frozen=True)
class Record:
    """One message or part of one."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    sent_by_client: bool
    """Part of some params, so that fields with a default may be left out."""


def messages_by_name() -> dict[str, object]:
    """Names that the modules of messages declare or import, with their values: those of the core, then of
    contributions.
    """
    modules = [table, *(import_module(module_of(name, "messages")) for name in present())]
    return {name: value for module in modules for name, value in vars(module).items()}


def aliases() -> dict[str, object]:
    """Named literals, such as State."""
    return {
        name: value
        for name, value in messages_by_name().items()
        if typing.get_origin(value) is typing.Literal and not name.startswith("_")
    }


def records() -> list[Record]:
    """Every dataclass of the protocol except the one that describes methods, in the order of the module. Options that
    several share, and that are not sent by themselves, are none."""
    documentation = _field_docs()
    from_client = _reachable(
        [each.params for each in verbs()] + [note.params for note in notifications() if note.sender == "client"]
    )
    entries = []
    for name, kind in messages_by_name().items():
        if not _is_message(kind) or (kind.__module__.endswith("options") and kind not in from_client):
            continue
        hints = typing.get_type_hints(kind)
        fields = tuple(
            Field(
                camel(item.name),
                hints[item.name],
                item.default is not dataclasses.MISSING or item.default_factory is not dataclasses.MISSING,
                _doc_of(documentation, kind, item.name),
            )
            for item in sorted(dataclasses.fields(kind), key=lambda each: each.name not in kind.__annotations__)
        )
        entries.append(Record(name, _own_doc(kind), fields, kind in from_client))
    return entries


def _is_message(kind: object) -> TypeGuard[type]:
    """True for a record of the protocol."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind is not messages.Notification


def _doc_of(documentation: dict[tuple[str, str], str], kind: type, field: str) -> str:
    """That of the class which declares the field."""
    written = (documentation.get((each.__name__, field)) for each in kind.__mro__)
    return next((doc for doc in written if doc), "")


def _own_doc(kind: type) -> str:
    doc = inspect.cleandoc(vars(kind).get("__doc__") or "")
    return "" if doc.startswith(f"{kind.__name__}(") else doc


def _reachable(roots: list[type]) -> set[type]:
    kinds: set[type] = set()
    queue: list[object] = list(roots)
    while queue:
        kind = queue.pop()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            if kind not in kinds:
                kinds.add(kind)
                queue.extend(typing.get_type_hints(kind).values())
        else:
            queue.extend(typing.get_args(kind))
    return kinds


def _field_docs() -> dict[tuple[str, str], str]:
    """Strings under assignments, which Python itself forgets."""
    docs: dict[tuple[str, str], str] = {}
    homes = {
        base.__module__
        for kind in messages_by_name().values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
        for base in kind.__mro__[:-1]
    }
    nodes = [node for home in sorted(homes) for node in ast.parse(inspect.getsource(sys.modules[home])).body]
    for node in nodes:
        if not isinstance(node, ast.ClassDef):
            continue
        for item, following in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(item, ast.AnnAssign)
                and isinstance(item.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
                and isinstance(following.value.value, str)
            ):
                docs[node.name, item.target.id] = re.sub(r"\s+", " ", following.value.value).strip()
    return docs
