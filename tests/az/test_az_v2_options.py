"""Lines of Azure ML CLI v2: no option and no key of theirs is passed over in silence."""

from __future__ import annotations

import pytest
from scoredock.contrib.az.domain.here import reason_not_here

from cli.conftest import Terminal


def said(terminal: Terminal, line: str) -> str:
    """What a line is answered with, in one row."""
    return " ".join(terminal.run("az", "ml", *line.split()).stderr.split())


JOB = "command: python t.py --n ${{inputs.n}}\ncode: .\ninputs:\n  n: 1\n"
ENVIRONMENTS = {
    "environment:\n  image: i\n  conda_file: conda/c.yml\n": "Install the packages of “jobs/conda/c.yml” first",
    "environment: azureml:e@latest\n": "Install the packages of “azureml:e@latest” first",
    "environment: file:../e.yml\n": "Install the packages of “e.yml” first",
    "environment:\n  image: i\n": "",
}


@pytest.mark.parametrize(("environment", "sentence"), ENVIRONMENTS.items())
def test_the_packages_of_a_job_are_named(terminal: Terminal, environment: str, sentence: str) -> None:
    (terminal.folder / "jobs").mkdir()
    (terminal.folder / "jobs" / "job.yml").write_text(JOB + environment)
    answer = said(terminal, "job create -f jobs/job.yml --stream")
    assert "scoredock sdk run t.py --n 1" in answer
    assert (sentence in answer) if sentence else ("Install" not in answer)
    assert "Not used here" not in answer


@pytest.mark.parametrize(
    ("options", "unused"),
    [
        ("--web", "Not used here: --web."),
        ("-n j --save-as s.yml --query name -o tsv", "Not used here: -n, --save-as, --query."),
        ("--set inputs.n=7 compute=azureml:c", "t.py --n 7`. Not used here: --set compute."),
        ("--set=inputs.n=7 --set=compute=azureml:c", "t.py --n 7`. Not used here: --set compute."),
    ],
)
def test_options_of_a_job_that_nothing_here_is_for_are_named(terminal: Terminal, options: str, unused: str) -> None:
    (terminal.folder / "job.yml").write_text(JOB)
    assert unused in said(terminal, f"job create -f job.yml {options}")


@pytest.mark.parametrize("line", ["job create", "model create", "compute create", "online-deployment create -e e"])
def test_a_file_that_is_not_there_is_told(terminal: Terminal, line: str) -> None:
    assert "There is no file absent.yml here." in said(terminal, f"{line} -f absent.yml")
    assert "There is no file" not in said(terminal, f"{line} -f $FILE")


