"""A mistyped word: one line that says which, what was meant, and where help is; and a file is named once."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from scoredock.cli.terminal.failures import sentence_with_place
from scoredock.errors import Place

from cli.conftest import Terminal


@pytest.mark.parametrize(
    ("words", "problem", "where"),
    [
        pytest.param(
            ["modle", "list"], "“modle” is not a command of scoredock. Did you mean `scoredock model`?", "", id="noun"
        ),
        pytest.param(
            ["models"], "“models” is not a command of scoredock. Did you mean `scoredock model`?", "", id="plural"
        ),
        pytest.param(
            ["chekc", "."], "“chekc” is not a command of scoredock. Did you mean `scoredock check`?", "", id="command"
        ),
        pytest.param(
            ["deploy", "x"],
            "“deploy” is not a command of scoredock. Did you mean `scoredock service deploy`?",
            "",
            id="verb-without-its-noun",
        ),
        pytest.param(
            ["endpoint", "keys", "x"],
            "“keys” is not a command of scoredock endpoint. Did you mean `scoredock service keys`?",
            "endpoint",
            id="verb-of-another-noun",
        ),
        pytest.param(["xyzzy"], "“xyzzy” is not a command of scoredock.", "", id="nothing-like-it"),
        pytest.param(
            ["service", "restrat", "x"],
            "“restrat” is not a command of scoredock service. Did you mean `scoredock service restart`?",
            "service",
            id="verb",
        ),
        pytest.param(
            ["model", "list", "--nmae", "x"],
            "scoredock model list has no option --nmae. Did you mean `--name`?",
            "model list",
            id="option",
        ),
        pytest.param(
            ["service", "call", "x", "--tiemout=3"],
            "scoredock service call has no option --tiemout. Did you mean `--timeout`?",
            "service call",
            id="option-with-its-value",
        ),
        pytest.param(
            ["model", "register", "--nam", "x"],
            "scoredock model register has no option --nam. Did you mean `--name`?",
            "model register",
            id="option-that-is-required",
        ),
        pytest.param(
            ["--jsn", "model", "list"], "scoredock has no option --jsn. Did you mean `--json`?", "", id="everywhere"
        ),
        pytest.param(
            ["model", "list", "--wrokspace", "w"],
            "scoredock model list has no option --wrokspace. Did you mean `--workspace`?",
            "model list",
            id="everywhere-behind-the-verb",
        ),
        pytest.param(
            ["service", "deploy", "x", "--engine", "dokcer"],
            "--engine takes process, docker, kubernetes, remote-docker, not “dokcer”. Did you mean `docker`?",
            "service deploy",
            id="value",
        ),
        pytest.param(
            ["service", "show", "a", "b"],
            "scoredock service show takes no further argument “b”.",
            "service show",
            id="one-too-many",
        ),
        pytest.param(["service", "show"], "Missing: name.", "service show", id="missing"),
        pytest.param(
            ["service", "deploy", "x", "--entry-script", "a.py", "--overwrite", "--entry-script=b.py"],
            "--es/--entry-script takes one value, and is there twice. Give it once.",
            "service deploy",
            id="option-twice",
        ),
        pytest.param(
            ["service", "export", "helm", "x", "-o", "one", "--to", "two"],
            "-o/--output-path/--to takes one value, and is there twice. Give it once.",
            "service export",
            id="option-twice-by-two-names",
        ),
        pytest.param(
            ["-w", "a", "model", "list", "--workspace", "b"],
            "-w/--workspace takes one value, and is there twice. Give it once.",
            "model list",
            id="everywhere-before-and-behind-the-verb",
        ),
        pytest.param(
            ["--config", "a", "--config", "b", "doctor"],
            "--config takes one value, and is there twice. Give it once.",
            "",
            id="everywhere-twice-before-the-verb",
        ),
    ],
)
def test_a_mistake_is_one_line_and_one_for_help(terminal: Terminal, words: list[str], problem: str, where: str) -> None:
    done = terminal.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    help_line = f"For help, run: {' '.join(['scoredock', *where.split(), '--help'])}"
    assert done.stderr.splitlines() == [f"scoredock: {problem}", help_line]
    told = json.loads(terminal.run("--json", *words).stderr)["error"]
    assert told == {"code": "usage", "message": f"{problem}\n{help_line}"}


def test_no_option_of_any_command_takes_the_last_of_two_values() -> None:
    from scoredock.cli.command import UsageError
    from scoredock.cli.declarations import declarations
    from scoredock.cli.parser import parser

    single = [
        (command, item)
        for command in declarations().values()
        for item in command.arguments
        if item.flags[0].startswith("-") and "action" not in item.options and "nargs" not in item.options
    ]
    assert len(single) > 100
    for command, item in single:
        value = str((item.options.get("choices") or ("1",))[0])
        words = [*command.name.split(), item.flags[0], value, item.flags[-1], value]
        with pytest.raises(UsageError, match="takes one value, and is there twice"):
            parser().parse_args(words)


def test_a_mistake_is_told_in_the_language_of_the_terminal(terminal: Terminal) -> None:
    terminal.env["LC_ALL"] = "zh_CN.UTF-8"
    lines = terminal.run("model", "list", "--nmae", "x").stderr.splitlines()
    assert lines[0].endswith("`--name`？")  # noqa: RUF001 (Chinese)
    assert "has no option" not in lines[0]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        pytest.param(["check", "away.py"], "away.py", id="check"),
        pytest.param(["model", "register", "away.pkl", "-n", "a"], "away.pkl", id="register"),
        pytest.param(["model", "register", "deep/er/away.pkl", "-n", "a"], "deep/er/away.pkl", id="in-a-folder"),
        pytest.param(
            ["service", "deploy", "diabetes", "--es", "away.py", "--skip-checks"], "away.py", id="entry-script"
        ),
        pytest.param(["service", "deploy", "diabetes", "--ic", "away.json"], "away.json", id="inference-configuration"),
        pytest.param(["environment", "register", "away.yml", "-n", "e"], "away.yml", id="environment"),
        pytest.param(["dataset", "register", "away.csv", "-n", "d"], "away.csv", id="dataset"),
        pytest.param(["try", "away.py"], "away.py", id="try"),
    ],
)
def test_a_file_that_is_not_there_is_named_once(terminal: Terminal, words: list[str], named: str) -> None:
    told = terminal.run(*words)
    assert told.returncode in (1, 2)
    sentence = next(line for line in told.stderr.splitlines() if line.startswith(("error: ", "scoredock: ")))
    assert sentence.count(named.rpartition("/")[2]) == 1, sentence


@pytest.mark.parametrize(
    ("message", "line", "shown"),
    [
        ("The path /p/score.py does not exist.", None, "The path /p/score.py does not exist."),
        ("“/p/score.py” cannot be read.", 4, "“/p/score.py:5” cannot be read."),
        ("A key is missing.", 4, "/p/score.py:5: A key is missing."),
        ("The file /p/score.py.bak is new.", None, "/p/score.py: The file /p/score.py.bak is new."),
        ("The file /other/p/score.py is new.", None, "/p/score.py: The file /other/p/score.py is new."),
        ("/p/score.py, line 3: no.", None, "/p/score.py, line 3: no."),
        ("/p/score.py, line 5: no.", 4, "/p/score.py:5: no."),
        ("/p/score.py 第 5 行：否。", 4, "/p/score.py:5: 否。"),  # noqa: RUF001
        ("init() failed: no (/p/score.py, line 5).", 4, "/p/score.py:5: init() failed: no."),
        ("init() 失败：否（/p/score.py，第 5 行）。", 4, "/p/score.py:5: init() 失败：否。"),  # noqa: RUF001
        ("/p/score.py, line 50: no.", 4, "/p/score.py:5, line 50: no."),
    ],
)
def test_a_place_is_named_once(message: str, line: int | None, shown: str) -> None:
    assert sentence_with_place(message, Place("/p/score.py", line)) == shown


def test_a_folder_that_was_deleted_under_a_command_is_told(terminal: Terminal) -> None:
    """By the failure, and without a stack: also where only the place of another failure is looked for."""
    program = "import os, sys; os.rmdir(os.getcwd()); from scoredock.cli import main; sys.exit(main())"
    for words, sentence in (
        (("service", "list"), "The folder in which the command was started was deleted."),
        (("az", "ml", "model", "list"), "The folder in which the command was started was deleted."),
        (("sdk", "run", "away.py"), "away.py does not exist."),
    ):
        folder = terminal.folder / "gone"
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=folder,
            env=terminal.environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"error: {sentence} [file-not-found]"), done.stderr
