"""A request that was sent as text of an `.http` file, and its answer as what is expected from then on."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.formats.http_file.multipart import boundary_of, form_text
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.formats.http_file.variables import KEY_VARIABLE, SERVICE_VARIABLE
from scoredock.formats.http_file.writing import WrittenRequest, fits_in_file, has_floats, one_line, request_text
from scoredock.protocol import messages
from scoredock.scripts.reach import is_within
from scoredock.scripts.request_files import read_request_file
from scoredock.scripts.request_form import form_parts, written_parts
from scoredock.verb import verb

_TOLERANCE = 1e-6
"""Of the floats of a recorded answer: other machines add up in another order."""
_ON_ONE_LINE = 400
"""Characters of an expected answer that stands in the file; a longer one gets a file of its own."""
_BODY = 20_000
"""The same for the body of the request."""
_MOST_NAMES, _LONGEST_NAME, _LONGEST_VALUE = 3, 30, 80
"""Of the keys of a body in a title, and of one that is a plain value."""
_OWN_HEADERS = frozenset({"content-type", "authorization"})
_SLUG = re.compile(r"[^a-z0-9]+")


@verb("request/write", progress="Writing request", errors=("service-not-found",))
def write_request(
    params: messages.RequestWriteParams, context: Context, operation: Operation
) -> messages.RequestWritten:
    """Text of an `.http` file with a request, and the files beside it. Raises ScoredockError `service-not-found`, and
    what reading the file raises."""
    service = context.deployments(params.workspace_id).ledger.require(params.service)
    current = service.current
    script = current.spec.script.path if current is not None and current.spec is not None else None
    path = absolute(params.path) if params.path else _default_path(script, params)
    before = "" if not _is_there(path, context) else read_request_file(path, context).text
    title = _free_title(params.name or _title(params), before)
    files: list[messages.NewFile] = []
    keyed = bool(current is not None and current.spec is not None and current.spec.front.authentication)
    request = _written(params, title, path, files, context, keyed=keyed)
    is_test = params.answer is not None
    start = "" if before else _start(path, script, None if is_test else service.service.port or 6789)
    gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    text = start + gap + request_text(request)
    made = parse_http_file(before + text).requests
    return messages.RequestWritten(str(path), text, not before, made[-1].line if made else 0, files)


def _default_path(script: Path | None, params: messages.RequestWriteParams) -> Path:
    if script is None:
        raise ScoredockError(
            "request-file-invalid",
            l10n.t("The service {name} has no script of a project to put the file next to.", name=params.service),
            l10n.t("Choose a file."),
        )
    return script.parent / ("tests.http" if params.answer is not None else "requests.http")


def _is_there(path: Path, context: Context) -> bool:
    return str(path) in context.overlays() or path.exists()


def _start(path: Path, script: Path | None, port: int | None) -> str:
    """The head of a new file: with a port REST Client sends the same. A test has none: it is sent to the service that
    is deployed for it, which gets another one each time."""
    lines = []
    if script is not None and script.parent != path.parent:
        lines.append(f"# @deploy {Path(os.path.relpath(script, path.parent)).as_posix()}")
    if port is not None:
        lines.append(f"@{SERVICE_VARIABLE} = http://127.0.0.1:{port}")
    return "\n".join(lines) + "\n\n" if lines else ""


@verb("request/title", progress="Writing request")
def title(params: messages.RequestWriteParams, context: Context, operation: Operation) -> messages.RequestTitle:
    """Proposed name of a request."""
    return messages.RequestTitle(_title(params))


def _title(params: messages.RequestWriteParams) -> str:
    """`score with amount, currency`, `score with 2 rows of data, status 400`: from the route and what is sent."""
    route = params.route.strip("/") or params.method
    query = list(dict.fromkeys(name for name, _ in parse_qsl(params.query, keep_blank_values=True)))
    parts = [each.name for each in params.parts]
    content = _listed([*query, *parts]) if query or parts else _content(params)
    named = l10n.t("{route} with {content}", route=route, content=content) if content else route
    if params.answer is not None and params.answer.status >= 400:
        return l10n.t("{request}, status {status}", request=named, status=params.answer.status)
    return named


def _content(params: messages.RequestWriteParams) -> str:
    if not params.body or params.method == "GET":
        return ""
    if params.encoding != "text":
        return params.content_type.partition(";")[0]
    try:
        value = json.loads(params.body)
    except (ValueError, RecursionError):
        return l10n.t("text")
    if isinstance(value, list):
        return _rows(value)
    if not isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    if len(value) == 1:
        ((name, inner),) = value.items()
        if isinstance(inner, list):
            return l10n.t("{rows} of {name}", rows=_rows(inner), name=name)
    return _listed(list(value))


def _rows(rows: list[Any]) -> str:
    if not all(isinstance(each, (list, dict)) for each in rows):
        return l10n.t("1 value") if len(rows) == 1 else l10n.t("{count} values", count=len(rows))
    return l10n.t("1 row") if len(rows) == 1 else l10n.t("{count} rows", count=len(rows))


def _listed(names: list[str]) -> str:
    """The first of them: a title is read at a glance."""
    shown = ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown}…"


def _written(
    params: messages.RequestWriteParams,
    title: str,
    path: Path,
    files: list[messages.NewFile],
    context: Context,
    *,
    keyed: bool,
) -> WrittenRequest:
    beside = _FilesBeside(path.parent, _SLUG.sub("-", title.lower()).strip("-") or "request", files)
    is_get = params.method == "GET"
    query = params.query or (params.body if is_get else "")
    request = WrittenRequest(
        title,
        params.method,
        f"{{{{{SERVICE_VARIABLE}}}}}{params.route}" + (f"?{query}" if query else ""),
        _headers(params, keyed=keyed),
        expectations=_expectations(params.answer, beside),
    )
    if params.parts and not is_get:
        return _with_form(request, params, path, beside, context)
    if not params.body or is_get:
        return request
    if params.encoding == "text" and len(params.body) <= _BODY and fits_in_file(params.body):
        return replace(request, body=params.body)
    content = base64.b64decode(params.body) if params.encoding == "base64" else params.body.encode("utf-8", "replace")
    return replace(request, body_file=beside.add("json" if "json" in params.content_type else "bin", content))


def _with_form(
    request: WrittenRequest, params: messages.RequestWriteParams, path: Path, beside: _FilesBeside, context: Context
) -> WrittenRequest:
    def relative(file: str) -> str:
        if not is_within(path, absolute(file), context):
            return ""
        found = Path(os.path.relpath(file, path.parent)).as_posix()
        return file if found.startswith("../../..") else found

    parts = written_parts(form_parts(params.parts), relative, beside.add)
    text, kind = form_text(parts, boundary_of(params.content_type))
    headers = {name: value for name, value in request.headers.items() if name.lower() != "content-type"}
    return replace(request, headers={"Content-Type": kind, **headers}, body=text)


def _headers(params: messages.RequestWriteParams, *, keyed: bool) -> dict[str, str]:
    """The type of the body, what a person added, and a place for the key: never the key itself."""
    typed = {"Content-Type": params.content_type} if params.body and params.method != "GET" else {}
    added = {name: value for name, value in params.headers.items() if name.lower() not in _OWN_HEADERS}
    return {**typed, **added, **({"Authorization": f"Bearer {{{{{KEY_VARIABLE}}}}}"} if keyed else {})}


class _FilesBeside:
    """Files next to the request's own, for what is too large to stand in it."""

    def __init__(self, folder: Path, stem: str, files: list[messages.NewFile]) -> None:
        self._folder, self._stem, self._files = folder, stem, files

    def add(self, ending: str, content: bytes) -> str:
        """The name that it gets: one that is free."""
        number, name = 1, f"{self._stem}.{ending}"
        while (self._folder / name).exists():
            number += 1
            name = f"{self._stem}-{number}.{ending}"
        self._files.append(messages.NewFile(str(self._folder / name), base64.b64encode(content).decode()))
        return name


