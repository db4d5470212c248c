"""The language server: composes features, protocol and the connection. Started as `python -I -m scoredock.server
--stdio`."""

from __future__ import annotations

import gc

# Importing makes a few hundred thousand objects that all stay: searching them for cycles is a fifth of the start.
gc.disable()

import argparse
import asyncio
import faulthandler
import linecache
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter
from pygls.uris import to_fs_path

# attrs leaves the builder of each of the protocol's 600 classes behind in a cycle, and the text of its methods for
# tracebacks: 10 MB, found in 25 ms while nothing else is there yet.
gc.collect()
linecache.clearcache()

from scoredock import __version__, l10n, threads
from scoredock.checks.type_checked import ignored_rules
from scoredock.context import Context, Operation
from scoredock.contrib.table import there
from scoredock.data_folder import advice, keep_others_from_writing, unused_home
from scoredock.features.contribution import contributions, notifications
from scoredock.features.named_things import in_its_workspace
from scoredock.features.services.log_watches import LogWatches
from scoredock.features.services.logs import Subscriptions
from scoredock.features.services.reloading import Reloads
from scoredock.features.services.responses import Responses
from scoredock.features.state import Board
from scoredock.features.table import PLACES, PROTOCOL_DIGEST
from scoredock.features.workspaces.folder_workspace import require_clear_folder
from scoredock.lsp import editing, lenses, on_request
from scoredock.lsp.checking import Checker
from scoredock.lsp.diagnostic_wire import Abilities
from scoredock.lsp.diagnostics import Diagnostics
from scoredock.lsp.endpoint import Route, RpcEndpoint
from scoredock.lsp.framing import FramingError, QueuedWriter, read_message
from scoredock.progress import CancelToken, Progress
from scoredock.protocol import messages, wire
from scoredock.protocol.messages.state import RegistryChanged, ServiceChanged
from scoredock.registry.origin import Door, work_from
from scoredock.scripts.facts import FactSource
from scoredock.scripts.run_faults import RunFault
from scoredock.settings import Values, flat
from scoredock.verb import Verb, verb_at, verb_of

logger = logging.getLogger(__name__)

_PENDING = 1_000
"""Messages read and not yet handled; the reader waits beyond that."""

_SDK = "scoredock-azureml"
"""How scripts of the SDK name themselves."""

_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(
            cells=[types.NotebookCellLanguage("python")], notebook=types.NotebookDocumentFilterScheme(scheme="file")
        )
    ]
)
"""Cells with Python of notebooks that are files."""

_CONTENTS = (".py", ".json", ".yml", ".yaml", ".txt", ".in", ".toml", ".ipynb")
"""Contents that findings in other files come from."""

_OF_WORKSPACES = (
    messages.WorkspaceCreateParams,
    messages.WorkspaceConnectParams,
    messages.WorkspaceOpenParams,
    messages.WorkspaceNamedParams,
    messages.WorkspaceUseParams,
    messages.WorkspaceRef,
)
"""Changes of which workspace there is, or is meant: they are asked for where no configuration says it."""

_PUSH_METHODS: dict[type, str] = {note.params: note.method for note in notifications() if note.sender == "server"}


def _itself(verb: Verb) -> Verb:
    return verb


