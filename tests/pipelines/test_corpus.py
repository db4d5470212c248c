"""Published pipelines: each is read with as many steps as docs/pipelines-corpus.md says, and those of v1 run to their
end. The repositories lie where `SCOREDOCK_PIPELINES` names them; nothing of them is here.

`SCOREDOCK_PIPELINES_PAGE=1` writes the page again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from documents.conftest import run_in_packages as run_in_packages
from documents.conftest import third_party as third_party
from pipelines.conftest import put, ran, results
from pipelines.corpus import EXAMPLES, EXAMPLES_TOTAL, MLOPS, PUBLISHED, STOPS, TEMPLATE, WORKSHOP, Published

PAGE = Path(__file__).parents[2] / "docs" / "pipelines-corpus.md"
HEAD = (
    "# Published pipelines\n\nPipelines of public repositories, read and run by [`scoredock pipeline`](pipelines.md) as"
    " they stand. *Scripts* run in bash, for *stand-ins* something here does what the platform would, *left out* are"
    " told by name. *Rewritten* counts the steps that `pipeline rewrite` changes, keeps, and leaves to a person."
    " *Only with `--job`* are the keys for which not all jobs"
    " [run by themselves](pipelines.md#what-does-not-run-by-itself)."
    " `tests/pipelines/test_corpus.py` says the same.\n\n"
    "| pipeline | jobs | scripts | stand-ins | left out | rewritten: changed, kept, open | only with `--job`"
    " | here |\n|---|---|---|---|---|---|---|---|\n"
)
LAST = (
    "| Azure/azureml-examples: {0} workflows | {1} | {2} | {3} | {4} | | | Of v2, made by a program: they sign in, and"
    " start jobs in Azure. |\n"
)
PACKAGES = ("azureml-defaults", "inference-schema[numpy-support]", "joblib==1.6.0", "numpy", "pandas==3.1.1")
MODEL = (
    "import joblib; from sklearn.{0} import {1} as M; "
    "joblib.dump(M({2}).fit([[0] * 10, [1] * 10], [0, 1]), 'model.pkl')"
)
LINES = {
    "train.sh": "az ml model register -n cardiovascular_disease_model -p model.pkl --tag build_id=$BUILD_BUILDID\n"
    "echo '{}' > run.json\n",
    "dataset.sh": "echo '{}' > train_gen.runconfig\n",
}
CALLING = "scoredock service call mlops-aci -w mlws --data '{\"data\": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]}'\n"
TRAINING = """\
python3 - <<'EOF'
import joblib, json, os, pandas
from diabetes_regression.training.train import get_model_metrics, split_data, train_model
data = split_data(pandas.read_csv("data/diabetes.csv"))
model = train_model(data, json.load(open("diabetes_regression/parameters.json"))["training"])
print(get_model_metrics(model, data))
joblib.dump(model, os.environ["MODEL_NAME"])
EOF
test "$INPUT_EXPERIMENTNAME" = mlopspython
az ml model register -n "$MODEL_NAME" -p "$MODEL_NAME" -g rg -w mlws --tag "BuildId=$BUILD_BUILDID"
"""
"""The project's own training, in the place of a published pipeline that runs it in Azure."""
SCORING = """\
model=$(python3 -c '
import json, os
given = json.loads("{" + os.environ["INPUT_PIPELINEPARAMETERS"] + "}")["ParameterAssignments"]
print(given["model_name"] + ":" + given["model_version"])')
cut -d, -f1-10 data/diabetes.csv > input.csv
scoredock batch run -n scores -w mlws -m "$model" --environment-file batch.yml --input-format csv -i input.csv -o scores
"""
"""The model scores without a script: that of the project asks its run for the workspace in Azure."""
CHARTS = """\
release=$INPUT_RELEASENAME
case "$INPUT_CHARTPATH" in
  */abtest-model)
    scoredock service deploy "$release" -w mlws --es diabetes_regression/scoring/scoreA.py --cf plain.yml \\
      --port 0 --overwrite
    if [ "$release" = model-blue ]; then
      scoredock endpoint set-version abtest blue -w mlws --service "$release" --traffic 0
    fi ;;
  */abtest-istio)
    blue=${INPUT_OVERRIDEVALUES#weight.blue=}
    scoredock endpoint set-version abtest blue -w mlws --traffic "${blue%%,*}" ;;
esac
"""
"""What the charts of Helm say: a release is a service, and weights are shares of an endpoint."""


