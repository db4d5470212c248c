"""The `az ml` steps of published v1 pipelines run unchanged through the `az` in front of PATH; the pipelines' own files
fill their variables in. The projects lie where `SCOREDOCK_CORPUS` names them; nothing of them is here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from az.test_az_pipelines import Agent, steps
from cli.conftest import Terminal
from documents.conftest import third_party as third_party

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash"),
    pytest.mark.long("runs pipelines of a corpus that only some machines have, and builds an environment"),
    pytest.mark.timeout(900),
]
TEMPLATE = "nfmoore+azureml-v1-real-time-deployment-template"
WORKSHOP = "danielsc+azureml-workshop-2019"
RUN_HERE = {
    f"{TEMPLATE}/.pipelines/templates/{name}.yml"
    for name in ("deploy", "setup-data-drift", "train-register", "web-service-test")
} | {f"{WORKSHOP}/3-mlops/azure-pipelines.yml"}
LIBRARY = {
    "Build.BuildId": "20260707.1",
    "System.ArtifactsDirectory": "artifacts",
    "aks_cluster_name": "aks-test",
    "environment": "test",
    "namespace": "demo",
    "service_connection": "connection",
}
"""What the pipelines take from their agent and from a library of variables."""
PACKAGES = (
    "azureml-defaults",
    "inference-schema[numpy-support]",
    "joblib==1.6.0",
    "numpy",
    "pandas==3.1.1",
)
MODEL = (
    "import joblib; from sklearn.dummy import DummyClassifier; "
    "joblib.dump(DummyClassifier(strategy='prior').fit([[0], [1]], [0, 1]), 'model.pkl')"
)


@pytest.fixture
def corpus(require: Callable[..., None]) -> Path:
    folder = Path(os.environ.get("SCOREDOCK_CORPUS", "/nonexistent"))
    require(folder.is_dir(), "published projects (SCOREDOCK_CORPUS)")
    return folder


def agent_of(
    project: str,
    corpus: Path,
    terminal: Terminal,
    tmp_path: Path,
    variables: Mapping[str, str],
) -> Agent:
    """In a copy of the project; conda's environments are stood in for by this Python."""
    shutil.rmtree(terminal.folder)
    shutil.copytree(corpus / project, terminal.folder)
    agent = Agent(terminal, variables, {})
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "activate").write_text("")
    (tools / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tools / "python3").chmod(0o755)
    agent.tools = f"{tools}:{os.environ['PATH']}"
    return agent


