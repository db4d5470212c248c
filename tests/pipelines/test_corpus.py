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

import pytest

from cli.conftest import Terminal
from documents.conftest import run_in_packages as run_in_packages
from documents.conftest import third_party as third_party
from pipelines.conftest import ran, results
from pipelines.corpus import EXAMPLES, EXAMPLES_TOTAL, MLOPS, PUBLISHED, TEMPLATE, WORKSHOP, Published

PAGE = Path(__file__).parents[2] / "docs" / "pipelines-corpus.md"
HEAD = (
    "# Published pipelines\n\nPipelines of public repositories, read and run by [`scoredock pipeline`](pipelines.md) as"
    " they stand. *Scripts* run in bash, for *stand-ins* something here does what the platform would, *left out* are"
    " told by name. *Rewritten* counts the steps that `pipeline rewrite` changes, keeps, and leaves to a person."
    " `tests/pipelines/test_corpus.py` says the same.\n\n"
    "| pipeline | jobs | scripts | stand-ins | left out | rewritten: changed, kept, open | here |\n"
    "|---|---|---|---|---|---|---|\n"
)
LAST = (
    "| Azure/azureml-examples: {0} workflows | {1} | {2} | {3} | {4} | | Of v2, made by a program: they sign in, and"
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
    "smoke.sh": "scoredock service call mlops-aci -w mlws --data '{\"data\": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]}'\n",
}


def row(each: Published) -> str:
    path = each.path.replace("+", "/", 1).replace("/", ": ", 2).replace(": ", "/", 1)
    repository, _, file = path.partition(": ")
    name = f"{repository}: `{file}`"
    figures = "| | | | |" if each.refused else f"| {each.jobs} | {each.scripts} | {each.stand_ins} | {each.left_out} |"
    rewritten = ", ".join(map(str, each.rewritten)) if any(each.rewritten) else ""
    return f"| {name} {figures} {rewritten} | {each.outcome} |\n"


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


def copied(corpus: Path, project: str, terminal: Terminal) -> Path:
    shutil.rmtree(terminal.folder)
    shutil.copytree(corpus / project, terminal.folder)
    for name, text in LINES.items():
        (terminal.folder / name).write_text(text)
    return terminal.folder


@long
@pytest.mark.timeout(900)
def test_a_template_of_v1_runs_to_its_end(corpus: Path, terminal: Terminal, tmp_path: Path, third_party: Path) -> None:
    folder = copied(corpus, TEMPLATE, terminal)
    subprocess.run([str(third_party), "-c", MODEL.format("dummy", "DummyClassifier", "strategy='prior'")], cwd=folder)
    dependencies = {"name": "base_env", "dependencies": ["pip", {"pip": [*PACKAGES, "scikit-learn==1.9.1"]}]}
    (folder / "environments" / "score_dependencies.yml").write_text(json.dumps(dependencies))
    script = folder / "src" / "score.py"
    script.write_text(script.read_text().replace("np.object)", "object)"))
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "activate").write_text("")
    (tools / "conda").write_text("#!/bin/sh\nexit 0\n")
    (tools / "python3").write_text(f'#!/bin/sh\nexec "{third_party}" "$@"\n')
    for name in ("conda", "python3"):
        (tools / name).chmod(0o755)
    terminal.env["PATH"] = f"{tools}:{os.environ['PATH']}"
    words = ["--variable", "aks_cluster_name=aks", "--variable", "environment=test", "--variable", "namespace=demo"]
    for name in ("Run linting", "Run security checks", "Run unit tests and code coverage", "Publish unit test results"):
        words += ["--skip", name]
    for name in ("Configure data drift monitor",):  # a monitor of Azure, by the SDK
        words += ["--skip", name]
    words += ["--replace", "Train model=train.sh", "--replace", "Create run config=dataset.sh"]
    run = ran(terminal, ".pipelines/build-release.yml", *words)
    assert run["result"] == "success"
    assert {job["result"] for job in run["jobs"]} == {"success"}
    service = terminal.json("service", "show", "cardiovascular-disease-endpoint", "-w", "mlwtestdemo")
    assert (service["state"], service["tags"]["environment"]) == ("Healthy", "Production")
    terminal.ok("service", "delete", "cardiovascular-disease-endpoint", "-w", "mlwtestdemo")


@long
@pytest.mark.timeout(900)
def test_a_pipeline_for_aci_and_aks_runs_to_its_end(corpus: Path, terminal: Terminal, third_party: Path) -> None:
    folder = copied(corpus, MLOPS, terminal)
    subprocess.run([str(third_party), "-c", MODEL.format("linear_model", "Ridge", "")], cwd=folder)
    packages = {"name": "x", "dependencies": [{"pip": ["azureml-defaults", "scikit-learn==1.9.1", "joblib==1.6.0"]}]}
    (folder / "diabetes_regression" / "conda_dependencies.yml").write_text(json.dumps(packages))
    name = "diabetes_regression_model.pkl"
    (folder / "model.pkl").rename(folder / name)
    terminal.ok("workspace", "create", "mlws")
    terminal.ok("model", "register", name, "-n", name, "-w", "mlws")
    (folder / "kept").mkdir()
    (folder / "kept" / "model.json").write_text(json.dumps({"name": name, "version": 1}))
    words = [
        "--artifact",
        "model=kept",
        "--replace",
        "Smoke test=smoke.sh",
        "--job",
        "Deploy_ACI",
        "--job",
        "Deploy_AKS",
    ]
    for pair in ("ACI_DEPLOYMENT_NAME=mlops-aci", "AKS_DEPLOYMENT_NAME=mlops-aks", "AKS_COMPUTE_NAME=aks"):
        words += ["--variable", pair]
    words += ["--variable", "RESOURCE_GROUP=rg", "--variable", "WORKSPACE_NAME=mlws"]
    run = ran(terminal, ".pipelines/diabetes_regression-cd.yml", *words)
    assert {job["id"]: job["result"] for job in run["jobs"]} == {"Deploy_ACI": "success", "Deploy_AKS": "success"}
    assert results(run, "Deploy_AKS")["Deploy to AKS (CLI)"] == "success"
    for service in ("mlops-aci", "mlops-aks"):
        terminal.ok("service", "delete", service, "-w", "mlws")


@long
def test_a_pipeline_that_trains_is_told_where_it_stops(corpus: Path, terminal: Terminal) -> None:
    copied(corpus, WORKSHOP, terminal)
    run = ran(terminal, "3-mlops/azure-pipelines.yml", "--root", ".", code=1)
    (stop,) = [step for job in run["jobs"] for step in job["steps"] if step["result"] == "failure"]
    assert (stop["name"], stop["line"]) == ("Attach folder to workspace", 27)
    assert "4-mlops" in stop["message"]
