"""What a line of Azure ML CLI v2 is answered with: a line that there is here, with what the line itself names."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.cli.command import UsageError
from scoredock.cli.parser import parser
from scoredock.contrib.az.checks.releases import EARLY
from scoredock.contrib.az.domain.here import is_done_here, reason_not_here, verb_of
from scoredock.contrib.az.domain.v2_equivalents import _WORDS, EQUIVALENTS, in_place
from scoredock.contrib.az.lines.command_line import LineError, read
from scoredock.formats.az_lines.table import groups, v1_verbs

from cli.conftest import Terminal

LIST = Path(__file__).resolve().parents[2] / "pyserver/scoredock/cli/command_line.json"
FLAGS = {
    command["name"]: {flag for argument in command["arguments"] for flag in argument["flags"]}
    for command in json.loads(LIST.read_text("utf-8"))["commands"]
}
LINES = {
    "endpoint create --type batch -f b.yml": "Leave the line out: `scoredock batch run",
    "endpoint invoke --type batch -n b --input-path data": "scoredock batch run -f DEPLOYMENT_FILE -i data -o FOLDER",
    "batch-endpoint invoke -n b --input d --job-name j": "scoredock batch run -n j -f DEPLOYMENT_FILE -i d -o FOLDER",
    "endpoint show --type batch -n b": "Leave the line out: `scoredock batch run",
    "endpoint list-jobs --type batch -n b": "scoredock batch list",
    "endpoint create --type online -f e.yml": "scoredock service deploy --file e.yml --file DEPLOYMENT_FILE",
    "endpoint show -n e": "scoredock endpoint show e",
    "endpoint delete -n e --deployment blue -y": "Use `scoredock endpoint delete-version e blue`. Its service stays,"
    " until `scoredock service delete e-blue` deletes it. The only version of an endpoint goes with the endpoint:"
    " `scoredock endpoint delete e`.",
    "endpoint update -n e --deployment blue --instance-count 2": "Use `az ml service update -n e-blue --nr 2`.",
    "endpoint update -n e --deployment blue --deployment-file d.yml": "deploy e --file d.yml --deployment blue`.",
    "endpoint log -n e --deployment blue --tail 9": "scoredock service logs e-blue -l 9`.",
    "endpoint invoke -n b --type batch --input-local-path d": "scoredock batch run -f DEPLOYMENT_FILE -i d -o FOLDER`.",
    "endpoint log -n e --deployment blue": "scoredock service logs e-blue",
    "endpoint list-keys -n e": "scoredock service keys e`",
    "online-endpoint update -n e --traffic blue=100": "scoredock service traffic e blue=100`",
    "online-endpoint update -n e --traffic blue=90 green=10": "scoredock service traffic e blue=90 green=10`",
    "online-endpoint update -n e --traffic 'blue=0, green:100'": "scoredock service traffic e blue=0 green=100`",
    "online-endpoint update -n e --set traffic={}": "Use `scoredock endpoint stop e`. Nothing responds there until"
    " `scoredock endpoint start e`; its services run on, until `scoredock service stop SERVICE` stops each.",
    "online-endpoint update -n e --traffic blue=0": "Use `scoredock service traffic e blue=0`. Here the default version"
    " gets what is left of 100, all of it where it is the only one; `scoredock endpoint stop e` ends the responses, and"
    " `scoredock service stop SERVICE` stops a service.",
    "online-endpoint update -n e -f e.yml --set traffic.blue=0": "then divides the requests. Here the default version",
    "online-endpoint update -n e --traffic $BLUE=90": 'scoredock service traffic e "$BLUE=90"`',
    "online-endpoint update -n e --app-insights i": "`az ml service update -n e-DEPLOYMENT --ai true`. CLI v2 has no",
    "online-endpoint update -n e -f e.yml": "scoredock endpoint apply e.yml --name e`",
    "online-endpoint update -n e --set traffic.blue=10": "scoredock service traffic e blue=10`",
    "endpoint update -n e --deployment-file d.yml --traffic a:90,b:10 --set tags.t=x": (
        "service deploy e --file d.yml`. `scoredock service traffic e a=90 b=10` then divides the requests. Tags and"
        " descriptions are of each service here: `az ml service update -n SERVICE --add-tag t=x`."
    ),
    "online-endpoint update -n e -f e.yml -r blue=10": (
        "endpoint apply e.yml --name e`. `scoredock service traffic e blue=10` then divides the requests."
    ),
    "online-endpoint update -n e --traffic blue=10 --set tags.a=b": (
        "traffic e blue=10`. Tags and descriptions are of each service here: `az ml service update -n SERVICE"
        " --add-tag a=b`."
    ),
    "model create -n m --local-path ./m": "az ml model register -n m -p ./m`",
    "model create -f m.yml -p azureml://datastores/a/paths/m": "m.yml`. Write into the file before what the line says"
    " of “path”.",
    "online-endpoint update -n e --set tags.a=b description='c d'": "Tags and descriptions are of each service here:"
    " `az ml service update -n SERVICE --add-tag a=b -d 'c d'`.",
    "online-endpoint update -n e --set public_network_access=disabled": "here has no “public_network_access”, which",
    "online-endpoint update -n e --mirror-traffic green=10": "scoredock service traffic e --mirror green=10`",
    "online-endpoint delete --name=e --yes": "scoredock endpoint delete e`. The services of its deployments stay",
    "online-endpoint invoke -n e --request-file my.json": "scoredock service call e -d @my.json",
    "online-endpoint invoke -n e --deployment-name blue -r r.json": "scoredock service call e-blue -d @r.json",
    "online-endpoint regenerate-keys -n e --key-type secondary": "service keys e --regenerate secondary",
    "online-endpoint get-credentials -n E-1 --query accessToken -o tsv": "Use `scoredock service token e-1`.",
    "online-endpoint get-credentials -n e --query primaryKey": "scoredock service keys e --json`",
    "online-endpoint show -n $E --query scoring_uri -o tsv": "scoredock endpoint show $E --json`. “scoring_uri” is"
    " “scoringUri” there.",
    "online-endpoint show -n e --query provisioning_state -o tsv": "Use `scoredock endpoint show e --json`."
    " “provisioning_state” is “state” there, with values such as “Healthy”.",
    "online-deployment show -n b -e e --query provisioning_state": "show e-b --json`. “provisioning_state” is “state”",
    "online-endpoint show -n e --query identity.principal_id": "an endpoint here has no identity",
    "online-endpoint create -n e --auth-mode aml_token": "deploy e --file DEPLOYMENT_FILE --auth tokens`.",
    "online-endpoint create --local -n e": "scoredock service deploy e --file DEPLOYMENT_FILE",
    "online-endpoint create --local -n e -f e.yml": "scoredock service deploy e --file e.yml --file DEPLOYMENT_FILE`."
    " That deploys DEPLOYMENT_FILE, too: leave out the line that creates its deployment, and where that has"
    " `--name X`, add `--deployment X`.",
    "online-deployment create -n blue --endpoint e -f d.yml --all-traffic": "scoredock service traffic e blue=100`",
    "online-deployment create -f d.yml --set endpoint_name=e name=blue model=azureml:m:1 environment_variables.A=1": (
        "service deploy e --file d.yml --deployment blue`. Write into the file before what the line says of “model” and"
        " “environment_variables.A”."
    ),
    "online-deployment get-logs -n blue -e e --container storage-initializer": "Services here have no init container",
    "batch-deployment create --name b --endpoint-name e": "CLI v2 takes no such line without `-f`, which names the",
    "batch-deployment create -f b.yml": "Use `scoredock batch run -f b.yml -i INPUT -o FOLDER`.",
    "online-deployment create -e e -n b -m azureml:m:2 --environment n@latest --code-path src --scoring-script score.py"
    " --instance-count 1": "Use `scoredock service deploy e -m m:2 -e n --es score.py --sd src`. CLI v2 takes no such"
    " line without `-f`, which names the file of the deployment. Not used here: --instance-count.",
    "online-deployment create -e e -n b -f d.yml --scoring-script score.py": "deploy e --file d.yml --deployment b`.",
    "online-deployment create -n b -e e": "deploy e --file FILE --deployment b`. CLI v2 takes no such line without",
    "online-endpoint update -n e --set defaults.deployment_name=x": "here has no “defaults.deployment_name”, which",
    "online-endpoint update -n e --set tags.a=b": "`az ml service update -n SERVICE --add-tag a=b`.",
    "online-deployment create -f d.yml": "scoredock service deploy --file d.yml`. Leave it out where the line for the"
    " endpoint has deployed the file.",
    "online-deployment create -n Blue -e e -f d.yml": "scoredock service deploy e --file d.yml --deployment blue`",
    "online-deployment update -n blue -e e -f d.yml": "service deploy e --file d.yml --deployment blue --overwrite`",
    "online-deployment update -n blue -e e -f d.yml --all-traffic": "--overwrite`. CLI v2 takes `--all-traffic` with"
    " `create` alone; `scoredock service traffic e blue=100` gives the deployment all requests here.",
    "job show -n j --web": "a run of the SDK has none. Not used here: --web.",
    "online-deployment get-logs -n blue -e e": "scoredock service logs e-blue`",
    "online-deployment get-logs -n blue -e e --lines 5": "scoredock service logs e-blue -l 5`",
    "online-deployment delete -n blue -e e": "endpoint delete-version e blue`. Its service stays, until `scoredock"
    " service delete e-blue` deletes it. The only version of an endpoint goes with the endpoint: `scoredock endpoint"
    " delete e`.",
    "endpoint update -n e --deployment-file green.yml": "Use `scoredock service deploy e --file green.yml`.",
    "batch-endpoint invoke -n b --input d --output-path o --set output_file_name=f.csv x=1 --instance-count 2": (
        "run -f DEPLOYMENT_FILE -i d -o o --output-file-name f.csv`. It needs no endpoint. Not used here:"
        " --instance-count, --set x."
    ),
    "data list --name d": "scoredock dataset list -n d`.",
    "environment create -n e --build-context c --dockerfile-path d/Own": "`docker build -t e -f c/d/Own c`",
    "job list -p j": "az ml run list --parent-run-id j`.",
    "component show -n c --label latest": "Leave the line out",
    "data show -n d --label latest": "scoredock dataset show d`.",
    "batch-endpoint invoke -n b --input https://a/b": "scoredock batch run -f DEPLOYMENT_FILE -i INPUT -o FOLDER",
    "job validate -f job.yml": "`scoredock check job.yml` checks the file.",
    "compute attach -n k --type Kubernetes --namespace n": "compute attach k --context CONTEXT --namespace n`",
    "online-deployment update -n blue -e e --instance-count 3": "az ml service update -n e-blue --nr 3`",
    "online-deployment update -n blue -e e --set instance_count=3": "az ml service update -n e-blue --nr 3`",
    "online-deployment update -n blue -e e --set environment.x=3": "Write into the file of the deployment what the line"
    " says of “environment.x”, then use `scoredock service deploy e --file FILE --deployment blue --overwrite`.",
    "online-deployment update -n blue -e e": "Change the file of the deployment, then use",
    "model create -f model.yml": "scoredock model register model.yml",
    "model create -n m -p 'a b' -t mlflow_model": "az ml model register -n m -p 'a b'",
    "model create -n m -p azureml://jobs/j/outputs/artifacts": "register -n m --asset-path PATH --run-id j`. Runs here"
    " have ids of their own, which `az ml run list` lists in the folder where the script ran; a script without a run",
    "model create -n m -p azureml://jobs/$J/outputs/artifacts/paths/model/": "--asset-path model --run-id $J`",
    "model create -n m -p azureml://jobs/$J/outputs/artifacts/out/m.pkl": "--asset-path out/m.pkl --run-id $J`",
    "model create -n m -p azureml://jobs/j/outputs/artifacts/paths/outputs/m.pkl": "az ml model register -n m -p"
    " outputs/m.pkl`. “outputs” is in the folder where the script ran; of a run that was submitted `az ml model"
    " register -n m --asset-path outputs/m.pkl --run-id RUN` registers it.",
    "model create -n m -p azureml://jobs/j/outputs/artifacts/paths/outputs/": "az ml model register -n m -p outputs`",
    "model create -n m -p azureml://datastores/a/paths/m": "az ml model register -n m -p PATH`. PATH is where the files"
    " of azureml://datastores/a/paths/m lie on this machine once you have fetched them.",
    "model create -n m -p runs:/$J/model": "-n m --asset-path model --run-id $J`",
    "model create -n m -p azureml://jobs/j/outputs/best_model/paths/a": "az ml model register -n m -p BEST_MODEL/a`",
    "model create -n m -p p --tags a=b c=d --description 'e f'": "-n m -p p --tag a=b --tag c=d -d 'e f'`",
    "model create -n m -p p --tags New 'Two words' $MORE": "-p p --tag New= --tag 'Two words=' --tag $MORE`",
    "model create -n m -v 3 -p p": "az ml model register -n m -p p`. What is registered here gets the next version.",
    "model create -f m.yml --set name=n --set tags.job=$J type=x": "scoredock model register m.yml -n n --tag"
    ' "job=$J"`. Write into the file before what the line says of “type”.',
    "model create -f m.yml --set version=3": "register m.yml`. What is registered here gets the next version.",
    "model share -n m --registry-name r": "Leave the line out: models and environments are registered in a workspace",
    "model create -n <name> -p p": "az ml model register -n <name> -p p",
    "environment create -f environment.yml": "scoredock environment register environment.yml",
    "environment create -n e -f environment.yml": "scoredock environment register environment.yml -n e`",
    "environment create -n e --image i:1 --conda-file c.yml": "scoredock environment register c.yml -n e",
    "environment create -n e --image i:2 --conda-file c.yml --tags a=b": "c.yml -n e`. Not used here: --image, --tags.",
    "environment create -n e -f e.yml --conda-file c.yml": "scoredock environment register e.yml -n e`. Write into the"
    " file before what the line says of “conda_file”.",
    "environment create -n e -f e.yml -i i:2 -c c.yml": "e.yml -n e`. Write into the file before what the line says of"
    " “conda_file” and “image”.",
    "environment create -n e --image i:1": "scoredock environment register --image i:1 -n e",
    "environment create -n e --build-context .": "`docker build -t e .`, and register it with `scoredock",
    "job create -f job.yml --stream": "Run each script that job.yml names with `scoredock sdk run SCRIPT`",
    "job stream -n j": "`scoredock run list` lists the runs, and `scoredock run artifacts STORE RUN` the files of one.",
    "job show -n j --query status": "az ml run show -r RUN --query status`. Runs here have ids of their own, which"
    " `az ml run list` lists in the folder where the script ran; a script without a run of the SDK has none.",
    "job list --parent-job-name j --max-results 5": "az ml run list --parent-run-id j --last 5`",
    "job update -n j --set tags.a=b": "az ml run update -r RUN --add-tag a=b`. Runs here have ids of their own",
    "job update -n j --set description=b": "Leave the line out: a script runs until it is done here",
    "job download -n j --all --download-path d": "where its arguments say or in “outputs”. `scoredock run list` lists",
    "batch-endpoint invoke -n b --input d --mini-batch-size 20": "-i d -o FOLDER --mini-batch-size 20`",
    "connection create -f c.yml": "a script gets a secret as a variable of its environment here",
    "feature-store create -f f.yml": "Leave the line out: a script here reads its features from files.",
    "data create -n d --path p --type uri_file": "Leave the line out: scripts here read files by their paths",
    "data create -n d --path p.csv --type uri_file": "scoredock dataset register p.csv -n d`",
    "datastore create -f d.yml": "The datastores of a workspace here are folders",
    "code create -n c -p .": "Leave the line out: a deployment takes the code from its own folder.",
    "compute show -n c --query identity.principal_id": "Leave the line out: scripts and services that name the",
    "compute show -n c --query name -o tsv": "az ml computetarget show -n c --query name`.",
    "compute show -n c --query provisioning_state": "show -n c`. Not used here: --query.",
    "compute start -n c": "Leave the line out: scripts and services that name the",
    "compute create -n c --type amlcompute --size S --max-instances 2": "amlcompute -n c --max-nodes 2 -s S`",
    "compute create -n c --size S --max-instances 2 --min-instances 1 --idle-time-before-scale-down 9": (
        "-n c --max-nodes 2 -s S --min-nodes 1 --idle-seconds-before-scaledown 9`"
    ),
    "compute create -n c --size S --max-instances 2 --tier low_priority --subnet=s -g g -w w --no-wait": (
        "amlcompute -n c --max-nodes 2 -s S -p lowpriority`. Not used here: --subnet, --no-wait."
    ),
    "compute create -n c --type AmlCompute --size S --min-nodes 0 --max-nodes 4": "Use `az ml computetarget create"
    " amlcompute -n c --max-nodes 4 -s S --min-nodes 0`.",
    "compute create -n c --size S --max-instances 2 --tier spot": "--max-nodes 2 -s S`. Not used here: --tier.",
    "compute create -n c --type ComputeInstance --size S": "az ml computetarget create computeinstance -n c -s S",
    "compute attach -n k --type Kubernetes": "scoredock compute attach k --context CONTEXT",
    "compute attach -n v --type VirtualMachine": "that name the target run on this machine",
    "component create -f c.yml": "Leave the line out: a job is no more than its scripts here",
    "component create -f flows/a/flow.dag.yaml": "`pf flow test --flow flows/a`",
    "model archive -n m -v 2": "scoredock model delete m:2`",
    "environment archive -n e -v 2": "scoredock environment delete e:2`",
    "environment archive -n e": "scoredock environment delete e:VERSION`. Each version has a line of its own here;"
    " `scoredock environment list -n e` lists them.",
    "environment archive -n e --label latest": "scoredock environment delete e`.",
    "data archive -n d": "scoredock dataset delete d:VERSION`. Each version has a line of its own here; `scoredock"
    " dataset list -n d` lists them.",
    "model restore -n m": "`scoredock model list -n m --deleted` lists them.",
    "environment restore -n e -v 2": "scoredock environment restore e:2`",
    "environment update -n e -v 2 --set tags.a=b": "scoredock environment update e:2 --tag a=b`",
    "data update -n d -v 2 --set description='a b'": "scoredock dataset update d:2 -d 'a b'`",
    "data archive -n d -v 2": "scoredock dataset delete d:2`",
    "data restore -n d -v 2": "scoredock dataset restore d:2`",
    "online-deployment update -n blue -e e --traffic 'blue=90 green=10'": "service traffic e blue=90 green=10`",
    "data show -n d --version 2": "scoredock dataset show d:2`",
    "workspace provision-network -n w": "Leave the line out: a workspace here is a folder",
    "schedule create -f s.yml": "Leave the line out, and have cron or the task scheduler of Windows start the script;"
    " `scoredock drift schedule NAME -t SOURCE --every PERIOD` compares data as a monitor does.",
    "schedule disable -n s": "Leave the line out: there are no schedules of Azure here.",
    "model archive -n m -l latest": "delete m:VERSION`. `az ml model show -n m --query version` prints the latest",
    "registry show -n r": "Leave the line out: models and environments are registered in a workspace",
}


@pytest.mark.parametrize(("line", "advice"), LINES.items())
def test_a_line_of_v2_is_answered_with_one_of_here(line: str, advice: str) -> None:
    reason = reason_not_here(shlex.split(line))
    assert "is a command of Azure ML CLI v2, and Scoredock runs those of v1." in reason.message
    assert (advice in reason.fix) if advice else (reason.fix == "")


@pytest.mark.parametrize(
    ("given", "is_on"),
    [("--all-traffic", True), ("--all-traffic true", True), ("--all-traffic false", False), ("", False)],
)
def test_all_requests_are_given_where_the_line_says_so(given: str, is_on: bool) -> None:
    fix = reason_not_here(["online-deployment", "create", "-e", "e", "-f", "d.yml", "-n", "b", *given.split()]).fix
    assert ("`scoredock service traffic e b=100`" in fix) is is_on


EARLY_LINES = {
    "service create realtime -f score.py -m .\\out\\m.pkl -p requirements.txt -n s -r python": "scoredock service"
    " deploy s --register-model ./out/m.pkl --es score.py --cf requirements.txt`",
    "service create realtime -f s.py -m a --model-file b -n s": "--register-model a --register-model b --es s.py`.",
    "service create realtime -f s.py -m a/m.pkl -m m.h5 -m b/m.pkl -s s.json -r python -n s": "--register-model"
    " m.pkl=a/m.pkl --register-model m.h5=m.h5 --register-model m.pkl-2=b/m.pkl --es s.py`. Not used here: -s.",
    "image create -n i -m m.pkl -f s.py -c c.yml -s s.json -r python": "az ml model package -m MODEL:VERSION --es s.py"
    " --cf c.yml --in i`. `az ml model register -n NAME -p m.pkl` registers the file before. Not used here: -s.",
    "service create realtime -f s.py -n My_service": "scoredock service deploy my-service --es s.py`.",
    "image create container -n i -m m:1 -f s.py -c c.yml": "model package -m m:1 --es s.py --cf c.yml --in i`.",
    "hostacct create -n a": "nothing of Azure is set up for them",
    "service create realtime -n s -m m.pkl --image-id i": "-n s -m MODEL:VERSION --ic INFERENCE_CONFIG --dc"
    " DEPLOYMENT_CONFIG`. Not used here: -m, --image-id.",
    "execute start -c docker train.py 0.5": "Use `scoredock sdk run train.py 0.5`.",
    "computetarget attach -n h -a 1.2.3.4 -u u -w w --cluster": "Leave the line out: scripts run on this machine",
    "experiment -c prepare": "Leave the line out: `scoredock sdk run SCRIPT` runs a script in any folder",
    "service run realtime -i s.cluster-1.eastus2 -d 1": "az ml service run -n s -d 1`",
    "image create -n i --manifest-id m": "az ml model package -m MODEL:VERSION --ic INFERENCE_CONFIG --in i`",
    "workspace delete -n w": "scoredock workspace forget w`",
}


@pytest.mark.parametrize(("line", "advice"), EARLY_LINES.items())
def test_a_line_of_earlier_releases_keeps_what_it_says(line: str, advice: str) -> None:
    assert advice in reason_not_here(shlex.split(line.replace("\\", "\\\\"))).fix


def test_commands_stay_in_the_workspace_of_the_line(terminal: Terminal) -> None:
    terminal.ok("workspace", "create", "there")

    def fix(*words: str) -> str:
        return " ".join(terminal.run("az", "ml", *words).stderr.split())

    assert "`az ml run list -g g -w nowhere`" in fix("job", "list", "-g", "g", "-w", "nowhere")
    assert "`scoredock endpoint list`" in fix("online-endpoint", "list", "-w", "nowhere")
    assert "`scoredock -w there endpoint list`" in fix("online-endpoint", "list", "--workspace-name", "there")
    assert "Use `az ml run show -r RUN --query status -w nowhere -o tsv`." in fix(
        "job", "show", "-n", "j", "--query", "status", "--output", "tsv", "-w", "nowhere"
    )
    assert "Use `az ml environment show -n e --query version -o tsv`." in fix(
        "environment", "show", "--name", "e", "--label", "latest", "--query", "version", "-o", "tsv"
    )
    assert "`az ml workspace create -w other -g g`" in fix("workspace", "create", "-n", "other", "-g", "g", "-m", "m")
    terminal.ok("-w", "there", "endpoint", "list")
    submitted = fix("run", "submit-script", "-c", "local", "-w", "there", "fit.py")
    assert submitted.count("`scoredock -w there sdk run fit.py`") == 1
    assert "submit it: `scoredock -w there sdk run submit.py`" in submitted
    terminal.ok("workspace", "use", "there")
    assert "`scoredock endpoint list`" in fix("online-endpoint", "list", "-w", "there")


def test_of_workspaces_of_one_name_the_resource_group_says_which(terminal: Terminal) -> None:
    ids = {}
    for group in ("one", "other"):
        identity = {"subscription_id": "1", "resource_group": group, "workspace_name": "there"}
        (terminal.folder / "config.json").write_text(json.dumps(identity))
        terminal.ok("workspace", "connect")
        ids[group] = terminal.json("workspace", "show")["id"]
    line = ("run", "submit-script", "-c", "local", "-w", "there", "fit.py", "-g")
    for group, place in (("one", f" -w {ids['one']}"), ("other", "")):  # the folder means the other one
        said = " ".join(terminal.run("az", "ml", *line, group).stderr.split())
        assert f"`scoredock{place} sdk run submit.py`" in said
    (terminal.folder / "submit.py").write_text(
        "from azureml.core import Workspace\nprint(Workspace.from_config().resource_group)\n"
    )
    assert "one\n" in terminal.ok("-w", ids["one"], "sdk", "run", "submit.py")


_NUMBERS = ("COUNT", "COUNTED", "LINES")
_EVERY = [word for name, (option, *_) in _WORDS.items() for word in (option, "5" if name in _NUMBERS else "x")]
_FORMS = ([], *(_EVERY[at : at + 2] for at in range(0, len(_EVERY), 2)), _EVERY, ["--query", "status"])


def test_every_command_that_an_answer_proposes_is_one() -> None:
    """Whatever options a line has: the parser of `scoredock`, or that of `az ml`, takes what is proposed."""
    names = {*EARLY, *(f"{group} {verb}" for group, verbs in groups().items() for verb in verbs)}
    lines = [[*name.split(), *form, "-w", "w"] for name in names for form in _FORMS]
    answers = {in_place(reason_not_here(line).fix, line, "there"): line for line in lines if not is_done_here(line)}
    commands = {
        each: line for text, line in answers.items() for each in re.findall(r"`((?:az ml|scoredock) [^`]+)`", text)
    }
    assert len(commands) > 100
    of_scoredock = parser()
    for command, line in commands.items():
        words = shlex.split(command)
        try:
            if words[0] == "scoredock":
                of_scoredock.parse_args(words[1:])
            else:
                verb = verb_of(words[2:])
                assert verb is not None
                options = read(verb, [re.sub("^[A-Z]+$", "5", word) for word in words[2 + len(verb.name.split()) :]])
                for each in ("--tag", "--add-tag", "--property", "--add-property"):
                    options.pairs(each)
        except (AssertionError, LineError, UsageError) as error:
            pytest.fail(f"{' '.join(line)}: {command}: {error}")


@pytest.mark.parametrize("line", sorted({each for each in EQUIVALENTS.values() if each}))
def test_each_line_that_is_proposed_is_there(line: str) -> None:
    words = line.split()
    if words[0] == "az":
        names = [each for each in v1_verbs() if " ".join(words[2:]).startswith(each)]
        known = {spelling for option in v1_verbs()[max(names, key=len)].options for spelling in option.names}
    else:
        known = FLAGS[" ".join(words[1:3])]
    assert {word for word in words if re.match(r"--?[a-z]", word)} <= known


def test_an_endpoint_that_its_file_has_made_answers_what_is_proposed(
    shared_environments: None, terminal: Terminal
) -> None:
    """Of the lines of v2 in the order in which people write them."""
    (terminal.folder / "code").mkdir()
    (terminal.folder / "code" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (terminal.folder / "m.txt").write_text("m")
    (terminal.folder / "conda.yml").write_text("dependencies:\n  - python=3.11\n")
    (terminal.folder / "endpoint.yml").write_text("name: My-Endpoint-for-all-the-others\nauth_mode: key\n")
    for name in ("blue", "green"):
        (terminal.folder / f"{name}.yml").write_text(
            f"name: {name}\nendpoint_name: My-Endpoint-for-all-the-others\nmodel:\n  path: m.txt\n"
            "code_configuration:\n  code: code\n  scoring_script: score.py\nenvironment:\n  conda_file: conda.yml\n"
            "  image: mcr.microsoft.com/azureml/x:1\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
        )
    (terminal.folder / "r.json").write_text("[1]")
    for line in (
        "online-deployment create -f blue.yml",
        "online-deployment create -f green.yml",
        "online-endpoint list",
        "online-endpoint show -n My-Endpoint-for-all-the-others",
        "online-endpoint invoke -n My-Endpoint-for-all-the-others -r r.json",
        "online-endpoint invoke -n My-Endpoint-for-all-the-others --deployment-name blue -r r.json",
        "online-endpoint get-credentials -n My-Endpoint-for-all-the-others --query primaryKey -o tsv",
        "online-endpoint regenerate-keys -n My-Endpoint-for-all-the-others --key-type primary",
        "online-endpoint update -n My-Endpoint-for-all-the-others --traffic blue=100",
        "online-deployment list -e My-Endpoint-for-all-the-others",
        "online-deployment show -n blue -e My-Endpoint-for-all-the-others",
        "online-deployment get-logs -n blue -e My-Endpoint-for-all-the-others",
        "online-deployment update -n blue -e My-Endpoint-for-all-the-others -f blue.yml",
        "endpoint log -n My-Endpoint-for-all-the-others --deployment blue",
        "online-endpoint show -n My-Endpoint-for-all-the-others --query scoring_uri -o tsv",
        "online-endpoint regenerate-keys -n My-Endpoint-for-all-the-others --key-type secondary",
        "online-endpoint delete -n My-Endpoint-for-all-the-others",
    ):
        said = terminal.run("az", "ml", *line.split()).stderr
        proposed = re.search(r"Use `scoredock ([^`]+)`", said)
        assert proposed is not None, (line, said)
        terminal.ok(*proposed.group(1).split())
    service = json.loads(terminal.ok("service", "list", "--json"))["services"][0]["name"]
    terminal.ok("endpoint", "create", "last", "--service", service, "--version", "blue")
    only = terminal.run("endpoint", "delete-version", "last", "blue").stderr
    assert "It has no other version: `scoredock endpoint stop last` stops the endpoint" in only
    services = [each["name"] for each in json.loads(terminal.ok("service", "list", "--json"))["services"]]
    assert len({terminal.ok("service", "keys", each) for each in services}) == len(services) - 1 == 1, "of all versions"


@pytest.mark.parametrize(
    ("more", "advice"),
    [
        ("", "az ml model register -n m --asset-path a/b --run-id j --tag t=u`. Runs here have ids of their own"),
        (
            "-p azureml://datastores/a/paths/m",
            "az ml model register -n m -p PATH --tag t=u`. PATH is where the files of",
        ),
        ("--set path=azureml://jobs/k/outputs/artifacts/paths/c name=n", "register -n n --asset-path c --run-id k"),
        ("-p here", "scoredock model register m.yml`. Write into the file before what the line says of “path”."),
    ],
)
def test_a_model_whose_files_lie_in_azure_is_registered_by_what_its_file_says(
    terminal: Terminal, more: str, advice: str
) -> None:
    (terminal.folder / "m.yml").write_text(
        "name: m\npath: azureml://jobs/j/outputs/artifacts/paths/a/b\ntags:\n  t: u\n"
    )
    said = " ".join(terminal.run("az", "ml", "model", "create", "-f", "m.yml", *more.split()).stderr.split())
    assert advice in said
    assert "Not used here" not in said


def test_all_requests_are_given_to_the_deployment_that_the_file_names(terminal: Terminal) -> None:
    (terminal.folder / "d.yml").write_text("name: blue\nendpoint_name: houses\nmodel: azureml:m:1\n")
    for more, shares in (((), "houses blue=100"), (("-n", "green"), "houses green=100"), (("-e", "e"), "e blue=100")):
        words = ("az", "ml", "online-deployment", "create", "-f", "d.yml", "--all-traffic", *more)
        said = " ".join(terminal.run(*words).stderr.split())
        assert f"`scoredock service traffic {shares}` then gives it all requests" in said


def test_a_verb_behind_an_option_is_told_with_what_it_means(terminal: Terminal) -> None:
    said = " ".join(terminal.run("az", "ml", "experiment", "-c", "prepare").stderr.split())
    assert "“prepare” stands behind an option; az wants it first: “az ml experiment prepare”." in said
    assert "nothing is prepared for it" in said


PIPELINE = (
    "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\njobs:\n"
    "  parts:\n    type: command\n    component: ../components/parts.yml\n"
    "  train:\n    type: parallel\n    task:\n      type: run_function\n      code: ../src\n"
    "      entry_script: many.py\n      environment:\n        conda_file: ../conda.yml\n"
    "  registered:\n    component: azureml:other:1\n"
)
JOBS = {
    PIPELINE: "one after the other: parts: `(cd components/src && scoredock sdk run parts.py --n 3)`; train: `scoredock"
    " batch run --es src/many.py --cf conda.yml -i INPUT -o FOLDER`; registered (azureml:other:1) has no script here.",
    "command: >-\n  python train.py\n  --rate 0.1\ncode: src\n": "Run its script here: `(cd jobs/src && scoredock sdk"
    " run train.py --rate 0.1)`.",
    "trial:\n  code: ..\n  command: python fit.py\n": "Run its script here: `scoredock sdk run fit.py`.",
    "jobs:\n  a:\n    component: azureml:cut@latest\n  b:\n    component: azureml:cut:2\n"
    "  c:\n    type: sweep\n"
    "    trial: azureml:cut:1\n  d:\n    trial: file:../components/parts.yml\n"
    "  e:\n    component: azureml:flow:1\n": (
        "a: `(cd components/src && scoredock sdk run cut2.py)`; b: `(cd components/src && scoredock sdk run cut2.py)`;"
        " c: `(cd components/src && scoredock sdk run cut.py)`; d: `(cd components/src && scoredock sdk run parts.py"
        " --n 3)`; last: `(cd components/src && scoredock sdk run parts.py --n 3)`."
    ),
    'jobs:\n  a:\n    inputs:\n      b: ""<YOUR>"\n': "“jobs/job.yml” has an error in line 4, so Azure refuses it as"
    " well. The file is not valid YAML",
    "code:\n  local_path: ./src\ncommand: python train.py\n": "`(cd jobs/src && scoredock sdk run train.py)`",
    "code: ../src\ncommand: >-\n  pip install . && python train.py --data ${{inputs.data}} --rate ${{inputs.rate}}\n"
    '  --name "${{inputs.name}}" $[[--more ${{inputs.more}}]] --model ${{outputs.model}} && ls\n'
    "inputs:\n  data:\n    type: uri_file\n    path: ../data/a b.csv\n  rate: 0.1\n  name: two words\n"
    "environment_variables:\n  SIZE: 3\n  WORDS: a b\n": "`(cd src && SIZE=3 WORDS='a b' scoredock sdk run train.py"
    " --data '../data/a b.csv' --rate 0.1 --name 'two words' --model MODEL)`."
    " The command does more, which is left out here: `pip install .`; `ls`.",
    "command: python src/train.py --data ${{inputs.data}} > log.txt\ncode: ..\ninputs:\n  data:\n    path:"
    " azureml:d:1\n": "`scoredock sdk run src/train.py --data DATA`.",
    "inputs:\n  rows: 5\njobs:\n  a:\n    inputs:\n      n: ${{parent.inputs.rows}}\n      d:"
    " ${{parent.jobs.b.outputs.d}}\n    component: ../components/sized.yml\n    environment_variables:\n      A: 2\n": (
        "a: `A=2 B=1 scoredock sdk run components/sized.py --n 5 --d D --k 7`."
    ),
    "command: >-\n  python train.py --data {inputs.data} --rate {inputs.rate} $[[--more {inputs.more}]]\n"
    "inputs:\n  data:\n    data: azureml:d:1\n  rate: 0.1\n": (
        "`scoredock sdk run jobs/train.py --data DATA --rate 0.1`."
    ),
    # As the previews wrote what a step gets, and a variable for what is in Azure.
    "inputs:\n  rows: 5\njobs:\n  a:\n    command: python t.py --n {inputs.n} --d {inputs.d}\n    code: .\n"
    "    environment_variables:\n      MLFLOW_TRACKING_URI: azureml://tracking\n      A: 1\n"
    "    inputs:\n      n: inputs.rows\n      d: jobs.b.outputs.d\n": (
        "a: `(cd jobs && A=1 scoredock sdk run t.py --n 5 --d D)`."
    ),
    "command: >-\n  pip install . && SIZE=1 PYTHONPATH=components python -m pack.inner --n ${{inputs.n}}\n"
    "code: ..\ninputs:\n  n: 3\n": "`SIZE=1 PYTHONPATH=components scoredock sdk run -m pack.inner --n 3`. The command"
    " does more, which is left out here: `pip install .`.",
    # A single file as the code of a job.
    "command: python inner.py --n 3\ncode: ../components/pack/inner.py\n": (
        "`(cd components/pack && scoredock sdk run inner.py --n 3)`."
    ),
    "type: parallel\ntask:\n  code: ../components/pack/inner.py\n  entry_script: inner.py\n": (
        "`scoredock batch run --es components/pack/inner.py -i INPUT -o FOLDER"
    ),
    "command: |\n  pip install x.py\n  python -u cut.py --n 1 &&\\\n  K=2 python fit.py | tee log\ncode: ../src\n": (
        "Run its steps here, one after the other: `(cd src && scoredock sdk run cut.py --n 1)`; `(cd src && K=2"
        " scoredock sdk run fit.py)`. The command does more, which is left out here: `pip install x.py`."
    ),
    "command: |\n  mkdir -p d &&\n  cp -r ${{inputs.raw}}/* d/\n  python -c 'a; b'\n  export A=1 B=$HOME:x\n"
    "  PYTHONPATH=. python fit.py\n  A=3 python -m pack.inner\ncode: ..\ninputs:\n  raw:\n    path: raw\n": (
        "Run its script here: `A=1 B=$HOME:x PYTHONPATH=. scoredock sdk run fit.py`. The command does more, which is"
        " left out here: `mkdir -p d && cp -r jobs/raw/* d/; python -c 'a; b'`; `A=3 python -m pack.inner`."
    ),
    # What one step writes is the same word where another reads it, and an optional argument that has it stays.
    "jobs:\n  a:\n    command: python a.py --out ${{outputs.parts}} --log ${{outputs.log}}\n    outputs:\n"
    "      parts:\n        type: uri_folder\n      log:\n        type: uri_file\n  b:\n    command: python b.py"
    " $[[--data ${{inputs.data}}]] $[[--log ${{inputs.old}}]] --more ${{inputs.more}} --log ${{outputs.log}}\n"
    "    inputs:\n      data:\n        type: uri_folder\n        path: ${{parent.jobs.a.outputs.parts}}\n"
    "      old: ${{parent.jobs.a.outputs.log}}\n      more: ${{parent.jobs.c.outputs.rest}}\n"
    "    outputs:\n      log:\n        type: uri_file\n": (
        "a: `scoredock sdk run jobs/a.py --out PARTS --log LOG`; b: `scoredock sdk run jobs/b.py --data PARTS"
        " --log OLD --more REST --log LOG`."
    ),
    "command: python -m other.inner\ncode: ..\n": "names no Python script",
    "jobs:\n  a:\n    type: sweep\n    trial: ../components/sized.yml\n    search_space:\n"
    "      k:\n        type: uniform\n": ("a: `A=1 B=1 scoredock sdk run components/sized.py --n 1 --d D --k K`."),
    # A component that is not there, and one of another version.
    "jobs:\n  a:\n    component: ./none.yml\n  b:\n    component: azureml:cut:7\n": (
        "a (jobs/none.yml does not exist); b (version 2 here): `(cd components/src && scoredock sdk run cut2.py)`."
    ),
    "type: parallel\ninputs:\n  k: a b\nmini_batch_size: 10\nerror_threshold: -1\npartition_keys: [S, B]\ntask:\n"
    "  code: .\n  entry_script: many.py\n  program_arguments: --k ${{inputs.k}} --o ${{outputs.o}}\n": (
        "`scoredock batch run --es jobs/many.py -i INPUT -o FOLDER --partition-key=S --partition-key=B"
        " --mini-batch-size=10 --error-threshold=-1 --argument=--k '--argument=a b' --argument=--o --argument=O`."
    ),
    "$schema: https://example.org/automl.regression.schema.json\ntraining_data:\n  path: azureml:d:1\n": (
        "Scoredock has no automated machine learning"
    ),
    ": https://example.org\nname: a\n": "The file is not valid YAML: the key before the colon is missing.",
    "type: spark\ncode: ../src\nentry:\n  file: fit.py\nargs: >-\n  --n ${{inputs.n}}\ninputs:\n  n: 3\n": (
        "Run its script here: `(cd src && scoredock sdk run fit.py --n 3)`."
    ),
    "type: import\nsource:\n  type: azuresqldb\n": "jobs/job.yml names no command; `scoredock sdk run SCRIPT` runs a",
    "type: automl\n": "Scoredock has no automated machine learning",
    "jobs:\n  a:\n    command: az ml job list\n": "jobs/job.yml names no Python script",
    "command: Rscript train.R\n": "jobs/job.yml names no Python script",
    "jobs:\n  pick:\n    type: command\n    component: azureml://registries/azureml/components/pick/versions/1\n"
    "  fit:\n    component: azureml:fit:2\n": "No step of jobs/job.yml names a command: pick (azureml://registries/azureml/"
    "components/pick/versions/1) has no script here; fit (azureml:fit:2) has no script here. `scoredock sdk run SCRIPT`"
    " runs a script that does the same.",
}


@pytest.mark.parametrize(("text", "advice"), JOBS.items())
def test_the_steps_of_a_job_are_those_of_its_file(terminal: Terminal, text: str, advice: str) -> None:
    for name in ("jobs", "components"):
        (terminal.folder / name).mkdir()
    (terminal.folder / "jobs" / "job.yml").write_text(text)
    (terminal.folder / "components" / "parts.yml").write_text("code: ./src\ncommand: python ./parts.py --n 3\n")
    (terminal.folder / "components" / "pack").mkdir()
    (terminal.folder / "components" / "pack" / "inner.py").write_text("")
    for version, script in ((1, "cut"), (2, "cut2")):
        component = f"name: cut\nversion: {version}\ncode: ./src\ncommand: python {script}.py\n"
        (terminal.folder / "components" / f"{script}.yml").write_text(component)
    (terminal.folder / "components" / "flow.yml").write_text(
        "name: flow\ntype: pipeline\njobs:\n  last:\n    component: ./parts.yml\n"
    )
    (terminal.folder / "components" / "sized.yml").write_text(
        "inputs:\n  n:\n    type: integer\n    default: 1\n  k:\n    default: 7\n  d:\n    type: uri_folder\n"
        "environment_variables:\n  A: 1\n  B: 1\ncode: ..\n"
        "command: python components/sized.py --n ${{inputs.n}} --d ${{inputs.d}} --k ${{inputs.k}}\n"
    )
    (terminal.folder / "components" / "bad.yml").write_text("name: [flow\n")
    done = terminal.run("az", "ml", "job", "create", "-f", "jobs/job.yml", "--stream")
    assert (done.returncode, done.stdout) == (1, "")
    assert advice in " ".join(done.stderr.split())


def test_a_batch_deployment_of_a_pipeline_is_answered_with_its_steps(terminal: Terminal) -> None:
    (terminal.folder / "deployment.yml").write_text("name: pipes\ntype: pipeline\ncomponent: parts.yml\n")
    (terminal.folder / "parts.yml").write_text("jobs:\n  fit:\n    code: ./src\n    command: python fit.py\n")
    done = terminal.run("az", "ml", "batch-deployment", "create", "-f", "deployment.yml", "-e", "b")
    assert "Run its script here: fit: `(cd src && scoredock sdk run fit.py)`." in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("line", "is_submitted_only"),
    [
        ("joblib.dump(1, 'outputs/model.pkl')", True),
        ("plt.savefig(os.path.join('./outputs', 'a.png'))", True),
        ("os.makedirs('outputs', exist_ok=True)\njoblib.dump(1, 'outputs/model.pkl')", False),
        ("run.download_file('outputs/model.pkl')", False),
        ("joblib.dump(1, 'model.pkl')", False),
    ],
)
def test_the_folder_that_only_a_submitted_script_finds(terminal: Terminal, line: str, is_submitted_only: bool) -> None:
    (terminal.folder / "train.py").write_text(f"{line}\n")
    (terminal.folder / "job.yml").write_text("command: python train.py\ncode: .\n")
    sentence = "Make the folder outputs first, for “train.py”: only a run that is submitted finds it there."
    for words in (("run", "submit-script", "-c", "x", "train.py"), ("job", "create", "-f", "job.yml")):
        said = " ".join(terminal.run("az", "ml", *words).stderr.split())
        assert "`scoredock sdk run train.py`" in said
        assert (sentence in said) is is_submitted_only
    (terminal.folder / "outputs").mkdir()
    assert sentence not in terminal.run("az", "ml", "job", "create", "-f", "job.yml").stderr


@pytest.mark.skipif(os.name == "nt", reason="the line is one of Bash")
def test_the_line_of_a_job_runs_as_it_is_printed(terminal: Terminal) -> None:
    """In the folder of the code, with the arguments and the variables that the file says."""
    (terminal.folder / "jobs" / "src").mkdir(parents=True)
    (terminal.folder / "bin").mkdir()
    (terminal.folder / "a b.csv").write_text("here")
    (terminal.folder / "jobs" / "src" / "fit.py").write_text(
        "import os, sys\nprint(sys.argv[1:], open(sys.argv[2]).read(), os.environ['WORDS'], os.listdir())\n"
    )
    (terminal.folder / "jobs" / "job.yml").write_text(
        "code: src\ncommand: python fit.py --data ${{inputs.data}} --n ${{inputs.n}}\ninputs:\n  n: 1\n  data:\n"
        "    type: uri_file\n    path: ../a b.csv\nenvironment_variables:\n  WORDS: a b\n"
    )
    own = terminal.folder / "bin" / "scoredock"
    own.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m scoredock.cli "$@"\n')
    own.chmod(0o700)
    said = " ".join(
        terminal.run("az", "ml", "job", "create", "-f", "jobs/job.yml", "--set", "inputs.n=9").stderr.split()
    )
    line = re.search(r"`(\(.*\))`", said)
    assert line is not None, said
    environment = {**terminal.environment(), "PATH": f"{own.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", line[1]], cwd=terminal.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert "['--data', '../../a b.csv', '--n', '9'] here a b ['fit.py']\n" in done.stdout, done.stderr


def test_what_set_says_goes_before_the_file(terminal: Terminal) -> None:
    (terminal.folder / "job.yml").write_text(
        "command: python t.py --n ${{inputs.n}} --d ${{inputs.d}}\ncode: .\n"
        "inputs:\n  n: 1\n  d:\n    type: uri_folder\n    path: azureml:d:1\n"
    )
    line = ("az", "ml", "job", "create", "--set", "inputs.n=7", "inputs.d.path=data", "environment_variables.A=b", "-f")
    said = " ".join(terminal.run(*line, "job.yml").stderr.split())
    assert "`A=b scoredock sdk run t.py --n 7 --d data`" in said
    absent = " ".join(terminal.run(*line, "absent.yml").stderr.split())
    assert "Run each script that absent.yml names" in absent


def test_the_folder_is_that_in_which_the_script_runs(terminal: Terminal) -> None:
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "train.py").write_text('FOLDER = "outputs"\nmodel.save(FOLDER)\n')
    (terminal.folder / "job.yml").write_text("command: python train.py\ncode: src\n")
    line = ("az", "ml", "job", "create", "-f", "job.yml")
    assert "Make the folder src/outputs first, for “train.py”" in " ".join(terminal.run(*line).stderr.split())


def test_a_run_configuration_says_which_script_is_submitted(terminal: Terminal) -> None:
    (terminal.folder / "setup" / ".azureml").mkdir(parents=True)
    configuration = "script: fit.py\narguments:\n- --rate\n- 0.5\ntarget: cpu\n"
    (terminal.folder / "setup" / ".azureml" / "basic.runconfig").write_text(configuration)
    (terminal.folder / "near.runconfig").write_text("script: near.py\n")

    def advice(*words: str) -> str:
        return " ".join(terminal.run("az", "ml", *words).stderr.split())

    line = ("run", "submit-script", "-c", "basic", "-e", "e", "--path", "setup", "--source-directory", "src")
    assert "`scoredock sdk run src/fit.py --rate 0.5`" in advice(*line, "-t", "run.json")
    assert "`scoredock sdk run near.py`" in advice("experiment", "submit", "-c", "near")
    assert "`scoredock sdk run src/other.py --n 1`" in advice(*line, "other.py", "--n", "1")
    (terminal.folder / "near.runconfig").write_text("script: [\n")
    assert "`scoredock sdk run SCRIPT`" in advice("run", "submit-script", "-c", "near")


def test_a_script_that_needs_its_run_is_submitted_as_the_advice_says(terminal: Terminal) -> None:
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "fit.py").write_text(
        "import sys\nfrom azureml.core import Run\nrun = Run.get_context()\n"
        "print(run.experiment.name, run.get_file_names(), sys.argv[1:])\n"
    )
    (terminal.folder / ".azureml").mkdir()
    (terminal.folder / ".azureml" / "basic.runconfig").write_text("script: fit.py\ntarget: local\n")
    line = ("run", "submit-script", "-c", "basic", "-e", "fits", "--source-directory", "src", "fit.py", "--rate", "1")
    told = terminal.run("az", "ml", *line).stderr
    (code,) = re.findall(r"in submit\.py: `([^`]+)`", " ".join(told.split()))
    (terminal.folder / "submit.py").write_text(code)
    assert "fits [] ['--rate', '1']" in terminal.ok("sdk", "run", "submit.py")


def test_components_are_looked_for_in_the_whole_repository(terminal: Terminal) -> None:
    """A job is submitted from its own folder, and its components lie deep beside it."""
    whole = terminal.folder
    (whole / ".git").mkdir()
    (whole / "a" / "b" / "c" / "d").mkdir(parents=True)
    (whole / "a" / "b" / "c" / "d" / "deep.yml").write_text("name: deep\nversion: 1\ncode: .\ncommand: python d.py\n")
    (whole / "jobs").mkdir()
    (whole / "jobs" / "job.yml").write_text("jobs:\n  a:\n    component: azureml:deep@latest\n")
    terminal.folder = whole / "jobs"
    said = " ".join(terminal.run("az", "ml", "job", "create", "-f", "job.yml").stderr.split())
    assert "a: `(cd ../a/b/c/d && scoredock sdk run d.py)`" in said
