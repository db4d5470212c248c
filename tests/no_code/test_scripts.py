"""What the generated texts hold, without installing or running anything."""

from __future__ import annotations

import ast
import json
import os
import platform
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.environments.cache import EnvironmentCache, EnvironmentSettings
from scoredock.errors import ScoredockError
from scoredock.no_code.ejecting import eject_path, script_text_of_path
from scoredock.no_code.frameworks import tensorflow, xgboost
from scoredock.no_code.frameworks.generated_script import pinned
from scoredock.no_code.frameworks.mlflow import write as write_mlflow
from scoredock.no_code.generating import environment_of, write_for
from scoredock.no_code.samples import expression, literal
from scoredock.no_code.subject import model_place, of_models, of_path
from scoredock.no_code.unused import collect
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.registry.records import Tensor

RECOGNISED = Path(__file__).parents[1] / "registry" / "recognised"


@pytest.mark.parametrize(
    ("tensors", "expected"),
    [
        ([Tensor("x", "float32", "[N, 3]")], "[[0.0, 0.0, 0.0]]"),
        ([Tensor("x", "float32", "[?, 784]")], "[[0.0] * 784]"),
        ([Tensor("image", "float32", "[1, 3, 224, 224]")], "[]"),
        ([Tensor("a", "int64", "[1]"), Tensor("b", "string", "[N]")], "{'a': [0], 'b': [\"\"]}"),
        ([Tensor("flag", "bool", "[]")], "False"),
        ([Tensor("x", "float32", "")], ""),
        ([], ""),
    ],
)
def test_samples_follow_shapes(tensors: list[Tensor], expected: str) -> None:
    assert expression(tensors) == expected


def test_an_input_of_more_than_five_thousand_values_has_an_empty_sample() -> None:
    assert expression([Tensor("x", "float32", "[1, 5000]")]) == "[[0.0] * 5000]"
    assert expression([Tensor("x", "float32", "[1, 5001]")]) == "[]"


def test_a_sample_that_is_too_long_is_left_out() -> None:
    assert literal([[1.0] * 5]) == "[[1.0, 1.0, 1.0, 1.0, 1.0]]"
    assert literal([[1.0] * 5_000]) == ""
    assert literal(None) == ""


def test_a_sample_with_what_is_no_json_is_left_out() -> None:
    assert literal([[float("nan")]]) == ""
    assert literal([[float("inf")]]) == ""


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("ridge.joblib", "joblib"),
        ("ridge.skops", "skops"),
        ("ridge.onnx", "onnxruntime"),
        ("network.h5", "keras"),
        ("network.keras", "keras"),
        ("trees.json", "xgboost"),
        ("trees.ubj", "xgboost"),
        ("trees.txt", "lightgbm"),
    ],
)
def test_the_script_of_each_framework_is_one_that_no_check_complains_of(name: str, module: str) -> None:
    """Run, with the framework itself, they are in the long run."""
    path = RECOGNISED / name
    text = script_text_of_path(path)
    compile(text, "score.py", "exec")
    assert re.search(rf"^ *(import|from) {module}\b", text, re.MULTILINE)
    assert check(text, Facts(path=str(path.with_name("score.py"))), "entry-script") == []
    assert any(each.startswith(module) for each in write_for(of_path(path)).requirements), "it is installed"


def pickle_of(module: str, name: str) -> bytes:
    """An object of a class that is not here, as protocol 4 writes it."""
    told = b"".join(b"\x8c" + bytes([len(word)]) + word.encode() for word in (module, name))
    return b"\x80\x04" + told + b"\x93)\x81}b."


@pytest.mark.parametrize(
    ("module", "name", "package"),
    [
        ("xgboost.core", "Booster", "xgboost"),
        ("xgboost.sklearn", "XGBClassifier", "xgboost"),
        ("lightgbm.sklearn", "LGBMClassifier", "lightgbm"),
    ],
)
def test_pickles_of_xgboost_and_lightgbm_have_scripts_that_no_check_complains_of(
    module: str, name: str, package: str, tmp_path: Path
) -> None:
    """Their answers are compared in the long run (test_numbers.py)."""
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle_of(module, name))
    text = script_text_of_path(path)
    compile(text, "score.py", "exec")
    assert check(text, Facts(path=str(path.with_name("score.py"))), "entry-script") == []
    assert package in write_for(of_path(path)).requirements
    assert '"method"' in text if name != "Booster" else '"output_margin"' in text