def pipeline(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def named(listed: Any) -> dict[str, str]:
    return {each["name"]: str(each["value"]) for each in listed if "name" in each}


def test_every_pipeline_of_v1_is_run_here(corpus: Path) -> None:
    found = {
        path.relative_to(corpus).as_posix()
        for ending in ("yml", "yaml")
        for path in corpus.rglob(f"*.{ending}")
        if "azure-cli-ml" in path.read_text(encoding="utf-8", errors="replace")
    }
    assert found == RUN_HERE


def test_a_template_trains_elsewhere_deploys_and_is_called(
    corpus: Path, terminal: Terminal, tmp_path: Path, third_party: Path
) -> None:
    """Its model and dataset are stood in for, as are the old packages of its conda file."""
    root = corpus / TEMPLATE / ".pipelines"
    release = pipeline(root / "build-release.yml")
    variables = LIBRARY | named(release["variables"]) | named(pipeline(root / "variables.yml")["variables"])
    agent = agent_of(TEMPLATE, corpus, terminal, tmp_path, variables)
    jobs = {
        Path(job["template"]).stem: job["parameters"]
        for stage in reversed(release["stages"])
        for job in stage["jobs"]
        if "parameters" in job
    }

    def scripts(name: str) -> dict[str, str]:
        agent.parameters = {key: str(value) for key, value in jobs[name].items()}
        return steps((root / "templates" / f"{name}.yml").read_text(encoding="utf-8"))

    folder = terminal.folder
    made = scripts("train-register")
    agent.ok(made["Install azure-cli-ml"])
    assert json.loads(agent.ok(made["Attach workspace"]))["Workspace name"] == "mlwtestdemo"
    (folder / "rows.jsonl").write_text('{"age": 50}\n')
    terminal.ok(
        "dataset",
        "register",
        "rows.jsonl",
        "-n",
        variables["dataset_name"],
        "-w",
        "mlwtestdemo",
    )
    (folder / "configuration" / "train.runconfig").write_text('{"data": {"InputDataset": {"dataLocation": {}}}}')
    agent.ok(made["Create run config"])
    written = json.loads((folder / "train_gen.runconfig").read_text())
    assert written["data"]["InputDataset"]["dataLocation"]["dataset"]["name"] == variables["dataset_name"]
    trained = agent.run(made["Train model"])
    assert trained.returncode == 1
    assert "“az ml run submit-script” submits a run as a run configuration says" in trained.stderr
    # What its training would have registered.
    subprocess.run([str(third_party), "-c", MODEL], cwd=folder, check=True)
    agent.ok("az ml model register -n $(model_name) -p model.pkl --tag build_id=$(Build.BuildId)")
    agent.ok(made["Get model metadata"])
    assert json.loads((folder / "model.json").read_text())["id"] == "cardiovascular_disease_model:1"

    deploy = scripts("deploy")
    (folder / "artifacts" / "model-metadata").mkdir(parents=True)
    shutil.copy(folder / "model.json", folder / "artifacts" / "model-metadata")
    # A step that reads what the one before it wrote, and sets a variable of the pipeline.
    agent.variables["model_id"] = json.loads((folder / "model.json").read_text())["id"]
    _with_current_packages(folder)
    step = next(text for name, text in deploy.items() if name.startswith("Deploy to"))
    refused = agent.run(step.replace("$(inference_config)", "missing.yml"))
    assert refused.returncode == 1
    told = json.loads(agent.ok(step))
    assert (told["computeType"], told["state"]) == ("AKS", "Healthy"), told
    assert told["tags"] == {"build_id": "20260707.1", "environment": "Test"}

    called = scripts("web-service-test")
    assert "'probability': [" in agent.ok(called["Run smoke test"])

    drift = scripts("setup-data-drift")
    agent.ok(drift["Install azure-cli-ml"])
    alone = agent.run(drift["Set subscription"])
    assert alone.returncode == 1
    assert "[az-cli-missing]" in alone.stderr


def _with_current_packages(folder: Path) -> None:
    """Its conda file asks for Python 3.7, and its script for `np.object`, which NumPy 1.24 removed."""
    conda = {
        "name": "base_env",
        "dependencies": ["pip", {"pip": [*PACKAGES, "scikit-learn==1.9.1"]}],
    }
    (folder / "environments" / "score_dependencies.yml").write_text(json.dumps(conda))
    script = folder / "src" / "score.py"
    script.write_text(script.read_text().replace("np.object)", "object)"))


def test_a_pipeline_that_only_trains_is_told_so(corpus: Path, terminal: Terminal, tmp_path: Path) -> None:
    path = corpus / WORKSHOP / "3-mlops" / "azure-pipelines.yml"
    agent = agent_of(WORKSHOP, corpus, terminal, tmp_path, LIBRARY | pipeline(path)["variables"])
    made = steps(path.read_text(encoding="utf-8"))
    agent.ok(made["Install the CLI"])
    assert json.loads(agent.ok(made["Attach folder to workspace"]))["Workspace name"] == "build-2019-demo"
    for name in ("Create ML pipeline", "Submit script run"):
        done = agent.run(made[name])
        assert done.returncode == 1
        assert re.search(
            "“az ml (pipeline create” is for pipelines in|run submit-script” submits a run to) Azure", done.stderr
        ), done.stderr
    assert len(made) == 4
