"""Cells of notebooks: kept in step, checked together, and each told its own findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scoredock.lsp.notebooks import Notebook, OpenCell

from lsp.client import Client


class Book:
    """One notebook as an editor keeps it; says every change to the server."""

    def __init__(self, client: Client, path: Path, *texts: str) -> None:
        self.client = client
        self.uri = path.as_uri()
        self.version = 1
        self.number = 0
        self.cells = [self._cell() for _ in texts]
        items = [self._item(uri, text) for uri, text in zip(self.cells, texts, strict=True)]
        book = {
            "uri": self.uri,
            "notebookType": "jupyter-notebook",
            "version": 1,
            "cells": [{"kind": 2, "document": uri} for uri in self.cells],
        }
        client.notify(
            "notebookDocument/didOpen",
            {"notebookDocument": book, "cellTextDocuments": items},
        )

    def _cell(self) -> str:
        self.number += 1
        return f"{self.uri.replace('file:', 'vscode-notebook-cell:')}#W{self.number}"

    @staticmethod
    def _item(uri: str, text: str) -> dict[str, Any]:
        return {"uri": uri, "languageId": "python", "version": 1, "text": text}

    def change(self, **cells: Any) -> None:
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        self.client.notify(
            "notebookDocument/didChange",
            {"notebookDocument": document, "change": {"cells": cells}},
        )

    def type(self, number: int, text: str, version: int) -> None:
        self.change(
            textContent=[
                {
                    "document": {"uri": self.cells[number], "version": version},
                    "changes": [{"text": text}],
                },
            ]
        )

    def splice(self, start: int, deleted: int, *texts: str) -> None:
        gone = self.cells[start : start + deleted]
        added = [self._cell() for _ in texts]
        self.cells[start : start + deleted] = added
        self.change(
            structure={
                "array": {
                    "start": start,
                    "deleteCount": deleted,
                    "cells": [{"kind": 2, "document": uri} for uri in added],
                },
                "didOpen": [self._item(uri, text) for uri, text in zip(added, texts, strict=True)],
                "didClose": [{"uri": uri} for uri in gone],
            }
        )

    def wait(self, number: int, *codes: str) -> list[dict[str, Any]]:
        """Until exactly these rules speak of the cell."""
        found = self.client.notified(
            "textDocument/publishDiagnostics",
            lambda params: (
                params["uri"] == self.cells[number]
                and sorted(each["code"] for each in params["diagnostics"]) == sorted(codes)
            ),
        )
        return found["diagnostics"]  # type: ignore[no-any-return]


SCRIPT = (
    "%%writefile score.py\nimport json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
)


def test_a_script_in_a_cell_is_checked_where_it_stands(client: Client, project: Path) -> None:
    book = Book(client, project / "deploy.ipynb", "x = 1\n", SCRIPT.replace("import json\n", ""))
    (found,) = book.wait(1, "SD110")
    assert found["range"]["start"] == {"line": 8, "character": 11}
    book.wait(0)
    book.type(1, SCRIPT, 2)
    book.wait(1)


def test_cells_that_come_move_and_go(client: Client, project: Path) -> None:
    book = Book(client, project / "deploy.ipynb", SCRIPT)
    book.wait(0)
    broken = SCRIPT.replace("import json\n", "")
    book.splice(0, 0, broken)
    book.wait(0, "SD110")
    gone = book.cells[0]
    book.splice(0, 1)
    client.notified(
        "textDocument/publishDiagnostics", lambda params: params["uri"] == gone and params["diagnostics"] == []
    )
    book.splice(1, 0, broken)
    book.wait(1, "SD110")
    # Moved up: taken out and put in again without being opened anew.
    moved = book.cells.pop(1)
    client.notifications.clear()
    book.change(structure={"array": {"start": 1, "deleteCount": 1, "cells": []}})
    book.change(
        structure={
            "array": {
                "start": 0,
                "deleteCount": 0,
                "cells": [{"kind": 2, "document": moved}],
            }
        }
    )
    book.cells.insert(0, moved)
    book.wait(0, "SD110")


def test_closing_clears_every_cell(client: Client, project: Path) -> None:
    book = Book(client, project / "deploy.ipynb", SCRIPT.replace("import json\n", ""), "y = 2\n")
    book.wait(0, "SD110")
    client.notifications.clear()
    client.notify(
        "notebookDocument/didClose",
        {
            "notebookDocument": {"uri": book.uri},
            "cellTextDocuments": [{"uri": uri} for uri in book.cells],
        },
    )
    book.wait(0)
    book.wait(1)


def test_the_quick_fix_repairs_a_cell(client: Client, project: Path) -> None:
    book = Book(client, project / "deploy.ipynb", SCRIPT.replace("import json\n", ""))
    (found,) = book.wait(0, "SD110")
    actions = client.ask(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": book.cells[0]},
            "range": found["range"],
            "context": {"diagnostics": [found]},
        },
    )
    (action,) = [action for action in actions if action["title"] == "Import json"]
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"]["uri"] == book.cells[0]
    (edit,) = change["edits"]
    # Below the magic, which must stay the first line.
    assert edit["range"]["start"]["line"] >= 1


def test_a_cell_that_writes_a_file_is_helped_as_that_file(client: Client, project: Path) -> None:
    text = '%%writefile deploymentconfig.json\n{\n  "computeType": "local",\n  \n}\n'
    book = Book(client, project / "deploy.ipynb", text, "x = 1\n")
    uri = {"textDocument": {"uri": book.cells[0]}}
    offered = client.ask("textDocument/completion", {**uri, "position": {"line": 3, "character": 2}})
    items = offered["items"] if isinstance(offered, dict) else offered
    assert any("port" in item["label"] for item in items)
    hover = client.ask("textDocument/hover", {**uri, "position": {"line": 2, "character": 5}})
    assert "computeType" in hover["contents"]["value"]
    assert client.ask("textDocument/codeLens", uri) == []


def test_changes_of_a_notebook_that_is_not_open_are_ignored(client: Client, project: Path) -> None:
    document = {"uri": (project / "other.ipynb").as_uri(), "version": 2}
    client.notify("notebookDocument/didChange", {"notebookDocument": document, "change": {}})
    assert client.ask("scoredock/document/explain", {"code": "SD101"})


def test_cells_are_spliced_inside_whatever_is_asked_for() -> None:
    book = Notebook("n", 1, (OpenCell("a"), OpenCell("b", kind=1), OpenCell("c", language="r")))
    assert book.code() == ("a",)
    assert [cell.uri for cell in book.spliced(1, 99, [OpenCell("d")], 2).cells] == [
        "a",
        "d",
    ]
    assert [cell.uri for cell in book.spliced(-5, -1, [OpenCell("d")], 2).cells] == [
        "d",
        "a",
        "b",
        "c",
    ]
    assert book.with_kinds([("b", 2), ("zz", 2)], 3).code() == ("a", "b")