def _expectations(answer: messages.RequestAnswer | None, beside: _FilesBeside) -> tuple[str, ...]:
    if answer is None:
        return ()
    lines = [f"@expect status {answer.status}"]
    line = _one_json_line(answer.body)
    if line and has_floats(answer.body):
        lines.append(f"@tolerance {_TOLERANCE:g}")
    if line and len(line) <= _ON_ONE_LINE:
        lines.append(f"@expect body {line}")
    elif line:
        laid_out = json.dumps(json.loads(answer.body), indent=2, ensure_ascii=False) + "\n"
        lines.append(f"@expect body < {beside.add('expected.json', laid_out.encode('utf-8', 'replace'))}")
    elif answer.body.strip() and answer.is_text:
        lines.append(f"@expect body < {beside.add('expected.txt', answer.body.encode('utf-8', 'replace'))}")
    elif answer.content_type:
        lines.append(f"@expect header content-type {one_line(answer.content_type)}")
    return tuple(lines)


def _one_json_line(text: str) -> str:
    """JSON on one line; empty for what is none."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def _free_title(proposed_title: str, text: str) -> str:
    """A title that no request of the file has yet."""
    base = one_line(proposed_title).strip("#").strip() or l10n.t("request")
    titles = {each.name for each in parse_http_file(text).requests}
    title, number = base, 1
    while title in titles:
        number += 1
        title = f"{base} {number}"
    return title
