"""Proposals, actions and edits as the JSON of the Language Server Protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.lsp.diagnostic_wire import range_to_client
from scoredock.protocol.documents import Document
from scoredock.text import TextEdit

if TYPE_CHECKING:
    from scoredock.language.code_actions import Action
    from scoredock.language.completions import Completion

FIX_ALL = "source.fixAll.scoredock"
ON_DISK = -1
"""Version of a document that is not open."""
_SNIPPET, _PLAIN = 2, 1
_AS_IS = 1
"""The lines of a proposal are indented already."""
_KINDS = {
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


def item_to_client(
    number: int, item: Completion, document: Document, *, snippets: bool, extension: bool
) -> dict[str, Any]:
    """A proposal; `snippets` says that the client knows texts with places to jump to, `extension` that it has the
    commands of VS Code."""
    with_places = bool(item.snippet) and snippets
    fields: dict[str, Any] = {
        "label": item.label,
        "kind": _KINDS[item.kind],
        "textEdit": {
            "range": range_to_client(item.range, document),
            "newText": item.snippet if with_places else item.new_text,
        },
        # What is replaced may begin with a quote, which the label does not.
        "filterText": item.filter or item.new_text,
        "sortText": f"{number:04}",
        "insertTextFormat": _SNIPPET if with_places else _PLAIN,
        "insertTextMode": _AS_IS,
    }
    if item.detail:
        fields["detail"] = item.detail
    if item.documentation:
        fields["documentation"] = {"kind": "markdown", "value": item.documentation}
    if item.edits:
        fields["additionalTextEdits"] = [edit_to_client(edit, document) for edit in item.edits]
    if item.goes_on and extension:
        fields["command"] = {"title": l10n.t("Propose more"), "command": "editor.action.triggerSuggest"}
    return fields


def action_to_client(edited: Document, action: Action, about: dict[str, Any] | None) -> dict[str, Any]:
    """An action on a document; `about` is the finding it repairs."""
    fields: dict[str, Any] = {
        "title": action.title,
        "kind": FIX_ALL if action.kind == "source.fixAll" else "quickfix",
        "isPreferred": action.preferred,
    }
    if about is not None and action.kind == "quickfix":
        fields["diagnostics"] = [about]
    if action.command:
        fields["command"] = {"title": action.title, "command": action.command, "arguments": list(action.arguments)}
    if action.edits:
        edits = [edit_to_client(edit, edited) for edit in action.edits]
        version = edited.version if edited.version != ON_DISK else None
        changed = {"textDocument": {"uri": edited.uri, "version": version}, "edits": edits}
        fields["edit"] = {"documentChanges": [changed]}
    return fields


def edit_to_client(edit: TextEdit, document: Document) -> dict[str, Any]:
    """An edit."""
    return {"range": range_to_client(edit.range, document), "newText": edit.new_text}