def test_a_pickle_of_a_module_that_no_known_package_brings_is_told(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(
        pickle_of("sklearn.pipeline", "Pipeline")[:-1] + pickle_of("my_features", "Scale")[2:-1] + b"\x86."
    )
    assert write_for(of_path(path)).notes == (
        "The pickle refers to my_features, which may be your own code. "
        "If it is, deploy the model with an entry script.",
    )


def test_the_version_is_the_recorded_one_and_else_that_of_the_file(tmp_path: Path) -> None:
    known = json.loads((RECOGNISED / "versions.json").read_text())
    told = {"ridge.joblib": "scikit-learn", "ridge.skops": "scikit-learn", "trees.json": "xgboost"}
    for file, package in told.items():
        version = known["xgboost-cpu" if package == "xgboost" else package]
        assert write_for(of_path(RECOGNISED / file)).requirements[0] == f"{package}=={version}"
    registry = Registry(tmp_path / "workspace")
    model = registry.register(
        [RECOGNISED / "ridge.joblib"], "ridge", framework="ScikitLearn", framework_version="1.5.2"
    )
    assert write_for(of_models([model], registry)).requirements[0] == "scikit-learn==1.5.2"


def test_the_explorer_offers_it_for_the_files_of_the_page() -> None:
    manifest = json.loads((Path(__file__).parents[2] / "package.json").read_text(encoding="utf-8"))
    menus = manifest["contributes"]["menus"]
    (explorer,) = [
        item["when"] for item in menus["explorer/context"] if item.get("command") == "scoredock.deployWithoutCode"
    ]
    pattern = re.search(r"resourceFilename =~ /(.+)/i$", explorer)
    assert pattern
    offered = re.compile(pattern[1], re.IGNORECASE)
    names = "m.pkl m.pickle m.joblib m.skops m.onnx m.keras m.h5 model.json m.ubj model.txt m.pt MLmodel saved_model.pb"
    assert [name for name in names.split() if not offered.search(name)] == []
    assert [name for name in ("score.py", "notes.txt", "package.json", "data.csv") if offered.search(name)] == []
    inside = [
        item["when"] for item in menus["view/item/context"] if item.get("command") == "scoredock.deployWithoutCode"
    ]
    assert {"version", "group"} == {
        word for word in ("version", "group", "service") if any(word in each for each in inside)
    }


def environments(folder: Path) -> EnvironmentCache:
    return EnvironmentCache(folder / "environments", EnvironmentSettings())


def test_the_ejected_steps_are_those_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("tree\nversion=v4\n")
    folder = tmp_path / "taken over"
    files = eject_path(tmp_path / "model.txt", folder, environments(tmp_path), Silent(), CancelToken())
    assert [path.name for path in files] == ["score.py", "conda.yml", "inferenceconfig.json", "dockerfile-steps"]
    configuration = json.loads((folder / "inferenceconfig.json").read_text())
    steps = tuple((folder / configuration["extraDockerfileSteps"]).read_text().splitlines())
    subject = of_path(tmp_path / "model.txt")
    assert steps == environment_of(subject, write_for(subject)).image.steps
    assert "libgomp1" in steps[0]


@pytest.mark.parametrize(
    ("last", "categories"),
    [
        ("", False),
        ("pandas_categorical:null\n", False),
        ("pandas_categorical:[]\n", False),
        ('pandas_categorical:[["red", "blue"]]\n', True),
    ],
)
def test_a_lightgbm_model_takes_pandas_only_for_categories(tmp_path: Path, last: str, categories: bool) -> None:
    (tmp_path / "model.txt").write_text(f"tree\nversion=v4\n\nend of parameters\n\n{last}")
    written = write_for(of_path(tmp_path / "model.txt"))
    assert ("import pandas as pd" in written.script) is categories
    assert any(each.startswith("pandas") for each in written.requirements) is categories


def test_a_cancelled_copy_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("tree\nversion=v4\n")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(ScoredockError) as refused:
        eject_path(tmp_path / "model.txt", tmp_path / "taken over", environments(tmp_path), Silent(), cancel)
    assert refused.value.code == "cancelled"
    assert list((tmp_path / "taken over").iterdir()) == []


def test_rows_of_tensorflow_that_are_none() -> None:
    text = tensorflow._SCRIPT
    held: dict[str, Any] = {}
    exec(text[text.index("def columns") : text.index("def rows_of")], held)
    assert held["columns"]([{"a": 1, "b": 2}, {"a": 3, "b": 4}]) == {"a": [1, 3], "b": [2, 4]}
    assert held["columns"]([[1.0], [2.0]]) == [[1.0], [2.0]]
    for wrong in ([{"a": 1}, {"b": 2}], {"a": [1]}, "rows"):
        with pytest.raises(ValueError, match="instances"):
            held["columns"](wrong)


@dataclass(frozen=True)
class Answer:
    """What a script makes of AMLResponse."""

    body: Any
    status: int
    json_str: bool = False


def module(name: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(names)
    return made


def started(model: Path, patch: pytest.MonkeyPatch, **frameworks: ModuleType) -> Any:
    """`run` of the script for a model, after `init()`, where the frameworks are these: no gigabytes are installed."""
    types = "inference_schema.parameter_types.standard_py_parameter_type"
    modules = {
        **frameworks,
        "azureml.contrib.services.aml_response": module("aml_response", AMLResponse=Answer),
        "inference_schema.schema_decorators": module("decorators", input_schema=lambda *_, **__: lambda run: run),
        types: module("standard", StandardPythonParameterType=lambda sample: sample),
    }
    for name in modules:
        for above in [name[: dot.start()] for dot in re.finditer(r"\.", name)]:
            patch.setitem(sys.modules, above, module(above))
    for name, each in modules.items():
        patch.setitem(sys.modules, name, each)
    held: dict[str, Any] = {"__name__": "score", "__file__": str(model.with_name("score.py"))}
    exec(compile(script_text_of_path(model), "score.py", "exec"), held)
    held["init"]()
    return held["run"]


class Estimator:
    """As the script of scikit-learn asks one."""

    predict_proba = staticmethod(lambda rows: np.array([[0.25, 0.75]] * len(rows)))
    predict = staticmethod(lambda rows: np.array([[row[0], 68.84] for row in rows]))
    apply = staticmethod(lambda rows: [np.array([row[0]]) for row in rows])
    transform = staticmethod(lambda rows: SimpleNamespace(toarray=lambda: np.array(rows)))


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("", {"predict_proba": [[0.25, 0.75], [0.25, 0.75]]}),
        ("predict", {"predict": [[1.5, 68.84], [2.5, 68.84]]}),
        ("apply", {"apply": [[1.5], [2.5]]}),
        ("transform", {"transform": [[1.5], [2.5]]}),
    ],
)
def test_an_answer_of_scikit_learn_names_its_method(method: str, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Azure ML v1. The numbers of scikit-learn itself are asked in test_numbers.py."""
    reader = module("joblib", load=lambda path: Estimator)
    run = started(RECOGNISED / "ridge.joblib", monkeypatch, joblib=reader, pandas=module("pandas"))
    assert run([[1.5], [2.5]], method) == answer


class FourColumns:
    """A booster as the script asks it, that adds up what it gets."""

    feature_names = feature_types = None

    def load_model(self, path: str) -> None:
        assert Path(path).is_file()

    def num_features(self) -> int:
        return 4

    def predict(self, matrix: Any, output_margin: bool) -> Any:
        assert not output_margin
        return np.nansum(matrix, axis=1)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            [[5.1, 3.5, 1.4, 0.2], [5.1, 3.5]],
            "A row has 2 values, and the model takes 4; null stands for a missing value.",
        ),
        ([[5.1, 3.5]], "A row has 2 values, and the model takes 4; null stands for a missing value."),
        ([[1.0] * 5], "A row has 5 values, and the model takes 4; null stands for a missing value."),
        ([5.1, 3.5, 1.4, 0.2], "data takes a list of rows, each a list of 4 values."),
    ],
)
def test_rows_that_xgboost_would_fill_itself_are_refused(
    data: list[Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XGBoost itself refuses none of them: it takes what is missing at the end for gaps. With it they are in the long
    run."""
    booster = module("xgboost", Booster=FourColumns, DMatrix=lambda rows, **_: rows)
    run = started(RECOGNISED / "trees.ubj", monkeypatch, xgboost=booster)
    assert run([[1.0, 2.0, None, 4.0]]) == [7.0], "a gap that is one is none of its business"
    assert run(data) == Answer({"message": told}, 400, json_str=True)


class Shape(tuple[Any, ...]):
    """As TensorFlow tells one."""

    def as_list(self) -> list[Any]:
        return list(self)

    def is_compatible_with(self, other: Shape) -> bool:
        return len(self) == len(other) and all(a in (None, b) for a, b in zip(self, other, strict=True))


class InvalidArgumentError(Exception):
    @property
    def message(self) -> str:
        return str(self)


SAID_BY_TENSORFLOW = """\
Graph execution error:

Detected at node StatefulPartitionedCall/add defined at (most recent call last):
  File "/tmp/train.py", line 7, in both

values: Incompatible shapes: [2] vs. [3]
\t [[{{node StatefulPartitionedCall/add}}]] [Op:__inference_signature_wrapper_both_123]
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (SAID_BY_TENSORFLOW, "values: Incompatible shapes: [2] vs. [3]"),
        ("indices[0] = 9 is not in [0, 4)\n\t [[{{node gather}}]]", "indices[0] = 9 is not in [0, 4)"),
        ("\t [[{{node gather}}]]", "it gave no reason"),
    ],
)
def test_what_tensorflow_does_not_take_is_told_in_a_sentence(
    said: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")
    number = SimpleNamespace(as_numpy_dtype=np.float32)
    spec = SimpleNamespace(dtype=number, shape=Shape((None, 3)))

    def signature(x: Any) -> Any:
        raise InvalidArgumentError(said)

    signature.structured_input_signature = ((), {"x": spec})  # type: ignore[attr-defined]
    loaded = SimpleNamespace(signatures={"serving_default": signature})
    stub = module(
        "tensorflow",
        saved_model=SimpleNamespace(load=lambda path: loaded),
        constant=lambda values: SimpleNamespace(shape=Shape(values.shape)),
        errors=SimpleNamespace(InvalidArgumentError=InvalidArgumentError),
        string=object(),
    )
    run = started(tmp_path / "two", monkeypatch, tensorflow=stub)
    message = f"The model does not take these values: {told}"
    assert run([[1.0, 2.0, 3.0]]) == Answer({"message": message}, 400, json_str=True)
    message = "The input 'x' takes the shape [None, 3], not [1, 2]."
    assert run([[1.0, 2.0]]) == Answer({"message": message}, 400, json_str=True)


def test_categories_that_xgboost_cut_off_are_refused() -> None:
    """As version 3.2 writes them: it counts characters where it stores bytes."""
    held: dict[str, Any] = {}
    exec(xgboost.CATEGORIES, held)
    plain = {"offsets": [0, 4, 7], "values": list(b"bluered")}
    assert held["codes_of"](plain) == {"blue": 0, "red": 1}
    assert held["codes_of"]({"type": 15, "values": [10, 30]}) == {10: 0, 30: 1}
    with pytest.raises(ValueError, match="beyond ASCII"):
        held["codes_of"]({"offsets": [0, 3, 5], "values": [114, -61, -72, 100, -26]})  # rød and 日本


@pytest.mark.parametrize(
    ("version", "first"),
    [("1.9.1", "name==1.9.1"), ("", "name"), ("latest; rm -rf /", "name"), ("2.0rc1", "name==2.0rc1")],
)
def test_only_plain_versions_are_pinned(version: str, first: str) -> None:
    assert pinned("name", version, "numpy") == ((first, "numpy"), ("name", "numpy"))


def test_no_name_of_a_file_becomes_code(tmp_path: Path) -> None:
    path = tmp_path / 'a"""\'; import os; os.abort() #.txt'
    path.write_text("tree\nversion=v4\n")
    text = script_text_of_path(path)
    compile(text, "score.py", "exec")
    assert repr(path.name) in text
    assert [line for line in text.splitlines() if line.startswith("import")] == [
        "import os",
        "import lightgbm",
        "import numpy as np",
    ]


def test_an_mlflow_model_gets_what_it_lists(tmp_path: Path) -> None:
    folder = tmp_path / "logged"
    folder.mkdir()
    (folder / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\nmlflow_version: 3.1.0\n"
    )
    (folder / "requirements.txt").write_text("mlflow==3.1.0\n# a remark\n-r other.txt\nscikit-learn==1.9.1\npandas<3\n")
    assert model_place(folder / "MLmodel") == folder
    written = write_mlflow(of_path(folder / "MLmodel"))
    assert written.requirements == ("mlflow-skinny==3.1.0", "scikit-learn==1.9.1", "pandas<3", "numpy")
    assert written.fallback == ("mlflow-skinny", "scikit-learn", "pandas", "numpy")


@pytest.mark.parametrize("env", ["conda.yaml", "{conda: conda.yaml, virtualenv: python_env.yaml}"])
def test_the_conda_file_of_an_mlflow_model_comes_first(tmp_path: Path, env: str) -> None:
    """Also where it takes lines of another file; files of the model's folder and Azure's packages are left out."""
    (tmp_path / "MLmodel").write_text(
        f"flavors:\n  python_function:\n    env: {env}\n    loader_module: mlflow.sklearn\n"
    )
    (tmp_path / "requirements.txt").write_text("scikit-learn==0.1\n")
    (tmp_path / "more.txt").write_text("joblib==1.6.0\n")
    (tmp_path / "conda.yaml").write_text(
        "dependencies:\n- python=3.6\n- pip<=23\n- scipy=1.16\n- pip:\n  - mlflow==2.7.1\n  - scikit-learn==1.7.0\n"
        "  - -r more.txt\n  - -c constraints.txt\n  - ./code/own.whl\n  - azureml-inference-server-http\n"
    )
    written = write_mlflow(of_path(tmp_path))
    lines = ("mlflow-skinny==2.7.1", "scipy==1.16.*", "scikit-learn==1.7.0", "joblib==1.6.0", "numpy", "pandas")
    assert written.requirements == lines
    assert written.fallback == ("mlflow-skinny", "scipy", "scikit-learn", "joblib", "numpy", "pandas")
    assert written.python == "==3.6.*"
    ast.parse(written.script, feature_version=(3, 6))


def test_an_mlflow_of_2020_is_one_package(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors:\n  sklearn: {}\n")
    for version, first in (("1.12.1", "mlflow==1.12.1"), ("1.14.0", "mlflow-skinny==1.14.0")):
        (tmp_path / "requirements.txt").write_text(f"mlflow=={version}\nscikit-learn==0.23.2\n")
        assert write_mlflow(of_path(tmp_path)).requirements[0] == first


@pytest.mark.skipif((sys.platform, platform.machine()) != ("linux", "x86_64"), reason="elsewhere there is one package")
def test_tensorflow_is_the_one_for_processors() -> None:
    assert tensorflow.PACKAGE == "tensorflow-cpu"


def test_inputs_that_json_cannot_carry_are_refused(tmp_path: Path) -> None:
    # ModelProto with one operator set and a graph whose input `z` is a tensor of complex64.
    value = b"\x0a\x01z\x12\x04\x0a\x02\x08\x0e"
    graph = b"\x5a" + bytes([len(value)]) + value
    path = tmp_path / "complex.onnx"
    path.write_bytes(b"\x08\x08\x3a" + bytes([len(graph)]) + graph + b"\x42\x02\x10\x11")
    with pytest.raises(ScoredockError) as refused:
        script_text_of_path(path)
    assert refused.value.code == "no-code-input"
    assert "The input z of" in refused.value.message


def test_scripts_that_no_revision_names_are_cleared_away(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "workspace")
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"1")
    made = {}
    for key, age in (("a" * 16, 5000), ("b" * 16, 5000), ("c" * 16, 50), (f".{'d' * 16}-0123", 5000)):
        folder = registry.folder / "no-code" / key
        (folder / "iris").mkdir(parents=True)
        script = folder / "iris" / "score.py"
        script.write_text("pass\n")
        script.chmod(0o444)
        (folder / "iris" / "weights.bin").symlink_to(weights)
        os.utime(folder, (time.time() - age,) * 2)
        made[key] = script
    with registry.store.write() as connection:
        connection.execute(
            "INSERT INTO services (name, engine, state, phase, active_revision, last_revision, created, updated)"
            " VALUES ('svc', 'process', 'Stopped', '', 1, 1, 0, 0)"
        )
        connection.execute(
            "INSERT INTO revisions VALUES ('svc', 1, json_object('resolved', json_object('entry_script', ?)), '',"
            " '', 0)",
            (str(made["a" * 16]),),
        )
    ahead = registry.folder / "no-code" / ("c" * 16)
    os.utime(ahead, (time.time() + 365 * 86_400,) * 2)
    assert collect(registry, 86_400) == (0, 0)
    assert ahead.stat().st_mtime < time.time() + 60, "by a clock that was wrong: it counts from now on"
    assert collect(registry, 0) == (2, 10)
    assert sorted(each.name for each in (registry.folder / "no-code").iterdir()) == ["a" * 16, "c" * 16]
    assert weights.exists()
