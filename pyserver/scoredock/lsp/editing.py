"""Answers to the editor about a position: actions, hovers, completions, definitions, over the pure `language`."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from scoredock import threads
from scoredock.analysis.facts import Facts
from scoredock.context import Context
from scoredock.lsp import navigation
from scoredock.lsp.client_shapes import FIX_ALL, ON_DISK, action_to_client, item_to_client
from scoredock.lsp.diagnostic_wire import Abilities, diagnostic, range_to_client
from scoredock.lsp.diagnostics import Diagnostics
from scoredock.protocol.documents import Document
from scoredock.scripts.facts import FactSource
from scoredock.text import Position, Range

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from scoredock.language.code_actions import Action

R = TypeVar("R")
_loading = threading.Lock()


def load() -> None:
    """Imports everything that answers, which takes too long for the start of the server.

    All at once and in this order: threads that import parts of one package at the same time may see each other's
    half-made modules. The checks begin to work in threads of their own just then.
    """
    with _loading:
        import scoredock.checks.check
        import scoredock.language.code_actions
        import scoredock.language.completions
        import scoredock.language.definition
        import scoredock.language.hover
        import scoredock.language.inlay_hints
        import scoredock.language.links
        import scoredock.language.references  # noqa: F401 (imported for later)


class Editing:
    """Answers about open documents; the work is done in threads of its own: two, and one for what is quick."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        source: FactSource,
        diagnostics: Diagnostics,
        context: Context,
        able: Callable[[], Abilities],
        snippets: Callable[[], bool] = lambda: False,
    ) -> None:
        self._documents = documents
        self._source = source
        self._diagnostics = diagnostics
        self._context = context
        self._able = able
        self._snippets = snippets
        self.pool = threads.pool(2, "scoredock-editing")
        self._quick = threads.pool(1, "scoredock-quick")

    async def ask(self, uri: str, work: Callable[[Document, Facts], R]) -> R | None:
        """Runs it on the newest text; None for a document that is not open or no file, and when it fails."""
        return await self._run(uri, work, self.pool, load)

    async def ask_quickly(self, uri: str, work: Callable[[Document, Facts], R]) -> R | None:
        """The same for what needs nothing loaded and waits for nothing that takes long."""
        return await self._run(uri, work, self._quick, lambda: None)

    async def _run(
        self, uri: str, work: Callable[[Document, Facts], R], pool: ThreadPoolExecutor, prepare: Callable[[], None]
    ) -> R | None:
        place = self._diagnostics.place(uri)
        if place is None:
            return None
        document, path = place

        def guarded() -> R | None:
            try:
                prepare()
                return work(document, self._source.facts(path))
            except Exception:
                # A broken text is normal while typing; the editor gets no answer rather than an error message.
                logger.exception("a question about %s could not be answered", uri)
                return None

        return await asyncio.get_running_loop().run_in_executor(pool, guarded)

    def cell_number(self, uri: str) -> int | None:
        """Number of a document's cell in its notebook, from 1 and counted with those of text; None for another
        document."""
        return self._diagnostics.cell_number(uri)

    async def code_actions(self, params: types.CodeActionParams) -> list[dict[str, Any]] | None:
        """Repairs of the findings in the range, silence, and the page of the rule."""
        uri = params.text_document.uri
        only = params.context.only

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            from scoredock.language.code_actions import code_actions, fix_everything, version_actions

            start = document.position(params.range.start.line, params.range.start.character)
            end = document.position(params.range.end.line, params.range.end.character)
            findings = list(self._diagnostics.findings(document))
            if only is not None and any(_asks(kind, FIX_ALL) for kind in only if kind):
                # On saving, or by the command Fix All.
                everything = fix_everything(document.text, findings)
                return [action_to_client(document, everything, None)] if everything is not None else []
            if only is not None and not any(_asks(kind, "quickfix") for kind in only):
                return []
            failures = self._diagnostics.failures(uri, start.line, end.line)
            actions = version_actions([each["code"] for each in failures], facts)
            actions += code_actions(document.text, facts, Range(start, end), findings)
            able = self._able()
            diagnostics = {finding.code: diagnostic(finding, document, able=able) for finding in reversed(findings)}
            diagnostics |= {each["code"]: each for each in failures}
            targets = (
                (action, self._edited(action, document, facts))
                for action in actions
                if able.extension or not action.command
            )
            return [
                action_to_client(target, action, diagnostics.get(action.code))
                for action, target in targets
                if target is not None
            ]

        return await self.ask(uri, work)

    def _edited(self, action: Action, document: Document, facts: Facts) -> Document | None:
        """The document that the edits of an action are in; None when its text is not known."""
        if not action.path:
            return document
        for uri, opened in list(self._documents.items()):
            if uri.startswith("file:") and to_fs_path(uri) == action.path:
                return opened
        uri = from_fs_path(action.path) or ""
        if facts.environment is None or facts.environment.path != action.path or not uri:
            return None
        return Document(uri, ON_DISK, facts.environment.text, document.encoding)

    async def hover(self, params: types.HoverParams) -> dict[str, Any] | None:
        """Hover card for the thing under the pointer, or None."""

        def work(document: Document, facts: Facts) -> dict[str, Any] | None:
            from scoredock.language.descriptions import without_commands
            from scoredock.language.hover import hover

            card = hover(document.text, facts, position_of(params, document))
            if card is None:
                return None
            markdown = card.markdown if self._able().extension else without_commands(card.markdown)
            return {
                "contents": {"kind": "markdown", "value": markdown},
                "range": range_to_client(card.range, document),
            }

        return await self.ask(params.text_document.uri, work)

    async def completions(self, params: types.CompletionParams) -> dict[str, Any] | None:
        """Keys, values, models, files, code."""

        def work(document: Document, facts: Facts) -> dict[str, Any]:
            from scoredock.language.completions import MOST, completions

            proposals = completions(document.text, facts, position_of(params, document))
            snippets, extension = self._snippets(), self._able().extension
            items = [
                item_to_client(number, item, document, snippets=snippets, extension=extension)
                for number, item in enumerate(proposals[:MOST])
            ]
            return {"isIncomplete": len(proposals) > MOST, "items": items}

        return await self.ask(params.text_document.uri, work)

    async def definition(self, params: types.DefinitionParams) -> list[dict[str, Any]] | None:
        """The file or parameter that a name names."""

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            from scoredock.language.definition import definition

            found = definition(document.text, facts, position_of(params, document))
            if found is None:
                return []
            uri = document.uri if found.path == facts.path else from_fs_path(found.path)
            # Another file's target is its start, where all encodings agree.
            place = range_to_client(found.range, document if found.path == facts.path else Document("", 0, ""))
            return [{"uri": uri, "range": place}]

        return await self.ask(params.text_document.uri, work)


