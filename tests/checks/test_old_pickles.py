"""Pickles against the environment that loads them, told from their opcodes: real files of several releases."""

from __future__ import annotations

import io
import pickle
import pickletools
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.checks.check import check
from scoredock.pickles.facts import PickleFacts, walk
from scoredock.registry.formats.recognise import pickle_facts

FILES = Path(__file__).parents[1] / "pickles" / "files"
SCRIPT = (
    "import json\nimport os\n\nimport joblib\n\n\ndef init():\n    global model\n    model = joblib.load(os.path.join("
    "os.environ['AZUREML_MODEL_DIR'], 'model.pkl'))\n\n\ndef run(data):\n    return"
    " model.predict(json.loads(data)['data']).tolist()\n"
)
CODE = "SD179"


def findings(
    facts: PickleFacts | None, packages: dict[str, str], python: str = "3.11", *, deployed: bool = True
) -> list[Finding]:
    model = ModelFacts("m", 3, ("model.pkl",), "ScikitLearn")
    text = "dependencies:\n" + "".join(f"  - {name}{version}\n" for name, version in packages.items())
    around = Facts(
        path="/project/score.py",
        pickle=lambda _, __: facts,
        models={"m": (model,)},
        deployed_models=(model,) if deployed else None,
        environment=EnvironmentFacts("/project/conda.yml", "e", python, {"joblib": "", **packages}, text=text),
    )
    return [each for each in check(SCRIPT, around, "entry-script") if each.code == CODE]


@pytest.mark.parametrize(
    ("told", "declared", "wanted", "expected"),
    [
        ("0.20.3", "0.22.2.post1", {"scikit-learn": "==0.20.3"}, []),
        ("0.20.3", "0.22.2.post1", {"scikit-learn": "==0.22.2.post1"}, ["0.20.3, but the environment has 0.22.2"]),
        ("0.20.3", "0.20.3", {"scikit-learn": "==0.20.3"}, []),
        ("", "0.22.2.post1", {"scikit-learn": "==0.20.3"}, ["0.22.2.post1, but the environment has 0.20.3"]),
    ],
)
@pytest.mark.parametrize("is_wish", [False, True])
def test_what_a_pickle_says_counts_before_what_was_declared(
    told: str, declared: str, wanted: dict[str, str], expected: list[str], *, is_wish: bool
) -> None:
    """A wish is what is installed without an environment: the release that was declared, where there is such a one."""
    model = ModelFacts("m", 3, ("model.pkl",), "ScikitLearn", declared)
    name = "sklearn.linear_model.logistic.LogisticRegression"
    packages = {"joblib": "", "scikit-learn": ""} if is_wish else {"joblib": "", **wanted}
    around = Facts(
        path="/project/score.py",
        pickle=lambda _, __: made(told, name) if told else PickleFacts(("sklearn",), "", {}),
        models={"m": (model,)},
        deployed_models=(model,),
        environment=EnvironmentFacts("", "e", None if is_wish else "3.6", packages, wished=wanted if is_wish else {}),
    )
    said = [each for each in check(SCRIPT, around, "entry-script") if each.code in (CODE, "SD159")]
    assert [each.code for each in said] == ["SD159"] * len(expected)
    assert all(words in each.message for each, words in zip(said, expected, strict=True))


def read(name: str) -> PickleFacts:
    facts = pickle_facts(FILES / name)
    assert facts is not None
    return facts


def made(version: str, *objects: str) -> PickleFacts:
    return PickleFacts(("sklearn",), objects[0], {"_sklearn_version": version}, objects=frozenset(objects), protocol=4)


OF_2023 = [f"forest-2023{end}" for end in (".pkl", ".joblib")] + ["boosting-2023.pkl", "neighbours-2023.pkl"]


