"""What a service without a script does beyond scoring: refusing, describing itself, following its model, being taken
over."""

from __future__ import annotations

import importlib
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.no_code.ejecting import eject, eject_path
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.registry.assets import environments
from scoredock.registry.records import Resources
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, UpdateRequest

from no_code.conftest import FURTHER, Made, kinds
from no_code.test_numbers import of_schema, register, require_answers_of_the_framework, scored

pytestmark = pytest.mark.timeout(900)
"""A machine that has none of the frameworks yet gets them first."""

LIGHT = ("sklearn", "onnx", "lightgbm")
"""Whose environments are small: what is the same for all frameworks is tried with these."""


def body_of(deployments: Deployments, name: str, body: object) -> bytes:
    return deployments.client.call(name, json.dumps(body).encode()).body


@pytest.mark.parametrize("kind", kinds("onnx", of=LIGHT))
def test_a_path_is_served_without_being_registered(
    kind: str, models: Callable[[str], Made], deployments: Deployments
) -> None:
    made = models(kind)
    deployments.deploy(DeployRequest("from-path", model_path=str(made.path)))
    for case in made.cases:
        assert scored(deployments, "from-path", case["body"]) == (200, case["answer"])
    assert deployments.registry.models() == []


def test_a_folder_is_served_without_being_registered(
    models: Callable[[str], Made], deployments: Deployments, tmp_path: Path
) -> None:
    made = models("onnx_inputs")
    folder = tmp_path / "several models"
    (folder / "inner").mkdir(parents=True)
    (folder / "README.md").write_text("nothing to serve")
    (folder / "inner" / "several.onnx").write_bytes(made.path.read_bytes())
    deployments.deploy(DeployRequest("from-folder", model_path=str(folder)))
    for case in made.cases:
        assert scored(deployments, "from-folder", case["body"]) == (200, case["answer"])


@pytest.mark.parametrize("kind", kinds("onnx", of=LIGHT))
def test_the_ejected_files_behave_the_same(
    kind: str, models: Callable[[str], Made], deployments: Deployments, registry: Registry, tmp_path: Path
) -> None:
    made = models(kind)
    model = register(registry, made)
    folder = tmp_path / "taken over"
    written = eject([registry.model(model)], registry, folder, deployments.environments, Silent(), CancelToken())
    steps = {"dockerfile-steps"} if kind == "lightgbm" else set()
    assert {path.name for path in written} == {"score.py", "conda.yml", "inferenceconfig.json"} | steps
    deployments.deploy(DeployRequest("without-code", models=(model,)))
    deployments.deploy(
        DeployRequest("taken-over", models=(model,), inference_config=str(folder / "inferenceconfig.json"))
    )
    bodies = [case["body"] for case in made.cases] + [{"data": "nonsense"}, {"data": [[1.0]]}, {}]
    for body in bodies:
        assert body_of(deployments, "without-code", body) == body_of(deployments, "taken-over", body)
    assert of_schema(deployments, "without-code").body == of_schema(deployments, "taken-over").body


def test_the_ejected_files_of_a_path_bring_the_model(
    models: Callable[[str], Made], deployments: Deployments, tmp_path: Path
) -> None:
    made = models("onnx")
    folder = tmp_path / "taken over"
    eject_path(made.path, folder, deployments.environments, Silent(), CancelToken())
    deployments.deploy(DeployRequest("taken-over", inference_config=str(folder / "inferenceconfig.json")))
    for case in made.cases:
        assert scored(deployments, "taken-over", case["body"]) == (200, case["answer"])
    with pytest.raises(ScoredockError) as refused:
        eject_path(made.path, folder, deployments.environments, Silent(), CancelToken())
    assert refused.value.code == "project-exists"


