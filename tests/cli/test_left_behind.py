"""Everything that a folder made before its config.json named a workspace is found by every command that can name it,
and a change that fails makes no workspace."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from scoredock.cli.commands import DECLARATIONS
from scoredock.contrib.az.lines.main import names

from cli.conftest import SCRIPT, Terminal
from cli.test_folder_workspace import NAME, configure, workspaces
from kubeconfigs import NOBODY, write_kubeconfig
from ports import free_port

LINES = (
    "model show used",
    "model show --name used",
    "model text used weights.txt",
    "model compare used:1 used:2",
    "model script used",
    "model update used:2 --tag a=b",
    "model convert used:1 --yes",
    "model alias used:1 champion",
    "model favourite used",
    "model consent used:1",
    "model download used --target-dir out",
    "model export used --target used.zip",
    "model push used --to oci:used",
    "model sync used --store http://127.0.0.1:9",
    "run show RUN",
    "run list workspace tries --parent RUN",
    "run artifacts workspace RUN",
    "run propose workspace RUN",
    "run export mlruns --run RUN",
    "dataset show requests",
    "dataset rows requests",
    "dataset update requests --tag a=b",
    "dataset delete requests:1",
    "dataset restore requests:1",
    "environment show bare",
    "environment update bare --tag a=b",
    "environment logs bare",
    "environment lock bare",
    "environment build bare",
    "environment suggest conda.yml --model used",
    "environment delete bare:1",
    "environment restore bare:1",
    "image show picture",
    "image update picture --tag a=b",
    "image configuration picture",
    "image logs picture",
    "image layers picture:1",
    "image diff picture:1 picture:1",
    "package save picture:1 --output-path picture.tar",
    "package push picture:1",
    "package push picture:1 --to registry.example.com/team/picture:1",
    "package pull picture:1",
    "package registry picture:1",
    "package export iot-edge picture:1 --output-path edge.json",
    "image delete picture:1",
    "image restore picture:1",
    "batch show nightly",
    "batch logs nightly",
    "batch outputs nightly",
    "batch cancel nightly",
    "batch resume nightly",
    "batch pause nightly",
    "batch delete nightly",
    "drift run weekly --no-retrain",
    "drift show weekly",
    "drift pause weekly",
    "drift resume weekly",
    "drift retrain weekly",
    "drift export weekly weekly.yml",
    "drift delete weekly",
    "model profile --model used:2 --es score.py --rows requests.jsonl",
    "migrate --service adder --output-path v2",
    "compute show cluster",
    "compute confirm cluster",
    "compute check cluster",
    "compute role cluster",
    "compute detach cluster",
    "service show adder",
    "service call adder --data {}",
    "service sample adder",
    "service keys adder",
    "service token adder",
    "service client adder",
    "service logs adder",
    "service metrics adder",
    "service profile adder --requests 1",
    "service revisions adder",
    "service reload adder",
    "service update adder --model used:1",
    "service export kubernetes adder --to objects",
    "service diff adder 1 2",
    "service rollback adder",
    "service package adder --output-path folder",
    "package create --service adder --output-path another",
    "try score.py --model used",
    "test calls.http --service adder",
    "event show note",
    "event pause note",
    "event resume note",
    "event test note",
    "event delete note",
    "rule show newest",
    "rule history newest",
    "rule run newest --dry-run",
    "rule pause newest",
    "rule resume newest",
    "rule delete newest",
    "endpoint show front",
    "endpoint export front",
    "endpoint differences front",
    "endpoint set-version front second --service spare",
    "endpoint promote front second",
    "endpoint withdraw front first",
    "endpoint apply front.yml --name front",
    "service traffic front second=100",
    "endpoint stop front",
    "endpoint start front",
    "endpoint delete-version front first",
    "endpoint delete front",
    "service stop adder",
    "service start adder",
    "service restart adder",
    "service delete adder",
    "model delete used:2",
    "model restore used:2",
    "model delete used:2",
    "model purge used:2",
)
AZ_LINES = (
    "model show --model-id used:1",
    "model show --model-name used",
    "model update --model-id used:1 --add-tag a=b",
    "model download --model-id used:1 --target-dir az",
    "model profile --name p --model used:1 --ic inferenceconfig.json --input-dataset-id requests:1",
    "environment show --name bare",
    "environment download --name bare --directory az-environment",
    "dataset show --name requests",
    "service show --name adder",
    "service get-keys --name adder",
    "service get-logs --name adder",
    "service run --name adder --input-data {}",
    "endpoint realtime show --name adder",
)
NOT_RUN = {
    "service watch": "goes on until Ctrl+C",
    "service debug": "goes on until Ctrl+C",
}


def naming() -> dict[str, set[str]]:
    """Command → kinds of things that it names; those that make something new work in the folder's own workspace."""
    found = {
        command.name: {item.names for item in command.arguments if item.names not in (None, "", "workspace")}
        for command in DECLARATIONS
        if not command.makes
    }
    return {name: kinds for name, kinds in found.items() if kinds}  # type: ignore[misc]