@pytest.mark.parametrize("name", OF_2023)
@pytest.mark.parametrize(("release", "refused"), [("1.2.2", False), ("1.2.0", False), ("1.3.2", True), ("1.5.2", True)])
def test_a_model_of_an_older_scikit_learn(name: str, release: str, *, refused: bool) -> None:
    """Verified with real packages: scikit-learn 1.2.2 wrote these, and 1.3 and later raise when they load them."""
    told = findings(read(name), {"scikit-learn": f"=={release}", "numpy": "==1.26.4"})
    assert [each.severity for each in told] == (["error"] if refused else [])
    if refused:
        message = told[0].message
        assert "scikit-learn 1.2.2" in message
        assert f"scikit-learn {release}" in message
        assert "pin “scikit-learn==1.2.2”" in message
        assert "train" in message


@pytest.mark.parametrize("name", ["forest-2024.pkl", "forest-2026.pkl", "boosting-2026.pkl"])
def test_a_model_of_a_newer_scikit_learn(name: str) -> None:
    assert [each.severity for each in findings(read(name), {"scikit-learn": "==1.2.2"})] == ["error"]
    assert [each.severity for each in findings(read(name), {"scikit-learn": "==1.9.1", "numpy": "==2.4.6"})] == []


def test_what_is_not_certain_is_a_warning() -> None:
    old = read("forest-2023.pkl")
    assert [each.severity for each in findings(old, {"scikit-learn": ""})] == ["warning"]
    assert [each.severity for each in findings(old, {"scikit-learn": "<1.3"})] == []
    assert [each.severity for each in findings(old, {"scikit-learn": ">=1.3,<1.6"})] == ["error"]
    assert [each.severity for each in findings(old, {"scikit-learn": "==1.5.2"}, deployed=False)] == ["warning"]
    assert findings(None, {"scikit-learn": "==1.5.2"}) == []


@pytest.mark.parametrize(
    ("version", "name", "release", "refused"),
    [
        ("0.21.3", "sklearn.svm.classes.SVC", "0.24.2", True),
        ("0.21.3", "sklearn.svm.classes.SVC", "0.23.2", False),
        ("0.20.4", "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper", "0.23.2", True),
        ("0.20.4", "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper", "0.22.2", False),
        ("0.21.3", "sklearn.ensemble.forest.RandomForestClassifier", "1.0.2", True),
        ("0.21.3", "sklearn.preprocessing.data.StandardScaler", "0.24.2", True),
        ("0.23.2", "sklearn.preprocessing._data.PolynomialFeatures", "1.0.2", True),
        ("0.23.2", "sklearn.preprocessing._data.StandardScaler", "1.0.2", False),
        ("1.0.2", "sklearn.metrics._dist_metrics.EuclideanDistance", "1.3.2", True),
        ("1.3.2", "sklearn.ensemble._gb_losses.BinomialDeviance", "1.4.2", True),
        ("1.0.2", "sklearn.preprocessing._encoders.OneHotEncoder", "1.1.3", True),
        ("0.23.2", "sklearn.preprocessing._data.MinMaxScaler", "0.24.2", True),
        ("0.24.2", "sklearn.preprocessing._data.MinMaxScaler", "1.8.0", False),
        ("1.9.1", "sklearn.linear_model._ridge.Ridge", "1.2.2", False),
        ("1.9.1", "sklearn.linear_model._ridge.Ridge", "0.21.3", True),
        ("0.22.2", "sklearn.linear_model._ridge.Ridge", "1.9.1", False),
        ("1.7.2", "_loss.CyHalfBinomialLoss", "1.9.1", True),
        ("1.7.2", "_loss.CyHalfBinomialLoss", "1.8.0", False),
        ("1.7.2", "_loss.CyHalfBinomialLoss", "1.4.2", True),
        ("1.5.2", "_loss.__pyx_unpickle_CyHalfBinomialLoss", "1.6.1", True),
        ("1.4.2", "sklearn._loss._loss.__pyx_unpickle_CyHalfPoissonLoss", "1.6.1", True),
        ("1.9.1", "_loss.Mine", "1.8.0", False),
    ],
)
def test_names_and_states_of_scikit_learn(version: str, name: str, release: str, *, refused: bool) -> None:
    told = findings(made(version, name), {"scikit-learn": f"=={release}"})
    assert [each.severity for each in told] == (["error"] if refused else []), [each.message for each in told]


