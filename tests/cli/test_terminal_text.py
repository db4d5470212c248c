"""What a terminal is given by names of files that somebody else chose."""

from __future__ import annotations

import json
import os
import re
import sys

import pytest

from cli.conftest import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")

TITLE = "\x1b]0;taken over\x07"
HOME = "\x1b[2J\x1b[H\x9b31m"
NAME = f"model{TITLE}{HOME}\rfine\x9b31m\u202e.pkl"


def on_a_terminal(terminal: Terminal, *words: str) -> tuple[int, str]:
    """Exit code, and all that the terminal was given."""
    ours, theirs = os.openpty()
    program = terminal.start_on(theirs, *words)
    os.close(theirs)
    given = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        given += piece
    os.close(ours)
    return program.wait(60), given.decode()


@pytest.fixture
def hostile(terminal: Terminal, shared_environments: None) -> Terminal:
    (terminal.folder / NAME).write_bytes(b"\x80\x04N.")
    source = terminal.folder / "src"
    source.mkdir()
    (source / "score.py").write_text(f"def init():\n    print({HOME!r} + 'told')\n\ndef run(data):\n    return 1\n")
    (source / f"link{NAME}").symlink_to("/etc/passwd")
    return terminal


def test_a_terminal_gets_no_control_characters_of_others(hostile: Terminal) -> None:
    told = ""
    for words in (
        ("model", "register", NAME, "--name", "iris"),
        ("service", "deploy", "noisy", "--entry-script", "src/score.py", "--source-directory", "src"),
        ("service", "logs", "noisy"),
    ):
        _, given = on_a_terminal(hostile, *words)
        # What rewrites the line of progress and the colour of a line are ours; everything else is shown.
        rest = re.sub("\r\x1b\\[2K|\x1b\\[[0-9]*m|\r(?=\n)", "", given)
        found = sorted({each for each in rest if each not in "\n\t" and not each.isprintable()})
        assert found == [], (words, given)
        told += rest
    hostile.ok("service", "delete", "noisy")
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in NAME)
    assert f"link{shown}" in told  # the progress of a deployment
    assert "\\x1b[2J\\x1b[H\\x9b31mtold" in told  # the log, which is stored so


def test_a_document_on_a_terminal_is_the_same_document(hostile: Terminal) -> None:
    hostile.ok("service", "deploy", "noisy", "--entry-script", "src/score.py", "--source-directory", "src")
    piped = hostile.ok("service", "logs", "noisy", "--json")
    _, given = on_a_terminal(hostile, "service", "logs", "noisy", "--json")
    hostile.ok("service", "delete", "noisy")
    assert [json.loads(each) for each in given.splitlines()] == [json.loads(each) for each in piped.splitlines()]


WARNED = """def init():
    global model
    model = open("C:/Users/me/model.txt") if False else 1


def run(data):
    return 1
"""


@pytest.mark.usefixtures("shared_environments")
def test_warnings_of_the_checks_are_printed_and_stay(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(WARNED)
    expected = [each for each in terminal.run("check", "score.py").stdout.splitlines() if " warning: " in each]
    assert expected, "the script of this test is to be warned of"
    code = re.search(r"SD\d+", expected[0])
    assert code is not None
    words = ("service", "deploy", "warned", "--entry-script", "score.py")
    terminal.env["CI"] = ""  # there steps are lines of their own, on a terminal as well
    _, given = on_a_terminal(terminal, *words)
    piped = terminal.run(*words, "--overwrite").stderr
    logged = terminal.ok("service", "logs", "warned")
    terminal.ok("service", "delete", "warned")
    # A line of its own, which no later step has rewritten.
    assert re.search(rf"\r\x1b\[2Kwarning: [^\r]*{code[0]}[^\r\n]*\r?\n", given), given
    assert f"{code[0]} " in piped
    assert code[0] in logged
