"""A document of Swagger 2 or OpenAPI 3 as what a person reads of it: operations, their fields and examples. Pure, and
bounded: a script may bring a document of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass

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
    """Operations of the document, those that score first; empty if it is not such a document."""
    reader = _DocumentReader(document if isinstance(document, dict) else {})
    found = [operation for operation, _ in zip(reader.operations(), range(_MOST_OPERATIONS), strict=False)]
    return sorted(found, key=lambda each: each.method != "POST")


class BodySchema:
    """Schema of the body of `POST` to a route, from the service's description."""

    def __init__(self, document: Any, route: str = "/score") -> None:
        self._reader = _DocumentReader(document if isinstance(document, dict) else {})
        self._schema = self._reader.body_schema(route)

    def properties(self, path: Sequence[str | None]) -> dict[str, str]:
        """Names with their types in the object at a path, of which None is an item of a list."""
        schema = self._at(path)
        required = schema.get("required")
        return {
            str(name): self._reader.described(inner, is_required=isinstance(required, list) and name in required)
            for name, inner in _items(schema.get("properties"))[:_MOST_FIELDS]
        }

    def choices(self, path: Sequence[str | None]) -> list[Any]:
        """The values that may stand at a path, where the document names them; truth values among them."""
        schema = self._at(path)
        listed = schema.get("enum")
        if isinstance(listed, list):
            return [each for each in listed if isinstance(each, (str, int, float, bool))][:_MOST_FIELDS]
        return [True, False] if schema.get("type") == "boolean" else []

    def _at(self, path: Sequence[str | None]) -> Mapping[str, Any]:
        schema = self._schema
        for step in path[: 2 * _DEEPEST]:
            inner = schema.get("items") if step is None else _mapping(schema.get("properties")).get(step)
            schema = self._reader.resolved(inner)
        return schema


class _DocumentReader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def operations(self) -> Iterator[ApiOperation]:
        for route, item in _items(self._document.get("paths")):
            for method in _METHODS:
                operation = _mapping(_mapping(item).get(method))
                if operation:
                    yield self._operation(method, str(route), operation)

    def body_schema(self, route: str) -> Mapping[str, Any]:
        """Resolved; empty where the document has none."""
        operation = _mapping(_mapping(_mapping(self._document.get("paths")).get(route)).get("post"))
        for media in _mapping(self.resolved(operation.get("requestBody")).get("content")).values():
            return self.resolved(_mapping(media).get("schema"))
        given = operation.get("parameters")
        for each in given if isinstance(given, list) else []:
            if self.resolved(each).get("in") == "body":
                return self.resolved(self.resolved(each).get("schema"))
        return {}

    def described(self, schema: Any, *, is_required: bool) -> str:
        """The type of a property, as a person reads it."""
        inner = self.resolved(schema)
        said = [self._type(inner), _text(inner.get("description")), l10n.t("required") if is_required else ""]
        return " · ".join(each for each in said if each)

    def _operation(self, method: str, route: str, operation: Mapping[str, Any]) -> ApiOperation:
        given = operation.get("parameters")
        parameters = [self.resolved(each) for each in given] if isinstance(given, list) else []
        return ApiOperation(
            method.upper(),
            route,
            _text(operation.get("summary")) or _text(operation.get("description")),
            tuple(
                ApiField(
                    _text(each.get("name")),
                    self._type(self.resolved(each.get("schema", each))),
                    each.get("required") is True,
                    _text(each.get("description")),
                )
                for each in parameters
                if each.get("in") in ("query", "header", "path")
            ),
            self._body(operation, parameters),
            tuple(
                self._response(str(status), self.resolved(each)) for status, each in _items(operation.get("responses"))
            ),
        )

    def _body(self, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]]) -> ApiContent | None:
        content = _mapping(self.resolved(operation.get("requestBody")).get("content"))
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
        schema = self.resolved(media.get("schema"))
        example = media.get("example", schema.get("example"))
        fields = [field for field, _ in zip(self._fields(schema, ""), range(_MOST_FIELDS), strict=False)]
        return ApiContent(kind, tuple(fields), _written(example, kind))

    def _fields(self, schema: Mapping[str, Any], above: str, depth: int = 0) -> Iterator[ApiField]:
        if depth > _DEEPEST:
            return
        if schema.get("type") == "array":
            yield from self._fields(self.resolved(schema.get("items")), f"{above}[]", depth + 1)
            return
        required = schema.get("required")
        for name, written in _items(schema.get("properties")):
            inner = self.resolved(written)
            path = f"{above}.{name}" if above else str(name)
            is_required = isinstance(required, list) and name in required
            yield ApiField(path, self._type(inner), is_required, _text(inner.get("description")))
            if inner.get("properties") or inner.get("type") == "array":
                yield from self._fields(inner, path, depth + 1)

    def _type(self, schema: Mapping[str, Any], depth: int = 0) -> str:
        kind = _text(schema.get("type")) or ("object" if schema.get("properties") else "any")
        if kind == "array" and depth < _DEEPEST:
            items = self._type(self.resolved(schema.get("items")), depth + 1)
            return l10n.t("array of {items}", items=items)
        form = _text(schema.get("format"))
        return f"{kind} ({form})" if form else kind

    def resolved(self, value: Any, depth: int = 0) -> Mapping[str, Any]:
        """Target of a reference within the document; `value` itself if it is none."""
        found = _mapping(value)
        target = found.get("$ref")
        if not isinstance(target, str) or depth > _DEEPEST:
            return found
        place: Any = self._document
        for part in target.removeprefix("#/").split("/"):
            place = _mapping(place).get(part.replace("~1", "/").replace("~0", "~"))
        return self.resolved(place, depth + 1)


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
