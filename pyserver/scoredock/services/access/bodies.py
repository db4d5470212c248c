"""The proposed body of a request: of all that is known the best first. Pure."""

from __future__ import annotations

import base64
import json
import mimetypes
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Literal
from urllib.parse import urlencode

from scoredock import l10n
from scoredock.checks.requests.request_shape import Part, RequestShape, Use
from scoredock.late_dataclass import dataclass
from scoredock.services.access.model_rows import ModelInputs, row, rows

Method = Literal["POST", "GET"]
SentMethod = Literal["POST", "GET", "OPTIONS", "PUT", "PATCH", "DELETE", "HEAD", "QUERY", "TRACE"]
"""What is proposed is one of `Method`; scripts of raw HTTP may be asked with others."""
Encoding = Literal["text", "base64"]
JSON = "application/json"
SCORE = "/score"

_BOUNDARY = "scoredock-sample-request"
_GUESS = Part(keys={"data": Part(uses=["rows"])})
_MODEL_KEYS = ("model", "model_name", "modelname", "name")
_TEXT_KEYS = ("text", "sentence", "message", "query", "question", "prompt", "review", "comment", "title", "content")
_ROW_KEYS = ("data", "inputs", "instances", "input", "input_data", "features", "x", "rows", "values", "samples")
_DEEPEST = 20
_PLAIN: dict[Use, Any] = {"number": 1.0, "integer": 1, "text": "some text", "truth": True, "numbers": [1.0, 2.0]}
_SAMPLE_NAME = "sample.png"
_SAMPLE_SIDE = 32


@dataclass(frozen=True, slots=True)
class ScoringRequest:
    """A request that fits a service, and where it comes from."""

    body: str
    """Text, or Base64 of bytes that are none; of a GET the query after the question mark."""
    reason: str
    source: Literal["answered", "file", "schema", "dataset", "model", "script", "guess"] = "guess"
    method: SentMethod = "POST"
    content_type: str = JSON
    encoding: Encoding = "text"
    file_field: str = ""
    """Of a form with a file: the name of that field."""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Further ones, that a person gave."""
    query: str = ""
    """Of a request with a body, after the question mark."""
    route: str = SCORE
    follows: bool = False
    """Goes where a redirect within the service leads."""

    @property
    def content(self) -> bytes:
        """Request body as the bytes that are sent. Raises ValueError for Base64 that is none."""
        return (
            base64.b64decode(self.body, validate=True)
            if self.encoding == "base64"
            else self.body.encode("utf-8", "replace")
        )

    @property
    def guessed(self) -> bool:
        """Nobody said that the script takes it."""
        return self.source in ("model", "script", "guess")


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """Facts about a service, its script and the files beside it, from which sample request bodies are made."""

    answered: ScoringRequest | None = None
    """The last one that this service answered with 200 while it served this script."""
    files: tuple[tuple[str, str], ...] = ()
    """Names and texts of sample files beside the script."""
    schema: Any = None
    """The example in the service's own description."""
    dataset: ScoringRequest | None = None
    models: tuple[ModelInputs, ...] = ()
    model_names: tuple[str, ...] = ()
    """Registered names, without versions."""
    shape: RequestShape | None = field(default=None, hash=False)
    """What run() reads of its input, as far as its text tells."""


def proposed(facts: BodyFacts) -> ScoringRequest:
    """The one to begin with."""
    return proposals(facts)[0]


def proposals(facts: BodyFacts) -> list[ScoringRequest]:
    """All of them, the best first and none twice; at least one."""
    found: dict[tuple[str, str], ScoringRequest] = {}
    for each in _all(facts):
        found.setdefault((each.method, each.body), each)
    return list(found.values())


def _all(facts: BodyFacts) -> Iterator[ScoringRequest]:
    if facts.answered is not None:
        yield facts.answered
    for name, text in facts.files:
        if _is_json(text):
            yield ScoringRequest(text, l10n.t("From {file} next to the script.", file=name), "file")
    if facts.schema is not None:
        yield ScoringRequest(_written(facts.schema), l10n.t("From the schema's sample."), "schema")
    if facts.dataset is not None:
        yield facts.dataset
    if facts.schema is None:
        yield _made(facts)


def _made(facts: BodyFacts) -> ScoringRequest:
    """From the model and the script together: the script says where the rows go, the model how long they are."""
    shape = facts.shape
    if shape is not None and shape.form != "json":
        return _not_json(shape)
    inputs = next((each for each in facts.models if each.has_signature), ModelInputs())
    if shape is None and not inputs.has_signature:
        unknown = l10n.t(
            "The script declares no schema, so this is only the usual shape; change it to what run() expects."
        )
        return ScoringRequest(_written({"data": []}), unknown)
    maker = _Maker(inputs, facts.model_names)
    part = shape.body if shape is not None and shape.body is not None else _GUESS
    text = _written(maker.value(part))
    if maker.used_model and inputs.has_signature:
        return ScoringRequest(text, inputs.sentence, "model")
    return ScoringRequest(text, l10n.t("From what run() reads from its input; the values are made up."), "script")