@pytest.mark.parametrize("kind", kinds("sklearn_frame", "skops", "onnx_inputs", "lightgbm"))
def test_no_check_has_anything_to_say(
    kind: str, models: Callable[[str], Made], deployments: Deployments, registry: Registry, tmp_path: Path
) -> None:
    from scoredock.analysis.facts import Facts
    from scoredock.checks.check import check

    made = models(kind)
    registry.register([made.path], "the-model")
    models_given, folder = [registry.model("the-model")], tmp_path / "taken over"
    script, conda, inference = eject(models_given, registry, folder, deployments.environments, Silent(), CancelToken())[
        :3
    ]
    text = script.read_text()
    compile(text, str(script), "exec")
    assert check(text, Facts(path=str(script)), "entry-script") == []
    for path, described in ((conda, "conda"), (inference, "inference-config")):
        facts = Facts(path=str(path), exists=lambda name: Path(name).exists())
        found = [each for each in check(path.read_text(), facts, described) if each.severity != "hint"]
        assert found == []


# The names of LightGBM's columns are told as they were given and as LightGBM keeps them.
@pytest.mark.parametrize("kind", kinds("lightgbm", of=("lightgbm", "sklearn")))
def test_an_update_to_another_framework_makes_the_script_anew(
    kind: str, models: Callable[[str], Made], deployments: Deployments, registry: Registry
) -> None:
    first, second = models(kind), models("onnx")
    register(registry, first)
    deployments.deploy(DeployRequest("without-code", models=("the-model:1",)))
    require_answers_of_the_framework(deployments, "without-code", first)
    register(registry, second)
    view = deployments.update("without-code", UpdateRequest(models=("the-model:2",)))
    assert view.revision == 2
    require_answers_of_the_framework(deployments, "without-code", second)


def test_what_is_wrong_with_a_request_is_answered_with_400(
    models: Callable[[str], Made], deployments: Deployments, registry: Registry
) -> None:
    deployments.deploy(DeployRequest("without-code", models=(register(registry, models("sklearn")),)))

    def refusal(body: object) -> str:
        status, told = scored(deployments, "without-code", body)
        assert status == 400
        assert isinstance(told, dict)
        return str(told["message"])

    rows = models("sklearn").cases[0]["body"]["data"]
    assert refusal({"data": rows, "method": "fit"}) == (
        "This model has no method 'fit'; it has predict_proba, predict, predict_log_proba, decision_function."
    )
    assert "expecting 4 features" in refusal({"data": [[1.0]]})
    assert "data" in refusal({"rows": rows})
    assert refusal({"data": "text"})
    # Only the model that was loaded knows how many columns it takes.
    assert json.loads(of_schema(deployments, "without-code").body)["data"] == [[0.0] * 4]


def test_types_that_skops_does_not_trust_are_named_and_load_when_the_script_lists_them(
    models: Callable[[str], Made], deployments: Deployments, with_everything: str, tmp_path: Path
) -> None:
    """Of a model that only transforms, in an environment of one's own, registered and as a file."""
    made = models("skops_trees")
    own = environments.register(deployments.registry.assets, "", path=Path(with_everything)).id
    with pytest.raises(ScoredockError) as error:
        deployments.deploy(DeployRequest("by-path", model_path=str(made.path), environment=own))
    assert error.value.code == "init-failed"
    assert made.untrusted
    assert all(each in error.value.message for each in made.untrusted)
    assert deployments.service("by-path").environment.startswith(own)

    folder = tmp_path / "taken over"
    script = eject_path(made.path, folder, deployments.environments, Silent(), CancelToken())[0]
    loading = f'"{made.path.name}")'
    assert script.read_text().count(loading) == 1
    script.write_text(script.read_text().replace(loading, f"{loading}, trusted={made.untrusted}"))
    configuration = str(folder / "inferenceconfig.json")
    request = DeployRequest("taken-over", inference_config=configuration, environment_file=with_everything)
    assert deployments.deploy(request).environment.startswith("everything")
    require_answers_of_the_framework(deployments, "taken-over", made)


