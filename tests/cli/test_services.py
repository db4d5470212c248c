"""`scoredock service …`, with real services."""

from __future__ import annotations

import json
import signal
import time

import pytest

from cli.conftest import Terminal
from restarted import end_as_by_a_restart

ARRAY = '{"data": [1, 2, 3]}'


@pytest.mark.usefixtures("shared_environments")
def test_the_whole_life_of_a_service(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five", "-t", "meta.json")
    made = terminal.json("service", "deploy", "adder", "-f", "meta.json", "--entry-script", "score.py")
    assert (made["state"], made["models"]) == ("Healthy", ["five:1"])
    assert terminal.ok("service", "call", "adder", "--data", ARRAY) == "6\n"
    (terminal.folder / "body.json").write_text(ARRAY)
    assert terminal.ok("service", "call", "adder", "-d", "@body.json") == "6\n"
    assert terminal.ok("service", "call", "adder", "-d", "-", stdin=ARRAY) == "6\n"
    answer = terminal.run("service", "call", "adder", "-d", "nonsense", "--json")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["status"] >= 400
    assert json.loads(terminal.ok("service", "sample", "adder"))
    assert "up" in terminal.ok("service", "logs", "adder", "--tail", "50")
    lines = [json.loads(line) for line in terminal.ok("service", "logs", "adder", "--tail", "2", "--json").splitlines()]
    assert len(lines) == 2
    assert lines[0]["sequence"] < lines[1]["sequence"]
    assert [item["name"] for item in terminal.json("service", "list", "--all")["services"]] == ["adder"]
    assert terminal.refused("model", "delete", "five:1")["details"]["services"] == ["adder"]
    assert terminal.json("service", "update", "adder", "--env", "A=1")["revision"] == 2
    assert terminal.json("service", "stop", "adder")["state"] == "Stopped"
    assert terminal.json("service", "start", "adder")["state"] == "Healthy"
    assert terminal.json("service", "restart", "adder")["state"] == "Healthy"
    assert terminal.json("service", "stop-all")["names"] == ["adder"]
    assert terminal.json("service", "delete", "adder") == {}
    assert terminal.refused("service", "show", "adder")["code"] == "service-not-found"


@pytest.mark.usefixtures("shared_environments")
def test_keys_are_asked_for_without_a_file_until_an_update_says_otherwise(terminal: Terminal) -> None:
    def stranger() -> int:
        return int(
            json.loads(terminal.run("service", "call", "adder", "-d", ARRAY, "--no-key", "--json").stdout)["status"]
        )

    made = terminal.json("service", "deploy", "adder", "--entry-script", "score.py", "--auth", "keys")
    assert made["authentication"] == "keys"
    assert stranger() == 401
    assert terminal.ok("service", "call", "adder", "-d", ARRAY) == "6\n", "who deployed it has the key"
    (terminal.folder / "open.json").write_text('{"computeType": "local", "authEnabled": false}')
    terminal.ok("service", "update", "adder", "--dc", "open.json")
    assert stranger() == 401, "what is said by hand goes before the file"
    terminal.ok("service", "update", "adder", "--auth", "none")
    assert stranger() == 200
    assert "--auth keys" in terminal.refused("service", "keys", "adder")["fix"]
    assert terminal.run("service", "update", "adder", "--auth", "password").returncode == 2


@pytest.mark.usefixtures("shared_environments")
def test_a_deployment_that_fails_shows_the_line(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(
        "def init():\n    raise ValueError('no weights')\n\n\ndef run(data):\n    return data\n"
    )
    error = terminal.refused("service", "deploy", "broken", "--entry-script", "score.py")
    assert error["code"] == "init-failed"
    place = error["place"]
    assert (place["path"], place["line"]) == (str(terminal.folder / "score.py"), 1)
    shown = terminal.json("service", "show", "broken")
    assert (shown["state"], shown["failure"]["code"]) == ("Failed", "init-failed")
    assert shown["failure"]["frames"][-1]["line"] == 2
    done = terminal.run("service", "deploy", "broken", "--entry-script", "score.py", "--overwrite")
    assert f"{terminal.folder / 'score.py'}:2: " in done.stderr


@pytest.mark.usefixtures("shared_environments")
def test_a_file_of_a_model_is_named_where_the_script_looked_for_it(terminal: Terminal) -> None:
    """Also where its folder begins as the name of the source directory does."""
    (terminal.folder / "azure").mkdir()
    (terminal.folder / "azure" / "score.py").write_text(
        "import os\n\n\ndef init():\n    open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'gone.bin'))\n\n\n"
        "def run(data):\n    return data\n"
    )
    terminal.ok("model", "register", "model.bin", "-n", "five")
    line = ("service", "deploy", "broken", "--es", "score.py", "--sd", "azure", "-m", "five:1", "--skip-checks")
    message = terminal.refused(*line)["message"]
    assert "/azureml-app/azureml-models/five/1/gone.bin" in message
    assert str(terminal.folder / "azure") not in message


@pytest.mark.long("test_check.py has a deployment that findings stop, tests/deploy one that skips the checks")
@pytest.mark.usefixtures("shared_environments")
def test_findings_stop_a_deployment(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(
        "def init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
    )
    error = terminal.refused("service", "deploy", "unchecked", "--entry-script", "score.py")
    assert error["code"] == "check-failed"
    assert (
        terminal.json("service", "deploy", "unchecked", "--entry-script", "score.py", "--skip-checks")["state"]
        == "Healthy"
    )


def test_metadata_files_that_are_none(terminal: Terminal) -> None:
    (terminal.folder / "empty.json").write_text("{}")
    (terminal.folder / "broken.json").write_text("{")
    for name, code in (
        ("empty.json", "file-unreadable"),
        ("broken.json", "file-unreadable"),
        ("gone.json", "file-not-found"),
    ):
        assert (
            terminal.refused("service", "deploy", "nothing", "-f", name, "--entry-script", "score.py")["code"] == code
        )


@pytest.mark.usefixtures("shared_environments")
@pytest.mark.chance
def test_ctrl_c_cancels_cleanly(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(
        "import time\n\n\ndef init():\n    print('slow')\n    time.sleep(600)\n\n\ndef run(data):\n    return data\n"
    )
    process = terminal.start("service", "deploy", "slow-one", "--entry-script", "score.py")
    assert process.stderr is not None
    for line in process.stderr:
        if b"Starting the service" in line:
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(None, timeout=40)
    assert process.returncode == 130, told
    assert b"[cancelled]" in told
    states = [item["state"] for item in terminal.json("service", "list")["services"]]
    assert "Healthy" not in states
    assert "Transitioning" not in states


@pytest.mark.usefixtures("shared_environments")
def test_following_a_log_ends_with_ctrl_c(terminal: Terminal) -> None:
    terminal.ok("service", "deploy", "talker", "--entry-script", "score.py")
    process = terminal.start("service", "logs", "talker", "--follow", "--tail", "1")
    assert process.stdout is not None
    assert process.stdout.readline(), "the last line so far: from here on it follows"
    terminal.ok("service", "call", "talker", "-d", ARRAY)
    assert any(b"POST /score 200" in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(None, timeout=20)
    assert process.returncode == 0, told


@pytest.mark.long("tests/cli/test_restarts.py has a restart")
@pytest.mark.usefixtures("shared_environments")
def test_what_a_restart_ended_is_started_by_one_command(terminal: Terminal) -> None:
    services = terminal.home / "workspaces" / "local" / "services"
    for name in ("crashed", "shut-down", "stopped"):
        terminal.ok("service", "deploy", name, "--entry-script", "score.py")
    terminal.ok("service", "stop", "stopped")

    def restart_the_machine() -> None:
        end_as_by_a_restart(services / "crashed", in_order=False)
        end_as_by_a_restart(services / "shut-down", in_order=True)

    def states() -> dict[str, str]:
        return {each["name"]: each["state"] for each in terminal.json("service", "list")["services"]}

    restart_the_machine()
    assert states() == {"crashed": "Failed", "shut-down": "Failed", "stopped": "Stopped"}
    told = terminal.json("service", "show", "crashed")["failure"]
    assert (told["code"], told["message"]) == (
        "service-interrupted",
        "The machine was restarted since the service ran.",
    )
    assert terminal.ok("service", "start-all") == "started crashed\nstarted shut-down\n"
    assert states() == {"crashed": "Healthy", "shut-down": "Healthy", "stopped": "Stopped"}
    assert terminal.ok("service", "call", "shut-down", "--data", ARRAY) == "6\n"
    assert terminal.ok("service", "start-all") == "no service was stopped by a restart\n"

    # From another workspace with --all; a service that does not start keeps no other one from it.
    restart_the_machine()
    terminal.ok("workspace", "create", "other")
    other = ("-w", "other", "service", "start-all")
    assert terminal.ok(*other) == "no service was stopped by a restart\n"
    (staged,) = (services / "crashed" / "revisions").glob("*/azureml-app/score.py")
    staged.write_text("def init():\n    raise ValueError('no weights')\n\n\ndef run(data):\n    return data\n")
    assert terminal.refused(*other, "--all")["code"] == "init-failed"
    assert states() == {"crashed": "Failed", "shut-down": "Healthy", "stopped": "Stopped"}
    assert terminal.ok(*other, "--all") == "no service was stopped by a restart\n"