class Server:
    """Everything of one client, wired once. Handlers of the loop end quickly; what can block runs in threads."""

    def __init__(self, *, home: Path | None = None, workspace: str = "") -> None:
        """`home` is the data folder whatever the settings say, `workspace` the active one whatever folder is open."""
        self.language = LanguageServer(
            "scoredock",
            __version__,
            protocol_cls=RpcEndpoint,
            converter_factory=default_converter,
            notebook_document_sync=_NOTEBOOKS,
        )
        endpoint = self.language.protocol
        assert isinstance(endpoint, RpcEndpoint)  # noqa: S101 (protocol_cls above; for the type checker)
        self.endpoint = endpoint
        self.context = Context(Values({}, os.environ), home=home, overlays=self._overlays, workspace=workspace)
        self.context.push = self._push
        self.source = FactSource(self.context)
        self.board = Board(self.context, self._push)
        self.logs = Subscriptions(self._push)
        self.log_watches = LogWatches(self._push)
        self.checker = Checker(
            self.source,
            enabled=lambda: bool(self.context.settings.get("scoredock.check.enable")),
            ignored=lambda: ignored_rules(self.context.settings),
        )
        self.diagnostics = Diagnostics(
            endpoint.documents,
            endpoint.notebooks,
            self.checker,
            partial(endpoint.tell, types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS),
            self._checked,
        )
        self.context.on_write = lambda: self._loop.call_soon_threadsafe(self.diagnostics.files_changed)
        self.reloads = Reloads(
            self.context, lambda: bool(self.context.settings.get("scoredock.services.reloadOnSave")), self.board.nudge
        )
        self._client_digest = ""
        self._door: Door = "editor"
        self._homes: set[Path] = set()
        """Data folders of which it was looked at who may write there."""
        self._wire_requests()
        self._wire_language()

    # ------------------------------------------------------------------------------------------ wiring

    def _wire_requests(self) -> None:
        routes = {method: self._route(method, partial(verb_at, place)) for method, place in there(PLACES).items()}
        parts = [part for each in contributions() for part in each.for_client(self._push, self._run_failed)]
        self.endpoint.at_end = [part.stop for part in parts]
        own: tuple[Callable[..., Any], ...] = (
            self.logs.subscribe,
            self.logs.unsubscribe,
            Responses(self._push).send,
            self.log_watches.watch,
            self.log_watches.unwatch,
            *(own for part in parts for own in part.verbs),
        )
        for declared, function in ((self.board.state, self._state), *zip(own, own, strict=True)):
            own_verb = replace(verb_of(declared), function=function)
            routes[own_verb.method] = self._route(own_verb.method, partial(_itself, own_verb))
        self.endpoint.routes = routes
        self.endpoint.listeners = {"scoredock/log/acknowledge": (messages.LogAcknowledgeParams, self._log_shown)}

    def _route(self, method: str, verb: Callable[[], Verb]) -> Route:
        def handler(verb: Verb, params: Any, progress: Progress, cancel: CancelToken) -> object:
            params = in_its_workspace(method, params, self.context)
            if not verb.changes:
                return verb.function(params, self.context, Operation(progress, cancel))
            if not isinstance(params, _OF_WORKSPACES) and self._door != "SDK":  # a script has said which one it means
                require_clear_folder(getattr(params, "workspace_id", ""), self.context)
            try:
                with self.context.workspaces.change():
                    return verb.function(params, self.context, Operation(_Nudging(progress, self.board), cancel))
            finally:
                self.board.nudge()

        return Route(verb, handler)

    def _wire_language(self) -> None:
        def on(method: str, handler: Callable[[Any], None]) -> None:
            # pygls marks what it is given with attributes, which a bound method cannot take.
            self.language.feature(method)(lambda params: handler(params))

        on(types.INITIALIZE, lambda params: self._initialize(params, edits))
        on(types.INITIALIZED, self._initialized)
        on(types.TEXT_DOCUMENT_DID_OPEN, lambda params: self.diagnostics.opened(params.text_document.uri))
        on(types.TEXT_DOCUMENT_DID_CHANGE, lambda params: self.diagnostics.changed(params.text_document.uri))
        on(types.TEXT_DOCUMENT_DID_CLOSE, lambda params: self.diagnostics.closed(params.text_document.uri))
        on(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        on(types.NOTEBOOK_DOCUMENT_DID_OPEN, lambda params: self.diagnostics.opened(params.notebook_document.uri))
        on(types.NOTEBOOK_DOCUMENT_DID_CHANGE, lambda params: self.diagnostics.changed(params.notebook_document.uri))
        on(types.NOTEBOOK_DOCUMENT_DID_CLOSE, lambda params: self.diagnostics.closed(params.notebook_document.uri))
        on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._configured)
        on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._files_changed)
        on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, lambda _: self._folders())

        def able() -> Abilities:
            return self.checker.able

        edits = editing.wire(self.language, self.endpoint.documents, self.source, self.diagnostics, self.context, able)
        self.lenses = lenses.wire(self.language, edits, self.context, able, self.board.services)

    # ------------------------------------------------------------------------------------------ handlers

    def _initialize(self, params: types.InitializeParams, edits: editing.Editing) -> None:
        options = params.initialization_options if isinstance(params.initialization_options, dict) else {}
        self._client_digest = str(options.get("protocol") or "")
        if params.client_info is not None and params.client_info.name == _SDK:
            self._door = "SDK"
        self.checker.able = Abilities.of(params.capabilities, extension=bool(self._client_digest))
        if not self._client_digest:
            on_request.wire(self.language, self.endpoint.documents, edits, self.diagnostics)
        self._settle(options.get("settings"))
        self._folders()
        logger.info("scoredock %s, protocol %s, Python %s", __version__, PROTOCOL_DIGEST, sys.version.split()[0])

    def _initialized(self, _: types.InitializedParams) -> None:
        if self._client_digest and self._client_digest != PROTOCOL_DIGEST:
            message = l10n.t(
                "The Scoredock extension and its server were not built together (protocol "
                "{client_digest} and {protocol_digest}). Reload the window. If this message stays, "
                "reinstall the extension.",
                client_digest=self._client_digest,
                protocol_digest=PROTOCOL_DIGEST,
            )
            self.endpoint.tell("window/showMessage", {"type": 1, "message": message})
        if not self._client_digest:
            self._watch_files()
        self._meet_home()

    def _watch_files(self) -> None:
        """Asks an editor that is not our extension to tell of files that others change, where it can."""
        workspace = self.language.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace is not None else None
        if watched is None or not watched.dynamic_registration:
            return
        watchers = [types.FileSystemWatcher(glob_pattern=f"**/*{ending}") for ending in _CONTENTS]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        registration = types.Registration("scoredock-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        self.language.client_register_capability(
            types.RegistrationParams([registration]), lambda _: logger.debug("files are watched")
        )

    def _configured(self, params: types.DidChangeConfigurationParams) -> None:
        self._settle(params.settings)
        self._meet_home()
        self.diagnostics.refresh()
        self.lenses.refresh()

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self.diagnostics.files_changed()
        self.reloads.touched([_path_of(params.text_document.uri)])

    def _files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        if any(_concerns_checks(change) for change in params.changes):
            self.diagnostics.files_changed()
        self.reloads.touched(_path_of(change.uri) for change in params.changes)

    def _checked(self, message: messages.DocumentChecked) -> None:
        # Other clients do not know what to do with it.
        if self._client_digest:
            self.endpoint.tell("scoredock/document/checked", wire.to_wire(message))

    def _settle(self, settings: object) -> None:
        self.context.configure(Values(flat(settings), os.environ))
        level = str(self.context.settings.get("scoredock.server.logLevel"))
        logging.getLogger().setLevel(level.upper())

    def _meet_home(self) -> None:
        """Once for each data folder: who may write there runs code as this account; this release is started there."""
        home = self.context.home
        if home in self._homes:
            return
        self._homes.add(home)
        unused = unused_home(home)
        if self._client_digest and self._door == "editor" and not unused:
            from scoredock.workspace.unattended.attendance import take_over

            threads.start(partial(take_over, home), name="launcher", at_fault=threads.logged)
        if problem := unused or advice(home):
            self.endpoint.tell("window/showMessage", {"type": 2, "message": problem})

    def _folders(self) -> None:
        paths = [to_fs_path(uri) for uri in self.endpoint.workspace.folders]
        if not paths and self.endpoint.workspace.root_path:
            paths = [self.endpoint.workspace.root_path]
        self.context.folders = tuple(Path(path) for path in paths if path)
        work_from(self._door, self.context.folders[0] if self.context.folders else None)

    def _overlays(self) -> Mapping[str, str]:
        found = {}
        for uri, document in list(self.endpoint.documents.items()):
            path = _path_of(uri)
            if path:
                found[path] = document.text
        return found

    def _state(
        self, params: messages.StateListParams, context: Context, operation: Operation
    ) -> messages.StateListResult:
        """State for a client; what it returns is not pushed as well, and the lenses follow it, too."""
        result = self.board.state(params, context, operation)
        self._loop.call_soon_threadsafe(self.lenses.services_changed)
        return result

    def _run_failed(self, path: str, faults: Sequence[RunFault]) -> None:
        self._loop.call_soon_threadsafe(self.diagnostics.set_run_faults, path, faults)

    def _log_shown(self, params: messages.LogAcknowledgeParams) -> None:
        self.logs.acknowledge(params)
        self.log_watches.acknowledge(params)

    def _push(self, push: object) -> None:
        """Tells the client a record of a notification."""
        self.endpoint.tell(_PUSH_METHODS[type(push)], wire.to_wire(push))
        loop = self._loop
        if isinstance(push, RegistryChanged):
            loop.call_soon_threadsafe(self.diagnostics.refresh)
        elif isinstance(push, ServiceChanged):
            loop.call_soon_threadsafe(self.diagnostics.set_failures, self.board.services())
            loop.call_soon_threadsafe(self.lenses.services_changed)
            loop.call_soon_threadsafe(self.diagnostics.refresh)

    # ------------------------------------------------------------------------------------------ life

    def serve(self, incoming: BinaryIO, outgoing: BinaryIO) -> int:
        """Serves until the client says exit or goes away; gives the exit code."""
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        writer = QueuedWriter(outgoing)
        self.endpoint.set_writer(writer)
        ended: asyncio.Future[int] = self._loop.create_future()

        def end(code: int) -> None:
            if not ended.done():
                ended.set_result(code)

        self.endpoint.on_exit = end
        threads.start(
            self._read,
            incoming,
            end,
            name="scoredock-reader",
            at_fault=lambda _: self._loop.call_soon_threadsafe(end, threads.THREAD_ENDED),
        )
        try:
            return self._loop.run_until_complete(ended)
        finally:
            self.reloads.stop()
            self.board.stop()
            for last in self.endpoint.at_end:
                last()
            writer.close()

    def _read(self, incoming: BinaryIO, end: Any) -> None:
        pending = threading.BoundedSemaphore(_PENDING)

        def handle(body: bytes) -> None:
            pending.release()
            self.endpoint.receive(body)

        code = 0
        try:
            while (body := read_message(incoming)) is not None:
                pending.acquire()
                self._loop.call_soon_threadsafe(handle, body)
        except FramingError as fault:
            logger.error("the connection is out of step and ends: %s", fault)
            code = 1
        except OSError as fault:
            logger.error("the connection broke: %s", fault)
            code = 1
        # The client is gone without a word; what it asked for before is still answered in order.
        self._loop.call_soon_threadsafe(lambda: end(code or (0 if self.endpoint.shutting_down else 1)))