@pytest.mark.parametrize(
    ("name", "packages", "refused"),
    [
        ("numpy._core.multiarray._reconstruct", {"numpy": "==1.24.4"}, True),
        ("numpy._core.multiarray._reconstruct", {"numpy": "==1.26.4"}, False),
        ("numpy._core.multiarray._reconstruct", {"numpy": "==2.1.0"}, False),
        ("numpy._core.multiarray._reconstruct", {"numpy": "<1.26"}, True),
        ("numpy.core.multiarray._reconstruct", {"numpy": "==2.1.0"}, False),
        ("scipy.sparse._csr.csr_matrix", {"scipy": "==1.7.3"}, True),
        ("pandas.core.indexes.numeric.Int64Index", {"pandas": "==2.0.3"}, True),
        ("pandas.core.indexes.numeric.Int64Index", {"pandas": "==1.5.3"}, False),
    ],
)
def test_names_of_other_packages(name: str, packages: dict[str, str], *, refused: bool) -> None:
    facts = PickleFacts((name.partition(".")[0],), name, {}, objects=frozenset((name,)), protocol=4)
    told = findings(facts, {"scikit-learn": "==1.2.2", **packages})
    assert [each.severity for each in told] == (["error"] if refused else []), [each.message for each in told]


def test_a_protocol_that_an_older_python_does_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    for protocol, python, refused in ((5, "3.7", True), (5, "3.8", False), (4, "3.7", False), (5, "3", False)):
        path.write_bytes(pickle.dumps({"a": Path("x")}, protocol=protocol))
        told = findings(pickle_facts(path), {"scikit-learn": "==1.0.2"}, python)
        assert [each.severity for each in told] == (["error"] if refused else []), (protocol, python)


def code_pickle(arguments: int) -> bytes:
    """A call of the type of code objects, as cloudpickle writes it, with so many arguments."""
    words = b"\x8c\x17cloudpickle.cloudpickle\x8c\x0d_builtin_type\x93\x8c\x08CodeType\x85R"
    made = b"\x80\x04" + words + b"(" + b"K\x00" * arguments + b"tR."
    assert list(pickletools.genops(made))
    return made


@pytest.mark.parametrize(
    ("arguments", "python", "refused"),
    [(16, "3.10", False), (16, "3.11", True), (18, "3.10", True), (18, "3.11", False), (18, "3.13", False)],
)
def test_code_of_another_python(tmp_path: Path, arguments: int, python: str, *, refused: bool) -> None:
    """Verified with cloudpickle 2.2.1 on Python 3.8 to 3.13: from 3.11 on code() takes 18 arguments, before it 16."""
    path = tmp_path / "model.pkl"
    path.write_bytes(code_pickle(arguments))
    facts = pickle_facts(path)
    assert facts is not None
    assert facts.code == arguments
    told = findings(facts, {"scikit-learn": "==1.3.2"}, python)
    assert [each.severity for each in told] == (["error"] if refused else [])


def test_arrays_as_a_newer_joblib_lays_them_out() -> None:
    facts = read("neighbours-2023.joblib")
    assert facts.padded
    assert not read("neighbours-2023.pkl").padded
    same = {"scikit-learn": "==1.2.2", "numpy": "==1.26.4"}
    assert [each.severity for each in findings(facts, {**same, "joblib": "==1.1.1"})] == ["error"]
    assert findings(facts, {**same, "joblib": "==1.2.0"}) == []


def test_the_ways_name_what_the_older_release_needs() -> None:
    told = findings(read("forest-2023.pkl"), {"scikit-learn": "==1.5.2"}, "3.12")[0].message
    assert "pin “scikit-learn==1.2.2” and “numpy<2” and Python 3.11, or train" in told


