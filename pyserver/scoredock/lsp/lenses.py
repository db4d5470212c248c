"""The lines above init() and configurations, which follow the services: asked for again when one of them changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from scoredock.analysis.facts import Facts
from scoredock.context import Context
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.language.code_lens import Lens, ScriptService, cell_lenses, code_lenses
from scoredock.late_dataclass import dataclass
from scoredock.lsp.diagnostic_wire import Abilities, range_to_client
from scoredock.protocol.documents import Document
from scoredock.scripts.request_files import SUFFIXES, RequestText, services_of, target_of
from scoredock.service import Service
from scoredock.state_table import State, is_callable
from scoredock.status import Status

if TYPE_CHECKING:
    from scoredock.lsp.editing import Editing


@dataclass(frozen=True, slots=True)
class _LensFacts:
    """Facts of a service that lenses show: other facts mean other lenses."""

    entry_script: str
    name: str
    state: State
    status: Status
    has_line: bool
    answering: bool
    returned: bool

    @classmethod
    def of(cls, service: Service) -> _LensFacts:
        failure, request = service.failure, service.requests.failure
        return cls(
            service.entry_script,
            service.name,
            service.state,
            service.status,
            any(each is not None and each.frames for each in (failure, request)),
            is_callable(service.state) and service.scoring_uri != "",
            service.returned_to > 0,
        )

    @property
    def service(self) -> ScriptService:
        return ScriptService(self.name, self.state, self.status, self.has_line, self.answering, self.returned)


class Lenses:
    """Answers about open documents by the last known state of the services."""

    def __init__(
        self,
        server: LanguageServer,
        editing: Editing,
        context: Context,
        able: Callable[[], Abilities],
        services: Callable[[], Sequence[Service]],
    ) -> None:
        self._server = server
        self._editing = editing
        self._context = context
        self._able = able
        self._services = services
        self._last_facts: frozenset[_LensFacts] = frozenset()

    async def code_lenses(self, params: types.CodeLensParams) -> list[dict[str, Any]] | None:
        """Deploy and Check above init(), where somebody can run them, or the service of the script."""
        uri = params.text_document.uri
        number = 0 if uri.startswith("file:") else self._editing.cell_number(uri)
        is_shown = self._able().extension and self._context.settings.get("scoredock.codeLens.enable")
        if not is_shown or number is None:
            return []

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            return [
                {
                    "range": range_to_client(lens.range, document),
                    "command": {"title": lens.title, "command": lens.command, "arguments": list(lens.arguments)},
                }
                for lens in self._lenses(document, facts, number)
            ]

        # Editors that once had to wait for the lines above functions ask for them less often from then on.
        return await self._editing.ask_quickly(params.text_document.uri, work)

    def _lenses(self, document: Document, facts: Facts, cell: int) -> list[Lens]:
        if cell:
            # What a cell of another document would write is not there to be deployed yet.
            is_notebook = facts.path.lower().endswith(".ipynb")
            return cell_lenses(document.text, facts.path, cell) if is_notebook else []
        if not facts.path.endswith(SUFFIXES):
            return code_lenses(document.text, facts, self._of(facts.path))
        from scoredock.language.request_lens import request_lenses

        read = RequestText(Path(facts.path), document.text, parse_http_file(document.text), self._context)
        target = target_of(read, self._context)
        names = set(services_of(target, self._services()))
        services = [each for each in map(_LensFacts.of, self._services()) if each.name in names]
        return request_lenses(read.file, facts.path, str(target or ""), [each.service for each in services])

    def services_changed(self) -> None:
        """Has the lenses asked for again when they would be others now. Runs on the loop."""
        now = frozenset(map(_LensFacts.of, self._services()))
        if now == self._last_facts:
            return
        self._last_facts = now
        self.refresh()

    def refresh(self) -> None:
        """Has them asked for again: settings say otherwise, or the folder is trusted by now."""
        workspace = self._server.client_capabilities.workspace if self._able().extension else None
        if workspace is not None and workspace.code_lens is not None and workspace.code_lens.refresh_support:
            self._server.workspace_code_lens_refresh(None, lambda _: None)

    def _of(self, script: str) -> list[ScriptService]:
        same = _same_file(script)
        return [each.service for each in map(_LensFacts.of, self._services()) if same(each.entry_script)]


def _same_file(script: str) -> Callable[[str], bool]:
    """True if a path is that of this script, also through links."""
    plain, real = os.path.normcase(script), os.path.realpath(script)

    def same(other: str) -> bool:
        return bool(other) and (os.path.normcase(other) == plain or os.path.realpath(other) == real)

    return same


def wire(
    server: LanguageServer,
    editing: Editing,
    context: Context,
    able: Callable[[], Abilities],
    services: Callable[[], Sequence[Service]],
) -> Lenses:
    """Registers the question with the server."""
    lenses = Lenses(server, editing, context, able, services)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def code_lenses(params: types.CodeLensParams) -> Any:
        return await lenses.code_lenses(params)

    return lenses
