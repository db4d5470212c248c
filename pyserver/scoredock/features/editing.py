"""What the editor asks about a position: lenses, actions, hovers, completions, definitions, over the pure `language`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from scoredock.configs.facts import Facts
from scoredock.features.context import Context
from scoredock.features.diagnostic_wire import diagnostic, range_to_client
from scoredock.features.diagnostics import Diagnostics
from scoredock.features.facts import FactSource
from scoredock.protocol.documents import Document
from scoredock.text import Position, Range, TextEdit

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from scoredock.language.code_actions import Action
    from scoredock.language.completions import Proposal

R = TypeVar("R")
_ON_DISK = -1
"""Version of a document that is not open."""


class Editing:
    """Answers about open documents; the work is done in two threads of its own."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        source: FactSource,
        diagnostics: Diagnostics,
        context: Context,
        snippets: Callable[[], bool] = lambda: False,
    ) -> None:
        self._documents = documents
        self._source = source
        self._diagnostics = diagnostics
        self._context = context
        self._snippets = snippets
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="scoredock-editing")

    async def ask(self, uri: str, work: Callable[[Document, Facts], R]) -> R | None:
        """Runs it on the newest text; None for a document that is not open or no file, and when it fails."""
        document = self._documents.get(uri)
        path = to_fs_path(uri) if uri.startswith("file:") else None
        if document is None or path is None:
            return None

        def guarded() -> R | None:
            try:
                return work(document, self._source.facts(Path(path)))
            except Exception:
                # A broken text is normal while typing; the editor gets no answer rather than an error message.
                logger.exception("a question about %s could not be answered", uri)
                return None

        return await asyncio.get_running_loop().run_in_executor(self._pool, guarded)

    async def code_actions(self, params: types.CodeActionParams) -> list[dict[str, Any]] | None:
        """Repairs of the findings in the range, silence, and the page of the rule."""
        uri = params.text_document.uri
        only = params.context.only

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            from scoredock.language.code_actions import code_actions

            start = document.position(params.range.start.line, params.range.start.character)
            end = document.position(params.range.end.line, params.range.end.character)
            findings = list(self._diagnostics.findings(document))
            found = code_actions(document.text, facts, Range(start, end), findings)
            if only is not None and not any(kind in ("", "quickfix") for kind in only):
                return []
            shown = {finding.code: diagnostic(finding, document) for finding in reversed(findings)}
            told = ((action, self._edited(action, document, facts)) for action in found)
            return [_action(target, action, shown.get(action.code)) for action, target in told if target is not None]

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
        return Document(uri, _ON_DISK, facts.environment.text, document.encoding)

    async def code_lenses(self, params: types.CodeLensParams) -> list[dict[str, Any]] | None:
        """Deploy and Check above init()."""
        if not self._context.settings.get("scoredock.codeLens.enable"):
            return []

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            from scoredock.language.code_lens import code_lenses

            return [
                {
                    "range": range_to_client(lens.range, document),
                    "command": {"title": lens.title, "command": lens.command, "arguments": list(lens.arguments)},
                }
                for lens in code_lenses(document.text, facts)
            ]

        return await self.ask(params.text_document.uri, work)

    async def hover(self, params: types.HoverParams) -> dict[str, Any] | None:
        """What the thing under the pointer means."""

        def work(document: Document, facts: Facts) -> dict[str, Any] | None:
            from scoredock.language.hover import hover

            found = hover(document.text, facts, position_of(params, document))
            if found is None:
                return None
            return {
                "contents": {"kind": "markdown", "value": found.markdown},
                "range": range_to_client(found.range, document),
            }

        return await self.ask(params.text_document.uri, work)

    async def completions(self, params: types.CompletionParams) -> dict[str, Any] | None:
        """Keys, values, models, files, code."""

        def work(document: Document, facts: Facts) -> dict[str, Any]:
            from scoredock.language.completions import MOST, completions

            found = completions(document.text, facts, position_of(params, document))
            items = [self._item(number, item, document) for number, item in enumerate(found[:MOST])]
            return {"isIncomplete": len(found) > MOST, "items": items}

        return await self.ask(params.text_document.uri, work)

    def _item(self, number: int, item: Proposal, document: Document) -> dict[str, Any]:
        text = item.snippet if item.snippet and self._snippets() else item.new_text
        told: dict[str, Any] = {
            "label": item.label,
            "kind": _COMPLETION_KINDS[item.kind],
            "textEdit": {"range": range_to_client(item.range, document), "newText": text},
            # What is replaced may begin with a quote, which the label does not.
            "filterText": item.filter or item.new_text,
            "sortText": f"{number:04}",
            "insertTextFormat": 2 if text is item.snippet else 1,
            "insertTextMode": 1,
        }
        if item.detail:
            told["detail"] = item.detail
        if item.documentation:
            told["documentation"] = {"kind": "markdown", "value": item.documentation}
        if item.edits:
            told["additionalTextEdits"] = [edit_to_client(edit, document) for edit in item.edits]
        if item.goes_on:
            told["command"] = {"title": "", "command": "editor.action.triggerSuggest"}
        return told

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


_COMPLETION_KINDS = {
    "function": 3,
    "variable": 6,
    "class": 7,
    "package": 9,
    "key": 10,
    "value": 12,
    "snippet": 15,
    "file": 17,
    "model": 18,
    "folder": 19,
}


def _action(edited: Document, action: Action, about: dict[str, Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": action.title,
        "kind": "quickfix",
        "isPreferred": action.preferred,
    }
    if about is not None and action.kind == "quickfix":
        told["diagnostics"] = [about]
    if action.command:
        told["command"] = {"title": action.title, "command": action.command, "arguments": list(action.arguments)}
    if action.edits:
        edits = [edit_to_client(edit, edited) for edit in action.edits]
        version = edited.version if edited.version != _ON_DISK else None
        changed = {"textDocument": {"uri": edited.uri, "version": version}, "edits": edits}
        told["edit"] = {"documentChanges": [changed]}
    return told


def edit_to_client(edit: TextEdit, document: Document) -> dict[str, Any]:
    """An edit as LSP JSON."""
    return {"range": range_to_client(edit.range, document), "newText": edit.new_text}


def position_of(params: Any, document: Document) -> Position:
    """The asked position in code points."""
    return document.position(params.position.line, params.position.character)


def _knows_snippets(server: LanguageServer) -> bool:
    """Whether the client takes texts with places to jump to."""
    about = server.client_capabilities.text_document
    item = about.completion.completion_item if about is not None and about.completion is not None else None
    return item is not None and bool(item.snippet_support)


def wire(
    server: LanguageServer,
    documents: Mapping[str, Document],
    source: FactSource,
    diagnostics: Diagnostics,
    context: Context,
) -> Editing:
    """Registers every question with the server."""
    editing = Editing(documents, source, diagnostics, context, lambda: _knows_snippets(server))

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    async def code_actions(params: types.CodeActionParams) -> Any:
        return await editing.code_actions(params)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def code_lenses(params: types.CodeLensParams) -> Any:
        return await editing.code_lenses(params)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> Any:
        return await editing.hover(params)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', "'", "/", "-", ":"])
    )
    async def completions(params: types.CompletionParams) -> Any:
        return await editing.completions(params)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> Any:
        return await editing.definition(params)

    return editing