@pytest.mark.parametrize("folder", ["", "outputs/", "models/"])
def test_a_pickle_that_lies_in_the_project(tmp_path: Path, folder: str) -> None:
    """Nothing is registered yet: what lies there is what will be deployed."""
    place = tmp_path / folder / "model.pkl"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes((FILES / "forest-2023.pkl").read_bytes())
    around = Facts(
        path=str(tmp_path / "score.py"),
        exists=lambda path: Path(path).exists(),
        pickle=lambda model, path: pickle_facts(Path(model.folder) / path) if model.folder else None,
        models={},
    )

    def codes(**packages: str) -> list[tuple[str, str]]:
        environment = EnvironmentFacts(
            "/project/conda.yml", "e", "3.11", {"joblib": "", "numpy": "==1.26.4", **packages}
        )
        found = check(SCRIPT, replace(around, environment=environment), "entry-script")
        return [(each.code, each.severity) for each in found if each.code in ("SD164", CODE)]

    assert codes() == [("SD164", "warning")]
    assert codes(**{"scikit-learn": "==1.5.2"}) == [(CODE, "warning")]
    assert codes(**{"scikit-learn": "==1.2.2"}) == []
    place.unlink()
    assert codes() == []


@pytest.mark.parametrize(
    ("module", "packages", "is_told"),
    [
        ("xgboost", {"scikit-learn": "==1.5.2"}, True),
        ("lightgbm", {"numpy": ""}, True),
        ("xgboost", {"xgboost": "==2.0.0"}, False),
        ("xgboost", {"py-xgboost": ""}, False),
        ("xgboost", {"a-package-of-ours": ""}, False),
        ("ours", {"numpy": ""}, False),
    ],
)
def test_a_pickle_of_boosted_trees(module: str, packages: dict[str, str], is_told: bool) -> None:
    contents = walk(io.BytesIO(f"c{module}.sklearn\nTrees\n.".encode()))
    model = ModelFacts("m", 1, ("model.pkl",), "Custom")
    facts = Facts(
        path="/project/score.py",
        pickle=lambda _, __: contents,
        models={},
        deployed_models=(model,),
        environment=EnvironmentFacts("/project/conda.yml", "e", "3.11", {"joblib": "", **packages}),
    )
    told = [(each.code, each.severity) for each in check(SCRIPT, facts, "entry-script")]
    assert (("SD164", "warning") in told) is is_told
    undeployed = check(SCRIPT, replace(facts, deployed_models=None, models={"m": (model,)}), "entry-script")
    assert "SD164" not in [each.code for each in undeployed], "which model it will be is open"


@pytest.mark.parametrize(("models", "questions"), [(1, 1), (20, 20), (21, 0), (1000, 0)])
def test_a_name_that_many_models_have_says_nothing_and_costs_nothing(models: int, questions: int) -> None:
    """Each pickle that may be meant is asked for what its rules need, and none where nobody knows which is meant."""
    asked = set()

    def pickle_of(model: ModelFacts, _: str) -> None:
        asked.add(model.name)

    around = Facts(
        path="/project/score.py",
        pickle=pickle_of,
        models={f"m{number}": (ModelFacts(f"m{number}", 1, ("model.pkl",)),) for number in range(models)},
        environment=EnvironmentFacts("/project/conda.yml", "e", "3.11", {"joblib": "", "scikit-learn": "==1.5"}),
    )
    check(SCRIPT, around, "entry-script")
    assert len(asked) == questions


NEWER_NUMPY = "numpy._core.multiarray._reconstruct"