def test_shapes_of_onnx_are_told(models: Callable[[str], Made], deployments: Deployments, registry: Registry) -> None:
    deployments.deploy(DeployRequest("without-code", models=(register(registry, models("onnx_inputs")),)))
    missing = scored(deployments, "without-code", {"data": {"x": [[1.0]]}})
    assert missing == (400, {"message": "A value for the input 'times' is missing."})
    body = {"data": {"x": [1.0], "times": [2], "words": ["a"]}}
    status, told = scored(deployments, "without-code", body)
    assert (status, told) == (400, {"message": "The input 'x' takes the shape ['rows', 'width'], not [1]."})
    swagger = json.loads(of_schema(deployments, "without-code").body)
    assert swagger == {"data": {"x": [[0.0]], "times": [0], "words": [""]}}


@pytest.mark.parametrize(
    ("kind", "row", "written"),
    [
        ("onnx", [1.5, 2.5, 3.5, 0.5], "StandardPythonParameterType([{row}])"),
        pytest.param("sklearn_frame", [1.5, "blue"], "SAMPLE = [{row}]", marks=FURTHER),
    ],
)
def test_a_sample_dataset_and_resources_of_the_model_count(
    kind: str,
    row: list[object],
    written: str,
    models: Callable[[str], Made],
    deployments: Deployments,
    registry: Registry,
    tmp_path: Path,
) -> None:
    from scoredock.registry.assets import datasets

    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"data": [row]}) + "\n")
    dataset = datasets.register(registry.assets, rows, "rows").id
    made = models(kind)
    model = registry.register(
        [made.path], "price", sample_input_dataset=dataset, resources=Resources(cpu=0.5, memory_in_gb=1.0)
    )
    deployments.deploy(DeployRequest("without-code", models=(model.id,)))
    assert scored(deployments, "without-code", json.loads(of_schema(deployments, "without-code").body))[0] == 200
    files = eject([model], registry, tmp_path / "out", deployments.environments, Silent(), CancelToken())
    script = files[0].read_text()
    assert written.format(row=row) in script


# ------------------------------------------------------------------------------------------ refused


def refused(deployments: Deployments, request: DeployRequest) -> ScoredockError:
    with pytest.raises(ScoredockError) as error:
        deployments.deploy(request)
    assert deployments.services() == []
    return error.value


def test_several_models_need_a_script(
    models: Callable[[str], Made], deployments: Deployments, registry: Registry
) -> None:
    register(registry, models("onnx"), "one")
    register(registry, models("onnx"), "two")
    assert refused(deployments, DeployRequest("svc", models=("one:1", "two:1"))).code == "no-code-models"
    both = DeployRequest("svc", models=("one:1",), model_path=str(models("onnx").path))
    assert refused(deployments, both).code == "no-code-models"


def test_an_unknown_framework_is_refused_by_name(deployments: Deployments, registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"format":"pt"}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0\0\0")
    registry.register([path], "weights", framework="PyTorch")
    error = refused(deployments, DeployRequest("svc", models=("weights:1",)))
    assert error.code == "no-code-framework"
    assert "weights:1 with the framework 'PyTorch'. 'weights.safetensors' is a safetensors file" in error.message
    assert refused(deployments, DeployRequest("svc", model_path=str(path))).code == "no-code-framework"
    checkpoint = tmp_path / "net.pt"
    with zipfile.ZipFile(checkpoint, "w") as archive:
        for name in ("net/data.pkl", "net/version", "net/data/0"):
            archive.writestr(name, b"3")
    error = refused(deployments, DeployRequest("svc", model_path=str(checkpoint)))
    assert error.code == "no-code-framework"
    assert "'net.pt' is a PyTorch checkpoint" in error.message
    assert refused(deployments, DeployRequest("svc", model_path=str(tmp_path / "no.onnx"))).code == "file-not-found"


def test_two_models_in_one_folder_or_version_are_refused(
    models: Callable[[str], Made], deployments: Deployments, registry: Registry, tmp_path: Path
) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    for kind in ("onnx", "sklearn"):
        path = models(kind).path
        (folder / path.name).write_bytes(path.read_bytes())
    error = refused(deployments, DeployRequest("svc", model_path=str(folder)))
    assert error.code == "no-code-ambiguous"
    assert "'both/iris.joblib', 'both/iris.onnx'" in error.message
    registry.register([folder], "both")
    assert refused(deployments, DeployRequest("svc", models=("both:1",))).message == error.message.replace(
        str(folder), "both:1"
    )


