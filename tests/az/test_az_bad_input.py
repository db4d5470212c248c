"""Lines of `az ml` that cannot be done: one sentence with a code, nothing half-made, and no secret told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.contrib.az.lines.main import handlers
from scoredock.formats.az_lines.table import v1_verbs
from scoredock.formats.az_lines.v1_commands import VERBS_HERE

from cli.conftest import Terminal

SECRET = "a-secret-that-nobody-may-read-00"


def error_of(terminal: Terminal, *words: str, code: int) -> str:
    """Standard error of a line that is refused: one sentence with a code, and what to do next."""
    done = terminal.run("az", "ml", *words)
    assert (done.returncode, done.stdout) == (code, ""), (words, done.stdout, done.stderr)
    said = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(said) == 1, done.stderr
    assert said[0].endswith("]"), said
    assert "Traceback" not in done.stderr
    return done.stderr


def kept(home: Path) -> set[str]:
    """What a data folder holds, apart from what every command makes."""
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()} if home.exists() else set()


def test_what_the_checks_promise_to_run_here_is_what_runs() -> None:
    assert set(VERBS_HERE) == set(handlers()) <= v1_verbs().keys()


@pytest.mark.parametrize(
    ("line", "verb", "option"),
    [
        ("model list --dc d.json", "model list", "model deploy"),
        ("model list --deploy-config-file=d.json", "model list", "model deploy"),
        ("model delete -i five:1 --ic i.json", "model delete", "model deploy"),
        ("service list --ic i.json", "service list", "service update"),
        ("service get-logs -n adder --key Primary", "service get-logs", "service regen-key"),
    ],
)
def test_an_option_of_another_verb_is_told_with_that_verb(
    terminal: Terminal, line: str, verb: str, option: str
) -> None:
    said = error_of(terminal, *line.split(), code=2)
    assert f"is not an option of “az ml {verb}”; it belongs to “az ml {option}”. [az-line-invalid]" in said


@pytest.mark.parametrize("line", ["model deploy", "model deploy -n five", "model package"])
def test_a_file_in_the_place_of_a_registered_model_is_registered_before(terminal: Terminal, line: str) -> None:
    """`--model` wants the name of a model, and a line that is meant otherwise does not end at the next refusal."""
    (terminal.folder / "models").mkdir()
    done = terminal.run("az", "ml", *line.split(), "--model", "models/", "--ic", "inferenceconfig.json")
    assert done.returncode != 0
    assert "`az ml model register -n models -p models/` registers the file before." in done.stderr
    assert "Did you mean" not in done.stderr or "--model models --ic" in done.stderr


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("models list [--latest]", "az ml model list"),
        ("service list [-o table]", "az ml service list"),
        ("model register --name m --model_path p [--tag a=b]", "az ml model register --name m --model-path p"),
        ("model deploy [-n five] -m five:1 [--overwrite]", "az ml model deploy -n five -m five:1"),
        ("model register --name m --version 2 --path ./m", "az ml model register --name m -p ./m"),
        ("model register --name m --path m --type mlflow_model", "az ml model register --name m -p m"),
        ("model upload -n m -p p", ""),
    ],
)
def test_a_proposal_is_what_was_meant(terminal: Terminal, line: str, meant: str) -> None:
    """Without what a synopsis has in brackets and what no release has; never another command than that."""
    if not meant:
        assert "Did you mean" not in error_of(terminal, *line.split(), code=2)
        return
    assert f"Did you mean: {meant}\n" in error_of(terminal, *line.split(), code=2)


def test_a_version_of_a_label_is_looked_up(terminal: Terminal) -> None:
    said = error_of(terminal, "model", "download", "-n", "five", "--label", "latest", "-p", "out", code=2)
    assert (
        "Use `az ml model download -i five:VERSION -t out`. `az ml model show -n five --query version` prints" in said
    )
    assert "Not used here" not in said


def test_a_query_that_does_not_fit_says_that_the_line_is_done(terminal: Terminal) -> None:
    (terminal.folder / "m.txt").write_text("m")
    done = terminal.run("az", "ml", "model", "register", "-n", "five", "-p", "m.txt", "--query", "length(version)")
    assert (done.returncode, done.stdout) == (2, "")
    assert "The line itself is done; only its result is not printed." in done.stderr
    assert [each["id"] for each in terminal.json("model", "list")["models"]] == ["five:1"]


def test_a_query_that_is_wrong_is_refused_before_anything_is_done(terminal: Terminal) -> None:
    said = error_of(terminal, "model", "register", "-n", "five", "-p", "model.bin", "--query", "[?", code=2)
    assert "is not a JMESPath expression" in said
    assert "[az-line-invalid]" in said
    assert terminal.json("model", "list")["models"] == []


def test_what_is_not_there_is_told_and_leaves_nothing(terminal: Terminal) -> None:
    terminal.ok("workspace", "list")
    before = kept(terminal.home)
    assert "[model-not-found]" in error_of(terminal, "model", "show", "-n", "five", code=3)
    assert "[service-not-found]" in error_of(terminal, "service", "show", "-n", "adder", code=3)
    missing = ("model", "deploy", "-n", "adder", "-m", "five:1", "--es", "score.py")
    assert "[model-not-found]" in error_of(terminal, *missing, code=1)
    assert terminal.json("service", "list")["services"] == []
    assert kept(terminal.home) - before <= {"workspaces/local/store.sqlite3"}


def test_a_workspace_of_another_subscription_is_said(terminal: Terminal) -> None:
    identity = {"subscription_id": "11111111", "resource_group": "team", "workspace_name": "contoso"}
    (terminal.folder / "config.json").write_text(json.dumps(identity))
    terminal.ok("workspace", "connect")
    line = ("az", "ml", "workspace", "show", "-w", "contoso", "--query", "subscriptionId", "-o", "tsv")
    other = terminal.run(*line, "--subscription-id", "22222222")
    assert (other.returncode, other.stdout) == (0, "11111111\n")
    assert "note: The workspace “contoso” of this machine is of the subscription 11111111, not of 22222222." in (
        other.stderr
    )
    assert terminal.run(*line, "--subscription-id", "11111111").stderr == ""
    # Where there are two of that name, the subscription says which.
    (terminal.folder / "config.json").write_text(json.dumps({**identity, "subscription_id": "22222222"}))
    terminal.ok("workspace", "connect")
    for subscription in ("11111111", "22222222"):
        done = terminal.run(*line, "--subscription-id", subscription)
        assert (done.stdout, done.stderr) == (f"{subscription}\n", "")


@pytest.mark.parametrize(
    "line",
    [
        f"service regen-key -n adder --key Primary --set-key {SECRET} --bogus 1",
        f"service regen-key -n adder --key Third --set-key {SECRET}",
        f"service regen-key -n adder -k Primary -s {SECRET}",
        f"model deploy -n adder --kp {SECRET} --ks {SECRET}",
        f"model deploy -n adder --primary-key={SECRET} --bogus 1",
        f"computetarget attach aks -n cluster --password {SECRET}",
        f"computetarget attach remotehost -n host -a there -p {SECRET}",
        f"service get-keys -n adder --access-token {SECRET}",
    ],
)
def test_a_secret_of_a_line_that_fails_is_told_nowhere(terminal: Terminal, line: str) -> None:
    done = terminal.run("az", "ml", *line.split())
    assert done.returncode in (1, 2), done.stderr
    assert "[" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert [path for path in terminal.home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