def command_of(line: str) -> str:
    words = line.split()
    return next(name for name in (" ".join(words[:2]), words[0]) if name in {each.name for each in DECLARATIONS})


@pytest.mark.always
def test_no_command_that_names_a_thing_is_missing_here() -> None:
    assert {command_of(line) for line in LINES} | set(NOT_RUN) == set(naming())


@pytest.fixture
def old(terminal: Terminal, environments: Path, shared_environments: None) -> Terminal:
    """A folder that used the default workspace, and then got a configuration."""
    folder = terminal.folder
    (folder / "score.py").write_text(SCRIPT)
    (folder / "requests.jsonl").write_text('{"data": [1]}\n{"data": [2]}\n')
    (folder / "conda.yml").write_text("name: bare\ndependencies:\n- python=3.11\n")
    (folder / "inferenceconfig.json").write_text('{"entryScript": "score.py"}')
    (folder / "front.yml").write_text("name: front\ntraffic: {second: 100}\n")
    (folder / "calls.http").write_text("# @expect status 200\nPOST {{service}}/score\n\n{}\n")
    for content in ("one", "another"):
        (folder / "weights.txt").write_text(content)
        terminal.ok("model", "register", "weights.txt", "--name", "used")
    terminal.ok("dataset", "register", "requests.jsonl")
    terminal.ok("environment", "register", "conda.yml", "--name", "bare")
    terminal.ok("image", "register", "picture", "registry.example.com/team/picture:1", "--model", "used:1")
    (folder / "train.py").write_text(
        "from azureml.core import Experiment, Workspace\n"
        "run = Experiment(Workspace.get('local'), 'tries').start_logging()\n"
        "run.log('accuracy', 1)\nrun.complete()\nprint(run.id)\n"
    )
    run = terminal.ok("sdk", "run", "train.py").split()[-1]
    for name in ("adder", "spare"):
        terminal.ok("service", "deploy", name, "--entry-script", "score.py", "--model", "used:2")
    terminal.ok("rule", "create", "newest", "--model", "used", "--service", "adder")
    terminal.ok("event", "subscribe", "note", "--type", "service.*", "--command", "true")
    terminal.ok("endpoint", "create", "front", "--service", "adder", "--version", "first", "--port", str(free_port()))
    (folder / "batch.py").write_text("def run(mini_batch):\n    return [len(mini_batch)]\n")
    score = ("--entry-script", "batch.py", "--environment", "bare", "--input", "requests.jsonl")
    terminal.ok("batch", "run", "--name", "nightly", *score, "--output-path", "scored")
    (folder / "rows.csv").write_text("x\n1\n2\n")
    terminal.ok("drift", "schedule", "weekly", "-t", "rows.csv", "-b", "rows.csv", "--every", "7d")
    kubeconfig = write_kubeconfig(folder / "kubeconfig", {"prod": NOBODY})
    attach = ("compute", "attach", "cluster", "--context", "prod", "--namespace", "ns")
    terminal.ok(*attach, "--kubeconfig", str(kubeconfig))
    configure(folder)
    terminal.env["RUN"] = run
    return terminal