def test_a_pickle_that_runs_commands_is_refused_from_a_path_too(deployments: Deployments, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04\x8c\x07sklearn\x8c\x04Base\x930cposix\nsystem\n(S'true'\ntR.")
    assert refused(deployments, DeployRequest("svc", model_path=str(path))).code == "model-known-bad"


def test_a_model_that_brings_code_along_is_refused_from_a_path_too(deployments: Deployments, tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors:\n  python_function:\n    loader_module: mine\n")
    error = refused(deployments, DeployRequest("svc", model_path=str(tmp_path)))
    assert error.code == "model-known-bad"
    assert "loaded by the Python module mine" in error.message


def test_code_of_a_notebook_is_refused(deployments: Deployments, registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04\x8c\x10sklearn.pipeline\x8c\x08Pipeline\x930\x8c\x08__main__\x8c\x05Scale\x93.")
    registry.register([path], "own")
    error = refused(deployments, DeployRequest("svc", models=("own:1",)))
    assert error.code == "no-code-framework"
    assert "__main__" in error.message


def test_ejected_files_leave_out_a_version_that_no_longer_installs(
    models: Callable[[str], Made], deployments: Deployments, registry: Registry, tmp_path: Path
) -> None:
    model = registry.register([models("sklearn").path], "old", framework="ScikitLearn", framework_version="0.19.1")
    eject([model], registry, tmp_path, deployments.environments, Silent(), CancelToken())
    assert "does not install any more (scikit-learn==0.19.1)" in (tmp_path / "conda.yml").read_text()


@pytest.mark.long("two more services with scikit-learn; tests/environments/test_build.py has a pin that gives way")
def test_a_version_that_no_longer_installs_gives_way_to_the_newest(
    models: Callable[[str], Made], deployments: Deployments, registry: Registry, tmp_path: Path
) -> None:
    """The documents register scikit-learn 0.19.1."""
    made = models("sklearn")
    model = registry.register([made.path], "old", framework="ScikitLearn", framework_version="0.19.1")
    deployments.deploy(DeployRequest("without-code", models=(model.id,)))
    case = made.cases[0]
    assert scored(deployments, "without-code", case["body"]) == (200, case["answer"])
    told = [line.m for line in deployments.logs.records("without-code")]
    assert any("0.19.1" in line for line in told)
    folder = tmp_path / "taken over"
    eject([model], registry, folder, deployments.environments, Silent(), CancelToken())
    deployments.deploy(
        DeployRequest("taken-over", models=(model.id,), inference_config=str(folder / "inferenceconfig.json"))
    )
    assert scored(deployments, "taken-over", case["body"]) == (200, case["answer"])
    assert "does not install any more (scikit-learn==0.19.1)" in (folder / "conda.yml").read_text()


MLMODEL = """
flavors:
  python_function:
    env: conda.yaml
    loader_module: mlflow.pyfunc.model
    python_model: python_model.pkl
mlflow_version: 3.17.2
"""
OWN_MODULE = "class Scorer:\n    def predict(self, context, model_input, params=None):\n        return model_input\n"


def test_a_model_of_mlflow_that_lacks_its_own_module_says_how_to_save_it(
    deployments: Deployments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scorer_of_mine.py").write_text(OWN_MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "model"
    folder.mkdir()
    scorer = importlib.import_module("scorer_of_mine").Scorer()
    (folder / "python_model.pkl").write_bytes(pickle.dumps(scorer))
    (folder / "MLmodel").write_text(MLMODEL)
    (folder / "conda.yaml").write_text("dependencies:\n- pip:\n  - mlflow==3.17.2\n  - cloudpickle\n")
    with pytest.raises(ScoredockError) as refused:
        deployments.deploy(DeployRequest("without-code", model_path=str(folder)))
    assert "No module named 'scorer_of_mine'" in refused.value.message
    assert refused.value.fix.startswith("Save the model again with the file or folder of the module scorer_of_mine in")
    assert "`code_paths`" in refused.value.fix
