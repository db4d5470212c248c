"""Deploying with an environment that is registered, curated, or not there; and requests from registered datasets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.profiling.domain.load import LoadPlan
from scoredock.contrib.profiling.domain.profile import profile
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.registry.assets import datasets
from scoredock.registry.assets import environments as environment_records
from scoredock.services.request import UpdateRequest

SHOW = """
    import os

    def init():
        pass

    def run(data):
        return {"colour": os.environ.get("COLOUR"), "size": os.environ.get("SIZE"), "data": data}
"""
CONDA = "name: mine\ndependencies:\n  - pip:\n      - azureml-defaults\nvariables:\n  COLOUR: red\n  SIZE: big\n"
JSON = {
    "name": "mine",
    "environmentVariables": {"COLOUR": "blue"},
    "python": {
        "condaDependencies": {
            "dependencies": [{"pip": ["azureml-defaults"]}],
            "variables": {"COLOUR": "red", "SIZE": "big"},
        }
    },
    "docker": {"baseImage": "mcr.microsoft.com/azureml/base:1"},
}


def config(place: Any, environment: object, **more: object) -> str:
    place.write("score.py", SHOW)
    told = {"entryScript": "score.py", "environment": environment, **more}
    return str(place.write("inferenceconfig.json", json.dumps(told)))


def register(place: Any, name: str = "mine", **source: Any) -> str:
    if not source:
        source = {"path": place.write("azureml_environment.json", json.dumps(JSON))}
    return str(environment_records.register(place.registry.assets, name, **source).id)


def answer(place: Any) -> dict[str, str]:
    told: dict[str, str] = json.loads(place.answer())
    return told


OTHERWISE = pytest.mark.long("the same environment, written otherwise")


@pytest.mark.parametrize("version", ["1", *(pytest.param(version, marks=OTHERWISE) for version in (None, 1))])
def test_the_inference_configuration_names_it(place: Any, told: Any, version: object) -> None:
    register(place)
    view = place.deploy(inference_config=config(place, {"name": "mine", "version": version}), progress=told)
    assert view.environment.startswith("mine:1 (")
    assert answer(place) == {"colour": "blue", "size": "big", "data": "[1]"}
    unused = "Not used, because the service runs as a process on this machine: base image."
    assert any(unused in message for message in told.messages)
    assert place.registry.assets.used_by() == {("environment", "mine:1"): ["svc-one"]}
    with pytest.raises(ScoredockError) as refused:
        place.registry.assets.delete("environment", "mine:1")
    assert (refused.value.code, refused.value.details) == ("asset-in-use", {"services": ["svc-one"]})
    place.deployments.delete("svc-one")
    assert place.registry.assets.delete("environment", "mine:1").deleted is not None


def test_the_newest_is_taken_and_an_update_keeps_what_it_had(place: Any) -> None:
    register(place, path=place.write("conda.yml", CONDA))
    register(place, path=place.write("conda.yml", CONDA.replace("red", "green")))
    view = place.deploy(SHOW, environment="mine", environment_variables={"SIZE": "small"})
    assert view.environment.startswith("mine:2 (")
    assert answer(place) == {"colour": "green", "size": "small", "data": "[1]"}
    register(place, path=place.write("conda.yml", CONDA.replace("red", "grey")))
    assert place.deployments.update("svc-one", UpdateRequest()).environment.startswith("mine:2 (")
    updated = place.deployments.update("svc-one", UpdateRequest(environment="mine"))
    assert updated.environment.startswith("mine:3 (")
    assert answer(place)["colour"] == "grey"
    back = place.deployments.update("svc-one", UpdateRequest(environment_file=str(place.project / "conda.yml")))
    assert back.environment.startswith("mine (")
    place.deployments.restart("svc-one")
    assert answer(place)["colour"] == "grey"


def test_an_option_takes_the_place_of_the_one_in_the_inference_configuration(place: Any) -> None:
    register(place)
    register(place, "other", path=place.write("conda.yml", CONDA.replace("red", "white")))
    inline = {
        "name": "inline",
        "environmentVariables": {"COLOUR": "none"},
        "python": {"condaDependencies": {"dependencies": ["nothing-like-this"]}},
    }
    view = place.deploy(inference_config=config(place, inline), environment="other:1", skip_checks=True)
    assert view.environment.startswith("other:1 (")
    assert answer(place)["colour"] == "white"


@pytest.mark.parametrize(
    "name",
    ["AzureML-Minimal:47", *(pytest.param(name, marks=OTHERWISE) for name in ("AzureML-Minimal", "azureml-minimal"))],
)
def test_a_curated_environment_needs_no_registration(place: Any, told: Any, name: str) -> None:
    reference, _, version = name.partition(":")
    written = config(place, {"name": reference, "version": version or None})
    view = place.deploy(inference_config=written, progress=told)
    assert view.environment.startswith("AzureML-Minimal (")
    assert place.registry.assets.used_by() == {}
    assert any(message.startswith("AzureML-Minimal is built from current packages") for message in told.messages)


@pytest.mark.parametrize(
    ("name", "release", "expected"),
    [
        ("AzureML-sklearn-1.1-ubuntu20.04-py38-cpu", "1.1.3", "scikit-learn==1.1.3"),
        ("AzureML-sklearn-1.1-ubuntu20.04-py38-cpu", "1.3.0", "scikit-learn>=1.1"),
        ("AzureML-Tutorial", "0.22.2", "scikit-learn==0.22.2"),
        ("AzureML-sklearn-0.24.1-ubuntu18.04-py37-cpu-inference", "0.24.1", "scikit-learn>=0.24.1"),
    ],
)
def test_a_curated_environment_has_the_scikit_learn_of_the_models(
    place: Any, name: str, release: str, expected: str
) -> None:
    """Where Azure's own has it; of the last one it is not written down what it has."""
    state = f"}}\x8c\x10_sklearn_version\x8c{chr(len(release))}{release}s."
    file = place.project / "ridge.pkl"
    file.write_bytes(f"\x80\x04csklearn.linear_model\nRidge\n{state}".encode("latin-1"))
    model = place.registry.register([file], "ridge").id
    plan = place.deployments.planned(place.request(SHOW, environment=name, models=(model,)))
    assert expected in plan.spec.environment.requirements
    is_pinned = "==" in expected
    assert any(note.startswith(f"scikit-learn {release} is installed") for note in plan.notes) is is_pinned
    assert (plan.spec.environment.fallback is not None) is is_pinned


