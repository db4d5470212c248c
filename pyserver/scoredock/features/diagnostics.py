"""Findings of open documents as the person types, and failures of services at their line. The only publisher of both."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pygls.uris import from_fs_path, to_fs_path

from scoredock.configs.finding import Finding
from scoredock.features.facts import FactSource
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.text import Position, Range

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.05
"""Between two checks of one document while it is being typed in; the first one does not wait."""
SLOW_SECONDS = 2.0
_SEVERITIES = {"error": 1, "warning": 2, "information": 3, "hint": 4}
_STACK_BYTES = 16 * 1024 * 1024
"""Deeply nested text is walked recursively, and the stacks of threads are small on some systems."""

Publish = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class _State:
    """Of one open document; on the loop only."""

    checked_at: float = -1.0
    running: bool = False
    again: bool = False
    timer: asyncio.TimerHandle | None = None
    findings: tuple[Finding, ...] = ()
    published: Document | None = None


class Diagnostics:
    """Lives on the loop; the checks themselves run in two threads of their own."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        source: FactSource,
        publish: Publish,
        enabled: Callable[[], bool],
        ignored: Callable[[], tuple[str, ...]],
    ) -> None:
        self._documents = documents
        self._source = source
        self._publish = publish
        self._enabled = enabled
        self._ignored = ignored
        self._states: dict[str, _State] = {}
        self._failures: dict[str, list[messages.Service]] = {}
        self._dismissed: set[tuple[str, float]] = set()
        """(service, updated) of failures whose file was edited since."""
        self._pool = _pool()

    def opened(self, uri: str) -> None:
        """Check it now."""
        self._states[uri] = _State()
        self._schedule(uri)
        self._neighbours(uri)

    def changed(self, uri: str) -> None:
        """Check it soon; a failure of a service shown in it is out of date."""
        for service in self._failures.get(uri, ()):
            self._dismissed.add((service.name, service.updated))
        self._schedule(uri)
        self._neighbours(uri)

    def closed(self, uri: str) -> None:
        """Only failures of services stay."""
        state = self._states.pop(uri, None)
        if state is not None and state.timer is not None:
            state.timer.cancel()
        self._tell(uri, None, ())
        self._neighbours(uri)

    def refresh(self) -> None:
        """What surrounds the documents changed: models, settings, other files."""
        self._source.invalidate()
        for uri in list(self._states):
            self._schedule(uri)

    def _neighbours(self, uri: str) -> None:
        """A configuration decides what is right in the scripts beside it; scripts decide nothing about other files."""
        if uri.lower().endswith(".py"):
            return
        self._source.invalidate()
        for other in self._states:
            if other != uri and other.lower().endswith(".py"):
                self._schedule(other)

    def findings(self, document: Document) -> tuple[Finding, ...]:
        """Of this very version; checked now when that has not happened yet. From any thread but the loop's."""
        state = self._states.get(document.uri)
        if state is not None and state.published is document:
            return state.findings
        path = to_fs_path(document.uri) if document.uri.startswith("file:") else None
        if path is None or not self._enabled():
            return ()
        return _check(Path(path), document, self._source, self._ignored())

    def set_failures(self, services: Iterable[messages.Service]) -> None:
        """Show the failures of these services and no others."""
        services = list(services)
        self._dismissed &= {(service.name, service.updated) for service in services}
        before = set(self._failures)
        self._failures = {}
        for service in services:
            if service.failure is None or service.state == "Transitioning" or not service.failure.frames:
                continue
            uri = from_fs_path(service.failure.frames[-1].file)
            if uri is not None:
                self._failures.setdefault(self._as_opened(uri), []).append(service)
        for uri in before | set(self._failures):
            state = self._states.get(uri)
            self._tell(uri, state.published if state else None, state.findings if state else ())

    def _as_opened(self, uri: str) -> str:
        """Clients differ in what they escape; the open document's own spelling wins."""
        path = to_fs_path(uri)
        return next((known for known in self._documents if to_fs_path(known) == path), uri)

    def _schedule(self, uri: str) -> None:
        state = self._states.get(uri)
        if state is None:
            return
        if state.running:
            state.again = True
        elif state.timer is None:
            wait = max(0.0, state.checked_at + PAUSE_SECONDS - time.monotonic())
            state.timer = asyncio.get_running_loop().call_later(wait, self._start, uri, state)

    def _start(self, uri: str, state: _State) -> None:
        document = self._documents.get(uri)
        path = to_fs_path(uri) if uri.startswith("file:") else None
        if document is None or path is None:
            return
        state.timer, state.running, state.again = None, True, False
        loop = asyncio.get_running_loop()
        ignored = self._ignored() if self._enabled() else None

        def work() -> None:
            found = () if ignored is None else _check(Path(path), document, self._source, ignored)
            loop.call_soon_threadsafe(self._finish, uri, state, document, found)

        self._pool.submit(work)

    def _finish(self, uri: str, state: _State, document: Document, found: tuple[Finding, ...]) -> None:
        state.running, state.checked_at = False, time.monotonic()
        if self._states.get(uri) is not state:
            return
        if self._documents.get(uri) is document:
            state.findings, state.published = found, document
            self._tell(uri, document, found)
        if state.again or self._documents.get(uri) is not document:
            self._schedule(uri)

    def _tell(self, uri: str, document: Document | None, findings: tuple[Finding, ...]) -> None:
        shown = [diagnostic(finding, document) for finding in findings] if document is not None else []
        for service in self._failures.get(uri, ()):
            if (service.name, service.updated) not in self._dismissed:
                shown.append(_failure(service, self._documents.get(uri)))
        params: dict[str, Any] = {"uri": uri, "diagnostics": shown}
        if document is not None:
            params["version"] = document.version
        self._publish(params)


