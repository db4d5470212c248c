"""Batch deployments of Azure ML v2, as their files say them, on this machine."""

from __future__ import annotations

from typing import Any

import pytest

from batch.conftest import Terminal
from kubeconfigs import NOBODY, write_kubeconfig

SCRIPT = (
    "import os\n\n\ndef init():\n    pass\n\n\ndef run(mini_batch):\n"
    "    return [f\"{os.path.basename(path)} {os.environ['KIND']}\" for path in mini_batch]\n"
)
CODE = "code_configuration:\n  code: code\n  scoring_script: batch_driver.py\n"
DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json
name: classifier
endpoint_name: heart-classifier
type: model
model: azureml:heart@latest
code_configuration:
  code: code
  scoring_script: batch_driver.py
environment:
  name: batch-env
  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest
  conda_file: environment/conda.yaml
compute: azureml:batch-cluster
resources:
  instance_count: 1
settings:
  max_concurrency_per_instance: 2
  mini_batch_size: 2
  output_action: append_row
  output_file_name: predictions.csv
  retry_settings:
    max_retries: 3
    timeout: 300
  error_threshold: -1
  logging_level: info
  environment_variables:
    KIND: from-the-file
"""


@pytest.fixture
def deployment(terminal: Terminal) -> Terminal:
    """A registered model, a folder with five files, and the file of a deployment in a folder of its own."""
    (terminal.folder / "model.txt").write_text("1")
    terminal.json("model", "register", "model.txt", "--name", "heart")
    for folder in ("in", "heart/code", "heart/environment"):
        (terminal.folder / folder).mkdir(parents=True)
    for number in range(5):
        (terminal.folder / "in" / f"f{number}.txt").write_text(f"{number}\n")
    (terminal.folder / "heart" / "code" / "batch_driver.py").write_text(SCRIPT)
    (terminal.folder / "heart" / "environment" / "conda.yaml").write_text("name: batch-env\ndependencies:\n  - pip\n")
    write(terminal, DEPLOYMENT)
    return terminal


def write(terminal: Terminal, text: str) -> None:
    (terminal.folder / "heart" / "deployment.yml").write_text(text)


def words(*more: str, name: str = "heart") -> list[str]:
    head = ["batch", "run", "--name", name, "--file", "heart/deployment.yml", "--input", "in"]
    return [*head, "--output-path", "out", *more]


def job(terminal: Terminal, *more: str) -> dict[str, Any]:
    return dict(terminal.json(*words(*more)))


def test_the_environment_may_have_a_file_of_its_own(deployment: Terminal) -> None:
    above, environment = DEPLOYMENT.split("environment:\n")
    lines = environment.splitlines(keepends=True)
    own = "".join(line.removeprefix("  ") for line in lines[:3]).replace("environment/conda", "conda")
    (deployment.folder / "heart" / "environment" / "batch.yml").write_text(own)
    write(deployment, f"{above}environment: file:environment/batch.yml\n{''.join(lines[3:])}")
    assert job(deployment)["job"]["state"] == "Completed"
    write(deployment, f"{above}environment: file:environment/gone.yml\n{''.join(lines[3:])}")
    error = deployment.refused(*words())
    assert (error["code"], error["place"]["line"]) == ("batch-option-invalid", 8), error
    assert "environment/gone.yml" in error["message"]


def test_a_deployment_is_run_as_its_file_says(deployment: Terminal) -> None:
    found = job(deployment)
    assert found["job"]["state"] == "Completed"
    assert found["job"]["completed"] == 3, "of two files each"
    output = (deployment.folder / "out" / "predictions.csv").read_text().splitlines()
    assert output == [f"f{number}.txt from-the-file" for number in range(5)]
    assert found["models"] == ["heart:1"]


def test_options_count_more_than_the_file(deployment: Terminal) -> None:
    found = job(
        deployment, "--mini-batch-size", "5", "--output-file-name", "mine.txt", "--env", "KIND=from-the-command"
    )
    assert found["job"]["completed"] == 1
    assert "from-the-command" in (deployment.folder / "out" / "mine.txt").read_text()


def test_a_cluster_that_is_attached_under_the_name_is_meant(deployment: Terminal) -> None:
    """What it needs cannot be had here, which is told; nothing runs on this machine instead."""
    config = write_kubeconfig(deployment.folder / "kubeconfig", {"prod": NOBODY})
    place = ("--context", "prod", "--kubeconfig", str(config), "--namespace", "models")
    deployment.json("compute", "attach", "Batch-Cluster", *place)
    error = deployment.refused(*words())
    assert error["code"].startswith(("registry-", "image-", "cluster-", "compute-")), error
    assert deployment.json("batch", "list")["jobs"] == []


def test_a_model_that_the_file_defines_is_registered_once(deployment: Terminal) -> None:
    write(deployment, DEPLOYMENT.replace("model: azureml:heart@latest", "model:\n  name: own\n  path: ../model.txt"))
    assert job(deployment)["models"] == ["own:1"]
    again = deployment.json(*words(name="heart-2")[:-1], "again")
    assert again["models"] == ["own:1"], "files that are registered already make no version"
    (deployment.folder / "model.txt").write_text("2")
    error = deployment.refused(*words(name="heart-3"))
    assert (error["code"], error["details"]["registered"]) == ("batch-output-exists", ["own:2"]), error


def test_a_model_without_a_name_is_called_like_its_deployment(deployment: Terminal) -> None:
    write(deployment, DEPLOYMENT.replace("model: azureml:heart@latest", "model:\n  path: ../model.txt"))
    assert job(deployment)["models"] == ["classifier:1"]


@pytest.mark.parametrize(
    ("old", "new", "code", "told", "line"),
    [
        ("type: model", "type: pipeline", "batch-option-invalid", "only batch deployments of models", 4),
        ("azureml:heart@latest", "azureml:heart:7", "model-not-found", "heart", None),
        ("model: azureml:heart@latest", "model:\n  path: azureml://models", "batch-option-invalid", "registered", 6),
        ("model: azureml:heart@latest", "model:\n  path: ../gone", "model-path-missing", "gone", 6),
        ("  scoring_script: batch_driver.py\n", "", "check-failed", "scoring_script", 7),
        (CODE, "", "no-code-framework", "No entry script can be created for heart", None),
        (f"model: azureml:heart@latest\n{CODE}", "", "batch-option-invalid", "neither a scoring script nor a model", 1),
        ("  conda_file: environment/conda.yaml\n", "", "batch-option-invalid", "conda file", None),
        ("batch_driver.py", "gone.py", "file-not-found", "gone.py", None),
        ("code: code", "code: gone", "file-not-found", "gone", 7),
        ("environment/conda.yaml", "environment/gone.yaml", "file-not-found", "gone.yaml", 12),
        ("mini_batch_size: 2", "mini_batch_size: two", "check-failed", "", None),
        ("mini_batch_size: 2", "mini_batch_size: [", "check-failed", "", None),
    ],
)
def test_what_cannot_be_run_is_told_with_its_place(
    deployment: Terminal, old: str, new: str, code: str, told: str, line: int | None
) -> None:
    write(deployment, DEPLOYMENT.replace(old, new))
    error = deployment.refused(*words())
    assert error["code"] == code, error
    assert told in error["message"]
    if line is not None:
        assert (error["place"]["path"].endswith("deployment.yml"), error["place"]["lineNumber"]) == (True, line)
    assert not (deployment.folder / "out").exists() or not any((deployment.folder / "out").iterdir())


def test_without_script_and_file_both_are_named(deployment: Terminal) -> None:
    error = deployment.refused("batch", "run", "--name", "heart", "--input", "in", "--output-path", "out")
    assert (error["code"], "entry script" in error["message"]) == ("batch-option-invalid", True)


def test_a_path_that_is_not_there_counts_only_where_it_is_used(deployment: Terminal) -> None:
    write(deployment, DEPLOYMENT.replace("environment/conda.yaml", "gone.yaml"))
    found = job(deployment, "--conda-file", "heart/environment/conda.yaml")
    assert found["job"]["state"] == "Completed"


@pytest.mark.parametrize("key", ["allowed_failed_count", "mini_batch_error_threshold", "allowed_failed_percent"])
def test_a_limit_that_batch_deployments_do_not_have_is_told_and_holds_where_checks_are_skipped(
    deployment: Terminal, key: str
) -> None:
    (deployment.folder / "heart" / "code" / "batch_driver.py").write_text("def run(mini_batch):\n    raise OSError\n")
    write(deployment, DEPLOYMENT.replace("  error_threshold: -1", f"  {key}: 0"))
    error = deployment.refused(*words())
    assert (error["code"], key in error["message"]) == ("check-failed", True), error
    done = deployment.run(*words("--skip-checks"))
    assert done.returncode == 1
    assert f"“{key}” is not a key of batch deployments of v2" in done.stderr + done.stdout
    assert "[batch-threshold-passed]" in done.stderr