LINES = {
    "online-deployment update -n b -e e --add x.y=1 --remove tags.a --no-wait": "Write into the file of the deployment"
    " what the line says of “x.y” and “tags.a”, then use `scoredock service deploy e --file FILE --deployment b"
    " --overwrite`. Not used here: --no-wait.",
    "online-deployment update -n b -e e --all-traffic": "CLI v2 takes `--all-traffic` with `create` alone; `scoredock"
    " service traffic e b=100` gives the deployment all requests here.",
    "online-deployment update -n b -e e -f d.yml --set instance_count=2": "service deploy e --file d.yml --deployment b"
    " --overwrite`. Write into the file before what the line says of “instance_count”.",
    "online-deployment create -f d.yml --set egress_public_network_access=disabled": "Use `scoredock service deploy"
    " --file d.yml`. Leave it out where the line for the endpoint has deployed the file. Not used here: --set"
    " egress_public_network_access.",
    "online-endpoint update -n e --set auth_mode=aad_token": "Use `scoredock service update e-DEPLOYMENT --auth"
    " tokens`. Change each service of the endpoint alike.",
    "online-endpoint update -n e --set x.y=1 tags.a=b": "-n SERVICE --add-tag a=b`. Not used here: --set x.y.",
    "online-endpoint update -n e --web": "`az ml service update -n SERVICE`. Not used here: --web.",
    "online-endpoint create -f e.yml --set auth_mode=aml_token": "--file DEPLOYMENT_FILE --auth tokens`. That deploys"
    " DEPLOYMENT_FILE, too: leave out the line that creates its deployment, and where that has"
    " `--name X`, add `--deployment X`.",
    "online-endpoint regenerate-keys -n e": "scoredock service keys e --regenerate primary`.",
    "online-endpoint show -n e -o json": "scoredock endpoint show e --json`.",
    "online-endpoint list --query [].name -o tsv": "scoredock endpoint list --json`. It prints the whole document, of"
    " which `--query` takes a part.",
    "data show -n d -v 1 --query path": "scoredock dataset show d:1 --json`. It prints the whole",
    "batch-deployment update -n b -e e -f b.yml": "scoredock batch run -f b.yml -i INPUT -o FOLDER`. It needs no",
    "batch-deployment update -n b -e e --set mini_batch_size=5": "what the line says of “mini_batch_size”, then use"
    " `scoredock batch run -f DEPLOYMENT_FILE -i INPUT -o FOLDER --mini-batch-size 5`.",
    "batch-endpoint invoke -n b --input azureml:d:1": "INPUT is where the files of azureml:d:1 lie on this machine",
    "environment create -n e -b c --tags a=b -v 3": "environment register --image e -n e --tag a=b`. What is registered"
    " here gets the next version.",
    "environment create -n e -b c --os-type linux": "Not used here: --os-type.",
    "data create -n d -p d.csv -t uri_file -v 2": "scripts may as well read the file by its path. What is registered"
    " here gets the next version. Not used here: -t.",
    "model create -n m -p p -t mlflow_model": "az ml model register -n m -p p`. Not used here: -t.",
    "compute list --type AmlCompute": "az ml computetarget list`. Not used here: --type.",
    "compute list --query [].name": "az ml computetarget list --query '[].name'`.",
    "index create -f i.yml": "Leave the line out: nothing here does what it does in Azure.",
    "batch-endpoint invoke -n b --input d --output-path azureml://datastores/x/paths/y": "-i d -o FOLDER`. It needs no"
    " endpoint. FOLDER is a folder of this machine, in place of azureml://datastores/x/paths/y.",
    "job validate -f j.yml --set a.b=3": "`scoredock check j.yml` checks the file. Not used here: --set a.b.",
    "run submit-script -c c -d c.yml --ct cpu -t o.json --async fit.py": "Not used here: -d, --ct, -t, --async.",
    "run submit-hyperdrive -c c --hyperdrive-configuration-name h.yml fit.py": "`scoredock sdk run fit.py`, and",
}


def test_words_behind_a_script_are_its_own() -> None:
    line = "run submit-script -c c -d c.yml fit.py -t 3 -e x --ct y"
    fix = reason_not_here(line.split()).fix
    assert fix.endswith("Not used here: -d.")
    assert "`scoredock sdk run fit.py -t 3 -e x --ct y`" in fix
    assert "'EXPERIMENT'" in fix


@pytest.mark.parametrize(("line", "advice"), LINES.items())
def test_each_option_is_carried_out_or_named(line: str, advice: str) -> None:
    assert advice in reason_not_here(line.split()).fix


@pytest.mark.parametrize("shares", ['{"blue": 90, "green": 10}', '"blue=90 green=10"', "blue:90,green=10"])
def test_shares_are_read_as_each_shell_hands_them_on(shares: str) -> None:
    expected = "Use `scoredock service traffic e blue=90 green=10`."
    assert reason_not_here(["online-endpoint", "update", "-n", "e", "--traffic", shares]).fix == expected
    assert reason_not_here(["online-endpoint", "update", "-n", "e", "--set", f"traffic={shares}"]).fix == expected


UNKNOWN = {
    "online-deployment invoke -n b -e e -r r.json": "Use `scoredock service call e-b -d @r.json`.",
    "online-deployment invoke --name=b --endpoint-name=e -r r.json": "Use `scoredock service call e-b -d @r.json`.",
    "online-endpoint shwo -n e": "did you mean “show”? [az-line-invalid] Use `scoredock endpoint show e`.",
    "deployment create -f score.py": "“online-deployment”? [az-line-invalid] Use `scoredock service deploy --file",
    "workspace show --name abc -w abd": "Use `az ml workspace show -w abc`.",
    "workspace list --max-results 3": "Use `az ml workspace list`. Not used here: --max-results.",
    "datastore list --max-results 3 --query [].name": "Use `az ml datastore list --query '[].name'`. Not used here:",
    "job submit -f j.yml": "did you mean “create”? [az-line-invalid] Run each script that j.yml names with",
    "job run --file=j.yml": "did you mean “create”? [az-line-invalid] Run each script that j.yml names with",
    "job logs -n j": "did you mean “stream”? [az-line-invalid] Leave the line out: a script runs until it is done here",
    "environment list -n e -o json": "Use `scoredock environment list -n e --json`.",
    "job list --subscription 7 -g g -w w -o table": "Use `az ml run list -g g -w w --subscription 7 -o table`.",
    "environment list -n e --query [0].version -o tsv": "Use `az ml environment show -n e --query version -o tsv`.",
}