def row(each: Published) -> str:
    path = each.path.replace("+", "/", 1).replace("/", ": ", 2).replace(": ", "/", 1)
    repository, _, file = path.partition(": ")
    name = f"{repository}: `{file}`"
    figures = "| | | | |" if each.refused else f"| {each.jobs} | {each.scripts} | {each.stand_ins} | {each.left_out} |"
    rewritten = ", ".join(map(str, each.rewritten)) if any(each.rewritten) else ""
    return f"| {name} {figures} {rewritten} | {STOPS.get(each.path, '')} | {each.outcome} |\n"


def test_the_page_says_it() -> None:
    text = HEAD + "".join(map(row, PUBLISHED)) + LAST.format(*EXAMPLES_TOTAL)
    if os.environ.get("SCOREDOCK_PIPELINES_PAGE"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


@pytest.fixture
def corpus(require: Callable[..., None]) -> Path:
    folder = Path(os.environ.get("SCOREDOCK_PIPELINES", "/nonexistent"))
    require(folder.is_dir(), "published pipelines (SCOREDOCK_PIPELINES)")
    return folder


long = pytest.mark.long("takes published repositories that only some machines have")


@long
@pytest.mark.timeout(900)
def test_every_one_is_read_and_rewritten(corpus: Path, terminal: Terminal) -> None:
    for each in PUBLISHED:
        project, _, file = each.path.partition("/")
        words = (str(corpus / project / file), "--root", str(corpus / project))
        if each.refused:
            assert terminal.refused("pipeline", "show", *words)["code"] == "pipeline-invalid"
        else:
            shown = terminal.json("pipeline", "show", *words)
            kinds = Counter(step["kind"] for job in shown["jobs"] for step in job["steps"])
            figures = (
                len({job["id"] for job in shown["jobs"]}),
                *(kinds[k] for k in ("script", "stand-in", "left-out")),
            )
            assert figures[1:] == (each.scripts, each.stand_ins, each.left_out), each.path
            assert ", ".join(f"`{key}`" for key in sorted(stops_of(shown))) == STOPS.get(each.path, ""), each.path
        counts = terminal.json("pipeline", "rewrite", *words)["counts"]
        assert tuple(counts.get(kind, 0) for kind in ("changed", "kept", "open")) == each.rewritten, each.path


@long
@pytest.mark.timeout(1200)
def test_those_that_a_program_made_are_read(corpus: Path, terminal: Terminal) -> None:
    folder = corpus / EXAMPLES
    totals: Counter[str] = Counter()
    for file in sorted((folder / ".github" / "workflows").glob("*.yml")):
        shown = terminal.json("pipeline", "show", str(file), "--root", str(folder))
        totals["workflows"] += 1
        totals["jobs"] += len(shown["jobs"])
        totals.update(step["kind"] for job in shown["jobs"] for step in job["steps"])
    assert (totals["workflows"], totals["jobs"], totals["script"]) == EXAMPLES_TOTAL[:3]
    assert (totals["stand-in"], totals["left-out"]) == EXAMPLES_TOTAL[3:]


def stops_of(shown: dict[str, Any]) -> set[str]:
    """The keys for which jobs run only where they are named."""
    condition = "if" if shown["platform"] == "github" else "condition"
    words = {"The environment": "environment", "Its condition": condition, "start": "on"}
    reasons = [job["reason"] for job in shown["jobs"] if job["byName"]]
    reasons += [step["reason"] for job in shown["jobs"] for step in job["steps"] if "is unknown here" in step["reason"]]
    unread = {each["message"].partition("”")[0].removeprefix("“") for each in shown["unread"]}
    unread = {key for key in unread if not key.startswith(("az ", "`az "))}  # lines of scripts, and no keys
    return unread | {key for words_of_it, key in words.items() for reason in reasons if words_of_it in reason}


def every_job(terminal: Terminal, file: str, *words: str) -> list[str]:
    """Names all jobs, as somebody does who has looked at what they run without."""
    jobs = terminal.json("pipeline", "show", file, *words)["jobs"]
    return [word for job in dict.fromkeys(job["id"] for job in jobs) for word in ("--job", job)]


def copied(corpus: Path, project: str, terminal: Terminal) -> Path:
    shutil.rmtree(terminal.folder)
    shutil.copytree(corpus / project, terminal.folder)
    put(terminal.folder, LINES)
    return terminal.folder


def with_python(terminal: Terminal, folder: Path, python: Path) -> None:
    """`python3` of the steps is this one, and conda and its `activate` do nothing."""
    tools = folder / "tools"
    tools.mkdir()
    programs = {"conda": "exit 0", "python3": f'exec "{python}" "$@"'}
    (tools / "activate").write_text("")
    for name, line in programs.items():
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    terminal.env["PATH"] = f"{tools}:{os.environ['PATH']}"


@long
@pytest.mark.timeout(900)
def test_a_template_of_v1_runs_to_its_end(corpus: Path, terminal: Terminal, tmp_path: Path, third_party: Path) -> None:
    folder = copied(corpus, TEMPLATE, terminal)
    subprocess.run([str(third_party), "-c", MODEL.format("dummy", "DummyClassifier", "strategy='prior'")], cwd=folder)
    dependencies = {"name": "base_env", "dependencies": ["pip", {"pip": [*PACKAGES, "scikit-learn==1.9.1"]}]}
    (folder / "environments" / "score_dependencies.yml").write_text(json.dumps(dependencies))
    script = folder / "src" / "score.py"
    script.write_text(script.read_text().replace("np.object)", "object)"))
    with_python(terminal, tmp_path, third_party)
    words = ["--variable", "aks_cluster_name=aks", "--variable", "environment=test", "--variable", "namespace=demo"]
    for name in ("Run linting", "Run security checks", "Run unit tests and code coverage", "Publish unit test results"):
        words += ["--skip", name]
    for name in ("Configure data drift monitor",):  # a monitor of Azure, by the SDK
        words += ["--skip", name]
    words += ["--replace", "Train model=train.sh", "--replace", "Create run config=dataset.sh"]
    file = ".pipelines/build-release.yml"
    run = ran(terminal, file, *words, *every_job(terminal, file))
    assert run["result"] == "success"
    assert {job["result"] for job in run["jobs"]} == {"success"}
    service = terminal.json("service", "show", "cardiovascular-disease-endpoint", "-w", "mlwtestdemo")
    assert (service["state"], service["tags"]["environment"]) == ("Healthy", "Production")
    terminal.ok("service", "delete", "cardiovascular-disease-endpoint", "-w", "mlwtestdemo")


def skipping(*names: str) -> list[str]:
    return [word for name in names for word in ("--skip", name)]


def replacing(**scripts: str) -> list[str]:
    """Names of steps with `_` for a space."""
    return [word for name, file in scripts.items() for word in ("--replace", f"{name.replace('_', ' ')}={file}")]


QUALITY = skipping("Run lint tests", "Run unit tests", "Publish test results", "Publish coverage report")
WORKSPACE = ["--variable", "RESOURCE_GROUP=rg", "--variable", "WORKSPACE_NAME=mlws"]


@pytest.fixture
def mlops(corpus: Path, terminal: Terminal, tmp_path: Path, third_party: Path) -> Terminal:
    """Its workspace, with packages of today where those of its files are too old for every Python here."""
    folder = copied(corpus, MLOPS, terminal)
    with_python(terminal, tmp_path, third_party)
    packages = ["azureml-defaults", "scikit-learn==1.9.1", "joblib==1.6.0"]
    batch = {"name": "x", "dependencies": [{"pip": [*packages, "pandas==3.1.1"]}]}
    put(
        folder,
        {
            "diabetes_regression/conda_dependencies.yml": json.dumps(
                {"name": "x", "dependencies": [{"pip": packages}]}
            ),
            "batch.yml": json.dumps(batch),
            "plain.yml": "name: x\ndependencies: [{pip: [azureml-defaults]}]\n",
            "own-training.sh": TRAINING,
            "own-scoring.sh": SCORING,
            "own-charts.sh": CHARTS,
            "calling.sh": CALLING,
            "nothing.sh": "",
            "id.sh": "echo '##vso[task.setvariable variable=AMLPIPELINEID;isOutput=true]own'\n"
            "echo '##vso[task.setvariable variable=pipeline_id;isOutput=true]own'\n",
            "image.sh": "echo registry.example.com/model:1 > image_location.txt\n",
        },
    )
    terminal.ok("workspace", "create", "mlws")
    return terminal


def trained(mlops: Terminal) -> dict[str, Any]:
    """What the pipeline that trains and registers comes to."""
    words = [*QUALITY, *WORKSPACE, *skipping("Publish Azure Machine Learning Pipeline")]
    words += replacing(Get_Pipeline_ID="id.sh", Invoke_ML_pipeline="own-training.sh")
    file = ".pipelines/diabetes_regression-ci.yml"
    return ran(mlops, file, *words, *every_job(mlops, file))


@long
@pytest.mark.timeout(900)
def test_pipelines_train_register_and_deploy_to_aci_and_aks(mlops: Terminal) -> None:
    run = trained(mlops)
    assert {job["result"] for job in run["jobs"]} == {"success"}
    assert run["counts"] == {"skipped": 5, "success": 5}
    (model,) = mlops.json("model", "list", "-w", "mlws")["models"]
    assert (model["name"], "BuildId" in model["tags"]) == ("diabetes_regression_model.pkl", True)
    # What it has published is the artifact that the other pipeline begins with.
    words = ["--artifact", "model=model.json", *WORKSPACE, *replacing(Smoke_test="calling.sh")]
    words += ["--job", "Deploy_ACI", "--job", "Deploy_AKS"]
    for pair in ("ACI_DEPLOYMENT_NAME=mlops-aci", "AKS_DEPLOYMENT_NAME=mlops-aks", "AKS_COMPUTE_NAME=aks"):
        words += ["--variable", pair]
    run = ran(mlops, ".pipelines/diabetes_regression-cd.yml", *words)
    assert {job["id"]: job["result"] for job in run["jobs"]} == {"Deploy_ACI": "success", "Deploy_AKS": "success"}
    assert results(run, "Deploy_AKS")["Deploy to AKS (CLI)"] == "success"
    for service in ("mlops-aci", "mlops-aks"):
        mlops.ok("service", "delete", service, "-w", "mlws")


@long
@pytest.mark.timeout(900)
def test_a_pipeline_scores_in_batch(mlops: Terminal) -> None:
    trained(mlops)
    words = ["--artifact", "model=model.json", *QUALITY, *WORKSPACE]
    words += replacing(Publish_Batch_Scoring_Pipeline="id.sh", Invoke_Batch_Scoring_pipeline="own-scoring.sh")
    file = ".pipelines/diabetes_regression-batchscoring-ci.yml"
    run = ran(mlops, file, *words, *every_job(mlops, file))
    assert {job["result"] for job in run["jobs"]} == {"success"}
    rows = (mlops.folder / "data" / "diabetes.csv").read_text().splitlines()
    (output,) = (mlops.folder / "scores").glob("*.txt")
    assert len(output.read_text().splitlines()) == len(rows) - 1


@long
@pytest.mark.timeout(900)
def test_a_pipeline_goes_from_blue_to_green(mlops: Terminal) -> None:
    words = [*WORKSPACE, *skipping("Install Helm $(helmVersion)", "helm uninstall blue")]
    words += replacing(Create_Scoring_Image="image.sh", helm_upgrade="own-charts.sh")
    green = ("service", "deploy", "model-green", "-w", "mlws", "--es", "diabetes_regression/scoring/scoreB.py")
    mlops.ok(*green, "--cf", "plain.yml", "--port", "0")
    mlops.ok("endpoint", "create", "abtest", "-w", "mlws", "--service", "model-green", "--version", "green")
    file = ".pipelines/abtest.yml"
    run = ran(mlops, file, *words, *every_job(mlops, file))
    outcome = {job["id"]: job["result"] for job in run["jobs"]}
    assert outcome.pop("Roll_Back") == "skipped"
    assert set(outcome.values()) == {"success"}
    endpoint = mlops.json("endpoint", "show", "abtest", "-w", "mlws")
    assert {each["name"]: each["share"] for each in endpoint["versions"]} == {"green": 100, "blue": 0}
    answer = mlops.ok("service", "call", "model-green", "-w", "mlws", "--data", "{}")
    assert "New Model A" in answer, "green has the new model now"
    mlops.ok("endpoint", "delete", "abtest", "-w", "mlws")
    for name in ("model-blue", "model-green"):
        mlops.ok("service", "delete", name, "-w", "mlws")


RELEASE = """\
steps:
  - task: ms-air-aiagility.vss-services-azureml.azureml-model-deploy-task.AMLModelDeploy@0
    displayName: Azure ML Model Deploy
    inputs:
      azureSubscription: build-demo
      modelSourceType: manualSpec
      modelName: IBM_attrition_model
      modelVersion: 1
      inferencePath: 4-mlops/inferenceConfig.json
      deploymentTarget: ACI
      deploymentName: attrition-qa
      deployConfig: 4-mlops/deploymentConfig.json
      overwriteExistingDeployment: true
"""
"""The release that the workshop makes by clicks, as it is exported."""
ATTRITION = """\
python3 - <<'EOF'
import ast, joblib, pandas, re
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
sample = re.search(r"DataFrame\\(data=(\\[.*?\\])\\)", open("score.py").read())[1]
rows = pandas.DataFrame(ast.literal_eval(sample) * 2)
columns = make_column_transformer(
    (StandardScaler(), make_column_selector(dtype_include="number")),
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
)
joblib.dump(make_pipeline(columns, LogisticRegression()).fit(rows, [0, 1]), "trained.pkl")
EOF
az ml model register -n IBM_attrition_model -p trained.pkl
"""
"""With the rows that the entry script has as its sample: the table of the workshop is not kept with it."""


@long
@pytest.mark.timeout(900)
def test_a_workshop_goes_from_its_pipeline_to_its_release(
    corpus: Path, terminal: Terminal, tmp_path: Path, third_party: Path
) -> None:
    folder = copied(corpus, WORKSHOP, terminal)
    refused = terminal.refused("pipeline", "run", "3-mlops/azure-pipelines.yml", "--root", ".")
    assert refused["code"] == "pipeline-unread", "what it trains in Azure is told before its first step"
    training = skipping("Create ML pipeline", "Submit script run")
    run = ran(terminal, "3-mlops/azure-pipelines.yml", "--root", ".", *training, code=1)
    (stop,) = [step for job in run["jobs"] for step in job["steps"] if step["result"] == "failure"]
    assert (stop["name"], stop["line"], "4-mlops" in stop["message"]) == ("Attach folder to workspace", 27, True)

    # The folder has the name that the pipeline and its page know it by.
    (folder / "3-mlops").rename(folder / "4-mlops")
    with_python(terminal, tmp_path, third_party)
    script = folder / "4-mlops" / "score.py"
    script.write_text(script.read_text().replace("from sklearn.externals import joblib", "import joblib"))
    dependencies = [{"pip": [*PACKAGES[:2], "inference-schema[pandas-support]", *PACKAGES[2:], "scikit-learn==1.9.1"]}]
    put(
        folder,
        {
            "4-mlops/myenv.yml": json.dumps({"name": "x", "dependencies": dependencies}),
            "own-training.sh": ATTRITION,
            "release.yml": RELEASE,
        },
    )
    words = ("--root", ".", *skipping("Create ML pipeline"), *replacing(Submit_script_run="own-training.sh"))
    run = ran(terminal, "4-mlops/azure-pipelines.yml", *words)
    assert results(run, "job") == {
        "Install the CLI": "success",
        "Attach folder to workspace": "success",
        "Create ML pipeline": "skipped",
        "Submit script run": "success",
    }
    # A service connection says which workspace is meant.
    terminal.ok("workspace", "use", "build-2019-demo")
    ran(terminal, "release.yml", "--root", ".")
    service = terminal.json("service", "show", "attrition-qa")
    assert (service["state"], service["models"]) == ("Healthy", ["IBM_attrition_model:1"])
    terminal.ok("service", "delete", "attrition-qa")