def _asks(kind: str, for_kind: str) -> bool:
    """True if who asks for a kind of action wants this one: a kind stands for all below it."""
    return not kind or for_kind == kind or for_kind.startswith(f"{kind}.")


def position_of(params: Any, document: Document) -> Position:
    """The asked position in code points."""
    return document.position(params.position.line, params.position.character)


def _knows_snippets(server: LanguageServer) -> bool:
    """True if the client takes texts with places to jump to."""
    about = server.client_capabilities.text_document
    item = about.completion.completion_item if about is not None and about.completion is not None else None
    return item is not None and bool(item.snippet_support)


def wire(
    server: LanguageServer,
    documents: Mapping[str, Document],
    source: FactSource,
    diagnostics: Diagnostics,
    context: Context,
    able: Callable[[], Abilities],
) -> Editing:
    """Registers every question with the server."""
    editing = Editing(documents, source, diagnostics, context, able, lambda: _knows_snippets(server))

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
    )
    async def code_actions(params: types.CodeActionParams) -> Any:
        return await editing.code_actions(params)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> Any:
        return await editing.hover(params)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=['"', "'", "/", "-", ":", "@", "{", ",", "="]),
    )
    async def completions(params: types.CompletionParams) -> Any:
        return await editing.completions(params)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> Any:
        return await editing.definition(params)

    navigation.wire(server, documents, editing, context, able)
    return editing