@pytest.mark.parametrize(("line", "advice"), UNKNOWN.items())
def test_a_line_that_is_not_valid_is_answered_with_what_was_meant(terminal: Terminal, line: str, advice: str) -> None:
    assert advice in said(terminal, line)


def test_what_set_says_of_a_compute_target_goes_before_its_file(terminal: Terminal) -> None:
    (terminal.folder / "c.yml").write_text("name: c\ntype: amlcompute\nsize: S\nmax_instances: 4\n")
    answer = said(terminal, "compute create -f c.yml --set max_instances=2")
    assert "computetarget create amlcompute -n c --max-nodes 2 -s S`." in answer


@pytest.mark.parametrize("line", ["model download -i m:1 -t t --overwrite yes", "model list --latest yes"])
def test_a_value_that_is_wrong_is_no_line_of_v2(terminal: Terminal, line: str) -> None:
    """The options of the line are those of v1, so nothing stands in its place."""
    answer = said(terminal, line)
    assert "invalid choice: 'yes'" in answer
    assert "Use `az ml" not in answer
    assert "Not used here" not in answer


def test_a_version_that_is_not_counted_here_is_told_with_the_newest(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five")
    answer = said(terminal, "model show -i five:10")
    assert "The workspace has no model five:10." in answer
    assert "Versions are counted here, and the newest is five:1." in answer
    assert "Versions are counted" not in said(terminal, "model show -i six:10")


SEARCH = """jobs:
  tuned:
    type: sweep
    trial: fit.yml
    search_space: {criterion: {type: choice, values: [gini]}, max_depth: {type: uniform}}
  kept:
    command: python keep.py
    code: src
"""


def test_a_search_is_said_to_be_many_trials(terminal: Terminal) -> None:
    (terminal.folder / "job.yml").write_text(SEARCH)
    (terminal.folder / "fit.yml").write_text("code: src\ncommand: python fit.py --c ${{inputs.criterion}}\n")
    sentence = (
        "“tuned” is many trials in Azure, each with other values of CRITERION and MAX_DEPTH, of which the best one"
        " counts. Here its line is one trial: run it with several values,"
    )
    assert said(terminal, "job create -f job.yml").count(sentence) == 1
    (terminal.folder / "job.yml").write_text("trial:\n  command: python fit.py\nsearch_space: {rate: {}}\n")
    assert "“job.yml” is many trials in Azure, each with other values of RATE," in said(
        terminal, "job create -f job.yml"
    )
    (terminal.folder / "job.yml").write_text("command: python fit.py\n")
    assert "trial" not in said(terminal, "job create -f job.yml")


@pytest.mark.parametrize(
    ("script", "is_told"),
    [
        ("mlflow.register_model(uri, 'm')", True),
        ("mlflow.sklearn.log_model(m, 'm', registered_model_name='m')", True),
        ("mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri())\nmlflow.register_model(uri, 'm')", False),
        ("# mlflow.register_model(uri, 'm')", False),
        ("run.register_model('m')", False),
    ],
)
def test_a_model_that_mlflow_registers_is_said_to_stay_in_its_store(
    terminal: Terminal, script: str, *, is_told: bool
) -> None:
    (terminal.folder / "job.yml").write_text(SEARCH)
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "keep.py").write_text(f"{script}\n")
    answer = said(terminal, "job create -f job.yml")
    assert ("What “keep.py” registers with MLflow does not come into the workspace here" in answer) is is_told
    assert ("`scoredock run register STORE RUN --name NAME` registers the model that it logged" in answer) is is_told