@pytest.mark.parametrize(
    ("name", "call", "expected"),
    [
        ("AzureML-acpt-pytorch-2.2-cuda12.1", "torch.load(os.environ['MODEL'])", "torch<2.6"),
        ("AzureML-pytorch-1.10-ubuntu18.04-py37-cpu-inference", "torch.load(os.environ['MODEL'])", "torch<2.6"),
        ("AzureML-acpt-pytorch-2.2-cuda12.1", "torch.load(os.environ['MODEL'], weights_only=False)", "torch"),
        ("AzureML-acpt-pytorch-2.8-cuda12.6", "torch.load(os.environ['MODEL'])", "torch"),
    ],
)
def test_a_curated_environment_has_a_torch_that_loads_whole_models(
    place: Any, name: str, call: str, expected: str
) -> None:
    script = f"\n    import torch\n{SHOW.replace('pass', call)}"
    plan = place.deployments.planned(place.request(script, environment=name))
    assert expected in plan.spec.environment.requirements
    is_older = expected != "torch"
    assert any(note.startswith("A torch before 2.6 is installed") for note in plan.notes) is is_older
    assert (plan.spec.environment.fallback is not None) is is_older


@pytest.mark.parametrize(("release", "refused"), [("0.20.3", False), ("1.5.2", True)])
def test_an_old_import_where_the_default_has_the_scikit_learn_of_the_model(
    place: Any, release: str, refused: bool
) -> None:
    file = place.project / "ridge.pkl"
    file.write_bytes(b"N.")
    model = place.registry.register([file], "ridge", framework="ScikitLearn", framework_version=release).id
    request = place.request(f"\n    from sklearn.externals import joblib{SHOW}", models=(model,))
    if refused:
        with pytest.raises(ScoredockError, match="joblib"):
            place.deployments.planned(request)
        return
    plan = place.deployments.planned(request)
    assert f"scikit-learn=={release}" in plan.spec.environment.requirements
    assert any("SD126" in note for note in plan.notes)


def test_a_requirements_file(place: Any) -> None:
    place.write("base.txt", "azureml-defaults\n")
    register(place, path=place.write("requirements.txt", "-r base.txt\n"))
    (place.project / "base.txt").unlink()
    assert place.deploy(SHOW, environment="mine").environment.startswith("mine:1 (")


# ------------------------------------------------------------------------------------------------ refused


