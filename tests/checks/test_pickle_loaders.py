"""Calls that load a file of joblib by another module, repaired: real files of several releases."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.checks.check import check
from scoredock.registry.formats.recognise import pickle_facts
from scoredock.scripts.fixing import applied

FILES = Path(__file__).parents[1] / "carry_over" / "joblib_files"
PLAIN = Path(__file__).parents[1] / "pickles" / "files" / "forest-2023.pkl"
CODE = "SD520"
NEW, OWN, OF_PICKLE = FILES / "0.24.2/forest-1.1.1.joblib", FILES / "0.20.4/forest-own.joblib", PLAIN
BEFORE, SAME, AFTER = "==0.20.4", "<0.23,>=0.21", "==0.24.2"


def script(statement: str, load: str) -> str:
    return (
        f'import os\n{statement}\n\nPATH = os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.bin")\n\n\n'
        f"def init():\n    global model, other\n    {load}\n\n\n"
        "def run(data):\n    return model.predict([data]).tolist()\n"
    )


def findings(text: str, files: dict[str, Path], sklearn: str = AFTER, *, deployed: bool = True) -> list[Finding]:
    models = tuple(ModelFacts(name, 1, (f"{name}.bin", f"{name}.pkl"), "ScikitLearn") for name in files)
    around = Facts(
        path="/project/score.py",
        pickle=lambda model, _: pickle_facts(files[model.name]),
        models={model.name: (model,) for model in models},
        deployed_models=models if deployed else None,
        environment=EnvironmentFacts("/project/conda.yml", "e", "3.7", {"scikit-learn": sklearn, "joblib": ""}),
    )
    return [each for each in check(text.replace(".bin", ".pkl"), around, "entry-script") if each.code == CODE]


@pytest.mark.parametrize(
    ("statement", "load", "file", "sklearn", "repaired"),
    [
        ("import pickle", "model = pickle.load(open(PATH, 'rb'))", NEW, AFTER, "model = joblib.load(open(PATH, 'rb'))"),
        (
            "import pickle",
            "with open(PATH, 'rb') as stream:\n        model = pickle.load(stream)",
            NEW,
            AFTER,
            "model = joblib.load(stream)",
        ),
        ("from pickle import load", "model = load(open(PATH, 'rb'))", NEW, AFTER, "model = joblib.load(open(PATH"),
        ("import joblib as j, pickle", "model = pickle.load(open(PATH, 'rb'))", NEW, AFTER, "model = j.load(open(PATH"),
        ("import pandas as pd", "model = pd.read_pickle(PATH)", NEW, AFTER, "model = joblib.load(PATH)"),
        ("import dill", "model = dill.load(open(PATH, 'rb'))", NEW, AFTER, "model = joblib.load(open(PATH"),
        ("import pickle", "model = pickle.loads(open(PATH, 'rb').read())", NEW, AFTER, ""),
        ("import pickle", "model = pickle.load(open(PATH, 'rb'), encoding='latin1')", NEW, AFTER, ""),
        ("import joblib", "model = joblib.load(PATH)", OWN, BEFORE, "from sklearn.externals import joblib\n"),
        ("from sklearn.externals import joblib", "model = joblib.load(PATH)", NEW, BEFORE, "\nimport joblib\n"),
        ("import pickle", "model = pickle.load(open(PATH, 'rb'))", OWN, SAME, "model = joblib.load(open(PATH"),
    ],
)
def test_it_is_told_and_repaired(statement: str, load: str, file: Path, sklearn: str, repaired: str) -> None:
    text = script(statement, load)
    (told,) = findings(text, {"model": file}, sklearn)
    assert told.severity == "error"
    assert [each.certain for each in told.fixes] == ([True] if repaired else [])
    for fix in told.fixes:
        new = applied(text, list(fix.edits))
        assert repaired in new
        compile(new, "score.py", "exec")
        assert findings(new, {"model": file}, sklearn) == []


@pytest.mark.parametrize(
    ("statement", "load", "file", "sklearn"),
    [
        ("import joblib", "model = joblib.load(PATH)", NEW, AFTER),
        ("import joblib", "model = joblib.load(PATH)", OF_PICKLE, AFTER),
        ("import pickle", "model = pickle.load(open(PATH, 'rb'))", OF_PICKLE, AFTER),
        ("from sklearn.externals import joblib", "model = joblib.load(PATH)", OWN, BEFORE),
        ("from sklearn.externals import joblib", "model = joblib.load(PATH)", OWN, SAME),
        ("import joblib", "model = joblib.load(PATH)", OWN, SAME),
        ("from sklearn.externals import joblib", "model = joblib.load(PATH)", NEW, SAME),
        (
            "import joblib, pickle",
            "try:\n        model = pickle.load(open(PATH))\n    except OSError:\n        model = joblib.load(PATH)",
            NEW,
            AFTER,
        ),
    ],
)
def test_what_loads_is_not_told(statement: str, load: str, file: Path, sklearn: str) -> None:
    assert findings(script(statement, load), {"model": file}, sklearn) == []


def test_of_two_files_each_call_has_its_own() -> None:
    load = "model = joblib.load(PATH)\n    other = pickle.load(open(PATH.replace('model', 'other'), 'rb'))"
    text = script("import joblib, pickle", load)
    assert findings(text, {"model": NEW, "other": OF_PICKLE}) == [], "nobody knows which one is meant"
    own = text.replace("PATH.replace('model', 'other')", "os.path.join(os.environ['AZUREML_MODEL_DIR'], 'other.bin')")
    assert findings(own, {"model": NEW, "other": OF_PICKLE}) == []
    (told,) = findings(own, {"model": OF_PICKLE, "other": NEW})
    assert "“other:1”" in told.message


def test_where_nobody_knows_what_is_deployed_it_is_a_warning() -> None:
    text = script("import pickle", "model = pickle.load(open(PATH, 'rb'))")
    (told,) = findings(text, {"model": NEW}, deployed=False)
    assert (told.severity, told.certain_fix) == ("warning", None)


@pytest.mark.parametrize("ending", [".pkl", ".joblib", ".joblib.gz", ".pkl.z", ".JOBLIB.xz"])
def test_files_that_joblib_packs(ending: str) -> None:
    text = script("import pickle", "model = pickle.load(open(PATH, 'rb'))").replace("model.bin", f"model{ending}")
    model = ModelFacts("m", 1, (f"model{ending}",), "ScikitLearn")
    around = Facts(path="/project/score.py", pickle=lambda _, __: pickle_facts(NEW), deployed_models=(model,))
    assert [each.code for each in check(text, around, "entry-script") if each.severity == "error"] == [CODE]


@pytest.mark.parametrize(
    ("packages", "missing"),
    [
        ({"scikit-learn": "==0.20.4"}, True),
        ({"scikit-learn": "==0.20.4", "joblib": ""}, False),
        ({"scikit-learn": "==0.21.3"}, False),
        ({"scikit-learn": ""}, False),
    ],
)
def test_joblib_comes_with_scikit_learn_since_0_21(packages: dict[str, str], *, missing: bool) -> None:
    """Before, it was in it under another name."""
    environment = EnvironmentFacts("/project/conda.yml", "e", "3.7", packages)
    text = script("import joblib\nimport numpy", "model = joblib.load(PATH) or numpy.zeros(3)")
    found = check(text, Facts(path="/project/score.py", environment=environment), "entry-script")
    told = [each.message for each in found if each.code == "SD150"]
    assert len(told) == missing, told
    assert all("joblib" in each for each in told)
