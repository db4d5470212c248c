"""What people really type, and terminals really do: every refusal is one sentence with its code, never a hang."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.conftest import Terminal
from pace import patience, within

LONG = "x" * 5_000
_SAME = pytest.mark.long("the same words in another place of the command line")


@pytest.mark.skipif(os.name == "nt", reason="named pipes are files on POSIX only")
@pytest.mark.parametrize(
    "words",
    [
        ("--ic", "pipe.json"),
        pytest.param(("--dc", "pipe.json", "--es", "score.py"), marks=_SAME),
        pytest.param(("--cf", "pipe.yml", "--es", "score.py"), marks=_SAME),
        pytest.param(("-f", "pipe.json", "--es", "score.py"), marks=_SAME),
        ("--cf", "includes.txt", "--es", "score.py"),
    ],
    ids=" ".join,
)
def test_a_pipe_in_the_place_of_a_configuration_is_refused_at_once(terminal: Terminal, words: tuple[str, ...]) -> None:
    for name in ("pipe.json", "pipe.yml", "pipe.txt"):
        os.mkfifo(terminal.folder / name)
    (terminal.folder / "includes.txt").write_text("-r pipe.txt\n")
    began = time.monotonic()
    refused = terminal.refused("service", "deploy", "svc-one", *words)
    assert refused["code"] == "file-unreadable"
    assert "pipe" in refused["place"]["path"]
    assert within(time.monotonic() - began, 30)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("model", "register", LONG), "model-path-unreadable"),
        pytest.param(("model", "register", LONG, "--name", "m"), "model-path-unreadable", marks=_SAME),
        (("service", "deploy", "svc-one", "--es", LONG), "file-unreadable"),
        pytest.param(
            ("service", "deploy", "svc-one", "--es", "score.py", "--sd", LONG), "file-unreadable", marks=_SAME
        ),
        pytest.param(("service", "deploy", "svc-one", "--ic", LONG), "file-unreadable", marks=_SAME),
        pytest.param(("service", "deploy", "svc-one", "-f", LONG, "--es", "score.py"), "file-unreadable", marks=_SAME),
        (("service", "propose", LONG), "file-not-found"),
        pytest.param(("check", LONG), "file-not-found", marks=_SAME),
        (("workspace", "connect", LONG), "file-unreadable"),
        pytest.param(("model", "list", "--config", LONG), "file-unreadable", marks=_SAME),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else value,
)
def test_a_path_too_long_for_the_file_system(terminal: Terminal, words: tuple[str, ...], code: str) -> None:
    assert terminal.refused(*words)["code"] == code


@pytest.mark.parametrize("what", ["folder", "loop"])
def test_an_entry_script_that_is_no_file_is_said_to_be_none(terminal: Terminal, what: str) -> None:
    if what == "folder":
        (terminal.folder / "not.py").mkdir()
    else:
        (terminal.folder / "not.py").symlink_to("not.py")
    refused = terminal.refused("service", "deploy", "svc-one", "--es", "not.py")
    assert refused["code"] == ("file-not-found" if what == "folder" else "file-unreadable")
    assert "does not exist" not in refused["message"]


def test_an_empty_path_is_not_the_working_directory(terminal: Terminal) -> None:
    assert "A path is empty" in terminal.refused("model", "register", "", "--name", "m", code=2)["message"]
    assert terminal.json("model", "list")["models"] == []


def test_two_names_for_one_service_are_a_mistake(terminal: Terminal) -> None:
    refused = terminal.refused("service", "deploy", "svc-one", "--name", "svc-two", "--es", "score.py", code=2)
    assert "svc-one" in refused["message"]
    assert "svc-two" in refused["message"]


@pytest.mark.skipif(os.name == "nt", reason="arguments are bytes on POSIX only")
def test_bytes_that_are_no_text_leave_no_service(terminal: Terminal) -> None:
    (terminal.folder / "sc\udcff.py").write_text("def init(): pass\ndef run(data): return 1\n")
    for words in (("score.py", "--env", "A=\udcff"), ("sc\udcff.py",), ("score.py", "--tag", "a=\udcff")):
        refused = terminal.refused("service", "deploy", "svc-one", "--es", *words)
        assert refused["code"] in ("deploy-input-invalid", "text-invalid")
        assert "UTF-8" in refused["message"]
    assert terminal.json("service", "list")["services"] == []


@pytest.mark.usefixtures("shared_environments")
def test_a_terminal_without_the_letters_is_still_told(terminal: Terminal) -> None:
    """An encoding that lacks the characters: text shows their numbers, JSON stays JSON."""
    terminal.ok("model", "register", "model.bin", "--name", "m", "--description", "größe ☃")
    plain = Terminal(terminal.home, terminal.folder, {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert "gr\\xf6\\xdfe" in plain.ok("model", "show", "m:1")
    assert plain.json("model", "show", "m:1")["model"]["description"] == "größe ☃"
    refused = plain.refused("model", "register", "größe.bin")
    assert "größe" in refused["message"]  # a long path is shortened


@pytest.mark.usefixtures("shared_environments")
@pytest.mark.chance
@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX only")
@pytest.mark.parametrize(
    "times",
    [
        *(
            pytest.param(each, marks=pytest.mark.long("pressed less often; test_services.py presses once"))
            for each in (1, 2)
        ),
        5,
    ],
)
def test_ctrl_c_gives_one_json_document(terminal: Terminal, times: int) -> None:
    (terminal.folder / "slow.py").write_text(
        "import time\n\ndef init():\n    time.sleep(60)\n\ndef run(data): return 1\n"
    )
    words = ["service", "deploy", "svc-one", "--es", "slow.py", "--json"]
    process = terminal.start(*words)
    deadline = time.monotonic() + patience(60)
    while not _spec(terminal.home) and time.monotonic() < deadline:
        time.sleep(0.05)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, told = process.communicate(None, timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert json.loads(told)["error"]["code"] == "cancelled"


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX only")
def test_ctrl_c_while_the_program_is_loaded_shows_no_traceback(terminal: Terminal) -> None:
    """A module that takes its time stands for a slow disk; the interpreter's own start is not ours."""
    slow = terminal.folder / "slow"
    slow.mkdir()
    (slow / "argparse.py").write_text("import os, time\nos.write(1, b'loading')\ntime.sleep(30)\n")
    env = {**terminal.environment(), "PYTHONPATH": str(slow)}
    with subprocess.Popen(
        [sys.executable, "-c", "from scoredock.cli import main; main()"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Whoever runs the tests in the background of a shell hands down that it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(7) == b"loading"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (130, b"")


def _spec(home: Path) -> bool:
    return any(home.glob("workspaces/local/services/svc-one/spec.json"))


def test_a_surrogate_that_a_configuration_escapes_is_refused(terminal: Terminal) -> None:
    """JSON and YAML can write halves of characters that no process and no file can be given."""
    config = terminal.folder / "inferenceconfig.json"
    for text in (
        '{"entryScript": "score.py", "environment": {"name": "e", "environmentVariables": {"A": "\\ud800"}}}',
        '{"entryScript": "sc\\ud800.py"}',
        '{"entryScript": "score.py", "condaFile": "c\\ud800.yml"}',
    ):
        config.write_text(text)
        refused = terminal.refused("service", "deploy", "svc-one", "--ic", "inferenceconfig.json", "--skip-checks")
        assert refused["code"] in ("deploy-input-invalid", "file-unreadable", "check-failed")
    (terminal.folder / "conda.yml").write_text('dependencies:\n- pip:\n  - "h\\uD80011"\n')
    refused = terminal.refused("service", "deploy", "svc-one", "--es", "score.py", "--cf", "conda.yml", "--skip-checks")
    assert refused["code"] in ("environment-requirement-invalid", "check-failed")
    assert terminal.json("service", "list")["services"] == []


def test_nobodys_home_is_a_folder_of_that_name(terminal: Terminal) -> None:
    """`~nobody-of-that-name` means nobody's home, and is a name like any other then."""
    terminal.ok("model", "list", "--home", "~nobody-of-that-name/x")
    plain = Terminal(terminal.home, terminal.folder, {"SCOREDOCK_PYTHON": "~nobody-of-that-name/python"})
    assert plain.refused("service", "deploy", "svc-one", "--es", "score.py")["code"] == "python-not-found"
    nowhere = Terminal(terminal.home, terminal.folder, {"SCOREDOCK_HOME": "~nobody-of-that-name/y"})
    assert nowhere.json("model", "list") == {"models": [], "total": 0}


@pytest.mark.usefixtures("shared_environments")
def test_a_port_in_use_names_its_file_and_the_service_that_has_it(terminal: Terminal) -> None:
    taken = terminal.json("service", "deploy", "svc-one", "--es", "score.py")["port"]
    config = terminal.folder / "deploymentconfig.json"
    config.write_text(json.dumps({"computeType": "local", "port": taken}))
    refused = terminal.refused("service", "deploy", "svc-two", "--es", "score.py", "--dc", "deploymentconfig.json")
    assert refused["code"] == "port-in-use"
    assert refused["place"]["path"] == str(config)
    assert refused["message"] == f"Port {taken} is used by the service svc-one."


@pytest.mark.skipif(os.name == "nt", reason="arguments are bytes on POSIX only")
@pytest.mark.parametrize(
    "words",
    [
        ("service", "show", "\udcff"),
        pytest.param(("model", "list", "--name", "\udcff"), marks=_SAME),
        pytest.param(("model", "list", "--tag", "\udcff"), marks=_SAME),
        ("model", "register", "m\udcff.bin", "--name", "m"),
        ("model", "download", "m:1", "--target", "\udcff"),
        pytest.param(("workspace", "use", "local", "--folder", "\udcff"), marks=_SAME),
        pytest.param(("service", "package", "svc-one", "--output-path", "\udcff"), marks=_SAME),
        pytest.param(("service", "propose", "\udcff"), marks=_SAME),
        ("check", "\udcff"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_names_that_are_no_text_are_refused_in_a_sentence(terminal: Terminal, words: tuple[str, ...]) -> None:
    refused = terminal.refused(*words)
    assert refused["code"] == "text-invalid"
    assert refused["fix"]
