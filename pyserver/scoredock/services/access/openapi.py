"""A document of Swagger 2 or OpenAPI 3 as what a person reads of it: operations, their fields and examples. Pure, and
bounded: a script may bring a document of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_METHODS = ("post", "get", "put", "patch", "delete", "options", "head")
_MOST_OPERATIONS = 100
_MOST_FIELDS = 200
_DEEPEST = 8
_LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class ApiField:
    name: str
    """With what it is in: `data[].age`."""
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class ApiContent:
    """The body of a request or of a response."""

    content_type: str = ""
    fields: tuple[ApiField, ...] = ()
    example: str = ""
    """As it is sent; empty where the document has none."""


@dataclass(frozen=True, slots=True)
class ApiResponse:
    status: str
    """`200`, or `default` for all others."""
    description: str
    content: ApiContent


@dataclass(frozen=True, slots=True)
class ApiOperation:
    method: str
    route: str
    description: str
    parameters: tuple[ApiField, ...]
    body: ApiContent | None
    responses: tuple[ApiResponse, ...]


def operations_of(document: Any) -> list[ApiOperation]:
    """Those that score first; none for what is no such document."""
    reader = _DocumentReader(document if isinstance(document, dict) else {})
    found = [operation for operation, _ in zip(reader.operations(), range(_MOST_OPERATIONS), strict=False)]
    return sorted(found, key=lambda each: each.method != "POST")


class _DocumentReader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def operations(self) -> Iterator[ApiOperation]:
        for route, item in _items(self._document.get("paths")):
            for method in _METHODS:
                operation = _mapping(_mapping(item).get(method))
                if operation:
                    yield self._operation(method, str(route), operation)

    def _operation(self, method: str, route: str, operation: Mapping[str, Any]) -> ApiOperation:
        given = operation.get("parameters")
        parameters = [self._resolved(each) for each in given] if isinstance(given, list) else []
        return ApiOperation(
            method.upper(),
            route,
            _text(operation.get("summary")) or _text(operation.get("description")),
            tuple(
                ApiField(
                    _text(each.get("name")),
                    self._type(self._resolved(each.get("schema", each))),
                    each.get("required") is True,
                    _text(each.get("description")),
                )
                for each in parameters
                if each.get("in") in ("query", "header", "path")
            ),
            self._body(operation, parameters),
            tuple(
                self._response(str(status), self._resolved(each)) for status, each in _items(operation.get("responses"))
            ),
        )

    def _body(self, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]]) -> ApiContent | None:
        content = _mapping(self._resolved(operation.get("requestBody")).get("content"))
        for kind, media in content.items():
            return self._content(str(kind), _mapping(media))
        for each in parameters:
            if each.get("in") == "body":
                return self._content("application/json", each)
        return None

    def _response(self, status: str, response: Mapping[str, Any]) -> ApiResponse:
        described = ApiContent()
        for kind, media in _mapping(response.get("content")).items():
            described = self._content(str(kind), _mapping(media))
            break
        else:
            if response.get("schema") is not None:
                described = self._content("application/json", response)
        return ApiResponse(status, _text(response.get("description")), described)

    def _content(self, kind: str, media: Mapping[str, Any]) -> ApiContent:
        schema = self._resolved(media.get("schema"))
        example = media.get("example", schema.get("example"))
        fields = [field for field, _ in zip(self._fields(schema, ""), range(_MOST_FIELDS), strict=False)]
        return ApiContent(kind, tuple(fields), _written(example, kind))

    def _fields(self, schema: Mapping[str, Any], above: str, depth: int = 0) -> Iterator[ApiField]:
        if depth > _DEEPEST:
            return
        if schema.get("type") == "array":
            yield from self._fields(self._resolved(schema.get("items")), f"{above}[]", depth + 1)
            return
        required = schema.get("required")
        for name, written in _items(schema.get("properties")):
            inner = self._resolved(written)
            path = f"{above}.{name}" if above else str(name)
            is_required = isinstance(required, list) and name in required
            yield ApiField(path, self._type(inner), is_required, _text(inner.get("description")))
            if inner.get("properties") or inner.get("type") == "array":
                yield from self._fields(inner, path, depth + 1)

    def _type(self, schema: Mapping[str, Any], depth: int = 0) -> str:
        kind = _text(schema.get("type")) or ("object" if schema.get("properties") else "any")
        if kind == "array" and depth < _DEEPEST:
            return f"array of {self._type(self._resolved(schema.get('items')), depth + 1)}"
        form = _text(schema.get("format"))
        return f"{kind} ({form})" if form else kind

    def _resolved(self, value: Any, depth: int = 0) -> Mapping[str, Any]:
        """What a reference within the document leads to."""
        found = _mapping(value)
        target = found.get("$ref")
        if not isinstance(target, str) or depth > _DEEPEST:
            return found
        place: Any = self._document
        for part in target.removeprefix("#/").split("/"):
            place = _mapping(place).get(part.replace("~1", "/").replace("~0", "~"))
        return self._resolved(place, depth + 1)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(_mapping(value).items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _written(example: Any, kind: str) -> str:
    if example is None or example == {}:
        return ""
    if isinstance(example, str) and "json" not in kind:
        return example
    text = json.dumps(example, indent=2, ensure_ascii=False)
    return text if len(text) <= _LONGEST else ""