class _Nudging:
    """Progress whose every step also makes the views look."""

    def __init__(self, progress: Progress, board: Board) -> None:
        self._progress = progress
        self._board = board

    def report(self, message: str, percentage: int | None = None) -> None:
        self._progress.report(message, percentage)
        self._board.nudge()

    def output(self, line: str) -> None:
        self._progress.output(line)


@lru_cache(maxsize=4096)
def _path_of(uri: str) -> str:
    """Path of a file; empty for anything else. Asked for every open document at every check."""
    return (to_fs_path(uri) or "") if uri.startswith("file:") else ""


def _concerns_checks(change: types.FileEvent) -> bool:
    """Not what tools write all day long; of files that are not text of ours only whether they are there."""
    if any(f"/{folder}/" in change.uri for folder in (".git", "__pycache__", "node_modules", "site-packages")):
        return False
    return change.type != types.FileChangeType.Changed or change.uri.lower().endswith(_CONTENTS)


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the client for ourselves: whatever prints goes to the log, and nothing else reads what the client
    sends."""
    if sys.platform == "win32":
        import msvcrt

        for number in (0, 1):
            msvcrt.setmode(number, os.O_BINARY)
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout = sys.stderr
    return incoming, outgoing


def _end_children() -> None:
    """Tools that were at work for us, such as a package installer. Services are not children of ours."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.Error:
            continue


