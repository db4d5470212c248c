"""Files of joblib of every age: what they say of themselves, whether a start with them is told to fail, and that they
are carried over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from packaging.version import Version
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.checks.check import check
from scoredock.pickles.facts import PickleFacts
from scoredock.registry.formats.recognise import pickle_facts

import interpreters
from carry_over.joblib_ages import AGES, MODELS, OWN, Age, ages, running
from cli.conftest import Terminal

EVERY = pytest.mark.long("environments of every age; the gate has some")
OTHER_LOADER, REFUSED = "SD520", "SD179"
PADDED = Version("1.2")
AT_THE_GATE = {("0.20.4-own", "forest"), ("0.24.2-1.5.3", "forest")}
LARGEST = {"forest": 0.0, "logistic": 1e-13}
"""How far answers may be apart: exp() of another NumPy differs in its last bit."""
LINES = {
    "pickle": (
        "import pickle",
        "    with open(path, 'rb') as stream:\n        model = pickle.load(stream)\n",
    ),
    "joblib": ("import joblib", "    model = joblib.load(path)\n"),
    "sklearn.externals.joblib": (
        "from sklearn.externals import joblib",
        "    model = joblib.load(path)\n",
    ),
}


def named(age: Age) -> str:
    return f"{age.sklearn}-{age.joblib}"


def facts_of(age: Age, model: str) -> PickleFacts:
    facts = pickle_facts(age.file(model))
    assert facts is not None
    return facts


def codes_of(facts: PickleFacts, reader: Age, loader: str) -> set[str]:
    """Codes of what is said before a start that loads the file so, with what that age has."""
    model = ModelFacts("m", 1, ("model.joblib",), "ScikitLearn")
    statement, load = LINES[loader]
    text = (
        f"import json\nimport os\n\n{statement}\n\n\ndef init():\n    global model\n"
        f"    path = os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.joblib')\n{load}\n\n"
        "def run(data):\n    return model.predict(json.loads(data)['data']).tolist()\n"
    )
    packages = {"scikit-learn": f"=={reader.sklearn}", "joblib": f"=={reader.joblib}"}
    around = Facts(
        path="/project/score.py",
        pickle=lambda _, __: facts,
        models={"m": (model,)},
        deployed_models=(model,),
        environment=EnvironmentFacts("/project/conda.yml", "e", AGES[reader.sklearn][0], packages),
    )
    return {each.code for each in check(text, around, "entry-script") if each.severity == "error"}


@pytest.mark.parametrize("place", ["kept", pytest.param("written", marks=EVERY)])
@pytest.mark.parametrize("age", ages(), ids=named)
@pytest.mark.parametrize("model", MODELS)
def test_a_file_says_who_wrote_it(age: Age, model: str, place: str) -> None:
    facts = pickle_facts(age.kept(model) if place == "kept" else age.file(model))
    assert facts is not None
    assert facts.joblib == ("sklearn.externals.joblib" if age.joblib == OWN else "joblib")
    assert facts.padded == (age.joblib != OWN and Version(age.joblib) >= PADDED)
    assert facts.versions["_sklearn_version"] == age.sklearn


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param(
            age,
            id=named(age),
            marks=() if named(age) in ("0.20.4-1.3.2", "0.24.2-1.1.1") else (EVERY,),
        )
        for age in ages()
        if age.joblib != OWN
    ],
)
def test_told_exactly_where_it_does_not_load(reader: Age) -> None:
    """All files beside that scikit-learn, by each module that it has: what is said, and what happens there."""
    if reader.python is None:
        interpreters.no_cpython()
    files = {
        str(age.file(model)): facts_of(age, model)
        for age in ages()
        if age.sklearn == reader.sklearn
        for model in MODELS
    }
    happened = json.loads(running(reader.python, reader.sklearn, reader.joblib, "load", *files))
    wrong = [
        (loader, file, loads, codes)
        for loader, by_file in happened.items()
        for file, loads in by_file.items()
        if bool(codes := codes_of(files[file], reader, loader) & {OTHER_LOADER, REFUSED}) is loads
    ]
    assert wrong == []
    assert not any(happened["pickle"].values())


@pytest.mark.parametrize(
    ("age", "model"),
    [
        pytest.param(
            age,
            model,
            id=f"{named(age)}-{model}",
            marks=() if (named(age), model) in AT_THE_GATE else (EVERY,),
        )
        for age in ages()
        for model in MODELS
    ],
)
def test_it_is_carried_over(terminal: Terminal, age: Age, model: str) -> None:
    if not any(f"3.{minor}" in interpreters.cpythons() for minor in range(6, int(AGES[age.sklearn][0][2:]) + 1)):
        interpreters.no_cpython()
    terminal.ok("model", "register", str(age.file(model)), "--name", model)
    done: dict[str, Any] = terminal.json("model", "convert", f"{model}:1", "--yes")
    assert done["before"].startswith(f"scikit-learn {age.sklearn}, ")
    assert done["largestDifference"] <= LARGEST[model]
    assert done["numbers"] >= 200