def _pool() -> ThreadPoolExecutor:
    usual = threading.stack_size()
    try:
        with contextlib.suppress(ValueError, RuntimeError):  # Not every system lets a program choose.
            threading.stack_size(_STACK_BYTES)
        pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="scoredock-check")
        # Threads start with their first task, and the stack size counts at their start.
        started = threading.Barrier(3)
        for _ in range(2):
            pool.submit(started.wait)
        started.wait()
    finally:
        threading.stack_size(usual)
    return pool


def _check(path: Path, document: Document, source: FactSource, ignored: tuple[str, ...]) -> tuple[Finding, ...]:
    from scoredock.checks import check

    began = time.monotonic()
    try:
        found = check(document.text, source.facts(path))
    except Exception:
        logger.exception("the checks of %s failed", path)
        return ()
    taken = time.monotonic() - began
    if taken > SLOW_SECONDS:
        logger.warning("checking %s took %.1f s", path, taken)
    return tuple(finding for finding in found if finding.code not in ignored)


def range_to_client(span: Range, document: Document) -> dict[str, Any]:
    """A range as LSP JSON."""
    (line, character), (end_line, end_character) = document.client_range(span)
    return {
        "start": {"line": line, "character": character},
        "end": {"line": end_line, "character": end_character},
    }


def diagnostic(finding: Finding, document: Document) -> dict[str, Any]:
    """A finding as LSP JSON."""
    shown: dict[str, Any] = {
        "range": range_to_client(finding.range, document),
        "severity": _SEVERITIES[finding.severity],
        "code": finding.code,
        "codeDescription": {"href": page(finding.code)},
        "source": "scoredock",
        "message": finding.message,
        "data": {"code": finding.code, "fixable": bool(finding.fixes)},
    }
    related = [
        {"location": {"uri": from_fs_path(r.path), "range": range_to_client(r.range, document)}, "message": r.message}
        for r in finding.related
    ]
    if related:
        shown["relatedInformation"] = related
    return shown


def page(code: str) -> str:
    """Opens the page of a rule in the editor, also without a network."""
    return f"command:scoredock.explainRule?{quote(json.dumps([code]))}"


def _failure(service: messages.Service, document: Document | None) -> dict[str, Any]:
    failure = service.failure
    assert failure is not None  # noqa: S101 (only services with a failure are kept)
    line = max(0, failure.frames[-1].line - 1)
    span = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 1000}}
    if document is not None:
        text = document.line(line)
        indent = len(text) - len(text.lstrip())
        span = range_to_client(Range(Position(line, indent), Position(line, len(text.rstrip()) or 1)), document)
    return {
        "range": span,
        "severity": 1,
        "code": failure.code,
        "source": "scoredock",
        "message": f"{service.name}: {failure.message}",
        "data": {"service": service.name},
    }
