"""Navigation between names and what they name: links, references, hints behind paths, and configurations that follow a
rename."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from scoredock.analysis.facts import Facts
from scoredock.context import Context
from scoredock.lsp.diagnostic_wire import Abilities, range_to_client
from scoredock.lsp.mention_search import MentionSearch
from scoredock.protocol.documents import Document, Encoding
from scoredock.text import Range

if TYPE_CHECKING:
    from scoredock.lsp.editing import Editing

logger = logging.getLogger(__name__)

_ENDINGS = "{py,json,yml,yaml,txt,in,pem,key,crt,jsonl,csv,png,jpg,jpeg}"
"""Of files that configurations name. Renames of other files are not asked about."""
_MOST_MOVES = 200
_MOST_PLACES = 1_000


class Navigation:
    """Answers that may need other files than the one that is open."""

    def __init__(
        self, documents: Mapping[str, Document], editing: Editing, context: Context, able: Callable[[], Abilities]
    ) -> None:
        self._documents = documents
        self._editing = editing
        self._context = context
        self._able = able
        self._search = MentionSearch(context)

    async def references(self, params: types.ReferenceParams) -> list[dict[str, Any]] | None:
        """Locations that name the parameter, file, model or environment under the cursor."""

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            from scoredock.language.references import matching, subject_at

            position = document.position(params.position.line, params.position.character)
            subject = subject_at(document.text, facts, position)
            if subject is None:
                return []
            if subject.kind == "parameter":
                places = subject.places if params.context.include_declaration else subject.places[1:]
                return [{"uri": document.uri, "range": range_to_client(place, document)} for place in places]
            locations = []
            for naming in self._search.around(facts.path):
                here = matching(naming.mentions, subject)
                other = self._document(naming.path) if here else None
                if other is not None:
                    locations += [{"uri": other.uri, "range": range_to_client(place, other)} for place in here]
                if len(locations) >= _MOST_PLACES:
                    break
            return locations

        return await self._editing.ask(params.text_document.uri, work)

    async def links(self, params: types.DocumentLinkParams) -> list[dict[str, Any]] | None:
        """Files and models that can be clicked."""

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            from scoredock.language.links import links

            return [
                {
                    "range": range_to_client(link.range, document),
                    "target": link.uri or from_fs_path(link.path),
                    "tooltip": link.tooltip,
                }
                for link in links(document.text, facts)
                if link.path or self._able().extension
            ]

        return await self._editing.ask(params.text_document.uri, work)

    async def inlay_hints(self, params: types.InlayHintParams) -> list[dict[str, Any]] | None:
        """Hints behind path expressions that show what they are in a service."""
        if not self._context.settings.get("scoredock.inlayHints.enable"):
            return []

        def work(document: Document, facts: Facts) -> list[dict[str, Any]]:
            from scoredock.language.inlay_hints import inlay_hints

            start = document.position(params.range.start.line, params.range.start.character)
            end = document.position(params.range.end.line, params.range.end.character)
            return [
                {
                    "position": range_to_client(Range(hint.place, hint.place), document)["start"],
                    "label": hint.label,
                    "tooltip": hint.tooltip,
                    "paddingLeft": True,
                }
                for hint in inlay_hints(document.text, facts, Range(start, end))
            ]

        return await self._editing.ask(params.text_document.uri, work)

    async def will_rename(self, params: types.RenameFilesParams) -> dict[str, Any] | None:
        """The edits that keep configurations right when what they name is renamed or moved."""
        moves = []
        for renamed in params.files[:_MOST_MOVES]:
            old, new = to_fs_path(renamed.old_uri), to_fs_path(renamed.new_uri)
            if old and new:
                moves.append((old, new))
        if not moves:
            return None
        try:
            changes = await asyncio.get_running_loop().run_in_executor(self._editing.pool, self._renamed, moves)
        except Exception:
            # A rename must not fail because of us.
            logger.exception("the configurations that name %s could not be changed", moves[0][0])
            return None
        return {"documentChanges": changes} if changes else None

    def _renamed(self, moves: list[tuple[str, str]]) -> list[dict[str, Any]]:
        from scoredock.lsp.editing import load

        load()
        from scoredock.language.references import rename_edits

        changes = []
        for naming in self._search.around(moves[0][0]):
            document = self._document(naming.path)
            edits = rename_edits(document.text, naming.mentions, moves) if document is not None else []
            if document is not None and edits:
                text_edits = [{"range": range_to_client(e.range, document), "newText": e.new_text} for e in edits]
                version = document.version if document.uri in self._documents else None
                changes.append({"textDocument": {"uri": document.uri, "version": version}, "edits": text_edits})
        return changes

    def _document(self, path: str) -> Document | None:
        """The open document of a path, else its text on disk in the client's units."""
        encoding: Encoding = "utf-16"
        for uri, document in list(self._documents.items()):
            if uri.startswith("file:") and to_fs_path(uri) == path:
                return document
            encoding = document.encoding
        text, uri = self._search.text(path), from_fs_path(path)
        return Document(uri, 0, text, encoding) if text is not None and uri else None


def wire(
    server: LanguageServer,
    documents: Mapping[str, Document],
    editing: Editing,
    context: Context,
    able: Callable[[], Abilities],
) -> None:
    """Registers these questions with the server."""
    navigation = Navigation(documents, editing, context, able)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> Any:
        return await navigation.references(params)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def links(params: types.DocumentLinkParams) -> Any:
        return await navigation.links(params)

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def inlay_hints(params: types.InlayHintParams) -> Any:
        return await navigation.inlay_hints(params)

    kinds = (
        (types.FileOperationPatternKind.File, f"**/*.{_ENDINGS}"),
        (types.FileOperationPatternKind.Folder, "**/*"),
    )
    filters = [
        types.FileOperationFilter(types.FileOperationPattern(glob, matches=kind), scheme="file") for kind, glob in kinds
    ]

    @server.feature(types.WORKSPACE_WILL_RENAME_FILES, types.FileOperationRegistrationOptions(filters=filters))
    async def will_rename(params: types.RenameFilesParams) -> Any:
        return await navigation.will_rename(params)
