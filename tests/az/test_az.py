"""`scoredock az ml …`: verbs, formats, exit codes, and what is refused."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import Any

import pytest
from scoredock.contrib.az.domain.here import reason_not_here
from scoredock.contrib.az.lines.deploying import SETTINGS
from scoredock.contrib.az.lines.main import handler_of, handlers
from scoredock.formats.az_lines.table import v1_verbs
from scoredock.formats.az_lines.v1_commands import COMMANDS, RUNS
from scoredock.formats.deployment_fields import FIELDS
from scoredock.formats.fields import find

from cli.conftest import Terminal


def az(terminal: Terminal, *words: str) -> Any:
    """The JSON that a line prints."""
    return json.loads(terminal.ok("az", "ml", *words))


def refused(terminal: Terminal, *words: str, code: int) -> str:
    done = terminal.run("az", *words)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def registered(terminal: Terminal) -> Terminal:
    for stage in ("old", "new"):
        az(terminal, "model", "register", "-n", "five", "-p", "model.bin", "--tag", f"stage={stage}", "--cc", "0.5")
    return terminal


def test_every_verb_is_done_or_refused_with_a_reason() -> None:
    for name in handlers():
        assert name in v1_verbs()
        assert callable(handler_of(name))
    assert importlib.import_module("scoredock.contrib.az.lines").__doc__
    for option, key in SETTINGS.items():
        assert any(option in each.names for each in v1_verbs()["model deploy"].options), option
        assert find(FIELDS, key.partition(".")[0]) is not None, key


def test_each_line_that_is_not_done_is_refused_by_what_it_is_about(terminal: Terminal) -> None:
    for number, name in enumerate(sorted(set(COMMANDS) - set(handlers()))):
        reason = reason_not_here([*name.split(), "-n", "x"])
        assert reason.message.startswith(f"“az ml {name}” "), name
        assert ("no command here does that" in reason.message) == (COMMANDS[name] == RUNS), name
        if number % 9 == 0:
            assert f"{reason.message} [az-not-here]" in refused(terminal, "ml", *name.split(), "-n", "x", code=1)
    assert "[az-cli-missing]" in refused(terminal, "account", "show", code=1)
    assert "On this machine `az ml model deploy` serves a model" in refused(terminal, "webapp", "up", "-n", "x", code=1)
    assert "if you need what the line does: Scoredock itself does not." in refused(terminal, "vm", "list", code=1)
    assert "“az login” needs the Azure CLI" in refused(terminal, "login", "-u", "me", "-p", "secret", code=1)
    for line, advice in {
        "storage blob download -c c -n n -f f": "put the files that the line fetches where it would",
        "acr build . -t a:1 -r r": "Leave the line out: an image is built on this machine",
        "aks get-credentials -n k": "`scoredock compute attach NAME --context CONTEXT` attaches a cluster",
        "group create -n g": "Leave the line out: nothing of Azure is set up",
        "extension add -n ml -y": "Leave the line out: the lines of `az ml` that run here need no extension.",
        "extension add --name=azure-devops": "Install it from https://aka.ms/azure-cli for the lines of “azure-devops”",
        "webapp create -n w": "Install it from https://aka.ms/azure-cli",
    }.items():
        assert advice in refused(terminal, *line.split(), code=1)
    assert "azure-cli-ml" in terminal.ok("az", "--", "extension", "list", "-o", "table")
    for line in ("configure --defaults workspace=w", "configure -d workspace=w", "config set defaults.workspace=w"):
        assert "add `-w NAME` to lines" in refused(terminal, *line.split(), code=1)
    told = refused(terminal, "config", "set", "extension.use_dynamic_install=yes_without_prompt", code=1)
    assert "Leave the line out: nothing that runs here needs a setting of the Azure CLI." in told


def test_help_lists_what_runs_here_of_a_group(terminal: Terminal) -> None:
    lines = terminal.ok("az", "ml", "datastore", "--help").splitlines()
    assert lines == [f"az ml {name}" for name in handlers() if name.startswith("datastore ")]
    assert terminal.ok("az", "--", "az", "ml", "datastore", "--help").splitlines() == lines
    assert terminal.ok("az", "--", "ml", "--help").splitlines() == [f"az ml {name}" for name in handlers()]


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("run submit-script -c train train.py", 1, "submits a run as a run configuration says; no command here"),
        ("pipeline create --name p -y p.yml", 1, "is for pipelines in Azure; here a script of the SDK makes"),
        ("datastore attach-blob -n x -k secret", 1, "is for storage in Azure; the datastores"),
        ("workspace delete -w x", 1, "is for a workspace in Azure, not for one on this machine. [az-not-here]\n  `"),
        ("image list", 1, "is not a command of the last release of azure-cli-ml (v1)."),
        ("env setup --cluster -n e", 1, "“az ml env setup” is not a command of the last release of azure-cli-ml (v1)."
         " [az-not-here]\n  Leave the line out: services run on this machine, and nothing of Azure is set up"),
        ("project create -n p --workspace w -a a --path .", 1, "Use `az ml folder attach -w w`."),
        ("execute start -c docker ./train.py 10", 1, "Use `scoredock sdk run ./train.py 10`."),
        ("history promote -ap outputs/m -n m -r r", 1, "`az ml model register -n m --asset-path outputs/m --run-id r`"),
        ("asset download -l link -d there", 1, "Use `az ml model download -i NAME:VERSION -t there`."),
        ("service run realtime -i s -d 1", 1, "Use `az ml service run -n s -d 1`."),
        ("computetarget attach --name m --address a --type remotedocker", 1, "has a command for each kind of target."),
        ("manifest create --manifest-name m -f s.py", 1, "Leave the line out: `az ml model deploy -n NAME -m MODEL"),
        ("experiment submit -c local train.py --rate 0.1", 1, "Use `scoredock sdk run train.py --rate 0.1`."),
        ("experiment status -r r1", 1, "Use `az ml run show -r r1`."),
        ("run submit-script train.py -c local -e e", 1, "Run the file here with `scoredock sdk run train.py`, and"),
        ("workspace create -n web -g g --only-show-errors", 2, "Did you mean: az ml workspace create -w web -g g\n"),
        ("workspace create --file w.yml -g g", 2, "Use `az ml workspace create -w NAME -g g`."),
        ("service create realtime -f s.py", 1, "“az ml service create realtime” is not a command of the last release"),
        ("service delete realtime -i x", 1, "“az ml service delete realtime” is not a command of the last release"),
        ("account modelmanagement set -n a", 1, "“az ml account” is not a command of the last release"),
        ("env show -g g -n e", 1, "“az ml env show” is not a command of the last release of azure-cli-ml (v1)"),
        ("experiment submit -c local t.py", 1, "“az ml experiment submit” is not a command of the last release"),
        ("project attach --history h", 1, "Use `az ml folder attach -w WORKSPACE`."),
        ("service create aci -n s --image-id i:1", 1, "Use `az ml model deploy -n s -m MODEL:VERSION --ic INFERENCE_C"),
        ("computetarget attach --name v --address a --type remotedocker", 1, "with --name, --address, --type is a"),
        ("model register -m m.pkl -n m", 2, "is a line of azure-cli-ml of 2017 or 2018; the last release of it has"
         " other options. [az-line-invalid]\n  Did you mean: az ml model register -p m.pkl -n m\n"),
        ("model register -m m.pkl -n m -t full", 2, "Did you mean: az ml model register -p m.pkl -n m --tag full=\n"),
        ("model show --name m --label latest || {", 2, "“az ml model show” with --name, --label is a line of Azure ML"),
        ("model list -n m more", 2, "unrecognized arguments: more."),
        ("model download -i m:1 --foo x -t .", 2, "arguments: --foo x. [az-line-invalid]\n  Did you mean: az ml model"
         " download -i m:1 -t .\n"),
        ("model register -n m -p m.pkl --foo", 2, "--foo is not an option of “az ml model register”."
         " [az-line-invalid]\n  Did you mean: az ml model register -n m -p m.pkl\n"),
        ("model list -nm --foo", 2, "Use `az ml model list"),
        ("workspace list -a account", 2, "“az ml workspace list” with -a is a line of azure-cli-ml of 2017 or 2018"),
        ("workspace create -n w -a /id", 2, "“az ml workspace create” with -n, -a is a line of Azure ML CLI v2"),
        ("workspace create -g g -n w -m allow_internet_outbound", 2, "with -n, -m is a line of Azure ML CLI v2"),
        ("workspace create", 2, "required: -w/--workspace-name. [az-line-invalid]\n  Use `az ml workspace create -w"),
        ("model delete -n m -v 1", 2, "error: -n is not an option of “az ml model delete”. “az ml model delete”"),
        ("model delete --name m", 2, "error: --name is not an option of “az ml model delete”. “az ml model delete”"),
        ("model register -p m.pkl", 2, "“az ml model register” also needs --name. [az-line-invalid]\n  `az ml --help`"),
        ("endpoint list-keys -n e", 1, "“az ml endpoint list-keys” is a command of Azure ML CLI v2"),
        ("online-endpoint list-keys -n e --query primaryKey", 2, "is not a command; did you mean “get-credentials”?"
         " [az-line-invalid]\n  Use `scoredock service keys e --json`. It prints the whole"),
        ("online-endpoint get-logs --name e -g g -w w", 2, "not a command; did you mean “online-deployment get-logs”?"
         " [az-line-invalid]\n  Use `scoredock service logs e-DEPLOYMENT`.\n"),
        ("online-endpoint status -n e", 2, "“get-credentials”, “invoke”, “list” or “regenerate-keys”. [az-line"),
        ("online-deployment keys -n e", 2, "did you mean “online-endpoint get-credentials”?"),
        ("workspace hub", 2, "“az ml workspace hub” is not a command of azure-cli-ml 1.41, nor one of CLI v2 that is"),
        ("compute create -n c --type ComputeInstance", 1, "Use `az ml computetarget create computeinstance -n c -s"),
        ("compute attach -n c --type VirtualMachine", 1, "runs those of v1. [az-not-here]\n  Leave the line out"),
        ("workspace diagnose -w w", 1, "“az ml workspace diagnose” is for a workspace in Azure, not for one on this"),
        ("model create --name m --path p", 1, "[az-not-here]\n  Use `az ml model register -n m -p p`."),
        ("online-endpoint create -n e", 1, "is a command of Azure ML CLI v2"),
        ("model", 2, "is not a command without a verb; add one such as “register”, “list”"),
        ("computetarget create", 2, "is not a command without a verb; add one such as “aks”, “amlcompute”"),
        ("computetarget create cluster -n x", 2, "“az ml computetarget create cluster” is not a command of"),
        ("nonsense", 2, "“az ml nonsense” is not a command of azure-cli-ml 1.41, nor"),
        ("model list\r", 2, "its script has the line ends of Windows. [az-line-invalid]\n  Remove them with `sed"),
        ("model register -n $MODEL -p model.pkl", 2, "--name: nothing has filled in the variable $MODEL."),
        ("model deploy -n adder -m ${M}:1 --ic a.json", 2, "--model: nothing has filled in the variable ${M}."),
        ("model show -n %MODEL%", 2, "--model-name: nothing has filled in the variable %MODEL%."),
        ("model show -n adder ^", 2, "“^” at the end of a line goes on in cmd alone."),
        ("service run -n adder -d '{}'", 2, "--input-data: the single quotes are part of the value '{}'."),
        ("model show --name m -o tsv", 2, "line of Azure ML CLI v2, and Scoredock runs those of v1. [az-line-invalid]\n"
         "  Did you mean: az ml model show -n m -o tsv"),
        ("model download -n m -v 2", 2, "“az ml model download” with -n, -v is a line of Azure ML CLI v2, and Scoredock"
         " runs those of v1. [az-line-invalid]\n  Did you mean: az ml model download -i m:2 -t ."),
        ("model show -n m -v 2", 2, "“az ml model show” with -v is a line of Azure ML CLI v2"),
        ("model show --name m -v 2 --subscription s", 2, "mean: az ml model show -n m --version 2 --subscription s\n"),
        ("model show --name m -v 2 --registry-name r", 2, "Use `az ml model show -n m --version 2`."),
        ("model show --name m --label latest", 2, "Use `az ml model show -n m`."),
        ("environment show -n e -v 2 --registry-name r", 2, "Use `az ml environment show -n e -v 2`."),
        ("model show", 2, "also needs --model-id or --model-name."),
        ("model show -m a7", 2, "“az ml model show” with -m is a line of azure-cli-ml of 2017 or 2018; the last"),
        ("workspace create -n ws1 -g g", 2, "Did you mean: az ml workspace create -w ws1 -g g"),
        ("environment list --max-results 3", 2, "with --max-results is a line of Azure ML CLI v2"),
        ("dataset create -f d.yml", 1, "“az ml dataset create” is a command of Azure ML CLI v2"),
        ("endpoint list", 1, "Use `scoredock endpoint list`."),
        ("model show -n [name]", 2, "--model-name: “[name]” is a placeholder; put the real value in its place."),
        ("model list -g rg-{env}", 2, "--resource-group: “rg-{env}” is a placeholder; put the real value in its"),
        ("model delete --name m --version 1", 2, "[az-line-invalid]\n  Did you mean: az ml model delete -i m:1\n"),
        ("model delete --name m --vn 1", 2, "[az-line-invalid]\n  Use `az ml model delete -i m:VERSION`"),
        ("pipeline -h", 1, "“az ml pipeline” is for pipelines in Azure; here a script of the SDK makes"),
        ("job --help", 1, "“az ml job” is a group of commands of Azure ML CLI v2, and Scoredock runs those of v1."),
        ("data create --help", 1, "“az ml data create” is a command of Azure ML CLI v2"),
        ("nonsense -h", 2, "“az ml nonsense” is not a command of azure-cli-ml 1.41, nor"),
        ("model register --name m --path p.pkl", 2, "  Did you mean: az ml model register --name m -p p.pkl\n"),
        ("service deploy -n svc -m m:1", 2, "[az-line-invalid]\n  Did you mean: az ml model deploy -n svc -m m:1\n"),
        ("service deploy svc -f d.yml", 2, "[az-line-invalid]\n  Use `scoredock service deploy svc --file d.yml`.\n"),
        ("computetarget computeinstance stop -n x", 1, "Leave the line out: scripts and services that name"),
        ("computetarget show -n x", 3, "The workspace has no compute target x. [asset-not-found]"),
        ("run submit-script -e e -c r fit.py -t 3", 1, "with `scoredock sdk run fit.py -t 3`, and register the model"),
        ("run submit-notebook -c x n.ipynb", 1, "`scoredock sdk notebook n.ipynb`"),
        ("run submit-script -e e -c r src/t.py --rate 0.5", 1, "with `scoredock sdk run src/t.py --rate 0.5`"),
        (r"experiment submit -c local .\code\t.py", 1, "Use `scoredock sdk run ./code/t.py`."),
        ("experiment create -n e", 1, "Leave the line out: an experiment is there from its first run on."),
        ("env about", 1, "“az ml env about” is not a command of the last release"),
        ("module register --spec-file m.yml", 1, "a job is no more than its scripts here"),
        ("history info --run r1", 1, "Use `az ml run show -r r1`."),
        ("service keys realtime -i s --regenerate", 1, "Use `az ml service regen-key -n s -k Primary`."),
        ("service create realtime -f s.py -n s -c c.yml", 1, "service deploy s --es s.py --cf c.yml`."),
        ("service create realtime -f s.py -m m.pkl -s service_schema.json -n s", 1, "-model m.pkl --es s.py`.\n"),
        ("service create realtime -f s.py -s other.json -n s", 1, "--es s.py`. Not used here: -s."),
        ("model show -m a7", 2, "Did you mean: az ml model show -n a7\n"),
        ("workspace list --account a", 2, "with --account is a line of azure-cli-ml of 2017 or 2018"),
        ("model update -n m", 2, "Use `az ml model update -i m:VERSION`."),
        ("model update -n m --add-property a=b", 2, "Use `az ml model update -i m:VERSION --add-property a=b`."),
        ("model package -n m -v 1 -f p.yml", 2, "Use `az ml model package -m m:1 --ic INFERENCE_CONFIG`."),
        ("run submit-script -e e --source-directory src t.py", 1, "the file here with `scoredock sdk run src/t.py`"),
        ("run submit-script --path . --sd src t.py", 1, "Run the file here with `scoredock sdk run src/t.py`"),
        ("model register -n m -f run.json --asset-path m", 1, "`az ml run submit-script -t` would write it, which"),
        ("dataset unregister -n d", 1, "Use `scoredock dataset delete d`."),
        ("dataset archive -n d", 1, "Leave the line out: a dataset here stays as it is until it is deleted."),
        ("computetarget attach remote -n v -a a -u u", 1, "is for a compute target elsewhere; one here is a cluster"),
        ("endpoint realtime create-version -n e --vn v", 1, "`scoredock endpoint create e --service SERVICE --ver"),
        ("model update -n m --label latest --set tags.a=b", 2, "Use `az ml model update -i m:VERSION --add-tag a=b`."),
        ("model list -g <rg>", 2, "put the real value in its place. [az-line-invalid]\n  `az ml --help`"),
        ("service status -n s", 2, "Use `az ml service show -n s`."),
        ("model show -n ${{ inputs.model }}", 2, "nothing has filled in the variable ${{ inputs.model }}."),
        ("computetarget create aks -n ${kind.name[count.index].id}", 2, "has filled in the variable ${kind.name[count"),
        ("computetarget create aks -n ${var.name}", 2, "[az-line-invalid]\n  Terraform fills it in; write the value"),
        ("model show -n ${NAME:-m}", 2, "the variable ${NAME:-m}. [az-line-invalid]\n  A shell fills in $NAME"),
        ("$(kind)-endpoint create -n e", 2, "Nothing has filled in the variable $(kind) of the command."),
        ("model register -n $(name) -p m", 2, "nothing has filled in the variable $(name). [az-line-invalid]\n  A pip"),
        ("computetarget attach databricks -n d", 1, "Leave the line out: scripts and services that name the"),
        ("run cancel -r r1", 1, "`scoredock run artifacts workspace r1`"),
        ("endpoint realtime update-version -n e --vn v --tp 20", 1, "`scoredock endpoint set-version e v --traffic 20"),
        ("workspace share -w w --user u --role r", 1, "Leave the line out: a workspace here is a folder"),
    ],
)  # fmt: skip
def test_what_is_said_is_true_of_the_line(terminal: Terminal, line: str, code: int, sentence: str) -> None:
    assert sentence in refused(terminal, "ml", *line.split(" "), code=code)


def test_compute_targets_that_are_created_are_names_of_this_machine(terminal: Terminal) -> None:
    for kind, more in (("aks", ("--cluster-purpose", "DevTest")), ("amlcompute", ("-s", "D2", "--max-nodes", "1"))):
        done = terminal.run("az", "ml", "computetarget", "create", kind, "-n", f"my-{kind}", *more)
        assert (done.returncode, json.loads(done.stdout)["provisioningState"]) == (0, "Succeeded")
        assert f"This machine stands for “my-{kind}”" in done.stderr
    listed = az(terminal, "computetarget", "list")
    assert [(each["name"], each["computeType"]) for each in listed] == [
        ("my-aks", "AKS"),
        ("my-amlcompute", "AmlCompute"),
    ]
    (terminal.folder / "use.py").write_text(
        "from azureml.core import Workspace\nfrom azureml.core.compute import ComputeTarget\n"
        "print([each.name for each in ComputeTarget.list(Workspace.from_config())])\n"
    )
    assert "my-amlcompute" in terminal.ok("sdk", "run", "use.py")
    terminal.ok("az", "ml", "computetarget", "delete", "-n", "my-aks")
    assert [each["name"] for each in az(terminal, "computetarget", "list")] == ["my-amlcompute"]


def test_runs_that_scripts_log_are_listed_shown_and_tagged(terminal: Terminal) -> None:
    (terminal.folder / "log.py").write_text(
        "from azureml.core import Experiment, Workspace\n"
        "run = Experiment(Workspace.from_config(), 'demo').start_logging()\nrun.log('a', 1)\nrun.complete()\n"
    )
    terminal.ok("sdk", "run", "log.py")
    (run,) = az(terminal, "run", "list", "--experiment-name", "demo")
    assert (run["experimentName"], run["status"]) == ("demo", "Completed")
    assert az(terminal, "run", "list", "-e", "other") == az(terminal, "run", "list", "--status", "Failed") == []
    assert az(terminal, "run", "list", "--parent-run-id", run["runId"]) == [], "it has no children"
    (terminal.folder / "log.py").write_text(
        "from azureml.core import Experiment, Workspace\n"
        "run = Experiment(Workspace.from_config(), 'nested').start_logging()\n"
        "for each in run.child_run('first'), run.child_run('second'):\n    each.complete()\nrun.complete()\n"
    )
    terminal.ok("sdk", "run", "log.py")
    (parent,) = az(terminal, "run", "list", "-e", "nested")
    children = az(terminal, "run", "list", "--parent-run-id", parent["runId"], "--status", "Completed")
    assert {(each["name"], each["parentRunId"]) for each in children} == {
        ("first", parent["runId"]),
        ("second", parent["runId"]),
    }
    assert "[run-not-found]" in refused(terminal, "ml", "run", "list", "--parent-run-id", "none", code=1)
    assert az(terminal, "run", "update", "-r", run["runId"], "--add-tag", "stage=new")["tags"] == {"stage": "new"}
    assert az(terminal, "run", "show", "-r", run["runId"])["tags"] == {"stage": "new"}
    assert {each["name"] for each in az(terminal, "experiment", "list")} == {"demo", "nested"}
    assert "[run-not-found]" in refused(terminal, "ml", "run", "show", "-r", "none", code=3)


def test_the_datastore_is_a_folder_of_the_workspace(terminal: Terminal) -> None:
    assert (
        terminal.ok("az", "ml", "datastore", "show-default", "--query", "name", "-o", "tsv") == "workspaceblobstore\n"
    )
    missing = refused(terminal, "ml", "datastore", "show", "-n", "other", code=3)
    stores = ["workspaceblobstore", "workspacefilestore", "workspaceartifactstore", "workspaceworkingdirectory"]
    assert f"{', '.join(stores[:3])} and {stores[3]} only" in missing
    assert "Use `-n workspaceblobstore`." in missing
    assert [each["name"] for each in az(terminal, "datastore", "list")] == stores
    assert az(terminal, "datastore", "set-default", "-n", "workspacefilestore")["isDefault"]
    assert az(terminal, "datastore", "show-default")["name"] == "workspacefilestore"
    (terminal.folder / "store.py").write_text(
        "from azureml.core import Datastore, Workspace\n"
        "Datastore.register_azure_blob_container(Workspace.from_config(), 'raw', 'c', account_name='a')\n"
    )
    terminal.ok("sdk", "run", "store.py")
    assert [each["name"] for each in az(terminal, "datastore", "list")][4:] == ["raw"]
    assert az(terminal, "datastore", "upload", "-n", "raw", "-p", "model.bin")["files"] == 1
    az(terminal, "datastore", "set-default", "-n", "workspaceblobstore")
    assert len(az(terminal, "datastore", "list")) == 5, "what scripts have registered stays"
    names = ("-n", "workspaceblobstore")
    assert az(terminal, "datastore", "upload", *names, "-p", "model.bin", "-u", "../in")["files"] == 1
    assert az(terminal, "datastore", "upload", *names, "-l", "model.bin", "-u", "in")["files"] == 0
    az(terminal, "datastore", "download", *names, "-d", "out", "-p", "in/")
    assert (terminal.folder / "out" / "in" / "model.bin").read_bytes() == b"12345"
    assert "[file-not-found]" in refused(
        terminal, "ml", "datastore", "download", *names, "-d", "out", "-p", "no", code=1
    )


def test_the_id_of_a_workspace_has_all_its_parts(terminal: Terminal) -> None:
    """One that was made here has no subscription and no resource group."""
    shown = az(terminal, "workspace", "show")
    assert (shown["subscriptionId"], shown["resourceGroup"]) == ("", "")
    assert shown["id"].startswith("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/scoredock/")
    (terminal.folder / "id.py").write_text(
        "from azureml.core import Workspace\nprint(Workspace.from_config().get_details()['id'])\n"
    )
    assert shown["id"] in terminal.ok("sdk", "run", "id.py")


def test_a_model_of_another_workspace_is_found_there(terminal: Terminal) -> None:
    made = az(terminal, "workspace", "create", "-w", "team", "-g", "group")
    assert made["resourceGroup"] == "group"
    assert "/resourceGroups/group/" in made["id"], "the line names it, and this machine has none"
    az(terminal, "model", "register", "-n", "five", "-p", "model.bin", "-w", "team")
    for line in ("model show -i five:1", "model deploy -n service -m five:1"):
        done = terminal.run("az", "ml", *line.split())
        assert done.returncode in (1, 3)
        assert "The workspace team has it: add `-w team` to the line." in done.stderr


def test_a_model_has_the_keys_of_v1(registered: Terminal) -> None:
    shown = az(registered, "model", "show", "-i", "five:1")
    assert set(shown) >= {
        *("cpu", "createdTime", "description", "experimentName", "framework", "frameworkVersion", "gpu", "id"),
        *("memoryInGB", "name", "properties", "runId", "sampleInputDatasetId", "sampleOutputDatasetId", "tags"),
        *("version", "createdBy", "mimeType", "unpack", "url", "runDetails", "datasets", "resourceConfiguration"),
    }
    assert (shown["id"], shown["version"], shown["cpu"], shown["tags"]) == ("five:1", 1, 0.5, {"stage": "old"})
    assert shown["properties"] == ""


def test_queries_and_formats_are_those_of_az(registered: Terminal) -> None:
    def out(*words: str) -> str:
        return registered.ok("az", "ml", "model", "list", *words)

    assert out("--query", "[0].id", "-o", "tsv") == "five:2\n"
    assert out("--tag", "stage=old", "--query", "[].[name, version]", "-o", "tsv") == "five\t1\n"
    assert out("--query", "[?tags.stage=='old'].id | [0]") == '"five:1"\n'
    assert out("--query", "[0].{b: name, a: version}", "-o", "tsv") == "five\t2\n"
    assert out("--query", "[0].{name: name, version: version}", "-o", "yaml") == "name: five\nversion: 2\n"
    assert out("--query", "[].{Name: name, Version: version}", "-o", "table") == (
        "Name  Version\n----  -------\nfive  2\nfive  1\n"
    )
    assert out("--query", "[9].id", "-o", "tsv") == ""
    assert out("-o", "none") == ""
    assert out("--query", "length(@)") == "2\n"
    assert list(json.loads(out("-l"))[0]) == sorted(json.loads(out("-l"))[0])
    assert [each["id"] for each in az(registered, "model", "list", "--model-name", "five")] == ["five:2", "five:1"]


def test_a_query_that_finds_nothing_says_which_names_there_are(terminal: Terminal) -> None:
    done = terminal.run("az", "ml", "workspace", "show", "--query", "container_registry", "-o", "tsv")
    assert (done.returncode, done.stdout) == (0, "")
    assert (
        "note: --query “container_registry” finds nothing in the result, which has names such as “id”," in done.stderr
    )
    done = terminal.run("az", "ml", "workspace", "show", "--query", "container_registry", "--only-show-errors")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_not_there_or_not_valid_ends_with_the_codes_of_az(registered: Terminal) -> None:
    assert "[model-not-found]" in refused(registered, "ml", "model", "show", "-i", "six:1", code=3)
    assert "[service-not-found]" in refused(registered, "ml", "service", "show", "-n", "nobody", code=3)
    assert "[model-not-found]" in refused(registered, "ml", "model", "delete", "-i", "six:1", code=1)
    told = refused(registered, "ml", "model", "list", "--query", "[0", code=2)
    assert "not a JMESPath expression" in told
    assert "Did you mean" not in told
    told = refused(registered, "ml", "model", "register", "-n", "five", "-p", "model.bin", "--overwrite", code=2)
    assert "--overwrite is not an option of “az ml model register”" in told
    assert "also needs --name" in refused(registered, "ml", "service", "show", code=2)
    assert "Did you mean: az ml model list" in refused(registered, "ml", "model", "lst", code=2)
    assert "key=value" in refused(registered, "ml", "model", "update", "-i", "five:1", "--add-tag", "a", code=2)
    assert "--output must be" in refused(registered, "ml", "model", "list", "-o", "xml", code=2)


def test_a_filter_of_services_is_used_where_there_are_none(terminal: Terminal) -> None:
    done = terminal.run("az", "ml", "service", "list", "--model-name", "five", "--tag", "a=b")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_the_file_of_a_registration_names_the_workspace(registered: Terminal) -> None:
    az(registered, "model", "register", "-n", "five", "-p", "model.bin", "-g", "group", "-t", "made.json")
    names = {"modelId": "five:3", "workspaceName": "local", "resourceGroupName": "group"}
    assert json.loads((registered.folder / "made.json").read_text()) == names
    done = registered.run("az", "ml", "model", "list", "--query", "[0].stage")
    of_v1 = "“name”, “id”, “version”, “framework”, “frameworkVersion” and “createdTime”"
    assert f"which has names such as {of_v1}." in done.stderr


def test_a_model_is_changed_downloaded_and_deleted(registered: Terminal) -> None:
    changed = az(
        registered, "model", "update", "-i", "five:1", "--add-tag", "a=b", "--remove-tag", "stage", "--gb", "2"
    )
    assert (changed["tags"], changed["cpu"], changed["memoryInGB"]) == ({"a": "b"}, 0.5, 2.0)
    az(registered, "model", "download", "-i", "five:1", "-t", "out")
    assert (registered.folder / "out" / "model.bin").read_bytes() == b"12345"
    assert registered.ok("az", "ml", "model", "delete", "-i", "five:1") == ""
    assert [each["id"] for each in az(registered, "model", "list")] == ["five:2"]


def test_a_service_lives_by_the_lines_of_v1(shared_environments: None, registered: Terminal) -> None:
    (registered.folder / "meta.json").write_text('{"modelId": "five:2"}')
    (registered.folder / "ic.json").write_text('{"entryScript": "score.py"}')
    secret = "a-key-of-32-characters-0123456789"
    made = az(
        registered,
        *("model", "deploy", "-n", "sum", "-f", "meta.json", "--ic", "ic.json", "--ct", "cluster", "--ae", "true"),
        *("--cc", "0.5", "--tag", "a=b", "--property", "c=d", "--kp", secret, "-g", "group", "-w", "nowhere"),
    )
    assert (made["computeType"], made["computeName"], made["state"]) == ("AKS", "cluster", "Healthy")
    assert (made["tags"], made["properties"], made["authEnabled"]) == ({"a": "b"}, {"c": "d"}, True)
    assert made["containerResourceRequirements"]["cpu"] == 0.5
    assert az(registered, "service", "get-keys", "-n", "sum")["primaryKey"] == secret
    store = (registered.home / "workspaces" / "local" / "store.sqlite3").read_bytes()
    assert secret.encode() not in store
    assert az(registered, "service", "run", "-n", "sum", "-d", '{"data": [1, 2]}') == 3
    assert "[service-request-failed]" in refused(registered, "ml", "service", "run", "-n", "sum", "-d", "{", code=1)
    told = az(
        registered, "service", "update", "-n", "sum", "--add-tag", "e=f", "--remove-tag", "a", "--description", "new"
    )
    assert (told["tags"], told["description"]) == ({"e": "f"}, "new")
    assert registered.json("service", "show", "sum")["revision"] == 1
    assert "[service-property-exists]" in refused(
        registered, "ml", "service", "update", "-n", "sum", "--add-property", "c=e", code=1
    )
    keys = az(registered, "service", "regen-key", "-n", "sum", "-k", "secondary", "-s", "other-" + secret)
    assert keys == {"primaryKey": secret, "secondaryKey": "other-" + secret}
    uri = registered.ok("az", "ml", "endpoint", "realtime", "show", "-n", "sum", "--query", "scoringUri", "-o", "tsv")
    assert uri.startswith("http://127.0.0.1:")
    assert "POST /score" in registered.ok("az", "ml", "service", "get-logs", "-n", "sum", "-l", "50")
    assert [each["name"] for each in az(registered, "service", "list", "-c", "AKS", "--model-id", "five:2")] == ["sum"]
    assert az(registered, "service", "list", "-c", "ACI") == []
    assert [each["name"] for each in az(registered, "computetarget", "list")] == ["cluster"]
    assert registered.ok("az", "ml", "service", "delete", "-n", "sum") == ""
    assert az(registered, "service", "list") == []


def test_settings_are_checked_as_a_configuration_is(registered: Terminal) -> None:
    (registered.folder / "ic.json").write_text('{"entryScript": "score.py"}')
    line = ("ml", "model", "deploy", "-n", "sum", "-m", "five:1", "--ic", "ic.json")
    assert "[deploy-setting-invalid]" in refused(registered, *line, "--cp", "aks", "--cc", "-1", code=1)
    assert "“baseImage”" in refused(registered, *line, "--bi", "python:3.11", code=2)
    assert "“true” or “false”" in refused(registered, *line, "--ae", "perhaps", code=2)
    told = registered.refused("service", "deploy", "sum", "--ic", "ic.json", "--setting", "keys.primaryKey=secret")
    assert told["code"] == "deploy-setting-invalid"
    assert registered.json("service", "list")["services"] == []


def test_a_script_that_the_checks_refuse_is_answered_with_what_az_can_do(registered: Terminal) -> None:
    script = "def init():\n    nowhere()\n\n\ndef run(data):\n    return data\n"
    (registered.folder / "absent.py").write_text(script)
    (registered.folder / "absent.json").write_text('{"entryScript": "absent.py"}')
    told = refused(registered, "ml", "model", "package", "-m", "five:1", "--ic", "absent.json", code=1)
    assert "Fix it and give the line again." in told
    assert "--skip-checks" not in told
    told = refused(registered, "ml", "model", "deploy", "-n", "sum", "-m", "five:1", "--ic", "absent.json", code=1)
    assert "`scoredock service deploy --skip-checks`" in told
    (registered.folder / "absent.py").write_text(script.replace("run", "walk"))
    error = registered.refused("service", "deploy", "sum", "-m", "five:1", "--entry-script", "absent.py")
    assert error["fix"] == "Fix the errors and deploy again.", "what has no run() does not come up either"


def test_folders_are_attached_to_workspaces(registered: Terminal) -> None:
    told = az(registered, "folder", "attach", "-w", "build-2019-demo", "-g", "a-group", "-t", "attached.json")
    assert (told["Workspace name"], told["Resource group"]) == ("build-2019-demo", "a-group")
    assert json.loads((registered.folder / "attached.json").read_text()) == told
    assert az(registered, "model", "list") == []
    assert len(az(registered, "model", "list", "-w", "local")) == 2
    assert az(registered, "workspace", "show")["name"] == "build-2019-demo"
    assert "[workspace-exists]" in refused(registered, "ml", "workspace", "create", "-w", "build-2019-demo", code=1)
    assert az(registered, "workspace", "create", "-w", "build-2019-demo", "--exist-ok")["name"] == "build-2019-demo"
    attached = registered.run("az", "ml", "computetarget", "attach", "aks", "-n", "c", "-i", "/subscriptions/s")
    assert json.loads(attached.stdout)["provisioningState"] == "Succeeded"
    assert "This machine stands for “c”" in attached.stderr


def test_environments_go_through_a_folder(terminal: Terminal) -> None:
    scaffold = az(terminal, "environment", "scaffold", "-n", "myenv", "-d", "made")
    assert (scaffold["name"], scaffold["version"]) == ("myenv", None)
    assert "[model-file-exists]" in refused(
        terminal, "ml", "environment", "scaffold", "-n", "myenv", "-d", "made", code=1
    )
    made = az(terminal, "environment", "register", "-d", "made")
    assert (made["name"], made["version"]) == ("myenv", "1")
    assert [each["name"] for each in az(terminal, "environment", "list")] == ["myenv"]
    az(terminal, "environment", "download", "-n", "myenv", "-v", "1", "-d", "again")
    written = json.loads((terminal.folder / "again" / "azureml_environment.json").read_text())
    assert {"pip": ["azureml-defaults"]} in written["python"]["condaDependencies"]["dependencies"]


def test_a_correction_does_not_repeat_a_secret(terminal: Terminal) -> None:
    told = refused(terminal, "ml", "model", "deploy", "-m", "five:1", "--kp", "secret-1", "--ks=secret-2", code=2)
    assert "Did you mean: az ml model deploy -n five -m five:1 --kp" in told
    assert "secret-" not in told
    told = refused(terminal, "ml", "service", "regen-key", "-k", "Primary", "-s", "secret-3", code=2)
    assert "secret-" not in told


def test_an_extension_that_is_asked_for_is_looked_up(terminal: Terminal) -> None:
    line = ("az", "extension", "list", "-o", "tsv", "--query")
    assert terminal.ok(*line, "[?name=='azure-cli-ml'].version") == "1.41.0\n"
    assert terminal.ok(*line, "[?name=='ml'].version") == ""
    assert terminal.ok("az", "extension", "show", "-n", "azure-cli-ml", "--query", "version") == '"1.41.0"\n'


def test_options_without_a_meaning_here_are_told(registered: Terminal) -> None:
    cluster = ("az", "ml", "computetarget", "create", "amlcompute", "-n", "c", "-s", "S", "--max-nodes", "1")
    assert "note: Not used here: --max-nodes, --vm-size, --assign-identity" in (
        registered.run(*cluster, "--assign-identity", "[system]").stderr
    )
    done = registered.run("az", "ml", "workspace", "create", "-w", "other", "-l", "westeurope", "--sku", "basic")
    assert done.returncode == 0
    assert "note: Not used here: --location, --sku.\n" in done.stderr
    line = ("az", "ml", "model", "register", "-n", "five", "-p", "model.bin", "--experiment-name", "e", "-g", "group")
    assert "note: Not used here: --experiment-name.\n" in registered.run(*line).stderr
    assert "note:" not in registered.run(*line, "--only-show-errors").stderr


def test_a_line_loads_what_it_needs_and_no_other_command(registered: Terminal) -> None:
    lines = [
        "import sys",
        "from scoredock.cli import main",
        "main(['az', 'ml', 'model', 'list', '-o', 'none'])",
        "heavy = ('docker', 'jsonschema', 'jmespath', 'scoredock.checks.catalogue', 'scoredock.cli.main')",
        "print([name for name in (*heavy, 'scoredock.services.deployments') if name in sys.modules])",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], env=registered.environment(), capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr


def test_an_entry_script_is_looked_for_in_the_source_directory(terminal: Terminal) -> None:
    """As in v1, where `--es` is relative to `--sd`; so is it for `service deploy`."""
    (terminal.folder / "inside").mkdir()
    az_line = ("az", "ml", "model", "deploy", "-n", "adder", "--sd", "inside", "--es", "entry.py")
    for words in (az_line, ("service", "deploy", "adder", "--sd", "inside", "--es", "entry.py")):
        done = terminal.run(*words)
        place = terminal.folder / "inside" / "entry.py"
        assert f"The entry script {place} does not exist. [file-not-found]" in done.stderr, words
    (terminal.folder / "inside" / "entry.py").write_text("def init()\n")
    for words in (az_line, ("service", "deploy", "adder", "--sd", "inside", "--es", "entry.py")):
        assert f"{place}:1:" in terminal.run(*words).stderr.replace("inside/entry.py:1", f"{place}:1"), words
    beside = terminal.run("service", "deploy", "adder", "--sd", "inside", "--es", "score.py")
    assert f"The entry script {terminal.folder / 'score.py'} is not inside the source directory" in beside.stderr
