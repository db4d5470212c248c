"""The server's end of the connection: pygls for the language features, our own dispatch for `scoredock/` methods.

What pygls 2.1 leaves open and this closes: a request whose params do not fit its type is never answered; nested
objects that have a "jsonrpc" key are taken for messages; running thread handlers cannot be cancelled; writes from
threads interleave; unopened documents raise.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage

from scoredock import l10n, threads
from scoredock.late_dataclass import dataclass
from scoredock.lsp.notebooks import Notebook, OpenCell
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.protocol import wire
from scoredock.protocol.documents import Document
from scoredock.protocol.messages import NOTIFICATIONS
from scoredock.verb import Verb

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

logger = logging.getLogger(__name__)

PREFIX = "scoredock/"
PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
NOT_INITIALIZED = -32002
_NOTIFICATIONS = frozenset(note.method for note in NOTIFICATIONS)
Token = str | int
_PAUSE = 0.05
"""Seconds between two reports that only move the percentage."""


@define
class OwnRequest:
    """A `scoredock/` request as it arrives: params are converted in the handler, so that a bad one gets an answer."""

    id: str | int
    method: str
    params: Any = None
    jsonrpc: str = "2.0"


@define
class OwnNotification:
    """A `scoredock/` notification as it arrives."""

    method: str
    params: Any = None
    jsonrpc: str = "2.0"


@dataclass(frozen=True, slots=True)
class Route:
    """Verb and handler that answer a request."""

    verb: Callable[[], Verb]
    """Its declaration; the module that has it is imported when it is first asked for."""
    handler: Callable[[Verb, Any, Progress, CancelToken], object]


class RpcEndpoint(LanguageServerProtocol):
    """One connection to one client."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        self.documents: dict[str, Document] = {}
        """Open documents by URI, cells of notebooks among them."""
        self.notebooks: dict[str, Notebook] = {}
        self._languages: dict[str, str] = {}
        """Of the open documents: a cell that is only moved is not opened again."""
        self.routes: Mapping[str, Route] = {}
        self.listeners: Mapping[str, tuple[type, Callable[[Any], None]]] = {}
        """`scoredock/` notifications of the client: params type and what to call, on the loop."""
        self.on_exit: Callable[[int], None] = logger.debug
        self._ready = False
        self._unknown: set[str] = set()
        """Methods that are none of ours, each with a line in the log."""
        self.at_end: list[Callable[[], None]] = []
        """What is called when the client is gone."""
        self._running: dict[str | int, CancelToken] = {}
        self._tokens: dict[Token, CancelToken] = {}
        self._guard = threading.Lock()
        self._pool = threads.pool(32, "scoredock-request")
        super().__init__(server, converter)

    # ------------------------------------------------------------------------------------------ receiving

    def receive(self, body: bytes) -> None:
        """Handle one message from the client; on the loop. Never raises, except to end the process."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as fault:
            self.refuse(None, PARSE_ERROR, f"the message is not JSON: {str(fault)[:200]}")
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != "2.0":
            self.refuse(None, INVALID_REQUEST, "the message is not a JSON-RPC 2.0 object")
            return
        if not isinstance(data.get("method", ""), str) or not isinstance(data.get("id", ""), (str, int)):
            self.refuse(None, INVALID_REQUEST, "method must be a text and id a text or an integer")
            return
        request = data["id"] if "id" in data and "method" in data else None
        if not self._ready and data.get("method") not in ("initialize", "exit"):
            if request is not None:
                self.refuse(request, NOT_INITIALIZED, "the server was not initialized")
            return
        try:
            message = self.structure_message(data)
        except (wire.InvalidParams, JsonRpcException, RecursionError) as fault:
            if request is not None:
                self.refuse(request, wire.INVALID_PARAMS, f"the params do not fit: {fault}")
            else:
                logger.warning("ignored a message that does not fit: %s", fault)
            return
        try:
            self.handle_message(message)
        except Exception:
            logger.exception("a message could not be handled")

    def structure_message(self, data: dict[str, Any]) -> Any:
        if "method" in data and "params" not in data:
            data = {**data, "params": None}
        if "method" not in data:
            return super().structure_message(data)
        kind = self.get_message_type(data["method"]) or (JsonRPCRequestMessage if "id" in data else JsonRPCNotification)
        try:
            return self._converter.structure(data, kind)
        except Exception as fault:  # of whichever class of cattrs and lsprotocol
            raise wire.InvalidParams(data["method"], wire.faults_of(fault)) from None

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        if method in _NOTIFICATIONS:
            return OwnNotification
        if method.startswith(PREFIX):
            return OwnRequest
        return super().get_message_type(method)

    # ------------------------------------------------------------------------------------------ answering

    def _handle_request(self, msg_id: str | int, method_name: str, params: Any) -> None:
        route = self.routes.get(method_name)
        if route is None:
            if self._is_unknown(method_name):
                error = {"code": METHOD_NOT_FOUND, "message": f"Method Not Found: {method_name}"}
                self._send({"jsonrpc": "2.0", "id": msg_id, "error": error})
            elif method_name == types.WORKSPACE_EXECUTE_COMMAND and params.command not in self.fm.commands:
                self.refuse(msg_id, wire.INVALID_PARAMS, f"there is no command {params.command}")
            else:
                super()._handle_request(msg_id, method_name, params)
            return
        cancel = CancelToken()
        with self._guard:
            self._running[msg_id] = cancel
        try:
            self._pool.submit(self._answer, msg_id, route, params, cancel)
        except RuntimeError:  # The pool is shut: the process is ending.
            self.refuse(msg_id, wire.REQUEST_CANCELLED, "the server is ending")

    def _answer(self, msg_id: str | int, route: Route, raw: Any, cancel: CancelToken) -> None:
        progress: WorkDone | None = None
        token: Token | None = None
        try:
            verb = route.verb()
            params: Any = wire.from_wire(verb.params, raw)
            token = getattr(params, "work_done_token", None)
            if token is not None:
                progress = WorkDone(token, l10n.t(verb.progress), self.tell)
                with self._guard:
                    self._tokens[token] = cancel
            result = wire.to_wire(route.handler(verb, params, progress or Silent(), cancel))
        except Exception as fault:
            error = wire.error_to_wire(fault)
            answer: dict[str, Any] = {"error": {"code": error.code, "message": error.message, "data": error.data}}
        else:
            answer = {"result": result}
        finally:
            with self._guard:
                self._running.pop(msg_id, None)
                if token is not None:
                    self._tokens.pop(token, None)
        if progress is not None:
            progress.end()
        self._send({"jsonrpc": "2.0", "id": msg_id, **answer})

    def _is_unknown(self, method: str) -> bool:
        """True if nothing answers it; one line in the log, as an editor repeats such a request at every key."""
        if method in self.fm.features or method in self.fm.builtin_features:
            return False
        if method not in self._unknown:
            self._unknown.add(method)
            logger.warning("%s is not supported", method)
        return True

    def refuse(self, msg_id: str | int | None, code: int, message: str) -> None:
        """Answer with an error that is the client's own fault."""
        logger.warning("refused a message: %s", message)
        self._send({"jsonrpc": "2.0", "id": msg_id, "error": {"code": code, "message": message}})

    def tell(self, method: str, params: object) -> None:
        """Send a notification whose params are JSON values; from any thread."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        if self.writer is not None:
            body = json.dumps(message, separators=(",", ":")).encode()
            self.writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def _handle_notification(self, method_name: str, params: Any) -> None:
        listener = self.listeners.get(method_name)
        if listener is None:
            if method_name == types.CANCEL_REQUEST or not self._is_unknown(method_name):
                super()._handle_notification(method_name, params)
            return
        try:
            listener[1](wire.from_wire(listener[0], params))
        except wire.InvalidParams as fault:
            logger.warning("ignored %s: %s", method_name, fault)

    # ------------------------------------------------------------------------------------------ cancelling, ending

    def _handle_cancel_notification(self, msg_id: str | int) -> None:
        if not self._cancel(self._running.get(msg_id)) and msg_id in self._request_futures:
            super()._handle_cancel_notification(msg_id)  # else it has its answer already

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        """The person pressed Cancel on a progress."""
        self._cancel(self._tokens.get(params.token))

    def _cancel(self, token: CancelToken | None) -> bool:
        if token is None:
            return False
        # Whoever listens may kill a process tree, which takes its time.
        threads.start(token.cancel, name="scoredock-cancel", at_fault=threads.logged)
        return True

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        """Initialize as pygls does; from now on other requests are answered, in the language of the editor."""
        l10n.use(l10n.language_of(params.locale or l10n.ENGLISH))
        result = yield from super().lsp_initialize(params)
        self._ready = True
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_: Any) -> None:  # type: ignore[override]
        """Work that runs goes on: a deployment outlives the window that began it, as long as the process lasts."""
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]
        """The client is done with us."""
        self.on_exit(0 if self._shutdown else 1)

    @property
    def shutting_down(self) -> bool:
        return self._shutdown

    # ------------------------------------------------------------------------------------------ documents

    def _keep(self, item: types.TextDocumentItem) -> None:
        chosen = self.workspace.position_encoding
        encoding = str(getattr(chosen, "value", chosen) or "utf-16")
        self.documents[item.uri] = Document(item.uri, item.version, item.text, encoding)  # type: ignore[arg-type]
        self._languages[item.uri] = str(item.language_id)

    def _drop(self, uri: str) -> None:
        self.documents.pop(uri, None)
        self._languages.pop(uri, None)

    def _cells(self, cells: Iterable[types.NotebookCell]) -> tuple[OpenCell, ...]:
        return tuple(OpenCell(cell.document, int(cell.kind), self._languages.get(cell.document, "")) for cell in cells)

    def _edit(self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> bool:
        """Apply the edits in order; edits of a document that is not open are ignored."""
        document = self.documents.get(uri)
        if document is None:
            logger.warning("an edit of a document that is not open was ignored: %s", uri)
            return False
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                document = document.replaced(
                    (start.line, start.character), (end.line, end.character), change.text, version
                )
            else:
                document = document.with_text(change.text, version)
        self.documents[uri] = document
        return True

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Any:
        """Keep the text."""
        self._keep(params.text_document)
        return self._forward(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Any:
        """Keep the text in step."""
        known = self._edit(params.text_document.uri, params.text_document.version, params.content_changes)
        return self._forward(types.TEXT_DOCUMENT_DID_CHANGE, params) if known else None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Any:
        """Forget the text."""
        self._drop(params.text_document.uri)
        return self._forward(types.TEXT_DOCUMENT_DID_CLOSE, params)

    # ------------------------------------------------------------------------------------------ notebooks

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def lsp_notebook_document__did_open(self, params: types.DidOpenNotebookDocumentParams) -> Any:
        """Keep the order of the cells and their texts."""
        book = params.notebook_document
        for item in params.cell_text_documents:
            self._keep(item)
        self.notebooks[book.uri] = Notebook(book.uri, book.version, self._cells(book.cells))
        return self._forward(types.NOTEBOOK_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(self, params: types.DidChangeNotebookDocumentParams) -> Any:
        """Keep cells and texts in step; changes of a notebook that is not open are ignored."""
        version = params.notebook_document.version
        book = self.notebooks.get(params.notebook_document.uri)
        if book is None:
            logger.warning("a change of a notebook that is not open was ignored: %s", params.notebook_document.uri)
            return None
        book = book.with_kinds((), version)
        cells = params.change.cells
        if cells is not None:
            if cells.structure is not None:
                for item in cells.structure.did_open or ():
                    self._keep(item)
                array = cells.structure.array
                book = book.spliced(array.start, array.delete_count, self._cells(array.cells or ()), version)
                for gone in cells.structure.did_close or ():
                    self._drop(gone.uri)
            book = book.with_kinds(((cell.document, int(cell.kind)) for cell in cells.data or ()), version)
            for text in cells.text_content or ():
                self._edit(text.document.uri, text.document.version, text.changes)
        self.notebooks[book.uri] = book
        return self._forward(types.NOTEBOOK_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def lsp_notebook_document__did_close(self, params: types.DidCloseNotebookDocumentParams) -> Any:
        """Forget the cells."""
        self.notebooks.pop(params.notebook_document.uri, None)
        for item in params.cell_text_documents:
            self._drop(item.uri)
        return self._forward(types.NOTEBOOK_DOCUMENT_DID_CLOSE, params)

    def _forward(self, method: str, params: Any) -> Any:
        handler = self.fm.features.get(method)
        return handler(params) if handler is not None else None


class WorkDone:
    """Implements `progress.Progress`; thread-safe. Begins with the first report and ends once."""

    def __init__(self, token: Token, title: str, tell: Callable[[str, object], None]) -> None:
        self._token = token
        self._title = title
        self._tell = tell
        self._lock = threading.Lock()
        self._begun = False
        self._last_message = ""
        self._last_time = 0.0

    def report(self, message: str, percentage: int | None = None) -> None:
        """Report one step; steps that differ in nothing but the percentage are thinned out."""
        with self._lock:
            now = time.monotonic()
            if self._begun and message == self._last_message and now - self._last_time < _PAUSE:
                return
            self._last_message, self._last_time = message, now
            value: dict[str, Any] = {"kind": "report", "message": message, "cancellable": True}
            if not self._begun:
                value = {**value, "kind": "begin", "title": self._title}
                self._begun = True
            if percentage is not None:
                value["percentage"] = max(0, min(100, percentage))
            self._tell("$/progress", {"token": self._token, "value": value})

    def output(self, line: str) -> None:
        """A tool's own words go to the log of the server, which the person can open."""
        self._tell("window/logMessage", {"type": 3, "message": line})

    def end(self) -> None:
        """No report may follow."""
        with self._lock:
            if self._begun:
                self._tell("$/progress", {"token": self._token, "value": {"kind": "end"}})
