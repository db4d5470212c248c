"""`scoredock service call`: one request to a service, and what came back where the person wants it."""

from __future__ import annotations

import base64
import os
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, UsageError, pairs
from scoredock.cli.services.bodies import bytes_of, form_of, headers_of, query_of, text_in, type_of, without_mark
from scoredock.cli.session import Session, size
from scoredock.context import absolute
from scoredock.errors import Place, ScoredockError
from scoredock.features.services import calls
from scoredock.protocol import messages
from scoredock.temporary.fresh_files import replace_beside

_BODILESS = ("DELETE", "HEAD", "OPTIONS", "TRACE")
"""Methods that go without a body where none is given."""
_STDOUT = "-"
_LOG_LINES = 30


def send(options: Namespace, session: Session) -> int:
    _require_output(options, session)
    options.name, options.endpoint = calls.meant_service(options.name, session.context)
    if options.request:
        answer = _of_file(options, session)
    else:
        answer = calls.call(_request(options, session), session.context, session.operation())
    if not session.as_json:
        _tell(answer)
    _write(answer, options, session)
    if not session.as_json:
        _tell_failure(answer)
    if answer.is_cut:
        print(l10n.t("The response is too large to be received whole; its end is missing."), file=sys.stderr)
        return FAILED
    return OK if answer.status < 400 else FAILED


def _of_file(options: Namespace, session: Session) -> messages.ServiceAnswer:
    """A request of an .http file."""
    if options.data is not None or options.form or options.method or options.header or options.query:
        raise UsageError(l10n.t("--request sends what stands in the file, and cannot be used with parts of a request."))
    name, _, request = options.request.partition("#")
    from scoredock.scripts.request_files import read_request_file

    read = read_request_file(absolute(name), session.context)
    read = read.in_environment(options.environment, session.context).allowing(options.allow_env, of_project=True)
    send = calls.sender(read, read.request(request), options.name, session.context, pairs(options.variable))
    return send("" if options.no_key else None, options.timeout)


def _request(options: Namespace, session: Session) -> messages.ServiceCallParams:
    """Request as it was given, or else as it is proposed; that is said."""
    query = query_of(options.query)
    params = messages.ServiceCallParams(
        options.name,
        "",
        timeout=options.timeout,
        key="" if options.no_key else None,
        method=options.method or ("GET" if query and options.data is None and not options.form else "POST"),
        headers=headers_of(options.header),
        query=query,
        endpoint=options.endpoint,
        follows=options.location,
    )
    if options.form:
        return _with_form(params, options)
    if params.method == "GET":
        given = [each for each in (options.data, query) if each]
        return replace(params, body="&".join(given), query="")
    if options.data is None:
        return params if params.method in _BODILESS else _proposed(params, options, session)
    body = bytes_of(options.data or "")
    if not options.content_type:
        body = without_mark(body, options.data or "")
    text = text_in(body)
    return replace(
        params,
        body=base64.b64encode(body).decode() if text is None else text,
        content_type=options.content_type or type_of(options.data or "", text),
        encoding="base64" if text is None else "text",
    )


def _proposed(params: messages.ServiceCallParams, options: Namespace, session: Session) -> messages.ServiceCallParams:
    """The request with the proposed body; a method that the person gave stays, and a proposed query has no place in a
    body."""
    sample = session.ask(calls.sample, name=options.name)
    if not session.as_json:
        print(sample.reason, file=sys.stderr)
    if options.method and sample.method == "GET":
        return replace(params, query="&".join(each for each in (params.query, sample.body) if each))
    return replace(
        params,
        body=sample.body,
        method=options.method or sample.method,
        content_type=options.content_type or sample.content_type,
        encoding=sample.encoding,
        file_field=sample.file_field,
    )


def _with_form(params: messages.ServiceCallParams, options: Namespace) -> messages.ServiceCallParams:
    if options.data is not None or params.method == "GET":
        raise UsageError(l10n.t("--form is a request body, and cannot be used with --data or GET."))
    body, kind = form_of(options.form)
    return replace(
        params, body=base64.b64encode(body).decode(), content_type=options.content_type or kind, encoding="base64"
    )


