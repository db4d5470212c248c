"""Numbers of NumPy in what run() returns: each form is told exactly when json.dumps refuses it.

Every form is run for real with small arrays, so that what is expected here is what Python itself says.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.checks.check import check
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import from_requirements
from scoredock.pickles.facts import PickleFacts, walk
from scoredock.progress import CancelToken, Silent

from checks.predicting_models import PACKAGES

WHOLE = "np.array([0, 1])"
FLOAT = "np.array([0.5, 1.5])"
SINGLE = "np.array([0.5, 1.5], dtype='float32')"
MATRIX = "np.array([[0.5, 1.5], [2.5, 3.5]])"
HEAD = (
    "import json\nimport os\n\nimport joblib\nimport numpy as np\nimport pandas as pd\n\n\ndef init():\n"
    "    global model\n    model = joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.pkl'))\n"
    "\n\ndef run(data):\n"
)
FORMS = (
    "return list(p)",
    "return {'a': list(p)}",
    "return tuple(p)",
    "return sorted(p)",
    "return [x for x in p]",
    "return [x + 1 for x in [1, 2]]",
    "return {'rows': [{'value': x} for x in p]}",
    "return {n: x for n, x in zip('ab', p)}",
    "return {i: x for i, x in enumerate(p)}",
    "return dict(zip('ab', p))",
    "return dict(zip(p, 'ab'))",
    "return dict(enumerate(p))",
    "return list(zip('ab', p))",
    "return list(enumerate(p))",
    "return [[x, 1] for x in p]",
    "return [*p]",
    "return dict(a=max(p))",
    "return {**{'a': max(p)}}",
    "return sum(p)",
    "return {'most': max(p)}",
    "return min(p)",
    "return p.sum()",
    "return p.max()",
    "return np.sum(p)",
    "return {'mean': p.mean()}",
    "return np.mean(p)",
    "return p.argmax()",
    "return {'at': np.argmax(p, axis=0)}",
    "return p.any()",
    "return [x > 0.7 for x in p]",
    "return {'over': p > 0.7}",
    "return [x >= 1 for x in p.tolist()]",
    "return list(p.astype(int))",
    "return list(p.astype(float))",
    "return list(p.astype('float32'))",
    "return p.tolist()",
    "return [int(x) for x in p]",
    "return [float(x) for x in p]",
    "return [str(x) for x in p]",
    "return [x.item() for x in p]",
    "return [round(float(x), 2) for x in p]",
    "return list(map(int, p))",
    "return len(p)",
    "return list(p.shape)",
    "return dict(zip(*np.unique(p, return_counts=True)))",
    "values, counts = np.unique(p, return_counts=True)\nreturn {'counts': list(counts)}",
    "values, counts = np.unique(p, return_counts=True)\nreturn dict(zip(values.tolist(), counts.tolist()))",
    "out = []\nfor x in p:\n    out.append(x)\nreturn out",
    "out = []\nfor x in p:\n    out.append({'value': x})\nreturn {'rows': out}",
    "out = []\nfor x in p:\n    out.append(float(x))\nreturn out",
    "out = []\nout.extend(p)\nreturn out",
    "out = {}\nfor n, x in zip('ab', p):\n    out[n] = x\nreturn out",
    "out = {}\nfor i, x in enumerate(p):\n    out[str(i)] = {'value': x}\nreturn json.dumps(out)",
    "out = {}\nout['sum'] = p.sum()\nout['count'] = len(p)\nreturn out",
    "out = {}\nout['sum'] = p.sum()\nout['sum'] = float(out['sum'])\nreturn out",
    "out = {'a': 1}\nout.update({'b': p.sum()})\nreturn out",
    "out = dict()\nout['all'] = [x for x in p]\nreturn out",
    "text = json.dumps([x for x in p])\nreturn text",
    "row = p.reshape(-1)\nreturn list(row)",
    "labels = ['no', 'yes', 'maybe', 'always']\nreturn [labels[int(x)] for x in p]",
    "result = p\nresult = result.tolist()\nreturn result",
    "return {'first': list(p)[0].tolist()}",
    "return list(np.where(p > 0.7, 1, 0))",
    "return list(np.where(p > 0.7, 'yes', 'no'))",
    "return np.where(p > 0.7, 1, 0).tolist()",
    "return [list(r) for r in np.atleast_2d(p).tolist()]",
    "return [x for x in p.flatten()]",
    "s = pd.Series([1, 2])\nreturn list(s)",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn {'rows': f.shape[0]}",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn f['a']",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn {'a': f['a'].values}",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn f.iloc[0]",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn f.iloc[0].to_dict()",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn f.columns",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn list(f.columns)",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn {'rows': [r for r in f.values]}",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn {'none': f['a'].isnull().sum()}",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn f['a'].value_counts()",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn {'counts': f['a'].value_counts().to_dict()}",
    "f = pd.DataFrame({'a': [1, 2]})\nreturn f.to_dict(orient='records')",
    "f = pd.DataFrame([[1, 2]])\nreturn {'first': f[0]}",
    "f = pd.DataFrame([[1, 2]])\nreturn {'first': f[0].tolist()}",
    "return list(map(lambda x: x, p))",
    "return list(map(lambda x: {'value': x}, p))",
    "return list(map(lambda x: float(x), p))",
    "return list(map(lambda x: 1, p))",
    "out = []\nout += list(p)\nreturn out",
    "out = []\nout += p.tolist()\nreturn out",
    "out = []\nfor x in p:\n    out += [x]\nreturn {'out': out}",
    "out = []\nfor x in p:\n    out += [float(x)]\nreturn out",
    "out = [1]\nout *= 2\nreturn out",
    "n = 0\nfor x in p:\n    n += 1\nreturn n",
    "out = ''\nfor x in p:\n    out += str(x)\nreturn out",
    "out = {}\nout.update(total=p.sum())\nreturn out",
    "out = {}\nout.update(total=float(p.sum()))\nreturn out",
    "return [p[i] for i in range(len(p))]",
    "return [p[i].tolist() for i in range(len(p))]",
    "return {str(i): p[i] for i in range(2)}",
    "out = []\ni = 0\nwhile i < len(p):\n    out.append(p[i])\n    i += 1\nreturn out",
    "keep = np.array([True, False])\nreturn list(p[keep])",
    "keep = np.array([True, False])\nreturn p[keep].tolist()",
)


def below(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def told(body: str) -> list[str]:
    found = check(HEAD + below(body), Facts(path="/project/score.py"), "entry-script")
    return [each.severity for each in found if each.code == "SD120"]


def is_refused(body: str) -> bool:
    """What Python says to the form."""
    names: dict[str, Any] = {}
    exec(HEAD.replace("import joblib\n", "") + below(body), names)
    given = names["run"]('{"data": [1]}')
    try:
        json.dumps(given)
    except TypeError:
        return True
    return False


@pytest.mark.parametrize("array", [WHOLE, FLOAT, SINGLE, MATRIX], ids=["whole", "float", "single", "matrix"])
@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_told_exactly_when_python_refuses_it(form: str, array: str) -> None:
    body = f"p = {array}\n{form}"
    try:
        refused = is_refused(body)
    except (TypeError, ValueError, AttributeError, AssertionError):
        return  # what makes no sense for this array
    assert told(body) == (["error"] if refused else []), told(body)


PREDICTED = (
    ("return list(p)", ["information"]),
    ("return {'classes': [x for x in p]}", ["information"]),
    ("return dict(zip('ab', p))", ["information"]),
    ("out = []\nfor x in p:\n    out.append(x)\nreturn out", ["information"]),
    ("return {'classes': tuple(p)}", ["information"]),
    ("return {'first': p[0]}", ["information"]),
    ("return sum(p)", ["information"]),
    ("return [x > 0.5 for x in p]", []),
    ("return [int(x) for x in p]", []),
    ("return p.tolist()", []),
    ("return float(p[0])", []),
    ("labels = ['no', 'yes']\nreturn [labels[x] for x in p]", []),
    ("return ['yes' if x else 'no' for x in p]", []),
    ("if isinstance(p, np.ndarray):\n    p = p.tolist()\nreturn list(p)", []),
)


@pytest.mark.parametrize(("body", "expected"), PREDICTED)
def test_what_an_unknown_model_gives_is_a_remark(body: str, expected: list[str]) -> None:
    assert told(f"p = model.predict(json.loads(data)['data'])\n{body}") == expected


def model(first: str, *inside: str, classes: str = "", deployed: bool = True) -> Facts:
    """The script is deployed with a pickle of this model, or such a file lies beside it."""
    facts = PickleFacts(
        (first.partition(".")[0],),
        first,
        {},
        objects=frozenset((first, *inside)),
        classes=classes,
    )
    version = ModelFacts("m", 1, ("model.pkl",))
    return Facts(
        path="/project/score.py",
        models={"m": (version,)},
        deployed_models=(version,) if deployed else None,
        pickle=lambda _, __: facts,
    )


SEARCH, PIPE = (
    "sklearn.model_selection._search.GridSearchCV",
    "sklearn.pipeline.Pipeline",
)
RIDGE, XGB = "sklearn.linear_model._ridge.Ridge", "xgboost.sklearn.XGBRegressor"
FOREST, BOOSTING = (
    "sklearn.ensemble._forest.RandomForestRegressor",
    "sklearn.ensemble._gb.GradientBoostingClassifier",
)
LOGISTIC = "sklearn.linear_model._logistic.LogisticRegression"
ALONE_TREE = "sklearn.tree._classes.DecisionTreeRegressor"
TARGET = "sklearn.compose._target.TransformedTargetRegressor"
MODELS = (
    (model(RIDGE), ""),
    (model(FOREST, ALONE_TREE), ""),
    (model(SEARCH, RIDGE), ""),
    (model(PIPE, "sklearn.preprocessing._data.StandardScaler", FOREST, ALONE_TREE), ""),
    (model("lightgbm.sklearn.LGBMRegressor", "lightgbm.basic.Booster"), ""),
    (model("lightgbm.basic.Booster"), ""),
    (model(TARGET, RIDGE), ""),
    (model("sklearn.ensemble._voting.VotingRegressor", RIDGE, XGB), ""),
    (model(XGB, "xgboost.core.Booster"), "error"),
    (model("xgboost.core.Booster"), "error"),
    (model(SEARCH, XGB, "xgboost.core.Booster"), "error"),
    (model(TARGET, XGB, "xgboost.core.Booster"), "error"),
    (model("xgboost.sklearn.XGBClassifier", "xgboost.core.Booster"), "error"),
    (model(LOGISTIC, classes="i8"), "error"),
    (model(LOGISTIC, classes="b1"), "error"),
    (model(LOGISTIC, classes="f8"), ""),
    (model(LOGISTIC, classes="O"), ""),
    (model(LOGISTIC, classes="U3"), ""),
    (model(LOGISTIC), "information"),
    (model(PIPE, BOOSTING, ALONE_TREE, classes="i8"), "error"),
    (model(PIPE, BOOSTING, ALONE_TREE, classes="U9"), ""),
    (model("sklearn.cluster._kmeans.KMeans"), "error"),
    (
        model(
            "sklearn.ensemble._iforest.IsolationForest",
            "sklearn.tree._classes.ExtraTreeRegressor",
        ),
        "error",
    ),
    (model(PIPE, RIDGE, LOGISTIC, classes="i8"), "information"),
    (model("mine.Model"), "information"),
    (model("sklearn.preprocessing._data.StandardScaler"), "information"),
    (model(RIDGE, deployed=False), ""),
    (model(LOGISTIC, classes="i8", deployed=False), "warning"),
    (model(XGB, deployed=False), "warning"),
)
ITEMS = (
    "list(p)",
    "[x for x in p]",
    "dict(zip('ab', p))",
    "p[0]",
    "{'first': p[0], 'n': 1}",
    "sum(p)",
)


@pytest.mark.parametrize("form", ITEMS)
@pytest.mark.parametrize(("facts", "severity"), MODELS)
def test_the_pickle_says_what_a_model_gives(facts: Facts, severity: str, form: str) -> None:
    text = HEAD + below(f"p = model.predict(json.loads(data)['data'])\nreturn {form}")
    found = [each.severity for each in check(text, facts, "entry-script") if each.code == "SD120"]
    assert found == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("from sklearn.linear_model import Ridge", ""),
        ("from sklearn.ensemble import RandomForestRegressor", ""),
        ("from lightgbm import LGBMRegressor", ""),
        ("from xgboost import XGBRegressor", "warning"),
        ("import xgboost as xgb", "warning"),
        ("from sklearn.cluster import KMeans", "warning"),
        ("from sklearn.linear_model import LogisticRegression", "information"),
        ("from sklearn.linear_model import Ridge, LogisticRegression", "information"),
        ("NAME = 'diabetes_regression'", ""),
        ("NAME = 'logistic_regression'", "information"),
        ("NAME = 'digits'", "information"),
    ],
)
def test_names_in_the_script_say_what_its_model_gives(line: str, severity: str) -> None:
    text = f"{line}\n{HEAD}" + below("return list(model.predict(json.loads(data)['data']))")
    found = [
        each.severity for each in check(text, Facts(path="/project/score.py"), "entry-script") if each.code == "SD120"
    ]
    assert found == ([severity] if severity else [])


def test_comparisons_and_probabilities_of_a_model_that_is_known() -> None:
    def of(facts: Facts, lines: str) -> list[str]:
        text = HEAD + below(f"p = model.predict([[1.0]])\nq = model.predict_proba([[1.0]])\n{lines}")
        return [each.severity for each in check(text, facts, "entry-script") if each.code == "SD120"]

    ridge, boosted, words = (
        model(RIDGE),
        model("xgboost.sklearn.XGBClassifier"),
        model(LOGISTIC, classes="U3"),
    )
    assert of(ridge, "return [x > 0.5 for x in p]") == ["error"]
    assert of(words, "return [x == 'yes' for x in p]") == []
    assert of(words, "return list(q[:, 1])") == []
    assert of(boosted, "return list(q[:, 1])") == ["error"]
    assert of(boosted, "return q[:, 1].tolist()") == []
    assert of(boosted, "return [float(x) for x in q[:, 1]]") == []


@pytest.mark.long("the table above asks the same of the names in such pickles at the gate")
@pytest.mark.timeout(900)
def test_real_models_give_what_is_told(tmp_path: Path) -> None:
    wish = from_requirements(PACKAGES, "the test", "training")
    cache = EnvironmentCache(tmp_path / "environments", EnvironmentSettings())
    python = cache.prepare(wish, Silent(), CancelToken()).python
    script = Path(__file__).with_name("predicting_models.py")
    done = subprocess.run(
        [str(python), str(script), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    version, wrong, refusals = ModelFacts("m", 1, ("model.pkl",)), [], set()
    for file, name, form, refused in json.loads(done.stdout.splitlines()[-1]):
        with (tmp_path / file).open("rb") as stream:
            pickled = walk(stream)
        facts = Facts(
            path="/project/score.py",
            deployed_models=(version,),
            pickle=lambda _, __, pickled=pickled: pickled,
        )
        lines = f"p = model.predict([[1.0]])\nq = model.predict_proba([[1.0]])\nreturn {form}"
        found = [each.severity for each in check(HEAD + below(lines), facts, "entry-script") if each.code == "SD120"]
        refusals.add(refused)
        if found != (["error"] if refused else []):
            wrong.append((name, form, refused, found))
    assert refusals == {True, False}
    assert wrong == []


def test_rows_of_probabilities_are_arrays() -> None:
    proba = "p = model.predict_proba(json.loads(data)['data'])\n"
    assert told(f"{proba}return list(p)") == ["warning"]
    assert told(f"{proba}return p[0]") == ["warning"]
    assert told(f"{proba}return [x for x in p[:, 1]]") == []
    assert told(f"{proba}return dict(zip(model.classes_.tolist(), p[0]))") == []
    assert told(f"{proba}return {{'best': p.max()}}") == []


def test_the_repair_makes_what_json_takes() -> None:
    from scoredock.analysis.tree import Lines

    for form in FORMS:
        text = HEAD + below(f"p = {WHOLE}\n{form}")
        for found in check(text, Facts(path="/project/score.py"), "entry-script"):
            if found.code != "SD120" or not found.fixes:
                continue
            lines, changed = Lines(text), text
            for edit in sorted(found.fixes[0].edits, key=lambda each: each.range.start, reverse=True):
                changed = (
                    changed[: lines.offset(edit.range.start)] + edit.new_text + changed[lines.offset(edit.range.end) :]
                )
            names: dict[str, Any] = {}
            exec(changed.replace("import joblib\n", ""), names)
            json.dumps(names["run"]('{"data": [1]}'))


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        ("session.run(None, {'x': x})[0].argmax()", "NumPy number"),
        ("x.argmin()", "NumPy number"),
        ("x.argmax(axis=1)", "NumPy array"),
    ],
)
def test_the_place_of_the_greatest_is_a_number(returned: str, kind: str) -> None:
    text = (
        "import json\nimport numpy as np\nimport onnxruntime\n\n\ndef init():\n    global session\n"
        "    session = onnxruntime.InferenceSession('model.onnx')\n\n\ndef run(data):\n"
        f"    x = np.array(json.loads(data))\n    return {{'a': {returned}}}\n"
    )
    assert [kind in f.message for f in check(text, Facts(path="/project/score.py")) if f.code == "SD120"] == [True]
