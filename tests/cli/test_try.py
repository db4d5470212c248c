"""`scoredock try`: a script is run for real, told in lines or JSON, and nothing of it stays."""

from __future__ import annotations

import json

import pytest

from cli.conftest import Terminal


@pytest.mark.usefixtures("shared_environments")
def test_a_good_script(terminal: Terminal) -> None:
    done = terminal.run("try", "score.py", "--no-models", "--data", '{"data": [1, 2]}')
    assert (done.returncode, done.stdout.split(" in ")[0]) == (0, "the given data: 200")
    assert done.stdout.endswith(": 3\n")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("score.py started in ")
    assert last.endswith(" It answered the request.")
    told = terminal.json("try", "score.py", "--no-models", "--data", '{"data": [1, 2]}')
    assert (told["ok"], told["findings"]) == (True, [])
    assert told["requests"][0]["status"] == 200
    assert any("up" in line for line in told["logLines"])
    assert terminal.json("service", "list")["services"] == []


@pytest.mark.usefixtures("shared_environments")
def test_a_bad_script_is_told_at_its_line_with_its_log(terminal: Terminal) -> None:
    script = (
        "import json\n\n\ndef init():\n    print('here')\n\n\ndef run(data):\n    return json.loads(data)['rows'][5]\n"
    )
    (terminal.folder / "score.py").write_text(script)
    (terminal.folder / "sample.json").write_text('{"rows": [1]}')
    done = terminal.run("try", "score.py", "--no-models")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("score.py:9:5: SD952 error: The request (sample.json) failed: Index")
    assert "  | " in done.stderr
    (terminal.folder / "body.json").write_text("[1")
    done = terminal.run("try", "score.py", "--no-models", "-d", "@body.json")
    assert "JSONDecodeError" in done.stdout
    assert done.stderr.splitlines()[-1].endswith(" The request failed.")
    ignored = script.replace("[5]\n", "[5]  # scoredock: ignore[SD952]\n")
    (terminal.folder / "score.py").write_text(ignored)
    assert terminal.run("try", "score.py", "--no-models").returncode == 0


def test_a_file_in_the_place_of_an_environment_is_told_as_one(terminal: Terminal) -> None:
    (terminal.folder / "requirements.txt").write_text("six\n")
    for words in (("try", "score.py"), ("service", "deploy", "adder", "--es", "score.py")):
        refused = terminal.refused(*words, "--environment", "requirements.txt")
        assert refused["fix"] == "requirements.txt is a file; give it with `--environment-file requirements.txt`."
    assert "environment list" in terminal.refused("try", "score.py", "--environment", "nothing")["fix"]


@pytest.mark.long("deployments take the script of a configuration in the same way; here it is tried")
@pytest.mark.usefixtures("shared_environments")
def test_an_inference_configuration_names_the_script(terminal: Terminal) -> None:
    (terminal.folder / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py"}))
    told = terminal.json("try", "inferenceconfig.json", "--no-models", "--data", '{"data": []}')
    assert told["path"] == str(terminal.folder / "score.py")
    assert told["requests"][0]["answer"] == "0"


def test_a_batch_script_is_told_as_one_with_what_is_missing(terminal: Terminal) -> None:
    """A text would run through its run() letter by letter, and the list of answers would look like success."""
    (terminal.folder / "score.py").write_text(
        "from pathlib import Path\n\n\ndef init():\n    pass\n\n\n"
        "def run(mini_batch):\n    return [len(Path(path).read_bytes()) for path in mini_batch]\n"
    )
    done = terminal.run("try", "score.py", "--no-models", "--data", '"abc"')
    assert (done.returncode, done.stdout) == (1, "")
    assert "[try-batch-script]" in done.stderr
    assert "score.py is a batch script" in done.stderr
    assert "files for a mini-batch are missing" in done.stderr
    assert "--input PATH" in terminal.refused("try", "score.py", "--no-models")["fix"]


def test_a_script_of_another_language_is_refused_before_anything_is_made(terminal: Terminal) -> None:
    (terminal.folder / "score.R").write_text("init <- function() {}\n")
    process = terminal.run("try", "score.R", "--no-models")
    assert (process.returncode, process.stdout) == (1, "")
    assert "“score.R” is written in R and is not a Python script. [script-invalid]" in process.stderr
    assert "Creating the environment" not in process.stderr


@pytest.mark.usefixtures("shared_environments")
def test_the_file_that_is_named_is_tried_and_no_other_one_of_the_folder(terminal: Terminal) -> None:
    (terminal.folder / "other.py").write_text("print(1)\n")
    process = terminal.run("try", "other.py", "--no-models")
    assert process.returncode == 1
    assert "other.py: The script has no function init(). [script-invalid]" in process.stderr
    assert "Define init() and run(data), or try score.py, which has both." in process.stderr
    assert "Creating the environment" not in process.stderr
    (terminal.folder / "helpers.py").write_text("def init():\n    pass\n\n\ndef run(wanted):\n    return 'helpers'\n")
    (terminal.folder / "main.py").write_text("from helpers import init, run\n")
    told = terminal.json("try", "main.py", "--no-models", "--data", "1")
    assert (told["path"], told["requests"][0]["answer"]) == (str(terminal.folder / "main.py"), '"helpers"')


@pytest.mark.usefixtures("shared_environments")
def test_models_and_what_cannot_be_tried(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "weights")
    told = terminal.json("try", "score.py", "--data", '{"data": []}')
    assert told["models"] == [], "a script that loads none is not given what happens to be registered"
    script = (terminal.folder / "score.py").read_text()
    (terminal.folder / "score.py").write_text(f'{script}\n# os.environ["AZUREML_MODEL_DIR"]\n')
    told = terminal.json("try", "score.py", "--model", "weights", "--data", '{"data": []}')
    assert told["models"] == ["weights:1"]
    unclear = terminal.refused("try", "score.py")
    assert unclear["code"] == "try-model-unclear"
    assert "--model-file" in unclear["fix"]
    told = terminal.json("try", "score.py", "--model-file", "model.bin", "--data", '{"data": []}')
    assert told["unregistered"] == [str(terminal.folder / "model.bin")]
    assert told["models"] == ["project:1"], "what it would be called"
    assert terminal.refused("try", "gone.py")["code"] == "file-not-found"
    assert terminal.refused("try", "score.py", "--model", "nothing:1")["code"] == "model-not-found"
