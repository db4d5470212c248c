"""Findings and outline of a file on request, for editors other than VS Code.

VS Code has findings pushed as they come, and its outline from what it has for Python, JSON and YAML itself: a second
one beside that would only be in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from scoredock.analysis.facts import Facts
from scoredock.language.outline import Symbol
from scoredock.lsp.diagnostic_wire import range_to_client
from scoredock.lsp.diagnostics import Diagnostics
from scoredock.lsp.editing import Editing
from scoredock.protocol.documents import Document

_KINDS = {"function": 12, "string": 15, "number": 16, "boolean": 17, "array": 18, "object": 19, "null": 21}


class FindingsOnRequest:
    """Findings for a client that requests them. It hears of changes that are not edits of the text; nothing is pushed,
    as it would show both."""

    def __init__(self, documents: Mapping[str, Document], refresh: Callable[[], None]) -> None:
        self._documents = documents
        self._refresh = refresh
        self._answers: dict[str, tuple[int, list[dict[str, Any]]]] = {}

    async def answer(self, uri: str, diagnostics: Diagnostics) -> dict[str, Any]:
        """All that is shown in an open document; nothing for another one."""
        items = await diagnostics.shown(uri)
        document = self._documents.get(uri)
        if document is not None:
            self._answers[uri] = (document.version, items)
        return {"kind": "full", "items": items}

    def publish(self, params: dict[str, Any]) -> None:
        """Have the client request the findings again where they changed without an edit; after an edit it does so by
        itself."""
        document = self._documents.get(params["uri"])
        answer = self._answers.get(params["uri"])
        if document is None:
            self._answers.pop(params["uri"], None)
        elif answer is not None and answer[0] == document.version and answer[1] != params["diagnostics"]:
            del self._answers[params["uri"]]  # one word is enough
            self._refresh()


def wire(server: LanguageServer, documents: Mapping[str, Document], editing: Editing, diagnostics: Diagnostics) -> None:
    """While the client says hello, before the server says what it can."""

    def refresh() -> None:
        workspace = server.client_capabilities.workspace
        if workspace is not None and workspace.diagnostics is not None and workspace.diagnostics.refresh_support:
            server.workspace_diagnostic_refresh(None)

    findings = FindingsOnRequest(documents, refresh)
    about = server.client_capabilities.text_document
    if about is not None and about.diagnostic is not None:
        diagnostics.publish = findings.publish
    options = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier="scoredock")

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)
    async def diagnostic(params: types.DocumentDiagnosticParams) -> Any:
        return await findings.answer(params.text_document.uri, diagnostics)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(params: types.DocumentSymbolParams) -> Any:
        return await editing.ask(params.text_document.uri, _tree if _knows_trees(server) else _list)


def _knows_trees(server: LanguageServer) -> bool:
    about = server.client_capabilities.text_document
    symbol = about.document_symbol if about is not None else None
    return symbol is not None and bool(symbol.hierarchical_document_symbol_support)


def _outline(document: Document, facts: Facts) -> list[Symbol]:
    from scoredock.language.outline import outline

    return outline(document.text, facts)


def _tree(document: Document, facts: Facts) -> list[dict[str, Any]]:
    def shape(symbol: Symbol) -> dict[str, Any]:
        return {
            "name": symbol.name,
            "detail": symbol.detail,
            "kind": _KINDS[symbol.kind],
            "range": range_to_client(symbol.range, document),
            "selectionRange": range_to_client(symbol.name_range, document),
            "children": [shape(child) for child in symbol.children],
        }

    return [shape(symbol) for symbol in _outline(document, facts)]


def _list(document: Document, facts: Facts) -> list[dict[str, Any]]:
    def shapes(symbols: list[Symbol] | tuple[Symbol, ...], container: str) -> list[dict[str, Any]]:
        shaped = []
        for symbol in symbols:
            location = {"uri": document.uri, "range": range_to_client(symbol.range, document)}
            shaped.append({"name": symbol.name, "kind": _KINDS[symbol.kind], "location": location})
            if container:
                shaped[-1]["containerName"] = container
            shaped += shapes(symbol.children, symbol.name)
        return shaped

    return shapes(_outline(document, facts), "")