def test_every_command_that_names_a_thing_finds_it(old: Terminal) -> None:
    missed = []
    for line in AZ_LINES:
        done = old.run("az", "ml", *line.split())
        if "-not-found]" in done.stderr or f"Workspace {NAME}" not in done.stderr.splitlines()[0]:
            missed.append((f"az ml {line}", done.stderr))
    for line in LINES:
        done = old.run(*(old.env["RUN"] if word == "RUN" else word for word in line.split()))
        if (
            re.search(r"\[(?!route|file)[a-z-]+-not-found\]", done.stderr)
            or done.returncode == 2
            or "local still has it" not in done.stderr.splitlines()[2]
        ):
            missed.append((line, done.stderr))
    assert missed == [], "\n".join(f"{line}: {told}" for line, told in missed)
    assert NAME not in workspaces(old), "nothing was made in the folder's own workspace"


@pytest.mark.parametrize(
    "in_json",
    [False, pytest.param(True, marks=pytest.mark.long("the same commands, which print otherwise"))],
    ids=["text", "json"],
)
def test_a_change_that_fails_makes_no_workspace(terminal: Terminal, in_json: bool) -> None:
    """Also those that would make something, of what is not there."""
    configure(terminal.folder)
    (terminal.folder / "front.yml").write_text("name: nope\ntraffic: {second: 100}\n")
    making = (
        "model register nope.bin",
        "model register nope --from oci:nope",
        "dataset register nope.jsonl",
        "environment register nope.yml",
        "image register picture registry.example.com/team/picture:1 --model nope:1",
        "service deploy nope --entry-script nope.py",
        "service deploy nope --entry-script score.py --model nope:1",
        "endpoint create nope --service nope",
        "run register workspace nope",
        "model purge --all",
        "service stop-all",
    )
    things = r"\b(used|requests|bare|picture|cluster|adder|spare|front|nightly|weekly|newest|note|RUN)\b(?!\.)"
    left = []
    for line in (*making, *(re.sub(things, "nope", each) for each in LINES if "example.com" not in each)):
        terminal.run(*line.split(), *(["--json"] if in_json else []))
        if made := list((terminal.home / "workspaces").glob(f"{NAME}*")):
            left.append((line, [str(each) for each in made[0].rglob("*")]))
            assert terminal.run("workspace", "forget", made[0].name).returncode == 0
    assert left == []


def test_a_change_that_comes_about_after_one_that_failed_makes_it(terminal: Terminal) -> None:
    configure(terminal.folder)
    assert terminal.refused("model", "update", "nope:1", "--tag", "a=b")["code"] == "model-not-found"
    terminal.ok("model", "register", "model.bin")
    assert workspaces(terminal) == {"local": 0, NAME: 1}


def test_what_is_new_goes_into_the_folders_own(old: Terminal) -> None:
    old.ok("model", "register", "weights.txt", "--name", "used")
    assert old.json("model", "show", "used")["model"]["id"] == "used:1"
    assert workspaces(old) == {"local": 1, NAME: 1}
    assert "used:2" in old.ok("model", "list", "-w", "local")


def test_checks_say_which_workspace_they_ask(old: Terminal) -> None:
    path = old.folder / ".azureml/config.json"
    done = old.run("check", "score.py")
    assert done.stderr.splitlines()[0] == f"Workspace {NAME}, named by {path}. The first change creates it."
    assert "scoredock workspace move" in done.stderr.splitlines()[1]
    for form in ("json", "sarif"):
        assert "Workspace" not in old.run("check", "score.py", "--format", form).stderr
    path.write_text("{")
    done = old.run("check", "score.py")
    assert "The workspace local is used instead." in done.stderr.splitlines()[0]
    assert json.loads(old.ok("check", "score.py", "--format", "json"))["findings"] == []


def test_every_verb_of_az_that_names_a_thing_is_tried_or_of_a_kind_that_is() -> None:
    kinds = {kind for line in AZ_LINES for verb in names() if line.startswith(verb) for kind in names()[verb].values()}
    assert kinds == {kind for options in names().values() for kind in options.values()}