def _require_output(options: Namespace, session: Session) -> None:
    """Before anything is sent: a request may change something. Raises UsageError and ScoredockError `io-failed`."""
    if not options.output:
        return
    if options.output == _STDOUT:
        if session.as_json:
            raise UsageError(l10n.t("--json prints the response on standard output; give --output a file."))
        return
    path = Path(options.output)
    if path.is_dir():
        raise _unwritable(path, l10n.t("it is a folder"))
    if not path.absolute().parent.is_dir():
        raise _unwritable(path, l10n.t("its folder does not exist"))


def _tell(answer: messages.ServiceAnswer) -> None:
    """How it went, on standard error."""
    print(
        l10n.t(
            "{status} in {milliseconds:.0f} ms (connected in {connect:.1f} ms, first byte after {first:.1f} ms)",
            status=answer.status,
            milliseconds=answer.milliseconds,
            connect=answer.connect_milliseconds,
            first=answer.first_byte_milliseconds,
        ),
        file=sys.stderr,
    )
    for redirect in answer.redirects:
        print(l10n.t("Redirected by {redirect}", redirect=redirect), file=sys.stderr)
    if answer.encoding:
        sizes = l10n.t(
            "{size}, of which {wire} came as {encoding}",
            size=size(answer.size),
            wire=size(answer.wire_size),
            encoding=answer.encoding,
        )
        print(sizes, file=sys.stderr)
    if answer.problem:
        print(f"{answer.problem}: {answer.advice}", file=sys.stderr)
    elif answer.advice:
        print(answer.advice, file=sys.stderr)


def _write(answer: messages.ServiceAnswer, options: Namespace, session: Session) -> None:
    """Status and headers, where they are asked for, and the body: to a file, or on standard output as text on a
    terminal and as it came elsewhere. Raises ScoredockError `io-failed`."""
    body = base64.b64decode(answer.base64) if answer.base64 else answer.body.encode()
    if options.include and not session.as_json:
        print("\n".join(answer.head), end="\n\n", flush=True)
    if options.output and options.output != _STDOUT:
        if answer.is_cut:
            raise _unwritable(Path(options.output), l10n.t("the response is too large to be received whole"))
        _replace(Path(options.output), body)
        text = l10n.t("{size} written to {path}", size=size(len(body)), path=options.output)
        if session.as_json:
            session.result(replace(answer, body="", base64=""), "")
        else:
            print(text, file=sys.stderr)
    elif not session.as_json and (options.output or (answer.base64 and not sys.stdout.isatty())):
        sys.stdout.flush()
        sys.stdout.buffer.write(body)  # as it came, for a file or another program
        sys.stdout.buffer.flush()
    else:
        session.result(answer, answer.body)


def _replace(path: Path, content: bytes) -> None:
    """All of it or nothing: another file that is renamed. What a link names stays where it is, and what is not a
    regular file, such as /dev/null, is written to. Raises ScoredockError `io-failed`."""
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        replace_beside(target, content, target.stat().st_mode & 0o777 if target.exists() else None)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def _unwritable(path: Path, reason: str) -> ScoredockError:
    return ScoredockError(
        "io-failed", l10n.t("{path} could not be written: {error}.", path=path, error=reason), place=Place(str(path))
    )


def _tell_failure(answer: messages.ServiceAnswer) -> None:
    """The exception, where it was raised, and the lines of the log that the request left."""
    if answer.status < 500:
        return
    for line in answer.log_lines[-_LOG_LINES:]:
        print(f"  | {line}", file=sys.stderr)
    if answer.failure is not None:
        print(answer.failure.message, file=sys.stderr)
        for frame in answer.failure.frames[-1:]:
            print(frame_line(frame), file=sys.stderr)


def frame_line(frame: messages.Frame) -> str:
    """File, line and function of a frame, and the code of that line below, as two lines of text."""
    place = l10n.t("{file} in {function}", file=f"{frame.file}:{frame.line}", function=frame.function)
    return f"  {place}\n    {frame.text}"
