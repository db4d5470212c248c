"""Findings of open documents as the person types, and failures of services and of runs at their line. The only
publisher of them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from pathlib import Path
from typing import Any

from pygls.uris import from_fs_path, to_fs_path

from scoredock import threads
from scoredock.analysis.finding import Finding
from scoredock.late_dataclass import dataclass
from scoredock.lsp.cells import place_of
from scoredock.lsp.checking import Checker, CheckResult, CheckSubject
from scoredock.lsp.diagnostic_wire import ServiceFault, failure_diagnostic, faults_of
from scoredock.lsp.notebooks import Notebook
from scoredock.lsp.run_faults import RunFaults
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.scripts.run_faults import RunFault

PAUSE_SECONDS = 0.05
"""Between two checks of one document while it is being typed in; the first one does not wait."""
NEIGHBOURS_SECONDS = 0.15
"""Of quiet before the other open documents are checked again, when files or texts beside them change."""
_STACK_BYTES = 16 * 1024 * 1024
"""Deeply nested text is walked recursively, and the stacks of threads are small on some systems."""

Publish = Callable[[dict[str, Any]], None]
_Diagnostics = list[dict[str, Any]]


@dataclass(slots=True)
class _State:
    """State of the checks of one open document or notebook; on the loop only."""

    checked_at: float = -1.0
    touched: float = 0.0
    running: bool = False
    again: bool = False
    timer: asyncio.TimerHandle | None = None
    result: CheckResult | None = None
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    """Who wants the result of the text as it is now."""

    def settle(self) -> None:
        """Those that wait go on."""
        for each in self.waiting:
            if not each.done():
                each.set_result(None)
        self.waiting.clear()


class Diagnostics:
    """Lives on the loop; the checks themselves run in two threads of their own."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        notebooks: Mapping[str, Notebook],
        checker: Checker,
        publish: Publish,
        tell: Callable[[messages.DocumentChecked], None],
    ) -> None:
        self._documents = documents
        self._notebooks = notebooks
        self._checker = checker
        self.publish = publish
        """Shows the findings of a document to the client."""
        self._tell = tell
        self._states: dict[str, _State] = {}
        self._waiting: dict[str, None] = {}
        """Documents whose surroundings changed. One is checked after the other, so that the one that is typed in never
        waits behind them."""
        self._current: str | None = None
        self._neighbours_timer: asyncio.TimerHandle | None = None
        self._failures: dict[str, list[ServiceFault]] = {}
        self._dismissed: set[ServiceFault] = set()
        """Those whose file was edited since."""
        self._runs = RunFaults(documents, notebooks, self._as_opened, lambda: checker.able.related)
        self._pool = _pool()

    # ------------------------------------------------------------------------------------------ what happens

    def opened(self, uri: str) -> None:
        """Check it now. `uri` is a document's or a notebook's, here as below."""
        if uri in self._states:
            self._states[uri].settle()
        self._states[uri] = _State(touched=time.monotonic())
        if uri in self._notebooks and self._runs:
            self._show(uri, None, [])  # what was said of the file is said in its cells from here on
        self._checker.invalidate()
        self._schedule(uri)
        self._neighbours(uri)

    def changed(self, uri: str) -> None:
        """Check it soon; a failure of a service shown in it is out of date."""
        state = self._states.get(uri)
        if state is None:
            return
        self._dismissed |= set(self._failures.get(uri, ()))
        state.touched = time.monotonic()
        self._schedule(uri)
        # A file that is not ours says nothing about the others.
        if state.result is None or state.result.kind:
            if not uri.lower().endswith(".py"):
                self._checker.invalidate()
            self._neighbours(uri)

    def closed(self, uri: str) -> None:
        """Only failures of services stay."""
        state = self._states.pop(uri, None)
        if state is not None:
            state.settle()
            if state.timer is not None:
                state.timer.cancel()
        shown = [each.uri for each in state.result.subject.documents] if state is not None and state.result else []
        for each in dict.fromkeys((*shown, uri)):
            self._show(each, None, [])
        if self._current == uri:
            self._next()
        self._checker.invalidate()
        self._neighbours(uri)

    def refresh(self) -> None:
        """Check all documents again, after models, settings or services have changed."""
        self._checker.invalidate()
        self._wait_for(self._states)

    def files_changed(self) -> None:
        """Files on disk changed; many changes that follow one another count as one."""
        self._checker.invalidate()
        self._neighbours("")

    # ------------------------------------------------------------------------------------------ what is known

    def cell_number(self, uri: str) -> int | None:
        """Number of a document's cell in its notebook, from 1 and counted with those of text; None for another
        document."""
        for book in list(self._notebooks.values()):
            for number, cell in enumerate(book.cells, 1):
                if cell.uri == uri:
                    return number
        return None

    def findings(self, document: Document) -> tuple[Finding, ...]:
        """Findings of this very version; checked now when that has not happened yet. From any thread but the loop's."""
        # What is asked about may be a cell's text as the file that it writes.
        document = self._documents.get(document.uri, document)
        book = self._book_of(document.uri)
        state = self._states.get(book.uri if book is not None else document.uri)
        result = state.result if state is not None else None
        if result is None or document not in result.subject.documents:
            subject = self._subject(book.uri) if book is not None else CheckSubject.of(document)
            result = self._checker.check(subject) if subject is not None else None
        if result is None or document not in result.subject.documents:
            return ()
        return result.findings[result.subject.documents.index(document)]

    async def shown(self, uri: str) -> _Diagnostics:
        """All that is shown in an open document, of the text as it is when the check of it has ended."""
        while (document := self._documents.get(uri)) is not None:
            book = self._book_of(uri)
            state = self._states.get(book.uri if book is not None else uri)
            if state is None:
                break
            if state.result is not None and document in state.result.subject.documents:
                number = state.result.subject.documents.index(document)
                return self._with_failures(uri, state.result.diagnostics[number])
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            state.waiting.append(waiter)
            await waiter
        return []

    def place(self, uri: str) -> tuple[Document, Path] | None:
        """The text and the path that an open document stands for; None for what is not a file."""
        document = self._documents.get(uri)
        return None if document is None else place_of(document, list(self._notebooks.values()))

    def set_failures(self, services: Iterable[messages.Service]) -> None:
        """Show the failures of these services and no others."""
        faults = [fault for service in services for fault in faults_of(service)]
        self._dismissed &= set(faults)
        before = set(self._failures)
        self._failures = {}
        for fault in faults:
            uri = from_fs_path(fault.file)
            if uri is not None:
                self._failures.setdefault(self._as_opened(uri), []).append(fault)
        self._show_again(before | set(self._failures))

    def set_run_faults(self, path: str, faults: Iterable[RunFault]) -> None:
        """Show where the run of a file has failed, and no longer where the one before did."""
        self._show_again(self._runs.set(path, faults))

    def _show_again(self, uris: Iterable[str]) -> None:
        """Show the last findings again, without a check."""
        for uri in uris:
            book = self._book_of(uri)
            state = self._states.get(book.uri if book is not None else uri)
            if state is not None and state.result is not None:
                self._show_all(state.result)
            else:
                self._show(uri, None, [])

    def _book_of(self, cell: str) -> Notebook | None:
        return next((one for one in list(self._notebooks.values()) if cell in one.code()), None)

    def failures(self, uri: str, first: int = 0, last: int | None = None) -> _Diagnostics:
        """Diagnostics of failed services that are shown in a document, in these lines of it."""
        return [
            failure_diagnostic(fault, self._documents.get(uri))
            for fault in self._failures.get(uri, ())
            if fault not in self._dismissed and first <= fault.line and (last is None or fault.line <= last)
        ]

    def _as_opened(self, uri: str) -> str:
        """Clients differ in what they escape; the open document's own spelling wins."""
        path = to_fs_path(uri)
        return next((known for known in self._documents if to_fs_path(known) == path), uri)

    # ------------------------------------------------------------------------------------------ when to check

    def _neighbours(self, uri: str) -> None:
        """The others are checked again once it is quiet: configurations, scripts and packages decide about one
        another."""
        if self._neighbours_timer is not None:
            self._neighbours_timer.cancel()
        loop = asyncio.get_running_loop()
        self._waiting.pop(uri, None)
        self._neighbours_timer = loop.call_later(NEIGHBOURS_SECONDS, lambda: self._wait_for(self._states, but=uri))

    def _wait_for(self, uris: Iterable[str], but: str = "") -> None:
        def ours(uri: str) -> bool:
            result = self._states[uri].result
            return uri != but and (result is None or bool(result.kind) or not result.enabled)

        # What the person worked on last is probably what they look at.
        for uri in sorted(filter(ours, uris), key=lambda uri: -self._states[uri].touched):
            self._waiting[uri] = None
        if self._current is None:
            self._next()

    def _next(self) -> None:
        self._current = next((uri for uri in self._waiting if uri in self._states), None)
        if self._current is None:
            self._waiting.clear()
            return
        del self._waiting[self._current]
        self._schedule(self._current)

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
        state.timer, state.running, state.again = None, True, False
        loop = asyncio.get_running_loop()

        def work() -> None:
            # The newest text, also when the threads were busy for a while; nothing for what was closed by then.
            subject = self._subject(uri)
            found = self._checker.check(subject) if subject is not None else None
            loop.call_soon_threadsafe(self._finish, uri, state, found)

        self._pool.submit(work)

    def _subject(self, uri: str) -> CheckSubject | None:
        """Subject of a check now; None when it is closed."""
        book = self._notebooks.get(uri)
        if book is not None:
            found = [self._documents.get(cell) for cell in book.code()]
            return CheckSubject(uri, tuple(cell for cell in found if cell is not None), notebook=True)
        document = self._documents.get(uri)
        return CheckSubject.of(document) if document is not None else None

    def _finish(self, uri: str, state: _State, result: CheckResult | None) -> None:
        state.running, state.checked_at = False, time.monotonic()
        if self._states.get(uri) is state:
            newest = result is not None and result.subject == self._subject(uri)
            if result is not None and newest:
                before, state.result = state.result, result
                gone = {each.uri for each in before.subject.documents} if before is not None else set()
                for cell in gone - {each.uri for each in result.subject.documents}:
                    self._show(cell, None, [])
                self._show_all(result)
                if result.kind or (before is not None and before.kind):
                    self._tell(result.told())
                state.settle()
            if state.again or not newest:
                self._schedule(uri)
        if self._current == uri:
            self._next()

    # ------------------------------------------------------------------------------------------ showing

    def _show_all(self, result: CheckResult) -> None:
        for document, shown in zip(result.subject.documents, result.diagnostics, strict=True):
            self._show(document.uri, document, shown)

    def _show(self, uri: str, document: Document | None, diagnostics: _Diagnostics) -> None:
        params: dict[str, Any] = {"uri": uri, "diagnostics": self._with_failures(uri, diagnostics)}
        if document is not None:
            params["version"] = document.version
        self.publish(params)

    def _with_failures(self, uri: str, findings: _Diagnostics) -> _Diagnostics:
        return [*findings, *self.failures(uri), *self._runs.of(uri)]


def _pool() -> ThreadPoolExecutor:
    usual = threading.stack_size()
    try:
        with contextlib.suppress(ValueError, RuntimeError):  # Not every system lets a program choose.
            threading.stack_size(_STACK_BYTES)
        pool = threads.pool(2, "scoredock-check")
        # Threads start with their first task, and the stack size counts at their start.
        started = threading.Barrier(3)
        for _ in range(2):
            pool.submit(started.wait)
        started.wait()
    finally:
        threading.stack_size(usual)
    return pool