def _not_json(shape: RequestShape) -> ScoringRequest:
    if shape.form == "query":
        names = shape.body.keys if shape.body is not None else {}
        reason = l10n.t("From what run() reads from the request: parameters of a GET.")
        return ScoringRequest(urlencode(dict.fromkeys(names, "1")), reason, "script", "GET")
    if shape.form == "text":
        reason = l10n.t("From what run() reads from the request: plain text.")
        return ScoringRequest("some text", reason, "script", content_type="text/plain")
    if shape.form == "bytes":
        reason = l10n.t("From what run() reads from the request: any bytes.")
        return ScoringRequest(_written({"data": []}), reason, "script", content_type="application/octet-stream")
    picture = _sample_png()
    if shape.form == "image":
        reason = l10n.t("From what run() reads from the request: an image; a small one is sent.")
        return ScoringRequest(_base64(picture), reason, "script", content_type="image/png", encoding="base64")
    reason = l10n.t(
        "From what run() reads from the request: the file “{field}” of a form; a small image is sent.",
        field=shape.file_field,
    )
    return replace(of_file(_SAMPLE_NAME, picture, shape.file_field), reason=reason, source="script")


def of_file(name: str, content: bytes, field_name: str = "") -> ScoringRequest:
    """The bytes of a file as a request: as they are, or as the field of a form."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    reason = l10n.t("From the file {file}.", file=name)
    if field_name:
        shown = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        head = f'Content-Disposition: form-data; name="{field_name}"; filename="{shown}"\r\nContent-Type: {kind}'
        form = f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        return ScoringRequest(
            _base64(form), reason, "file", content_type=kind, encoding="base64", file_field=field_name
        )
    try:
        return ScoringRequest(content.decode(), reason, "file", content_type=JSON if kind.startswith("text/") else kind)
    except UnicodeDecodeError:
        return ScoringRequest(_base64(content), reason, "file", content_type=kind, encoding="base64")


class _Maker:
    """Makes values for what a script reads."""

    def __init__(self, inputs: ModelInputs, model_names: Sequence[str]) -> None:
        self._inputs = inputs
        self._names = model_names
        self.used_model = False

    def value(self, part: Part, name: str = "", single: bool = True, depth: int = 0) -> Any:
        """`alone` where nothing else lies beside it, so that it is what the model gets."""
        if depth > _DEEPEST:
            return None
        if part.keys:
            single = len(part.keys) == 1
            return {key: self.value(each, key, single, depth + 1) for key, each in part.keys.items()}
        if part.columns:
            return self._frame(part)
        if part.item is not None and not {"rows", "frame"} & set(part.uses):
            return self._list(part.item, name, depth)
        return self._leaf(part, name.lower(), single)

    def _frame(self, part: Part) -> Any:
        if part.width:
            self.used_model = True
            return [[0.0] * part.width]
        values = dict(rows(self._inputs, frame=True)[0]) if self._inputs.names else {}
        record = {**dict.fromkeys(part.columns, 0.0), **values}
        return record if "row" in part.uses else [record]

    def _list(self, item: Part, name: str, depth: int) -> Any:
        if not (item.keys or item.uses or item.columns or item.item) and name.lower() in _ROW_KEYS:
            self.used_model = True
            return rows(self._inputs)
        return [self.value(item, "", True, depth + 1)]

    def _leaf(self, part: Part, name: str, single: bool) -> Any:
        if part.example is not None:
            return part.example
        if name in _MODEL_KEYS and self._names:
            return self._names[0]
        if "image" in part.uses:
            return _base64(_sample_png())
        if {"row", "rows", "frame"} & set(part.uses):
            self.used_model = True
            made = row if "row" in part.uses else rows
            return made(self._inputs, frame="frame" in part.uses)
        for use in part.uses:
            return _PLAIN[use]
        if any(name == key or name.endswith(f"_{key}") for key in _TEXT_KEYS):
            return _PLAIN["text"]
        if single or name in _ROW_KEYS:
            self.used_model = True
            return rows(self._inputs)
        return 1.0


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _written(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _sample_png() -> bytes:
    """For a script that takes a picture: a grey square with a darker half, as PNG with three channels."""
    line = b"\x00" + b"\xc0\xc0\xc0" * (_SAMPLE_SIDE // 2) + b"\x40\x40\x40" * (_SAMPLE_SIDE // 2)
    header = struct.pack(">IIBBBBB", _SAMPLE_SIDE, _SAMPLE_SIDE, 8, 2, 0, 0, 0)
    chunks = (
        _png_chunk(b"IHDR", header),
        _png_chunk(b"IDAT", zlib.compress(line * _SAMPLE_SIDE)),
        _png_chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
