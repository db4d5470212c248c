"""What the editor asks about a position: lenses, actions, hovers, completions, definitions, over the pure `language`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from scoredock.configs.facts import Facts
from scoredock.features.context import Context
from scoredock.features.diagnostics import Diagnostics, diagnostic, range_to_client
from scoredock.features.facts import FactSource
from scoredock.protocol.documents import Document
from scoredock.text import Fix, Position, Range, TextEdit

logger = logging.getLogger(__name__)

R = TypeVar("R")


class Editing:
    """Answers about open documents; the work is done in two threads of its own."""

    def __init__(
        self, documents: Mapping[str, Document], source: FactSource, diagnostics: Diagnostics, context: Context
    ) -> None:
        self._documents = documents
        self._source = source
        self._diagnostics = diagnostics
        self._context = context
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

    async def code_actions(self, params: types.CodeActionParams) -> list[dict[str, Any]]:
        """Repairs of the findings in the range."""
        uri = params.text_document.uri
        document = self._documents.get(uri)
        only = params.context.only
        if document is None or (only is not None and not any(kind in ("", "quickfix") for kind in only)):
            return []
        asked = Range(
            document.position(params.range.start.line, params.range.start.character),
            document.position(params.range.end.line, params.range.end.character),
        )
        actions: list[dict[str, Any]] = []
        for finding in self._diagnostics.findings(uri):
            if finding.range.end < asked.start or asked.end < finding.range.start:
                continue
            actions += [_action(uri, document, fix, diagnostic(finding, document)) for fix in finding.fixes]
        return actions


def _action(uri: str, document: Document, fix: Fix, repairs: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": fix.title,
        "kind": "quickfix",
        "diagnostics": [repairs],
        "isPreferred": fix.preferred,
        "edit": {
            "documentChanges": [
                {
                    "textDocument": {"uri": uri, "version": document.version},
                    "edits": [edit_to_client(edit, document) for edit in fix.edits],
                }
            ]
        },
    }


def edit_to_client(edit: TextEdit, document: Document) -> dict[str, Any]:
    """An edit as LSP JSON."""
    return {"range": range_to_client(edit.range, document), "newText": edit.new_text}


def position_of(params: Any, document: Document) -> Position:
    """The asked position in code points."""
    return document.position(params.position.line, params.position.character)


def wire(
    server: LanguageServer,
    documents: Mapping[str, Document],
    source: FactSource,
    diagnostics: Diagnostics,
    context: Context,
) -> Editing:
    """Registers every question with the server."""
    editing = Editing(documents, source, diagnostics, context)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    async def code_actions(params: types.CodeActionParams) -> list[dict[str, Any]]:
        return await editing.code_actions(params)

    return editing
