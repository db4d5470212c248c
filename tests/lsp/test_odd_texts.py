"""Texts with odd characters and of odd sizes over a real pipe: places are counted as the editor counts, and nothing
ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bounded import bounded_memory
from depth import rounds
from lsp.client import Client

HEAD = "import os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
BEFORE = {
    "emoji": "    face = '🙂👩\u200d💻'; ",
    "tabs": "    face = '\t\t';\t",
    "accents": "    face = 'e\u0301é'; ",
    "surrogate": "    face = '\ud800'; ",
    "wide": "    \u210c\U0001d522\U0001d529 = 1; ",
    "separators": "    face = '\u2028\x0c\x85'; ",
    "plain": "    face = 1; ",
}
WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def units(text: str, encoding: str) -> int:
    """Length as the client counts it."""
    name = encoding if encoding == "utf-8" else f"{encoding}-le"
    return len(text.encode(name, "surrogatepass")) // WIDTHS[encoding]


def applied(text: str, edits: list[dict[str, Any]], encoding: str, ends: str) -> str:
    """The text after edits whose columns count units of an encoding."""
    lines = text.split(ends)

    def offset(place: dict[str, int]) -> int:
        line = lines[place["line"]]
        column = next(n for n in range(len(line) + 1) if units(line[:n], encoding) == place["character"])
        return sum(len(each) + len(ends) for each in lines[: place["line"]]) + column

    for edit in sorted(edits, key=lambda e: offset(e["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text


@pytest.fixture(autouse=True, scope="module")
def limits() -> Iterator[None]:
    """A server that asks for all memory fails its own test."""
    with bounded_memory():
        yield


ENDS = {"LF": "\n", "CRLF": "\r\n"}
MARKS = {"plain": "", "BOM": "\ufeff"}
FIRST = ("BOM-CRLF-utf-16", "plain-LF-utf-8", "plain-CRLF-utf-32")
OTHERS = pytest.mark.long("each mark, end of line and encoding is there at the gate, in other company")


def forms() -> list[Any]:
    """Each mark with each end of line and encoding."""
    found = []
    for mark, ends, encoding in itertools.product(MARKS, ENDS, WIDTHS):
        id = f"{mark}-{ends}-{encoding}"
        found.append(pytest.param(encoding, ENDS[ends], MARKS[mark], id=id, marks=[] if id in FIRST else [OTHERS]))
    return found


@pytest.mark.parametrize(("encoding", "ends", "mark"), forms())
def test_places_and_repairs(start: Callable[..., Client], project: Path, encoding: str, ends: str, mark: str) -> None:
    client = start()
    client.initialize(project, encodings=[encoding])
    for name, before in BEFORE.items():
        if name == "surrogate" and encoding == "utf-8":
            continue  # such a text has no length in it
        text = mark + (HEAD + before + "return oss.getenv('A')\n").replace("\n", ends)
        uri = client.open(project / f"score_{name}.py", text)
        found = [f for f in client.diagnostics(uri, 1) if "oss" in f["message"]]
        if name == "surrogate":
            continue  # Python itself refuses the file; that it is answered is enough
        assert len(found) == 1, name
        line = before + "return "
        at = found[0]["range"]
        assert at["start"] == {"line": 8, "character": units(line, encoding)}, name
        assert at["end"] == {"line": 8, "character": units(line + "oss", encoding)}, name
        actions = client.ask(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri},
                "range": at,
                "context": {"diagnostics": found, "only": ["quickfix"]},
            },
        )
        (edits,) = (
            change["edits"]
            for action in actions
            if action["title"] == "Change to os"
            for change in action["edit"]["documentChanges"]
        )
        assert applied(text, edits, encoding, ends) == text.replace("oss.", "os."), name
        hover = client.ask(
            "textDocument/hover",
            {
                "textDocument": {"uri": uri},
                "position": {"line": 8, "character": 10_000},
            },
        )
        assert hover is None or hover["contents"], name


HUGE = {
    "megabytes": HEAD + "    return data\n" + "x = 1\n" * rounds(gate=500_000, long=3_500_000),
    "one line": HEAD + "    return '" + "y" * 1_000_000 + "'\n",
    "brackets": HEAD + "    return " + "[" * 100_000,
    "signs": HEAD + "    return " + "-" * 100_000 + "1\n",
}


def test_huge_and_deep_texts_leave_the_server_working(client: Client, project: Path) -> None:
    for name, text in HUGE.items():
        uri = client.open(project / f"{name}.py", text)
        client.diagnostics(uri, 1)
        for method in (
            "textDocument/completion",
            "textDocument/hover",
            "textDocument/definition",
        ):
            client.ask(
                method,
                {
                    "textDocument": {"uri": uri},
                    "position": {"line": 8, "character": 12},
                },
            )
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    for name in (
        "inferenceconfig.json",
        "conda.yml",
        "deploy.ipynb",
        "deploymentconfig.json",
        "online.yml",
    ):
        text = '{"entryScript": 1, "dependencies": ' + '[{"a": ' * 100_000
        uri = client.open(project / name, text, "json")
        client.diagnostics(uri, 1)
        client.ask(
            "textDocument/completion",
            {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 20}},
        )
    uri = client.open(project / "score.py", HEAD + "    return oss.getenv('A')\n")
    assert client.diagnostics(uri, 1)