@pytest.mark.parametrize(
    ("version", "name", "packages", "python", "says", "fix"),
    [
        (
            "1.3.2",
            NEWER_NUMPY,
            {"scikit-learn": "==1.3.2", "numpy": ""},
            "3.8",
            "the newest for Python 3.8: “numpy._core.multiarray._reconstruct” exists from 1.26.1 on; use Python 3.9 or",
            "python=3.9",
        ),
        (
            "1.3.2",
            NEWER_NUMPY,
            {"scikit-learn": "==1.3.2", "numpy": "==1.24.4"},
            "3.8",
            "pin “numpy>=1.26.1,<2” and Python 3.9, or train",
            "",
        ),
        (
            "1.3.2",
            NEWER_NUMPY,
            {"scikit-learn": "==1.3.2", "numpy": "==1.24.4"},
            "3.9",
            "pin “numpy>=1.26.1,<2”, or train",
            "numpy==1.26.4",
        ),
        ("0.23.2", NEWER_NUMPY, {"scikit-learn": "==0.23.2"}, "3.8", "on; train the model again", ""),
        (
            "1.5.2",
            "pandas.core.indexes.numeric.Int64Index",
            {"scikit-learn": "==1.5.2", "pandas": "==2.2.3"},
            "3.12",
            "pin “pandas<2.0” and Python 3.11, or train",
            "",
        ),
        (
            "1.5.2",
            "pandas.core.indexes.numeric.Int64Index",
            {"scikit-learn": "==1.5.2", "pandas": "==2.2.3"},
            "3.11",
            "pin “pandas<2.0”, or train",
            "pandas==1.5.3",
        ),
        ("1.4.2", "sklearn.tree._tree.Tree", {"scikit-learn": "==1.0.2"}, "3.7", "1.4.2” and Python 3.9, or train", ""),
        ("9.0.0", "sklearn.tree._tree.Tree", {"scikit-learn": "==1.0.2"}, "3.7", "9.0.0” and Python 3.11, or", ""),
    ],
)
def test_advice_can_be_followed(
    version: str, name: str, packages: dict[str, str], python: str, says: str, fix: str
) -> None:
    """What no Python of the environment can have is not advice; looked up in the package index."""
    (told,) = findings(made(version, name), {f"python={python}": "", **packages}, python)
    assert says in told.message
    applied = [edit.new_text for each in told.fixes for edit in each.edits]
    assert [each.removeprefix("=") for each in applied] == ([fix.removeprefix("python=")] if fix else [])


@pytest.mark.parametrize(
    ("joblib", "python", "says", "fix"),
    [
        ({}, "3.6", "has joblib 1.1.1, the newest for Python 3.6: joblib lays", "3.7"),
        ({"joblib": "==1.1.1"}, "3.6", "pin “joblib>=1.2” and Python 3.7, or train", ""),
        ({"joblib": "==1.1.1"}, "3.7", "pin “joblib>=1.2”, or train", "joblib==1.3.2"),
        ({"joblib": "<1.2"}, "3.9", "pin “joblib>=1.2”, or train", "joblib==1.5.3"),
    ],
)
def test_a_joblib_that_the_python_can_have(joblib: dict[str, str], python: str, says: str, fix: str) -> None:
    facts = replace(made("0.24.2", "sklearn.linear_model._base.LinearRegression"), padded=True)
    (told,) = findings(facts, {f"python={python}": "", "scikit-learn": "==0.24.2", **joblib}, python)
    assert says in told.message
    assert [edit.new_text.removeprefix("=") for each in told.fixes for edit in each.edits] == ([fix] if fix else [])


@pytest.mark.parametrize(
    ("registers", "is_own"),
    [
        ("Model.register(ws, model_path='model.pkl', model_name='m')", True),
        ("Model.register(ws, model_path='model.pkl', model_name='prices')", False),
        ("ml_client.models.create_or_update(Model(path='model.pkl', name='prices'))", False),
        ("Model.register(ws, model_path='model.pkl', model_name=config)", True),
        ("print('model.pkl')", True),
    ],
)
def test_a_model_of_another_project_is_not_that_of_the_script(registers: str, *, is_own: bool) -> None:
    """Every folder without a configuration has the same workspace, and a file is often called model.pkl."""
    around = Facts(
        path="/project/score.py",
        pickle=lambda _, __: read("forest-2023.pkl"),
        models={"m": (ModelFacts("m", 3, ("model.pkl", "forest.pkl"), "ScikitLearn"),)},
        listing=lambda folder: ["score.py", "train.py"] if folder == "/project" else [],
        read={"/project/train.py": f"{registers}\n"}.get,
        environment=EnvironmentFacts("/project/c.yml", "e", "3.11", {"joblib": "", "scikit-learn": "==1.5.2"}, text=""),
    )
    codes = [each.code for each in check(SCRIPT, around, "entry-script") if each.code in (CODE, "SD501")]
    assert codes == ([CODE] if is_own else [])
    other = check(SCRIPT.replace("model.pkl", "model.bin"), around, "entry-script")
    assert [each.severity for each in other if each.code == "SD501"] == (["warning"] if is_own else [])
