"""`scoredock check`, `explain`, `settings`, usage and help."""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import Any

import pytest
from scoredock.cli.command import EXIT_CODES
from scoredock.cli.commands import DECLARATIONS
from scoredock.cli.parser import parser
from scoredock.verb import CliCommand

from cli.conftest import Terminal
from pace import within

MISSING = "def init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"


def test_a_clean_folder(terminal: Terminal) -> None:
    done = terminal.run("check")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 file checked: nothing found\n"


def test_many_files_before_there_is_a_workspace(terminal: Terminal) -> None:
    """Copies of the process check them, and each finds no workspace yet."""
    for number in range(120):
        (terminal.folder / str(number)).mkdir()
        (terminal.folder / str(number) / "score.py").write_text(MISSING)
    done = terminal.run("check", ".", "--home", str(terminal.folder / "new"))
    assert "internal-error" not in done.stderr
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 120)


def test_a_finding_names_file_line_column_code_and_severity(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(MISSING)
    done = terminal.run("check", ".")
    assert done.returncode == 1
    assert re.fullmatch(r"score\.py:6:12: SD110 error: .+\n", done.stdout)
    document = terminal.run("check", "--json")
    assert document.returncode == 1
    assert document.stderr == ""
    (finding,) = json.loads(document.stdout)["findings"]
    assert (
        finding["code"],
        finding["line"],
        finding["character"],
        finding["fixable"],
    ) == ("SD110", 5, 11, True)
    assert terminal.run("check", "--format", "json").stdout == document.stdout
    assert (finding["endLine"], finding["endCharacter"]) == (5, 15)
    numbers = [finding[f"{name}Number"] for name in ("line", "column", "endLine", "endColumn")]
    assert numbers == [6, 12, 6, 16]
    assert "cellLineNumber" not in finding


def test_json_counts_from_one_as_well_where_the_text_does(terminal: Terminal) -> None:
    """In a notebook, too, and for the place of an error."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    text = "%%writefile score.py\nimport json\n\ndef init():\n    pass\n\ndef run(data):\n    return jsn.loads(data)\n"
    cells = [{**cell, "source": "x = 1"}, {**cell, "source": text}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (terminal.folder / "deploy.ipynb").write_text(json.dumps(notebook))
    (shown,) = [line for line in terminal.run("check", "deploy.ipynb").stdout.splitlines() if "SD110" in line]
    told = json.loads(terminal.run("check", "deploy.ipynb", "--format", "json").stdout)["findings"]
    (found,) = [each for each in told if each["code"] == "SD110"]
    assert f"cell 2:{found['cellLineNumber']}:{found['cellColumnNumber']}:" in shown
    assert (found["cellLineNumber"], found["lineNumber"]) == (found["cellLine"] + 1, found["line"] + 1)
    (terminal.folder / "score.py").write_text(MISSING)
    conda = terminal.folder / "conda.yml"
    conda.write_text("name: e\ndependencies:\n  - python=3.11\n")
    words = ("service", "deploy", "broken", "--entry-script", "score.py", "--environment-file", str(conda))
    place = terminal.refused(*words)["place"]
    assert (place["line"], place["lineNumber"]) == (5, 6)
    assert place["columnNumber"] == place["character"] + 1
    assert f"score.py:{place['lineNumber']}:{place['columnNumber']}: SD110" in terminal.run(*words).stderr


def test_annotations_for_github(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(MISSING)
    done = terminal.run("check", "--format", "github")
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=score.py,line=6,col=12,endLine=6,endColumn=16,title=SD110::")


def test_warnings_alone_do_not_fail(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(
        "def init():\n    pass\n\n\ndef run(data):\n    return data\n  # scoredock: ignore[SD101]\n"
    )
    done = terminal.run("check", "--json")
    severities = {finding["severity"] for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == (1 if "error" in severities else 0)


def test_what_cannot_be_read_is_refused_when_named_and_skipped_when_found(
    terminal: Terminal,
) -> None:
    (terminal.folder / "binary.py").write_bytes(b"\xff\xfe\x00def init()")
    assert terminal.refused("check", "binary.py")["code"] == "file-unreadable"
    assert terminal.refused("check", "gone.py")["code"] == "file-not-found"
    (terminal.folder / "score.py").write_text("x = 1\n" * 500_000)
    assert terminal.refused("check", "score.py")["code"] == "file-too-large"
    assert terminal.run("check", ".").returncode == 0


def test_environments_are_not_searched(terminal: Terminal) -> None:
    folder = terminal.folder / "venv" / "lib"
    folder.mkdir(parents=True)
    (terminal.folder / "venv" / "pyvenv.cfg").write_text("home = /\n")
    (folder / "score.py").write_text(MISSING)
    assert terminal.run("check").returncode == 0


def test_only_what_one_wants_to_see(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(f"{MISSING}\n\nx = 1  # scoredock: ignore[SD117]\n")
    done = terminal.run("check")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ("1 file checked: 1 error; 1 can be repaired with --fix; 1 not shown, see --min-severity\n")
    assert "SD901 hint" in terminal.run("check", "--min-severity", "hint").stdout
    assert "SD901 hint" in terminal.ok("check", "--select", "SD9")
    assert terminal.ok("check", "--ignore", "SD110,SD9") == ""
    assert terminal.ok("check", "--select", "sd2") == ""
    assert terminal.run("check", "--select", "SD110", "--select", "SD9").returncode == 1
    assert "SD110" in terminal.ok("check", "--exit-zero")
    assert (
        terminal.refused("check", "--ignore", "SD11O", code=2)["message"]
        == "Rule SD11O does not exist. Did you mean SD110?"
    )


def test_folders_files_and_patterns(terminal: Terminal) -> None:
    for name in (
        "a/score.py",
        "a/vendor/score.py",
        ".hidden/score.py",
        "build/score.py",
        ".github/score.py",
    ):
        path = terminal.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MISSING)
    (terminal.folder / "conda" / "conda-meta").mkdir(parents=True)
    (terminal.folder / "conda" / "score.py").write_text(MISSING)

    def found(*words: str) -> set[str]:
        return {line.split(":")[0] for line in terminal.run("check", *words).stdout.splitlines()}

    assert found() == {"a/score.py", "a/vendor/score.py", ".github/score.py"}
    assert found("--exclude", "vendor", "--exclude", ".g*") == {"a/score.py"}
    assert found("a", "a/score.py", "build/score.py") == {
        "a/score.py",
        "a/vendor/score.py",
        "build/score.py",
    }
    (terminal.folder / "pyproject.toml").write_text('[tool.scoredock]\nexclude = ["a/vendor"]\n')
    assert found("a") == {"a/score.py"}
    (terminal.folder / "a" / "pyproject.toml").write_text('[tool.scoredock.severity]\nSD110 = "warning"\n')
    assert "SD110 warning" in terminal.ok("check", "a")


@pytest.mark.usefixtures("shared_environments")
def test_settings_of_a_project_count_before_a_deployment_too(
    terminal: Terminal,
) -> None:
    (terminal.folder / "score.py").write_text(MISSING)
    assert terminal.refused("service", "deploy", "svc", "--es", "score.py")["code"] == "check-failed"
    (terminal.folder / "pyproject.toml").write_text('[tool.scoredock]\nignore = ["SD110"]\n')
    assert terminal.json("service", "deploy", "svc", "--es", "score.py")["state"] == "Healthy"


def test_mistakes_in_the_settings_are_told_and_stop_nothing(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(MISSING)
    (terminal.folder / "pyproject.toml").write_text('[tool.scoredock]\nignores = ["SD110"]\n')
    told = terminal.run("check").stdout
    assert "pyproject.toml:2:1: SD905 warning" in told
    assert "SD110" in told
    (terminal.folder / "pyproject.toml").write_text('[tool.scoredock]\nignore = ["SD110"\nx')
    told = terminal.run("check").stdout
    assert "SD904" in told
    assert "SD110" in told


def test_standard_input(terminal: Terminal) -> None:
    done = terminal.run("check", "--stdin-filename", "score.py", stdin=MISSING)
    assert (done.returncode, "score.py:6:12: SD110" in done.stdout) == (1, True)
    assert terminal.run("check", "--stdin-filename", "notes.md", stdin=MISSING).returncode == 0
    done = terminal.run("check", "--stdin-filename", "score.py", "--fix", stdin=MISSING)
    assert done.returncode == 0
    assert done.stdout == f"import json\n{MISSING}" or done.stdout.startswith("import json\n")
    assert (terminal.folder / "score.py").read_text().startswith("import json\n\n\ndef init")
    assert terminal.refused("check", ".", "--stdin-filename", "score.py", code=2)["code"] == "usage"


@pytest.mark.long("tests/checks/test_effort.py has the effort; test_check_hostile.py checks hundreds of files")
def test_hundreds_of_files_are_checked_in_seconds(terminal: Terminal) -> None:
    for number in range(300):
        (terminal.folder / f"score_{number}.py").write_text(MISSING)
    before = os.times().children_user
    done = terminal.run("check")
    assert within(os.times().children_user - before, 10)  # of the processor: the machine may be busy with other tests
    assert done.stderr.startswith("301 files checked: 300 errors")


def test_the_page_of_a_rule_from_check(terminal: Terminal) -> None:
    assert terminal.ok("check", "--explain", "sd110") == terminal.ok("explain", "SD110")


def test_explain(terminal: Terminal) -> None:
    assert "SD110" in terminal.ok("explain", "sd110")
    assert terminal.refused("explain", "SD000")["code"] == "rule-not-found"


def test_settings_show_what_is_in_effect(terminal: Terminal) -> None:
    terminal.env["SCOREDOCK_START_TIMEOUT"] = "12"
    assert terminal.json("settings")["scoredock.deploy.startTimeout"] == 12


_SAME = pytest.mark.long("refused in the same way as another of these")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="nothing"),
        pytest.param(["explode"], id="no-such-noun", marks=_SAME),
        pytest.param(["model", "explode"], id="no-such-verb"),
        pytest.param(["model", "register"], id="no-path", marks=_SAME),
        pytest.param(["model", "register", "model.bin", "--tag", "novalue"], id="not-a-pair"),
        pytest.param(["model", "list", "--lat"], id="abbreviation"),
        pytest.param(["service", "deploy", "--es", "score.py"], id="no-name", marks=_SAME),
        pytest.param(["service", "deploy", "a", "--port", "x"], id="not-a-number"),
        pytest.param(["check", "--format", "xml"], id="no-such-format", marks=_SAME),
        pytest.param(["check", "--fix", "--diff"], id="fix-or-diff"),
        pytest.param(["check", "--select", "X1"], id="no-such-rule"),
        pytest.param(["try", "score.py", "--timeout", "0"], id="no-time", marks=_SAME),
    ],
)
def test_a_misunderstood_command_line(terminal: Terminal, words: list[str]) -> None:
    done = terminal.run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("scoredock: ")
    assert done.stdout == ""
    assert terminal.refused(*words, code=2)["code"] == "usage"


@pytest.fixture(scope="module")
def whole_line() -> Any:
    """The parser of the whole command line; to make it takes longer than to ask it."""
    return parser()


@pytest.mark.parametrize("command", DECLARATIONS, ids=lambda command: command.name)
def test_every_command_has_help_with_examples(
    command: CliCommand, whole_line: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        whole_line.parse_args([*command.name.split(), "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "examples:" in shown
    for example in command.examples:
        assert example in shown
        words = shlex.split(re.split(" [<>] ", example)[0])[1:]
        assert whole_line.parse_args(words).command.name == command.name, "the example itself is understood"


def test_exit_codes_are_documented(terminal: Terminal) -> None:
    shown = terminal.ok("--help")
    for code, meaning in EXIT_CODES.items():
        assert f"{code:<4} {meaning}" in shown


def test_a_file_that_was_named_is_never_passed_over_in_silence(terminal: Terminal) -> None:
    (terminal.folder / "notes.md").write_text("# Notes\n")
    (terminal.folder / "mine.py").write_text("print('hello')\n")
    for words in (["mine.py"], ["mine.py", "notes.md"]):
        done = terminal.run("check", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "mine.py was not checked: it is not an entry script" in done.stderr
    (terminal.folder / "score.py").write_text(
        "import json\n\ndef init(): pass\n\ndef run(data): return json.loads(data)\n"
    )
    done = terminal.run("check", "mine.py", "score.py")
    assert done.returncode == 0, "what was checked decides"
    assert "mine.py was not checked" in done.stderr
    assert "1 file checked: nothing found" in done.stderr
    quiet = terminal.run("check", "--ignore-unknown", "mine.py")
    assert (quiet.returncode, quiet.stderr) == (0, "0 files checked: nothing found\n")
    done = terminal.run("check", "--exclude", "score.py", "score.py")
    assert (done.returncode, "--exclude leaves it out" in done.stderr) == (2, True)


def test_every_program_of_v2_is_checked(terminal: Terminal) -> None:
    """One that deploys a model of MLflow alone, or defines a job, as well."""
    (terminal.folder / "deploy.py").write_text(
        "from azure.ai.ml import command\nfrom azure.ai.ml.entities import ManagedOnlineDeployment\n"
        "job = command(code='nowhere', command='python train.py', environment='e:1')\n"
        "deployment = ManagedOnlineDeployment(name='blue', endpoint_name='prices', model=modle)\n"
    )
    told = terminal.run("check", "deploy.py")
    assert [line.split(" ")[1] for line in told.stdout.splitlines()] == ["SD824", "SD802"], told.stdout + told.stderr


def test_packages_in_a_project_are_left_out_and_named_once(terminal: Terminal) -> None:
    """As `pip install --target` leaves them, and as a copy of their folder."""
    wrong = "def init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
    for folder in ("lib/attached/inner", "lib/attached-1.0.dist-info", "numpy/tests", "pandas", "own"):
        (terminal.folder / folder).mkdir(parents=True)
    (terminal.folder / "lib/attached-1.0.dist-info/RECORD").write_text("attached/inner/score.py,,\nsix.py,,\n")
    for place in ("lib/attached/inner", "numpy/tests", "pandas", "own", "lib"):
        (terminal.folder / place / "score.py").write_text(wrong)
    for name in ("numpy/__init__.py", "pandas/__init__.py", *(f"numpy/m{number}.py" for number in range(40))):
        (terminal.folder / name).write_text("")
    done = terminal.run("check", ".")
    assert [line for line in done.stderr.splitlines() if "left out" in line] == [
        "Installed packages were left out: lib/attached, numpy."
    ]
    # What lies beside them is the person's, and a folder that only has the name of a package is as well.
    assert {line.partition(":")[0] for line in done.stdout.splitlines() if "SD110" in line} == {
        "lib/score.py",
        "own/score.py",
        "pandas/score.py",
    }
    named = terminal.run("check", "numpy")
    assert "numpy/tests/score.py:6" in named.stdout
    assert "left out" not in named.stderr
