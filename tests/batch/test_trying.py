"""`scoredock try` on a batch script: real mini-batches, told in lines or JSON, and nothing of it stays."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import pytest

from batch.conftest import Terminal
from batch.test_bad_inputs import HEAD, NAMES, files
from debugging.dap import Editor, debugger_python
from pace import patience

ROWS = (
    "def init():\n    print('begins')\n\n\n"
    "def run(mini_batch):\n    print('has', len(mini_batch))\n"
    "    return mini_batch.assign(twice=2 * mini_batch['amount'])\n"
)


@pytest.fixture
def table(terminal: Terminal) -> Path:
    path = terminal.folder / "customers.csv"
    path.write_text("id,amount\n" + "".join(f"{number},{number}\n" for number in range(10)))
    terminal.write(batch_score__py=ROWS)
    return path


def words(*more: str) -> list[str]:
    return ["try", "batch_score.py", *more]


def left(terminal: Terminal) -> list[str]:
    return [str(each) for each in (terminal.home / "workspaces" / "local").rglob("scoredock-try-*")]


def test_a_mini_batch_of_files(terminal: Terminal) -> None:
    files(terminal, 12, NAMES)
    done = terminal.run(*words("--input", "in", "--conda-file", "plain.txt"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("f0.txt and 9 more: 10 items, 10 results in ")
    assert lines[1:4] == ["  f0.txt", "  f1.txt", "  f10.txt"]
    assert done.stderr.splitlines()[-1].endswith("run() returned 10 results for 10 items.")
    done = terminal.run(*words("--input", "in/f0.txt", "--conda-file", "plain.txt"))
    assert done.stdout.startswith("f0.txt: 1 item, 1 result in ")
    assert done.stderr.splitlines()[-1].endswith("run() returned 1 result for 1 item.")
    assert left(terminal) == []
    assert terminal.json("batch", "list")["jobs"] == []


def test_rows_of_a_table_which_its_ending_tells(terminal: Terminal, table: Path) -> None:
    sizes = ("--mini-batch-size", "4", "--mini-batches", "2")
    told = terminal.json(*words("--input", table.name, "--conda-file", "pandas.txt", *sizes))
    assert (told["ok"], told["findings"], told["requests"]) == (True, [], [])
    first, second = told["miniBatches"]
    assert (first["name"], first["items"], first["results"]) == (
        "customers.csv, rows 0 to 3",
        4,
        4,
    )
    assert second["head"].splitlines() == ["4 4 8", "5 5 10", "6 6 12", "7 7 14"]
    assert [each.rpartition("] ")[2] for each in told["logLines"]] == [
        "begins",
        "has 4",
        "has 4",
    ]


def test_an_error_stands_at_its_line(terminal: Terminal) -> None:
    script = (
        HEAD + "def run(mini_batch):\n    print('here')\n    return [int(open(each).read()) for each in mini_batch]\n"
    )
    files(terminal, 2, script)
    (terminal.folder / "in" / "f1.txt").write_text("no number\n")
    done = terminal.run(*words("--input", "in", "--conda-file", "plain.txt"))
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.startswith("batch_score.py:10:5: SD961 error: The mini-batch (f0.txt and 1 more) failed: ValueError: ")
    assert second.startswith("f0.txt and 1 more: failed: ValueError: ")
    assert "here" in done.stderr
    assert done.stderr.splitlines()[-1].endswith(" The mini-batch failed.")


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (
            "    return mini_batch[1:]",
            "SD962",
            "has 3 items, and run() returned 2 results",
        ),
        ("    return 3", "SD961", "a batch script returns a data frame or a list"),
        ("    os._exit(3)", "SD961", "exit code 3"),
        ("    while True:\n        pass", "SD961", "took longer than 1 seconds"),
        (
            "    kept = bytearray(400_000_000)\n    while True:\n        kept[0] = 1",
            "SD961",
            "more than 200 MB of memory",
        ),
    ],
)
def test_what_run_does_wrong(terminal: Terminal, body: str, code: str, said: str) -> None:
    files(terminal, 3, f"{HEAD}def run(mini_batch):\n{body}\n")
    # A worker that takes all memory is ended before its time is over.
    limits = ("--memory-mb", "200", "--timeout", "60" if "memory" in said else "1")
    told = terminal.run(*words("--input", "in", "--conda-file", "plain.txt", *limits, "--json"))

    document = json.loads(told.stdout)
    (finding,) = document["findings"]
    assert (finding["code"], said in finding["message"]) == (code, True), finding
    assert document["ok"] == (code == "SD962")
    assert left(terminal) == []


def test_a_script_that_cannot_start(terminal: Terminal) -> None:
    files(
        terminal,
        1,
        "import nowhere_to_be_found\n\n\ndef init():\n    pass\n\n\ndef run(mini_batch):\n    return []\n",
    )
    done = terminal.run(*words("--input", "in", "--conda-file", "plain.txt"))
    assert done.returncode == 1
    assert "batch_score.py:1:1: SD950 error" in done.stdout
    assert "nowhere_to_be_found" in done.stdout
    assert done.stderr.splitlines()[-1] == "batch_score.py does not start."


def test_a_model_file_is_used_where_it_lies(terminal: Terminal) -> None:
    script = (
        "import os\n\n\ndef init():\n    global text\n"
        "    with open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'factor.txt')) as stream:\n"
        "        text = stream.read().strip()\n\n\ndef run(mini_batch):\n    return [text for _ in mini_batch]\n"
    )
    files(terminal, 1, script)
    (terminal.folder / "factor.txt").write_text("seven\n")
    told = terminal.json(*words("--input", "in", "--conda-file", "plain.txt", "--model-file", "factor.txt"))
    assert (told["miniBatches"][0]["head"], told["unregistered"]) == (
        "seven",
        [str(terminal.folder / "factor.txt")],
    )


def test_what_is_refused(terminal: Terminal) -> None:
    files(terminal, 1, NAMES)
    (terminal.folder / "empty").mkdir()
    environment = ("--conda-file", "plain.txt")
    for options, code in (
        ((), "try-batch-script"),
        (("--port", "5678"), "batch-option-invalid"),
        (("--input", "gone"), "batch-input-missing"),
        (("--input", "empty"), "batch-input-empty"),
        (("--input", "in", "--mini-batches", "0"), "batch-option-invalid"),
        (("--input", "in", "--mini-batch-size", "1KB"), "batch-option-invalid"),
        (("--input", "in", "--port", "0"), "port-invalid"),
    ):
        assert terminal.refused(*words(*environment, *options))["code"] == code, options
    assert left(terminal) == []


@pytest.mark.skipif(os.name != "posix", reason="the port of a socket that is bound and does not listen")
def test_a_debugger_that_does_not_listen(terminal: Terminal) -> None:
    files(terminal, 1, NAMES)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        error = terminal.refused(*words("--input", "in", "--conda-file", "plain.txt", "--port", port))
    assert error["code"] == "debugger-failed"
    assert port in error["message"]


def test_a_debugger_stops_in_run_with_a_real_mini_batch(terminal: Terminal, table: Path) -> None:
    script = terminal.folder / "batch_score.py"
    sizes = ("--mini-batch-size", "4", "--mini-batches", "2")
    # No time counts while somebody stands at a line.
    more = (*sizes, "--timeout", "0.2")
    with Editor(debugger_python(terminal.home)) as editor:
        editor.listen([{"localRoot": str(terminal.folder), "remoteRoot": "."}])
        command = terminal.start(
            *words("--input", table.name, "--conda-file", "pandas.txt", *more, "--port"),
            str(editor.port),
        )
        try:
            editor.begin({script: [6]}, patience(200))
            for _ in range(2):
                assert editor.stopped() == (str(script), 6, "run")
                time.sleep(0.5)
                editor.go_on()
            said, errors = command.communicate(timeout=patience(60))
        finally:
            command.kill()
            command.communicate()
    assert command.returncode == 0, errors
    assert "customers.csv, rows 4 to 7: 4 items, 4 results" in said.decode()