def test_one_that_is_not_there_is_told_at_its_place(place: Any) -> None:
    register(place)
    error = place.refused(inference_config=config(place, {"name": "mien", "version": None}))
    assert error.code == "check-failed"
    assert "SD215" in error.details["findings"][0]
    assert "did you mean “mine”" in error.message
    error = place.refused(inference_config=config(place, {"name": "mine", "version": "9"}))
    assert error.code == "check-failed"
    error = place.refused(inference_config=config(place, {"name": "mien", "version": None}), skip_checks=True)
    assert error.code == "check-failed"  # what a configuration names cannot be guessed
    assert error.place is not None
    assert Path(error.place.path).name == "inferenceconfig.json"
    assert place.deployments.services() == []


@pytest.mark.parametrize("reference", ["none", "mine:2", "mine:x", "../mine", "mine:1:1", "AzureML-None"])
def test_references_that_lead_nowhere(place: Any, reference: str) -> None:
    register(place)
    assert place.refused(SHOW, environment=reference).code == "asset-not-found"


def test_an_image_alone_needs_docker(place: Any) -> None:
    register(place, image="registry.example.com/a/b:1")
    error = place.refused(SHOW, environment="mine")
    assert error.code == "environment-needs-docker"
    assert "registry.example.com/a/b:1" in error.message
    register(place, "built", path=place.write("e.json", '{"docker": {"baseDockerfile": "FROM a"}}'))
    assert place.refused(SHOW, environment="built").code == "environment-needs-docker"


def test_an_environment_and_a_file_for_one(place: Any) -> None:
    register(place)
    file = str(place.write("conda.yml", CONDA))
    assert place.refused(SHOW, environment="mine", environment_file=file).code == "deploy-input-invalid"


def test_packages_that_pip_does_not_have_are_told_without_a_file(place: Any) -> None:
    register(place, path=place.write("conda.yml", "channels: ['file:///nowhere']\ndependencies:\n  - r-base\n"))
    error = place.refused(SHOW, environment="mine")
    assert (error.code, error.place) == ("conda-channel-unreachable", None)


def test_one_in_the_trash(place: Any) -> None:
    register(place)
    place.registry.assets.delete("environment", "mine:1")
    assert "trash" in place.refused(SHOW, environment="mine:1").message
    assert place.refused(SHOW, environment="mine").code == "asset-not-found"


# ------------------------------------------------------------------------------------------------ requests


def test_the_sample_is_the_first_row_of_the_dataset_of_the_model(place: Any) -> None:
    rows = place.write("rows.jsonl", '{"data": [1]}\n{"data": [2]}\n')
    datasets.register(place.registry.assets, rows, "requests")
    weights = place.write("model.pkl", "bytes")
    place.registry.register([weights], "plain")
    place.registry.register([weights], "net", sample_input_dataset="requests")
    place.deploy(SHOW, models=("plain", "net"))
    sample = place.deployments.client.sample("svc-one")
    assert sample.body == '{"data": [1]}'
    assert sample.reason == "The first row of the dataset requests:1, which is set as the sample of the model net:1."
    place.deployments.update("svc-one", UpdateRequest(models=("plain",)))
    assert place.deployments.client.sample("svc-one").reason.startswith("The script declares no schema")


def test_a_profile_with_a_dataset(place: Any) -> None:
    rows = place.write("rows.jsonl", '{"data": [1]}\n{"data": [2]}\n')
    datasets.register(place.registry.assets, rows, "requests")
    place.deploy(SHOW)

    def measured(rows: str) -> Any:
        return profile(
            place.deployments, "svc-one", rows=rows, plan=LoadPlan(4), progress=Silent(), cancel=CancelToken()
        )

    for reference in ("dataset:requests", "dataset:requests:1"):
        found = measured(reference)
        assert (found.success_queries, found.error, found.input) == (4, "", reference)
    for reference in ("dataset:", "dataset:none", "dataset:requests:2"):
        with pytest.raises(ScoredockError) as refused:
            measured(reference)
        assert refused.value.code == "asset-not-found"


@pytest.mark.long("test_brought_packages.py says what is brought and runs another script with it")
def test_what_azureml_defaults_brings_is_there_when_it_is_imported(place: Any) -> None:
    place.write("conda.yml", "name: env\ndependencies:\n  - pip\n  - pip:\n      - azureml-defaults\n")
    script = """
        import numpy as np


        def init():
            pass


        def run(data):
            return np.array([1.0, 2.0]).tolist()
    """
    view = place.deploy(script, environment_file=str(place.project / "conda.yml"))
    assert view.state == "Healthy"
    assert place.answer() == "[1.0, 2.0]"