def main(argv: list[str] | None = None) -> int:
    """0 after shutdown and exit, 1 when the client went away or sent what cannot be read."""
    parser = argparse.ArgumentParser(prog="python -I -m scoredock.server", description=__doc__)
    parser.add_argument("--stdio", action="store_true", required=True, help="speak over standard input and output")
    parser.add_argument("--version", action="version", version=__version__)
    parser.parse_args(argv)
    return serve_on_stdio()


def serve_on_stdio(*, home: Path | None = None, workspace: str = "") -> int:
    """Serves the client behind standard input and output; 0 after shutdown and exit, 1 when it went away or sent what
    cannot be read. The process is of no other use afterwards."""
    incoming, outgoing = _own_streams()
    # The working directory may be somebody's project: nothing may be imported from it.
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]  # noqa: PTH109
    faulthandler.enable(sys.stderr)
    log_format = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level="INFO", format=log_format, force=True)
    logging.getLogger("pygls").setLevel("WARNING")
    keep_others_from_writing()
    server = Server(home=home, workspace=workspace)
    # What was imported stays; and ten thousand records in one answer are not a reason to search for cycles each 700
    # objects.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
    code = server.serve(incoming, outgoing)
    _end_children()
    logging.shutdown()
    return code


if __name__ == "__main__":
    # Threads that still work are not waited for: a client that left must not leave a process behind.
    os._exit(main())
