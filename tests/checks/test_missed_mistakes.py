"""Mistakes that are asked about often: each with neighbours of the example, and what must stay without a word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.rule import World
from scoredock.checks.check import check
from scoredock.pickles.facts import PickleFacts

HEAD = (
    "import json\nimport os\n\nimport joblib\nimport numpy as np\n\n\ndef init():\n    global model\n    model ="
    " joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], {path}))\n\n\ndef run(data):\n"
)


def script(*lines: str, path: str = "'model.pkl'") -> str:
    return HEAD.replace("{path}", path) + "".join(f"    {line}\n" for line in lines)


def told(text: str, facts: Facts, code: str) -> list[tuple[str, str]]:
    return [(each.severity, each.message) for each in check(text, facts, "entry-script") if each.code == code]


PLAIN = Facts(path="/project/score.py")


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (("return json.loads(json.loads(data))",), True),
        (("body = json.loads(json.loads(data))", "return body"), True),
        (("inner = json.loads(data)", "body = json.loads(inner)", "return body"), True),
        (("return json.loads(json.loads(data)['data'])",), False),
        (("body = json.loads(data)", "return body"), False),
        (
            ("try:", "    return json.loads(json.loads(data))", "except TypeError:", "    return json.loads(data)"),
            False,
        ),
        (("body = json.loads(data)", "if isinstance(body, str):", "    body = json.loads(body)", "return body"), False),
    ],
)
def test_a_body_that_is_decoded_twice(lines: tuple[str, ...], *, wrong: bool) -> None:
    assert [severity for severity, _ in told(script(*lines), PLAIN, "SD121")] == (["warning"] if wrong else [])


ROWS = "rows = np.array(json.loads(data)['data'])"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("rows.ravel()", True),
        ("rows.flatten()", True),
        ("rows.reshape(-1)", True),
        ("np.ravel(rows)", True),
        ("np.array([[1.0, 2.0]])[0]", True),
        ("np.array([1.0, 2.0])", True),
        ("rows", False),
        ("rows.reshape(1, -1)", False),
        ("rows.ravel().reshape(1, -1)", False),
        ("[rows.ravel()]", False),
        ("rows.reshape((2, 2))", False),
        ("np.array([[1.0, 2.0]])", False),
        ("np.array(['some text'])", False),
        ("np.atleast_2d(rows.ravel())", False),
    ],
)
def test_one_dimension_for_a_model(given: str, *, wrong: bool) -> None:
    found = told(script(ROWS, f"return model.predict({given}).tolist()"), PLAIN, "SD519")
    assert [severity for severity, _ in found] == (["warning"] if wrong else [])


SCALER, RIDGE = "sklearn.preprocessing._data.StandardScaler", "sklearn.linear_model._ridge.Ridge"
PIPELINE, SEARCH = "sklearn.pipeline.Pipeline", "sklearn.model_selection._search.GridSearchCV"
LOGISTIC = "sklearn.linear_model._logistic.LogisticRegression"


@pytest.mark.parametrize(
    ("objects", "wrong"),
    [
        ((RIDGE,), True),
        ((PIPELINE, SCALER, RIDGE), True),
        ((SEARCH, RIDGE), True),
        (("xgboost.sklearn.XGBRegressor", "xgboost.core.Booster"), True),
        ((PIPELINE, "sklearn.feature_extraction.text.TfidfVectorizer", LOGISTIC), False),
        ((PIPELINE, "sklearn.feature_extraction.text.CountVectorizer", LOGISTIC), False),
        ((SEARCH, PIPELINE, "sklearn.feature_extraction.text.HashingVectorizer", LOGISTIC), False),
        (("sklearn.isotonic.IsotonicRegression",), False),
        (("statsmodels.regression.linear_model.RegressionResultsWrapper",), False),
        (("prices.Model",), False),
    ],
)
@pytest.mark.parametrize("deployed", [True, False])
def test_the_pickle_says_whether_a_model_wants_rows(objects: tuple[str, ...], *, wrong: bool, deployed: bool) -> None:
    text = script(ROWS, "return model.predict(rows.ravel()).tolist()")
    found = told(text, with_pickle(*objects, deployed=deployed), "SD519")
    assert [severity for severity, _ in found] == (["warning"] if wrong else [])


@pytest.mark.parametrize(
    "lines",
    [
        ("texts = np.array(json.loads(data)['data']).ravel()", "return model.predict(texts).tolist()"),
        ("rows = np.array(json.loads(data)['reviews'])", "return model.predict(rows.flatten()).tolist()"),
        ("import pandas as pd", "rows = pd.Series(json.loads(data)['data'])", "return model.predict(rows).tolist()"),
        (
            "import pandas as pd",
            "rows = pd.DataFrame(json.loads(data)['data'])",
            "return model.predict(rows['name']).tolist()",
        ),
        ("rows = json.loads(data)['data']", "return model.predict(rows).tolist()"),
        ("rows = np.array(json.loads(data)['data']).astype(str)", "return model.predict(rows.ravel()).tolist()"),
    ],
)
def test_texts_need_no_second_dimension(lines: tuple[str, ...]) -> None:
    assert told(script(*lines), PLAIN, "SD519") == []


def with_pickle(*objects: str, deployed: bool = True) -> Facts:
    model = ModelFacts("m", 1, ("model.pkl",))
    facts = PickleFacts((objects[0].partition(".")[0],), objects[0], {}, objects=frozenset(objects))
    return Facts(
        path="/project/score.py",
        models={"m": (model,)},
        deployed_models=(model,) if deployed else None,
        pickle=lambda _, __: facts,
    )


def test_a_class_of_the_training_program() -> None:
    text = script("return model.predict(json.loads(data)['data'])")
    wrong = with_pickle("sklearn.pipeline.Pipeline", "__main__.Scaler")
    ((severity, message),) = told(text, wrong, "SD518")
    assert severity == "error"
    assert "Scaler" in message
    assert [s for s, _ in told(text, with_pickle("__main__.Scaler", deployed=False), "SD518")] == ["warning"]
    assert told(text, with_pickle("features.Scaler"), "SD518") == []
    for given in ("import __main__\n__main__.Scaler = object\n", "import sys\nsys.modules['__main__'] = sys\n"):
        assert told(given + text, wrong, "SD518") == []


@pytest.mark.parametrize("deployed", [True, False])
def test_a_registered_file_loses_its_folder(*, deployed: bool) -> None:
    model = ModelFacts("x", 1, ("x.pkl",))
    world = World(models=(model,), deployed=deployed, files=("outputs/x.pkl",)).facts()
    text = script("return model.predict(json.loads(data)['data']).tolist()", path="'outputs', 'x.pkl'")
    ((severity, message),) = told(text, world, "SD501")
    assert severity == ("error" if deployed else "warning")
    assert "join its name alone" in message
    nothing = replace(World(files=("outputs/x.pkl",)).facts(), models={})
    ((_, message),) = told(text, nothing, "SD501")
    assert "register the file and join “x.pkl” alone, or register its folder “outputs”" in message
    folder = World(models=(ModelFacts("x", 1, ("outputs/x.pkl",)),), deployed=deployed).facts()
    assert told(text, folder, "SD501") == []


def test_a_folder_of_a_model_is_named_where_it_lies() -> None:
    text = script("return model.predict(json.loads(data)['data']).tolist()", path="'bert'")
    model = ModelFacts("m", 1, ("run1/bert/config.json", "run1/task.pt"))
    for deployed in (True, False):
        ((_, message),) = told(text, World(models=(model,), deployed=deployed).facts(), "SD501")
        assert message == (
            "The model “m:1” has “bert” as “run1/bert”: a folder is registered with its name; join that as well."
        )
    nothing = replace(World().facts(), models={})
    assert "register the file or folder to" in str(told(text, nothing, "SD501"))
    there = replace(World(files=("models/bert/config.json",)).facts(), models={})
    there = replace(there, exists=lambda path: path.endswith("models/bert"), is_folder=lambda path: True)
    assert "register the folder to" in str(told(text, there, "SD501"))
    pointer = replace(there, read=lambda path: "version https://git-lfs.github.com/spec/v1\n" * path.endswith("bert"))
    assert "“bert” is a pointer of Git LFS here; fetch" in str(told(text, pointer, "SD501"))


def outside(*files: str, line: str = "from helpers import clean") -> list[str]:
    world = World("src/score.py", ("src/score.py", *files), source_directory="src").facts()
    text = f"{line}\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n"
    return [severity for severity, _ in told(text, world, "SD160")]


def test_a_module_outside_the_source_directory() -> None:
    assert outside("helpers.py") == ["error"]
    assert outside("helpers/__init__.py") == ["error"]
    assert outside("helpers.py", line="import helpers") == ["error"]
    assert outside("helpers.py", "src/helpers.py") == []
    assert outside("helpers.py", "src/helpers/__init__.py") == []
    assert outside("src/__init__.py", "src/helpers.py", line="from src.helpers import clean") == []
    assert outside("numpy.py", line="import numpy") == []


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (("flask==1.1.2", "jinja2==3.1.2"), "jinja2"),
        (("flask==1.1.2",), "jinja2"),
        (("flask==1.1.2", "jinja2<3.1", "itsdangerous==2.1.0", "werkzeug<2.1"), "itsdangerous"),
        (("flask==1.1.2", "jinja2<3.1", "itsdangerous<2.1", "werkzeug==2.1.0"), "werkzeug"),
        (("flask==1.1.4",), "markupsafe"),
        (("flask<2",), "markupsafe"),
        (("flask==2.0.3",), "werkzeug"),
        (("flask==2.2.2", "werkzeug==3.0.1"), "werkzeug"),
        (("flask==1.1.2", "jinja2==3.0.3", "itsdangerous==2.0.1", "werkzeug==2.0.3"), ""),
        (("flask==1.1.4", "markupsafe==2.0.1"), ""),
        (("flask==2.0.3", "werkzeug==2.3.8"), ""),
        (("flask==2.2.5", "werkzeug==3.0.1"), ""),
        (("flask==3.0.0",), ""),
        (("flask",), ""),
    ],
)
def test_an_old_flask_beside_what_came_later(lines: tuple[str, ...], named: str) -> None:
    """Each was installed and imported on Python 3.9."""
    text = "azureml-defaults\n" + "".join(f"{line}\n" for line in lines)
    found = [each for each in check(text, Facts(path="/project/requirements.txt")) if each.code == "SD462"]
    assert len(found) == (1 if named else 0), [each.message for each in found]
    assert all(named in each.message for each in found)


CLIENT = (
    "import json\n\nimport numpy as np\nimport pandas as pd\nimport requests\n\nuri = 'http://localhost:5001/score'\n"
)


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("requests.post(uri, data=json.dumps({'data': np.array([[1.0, 2.0]])}))", True),
        ("requests.post(uri, json={'data': np.array([[1.0, 2.0]])})", True),
        ("x = np.array([[1.0, 2.0]])\nrequests.post(uri, json={'data': x})", True),
        ("x = np.array([[1.0, 2.0]])\nbody = {'data': x}\nrequests.post(uri, json=body)", True),
        ("x = np.array([1, 2])\nrequests.post(uri, json={'data': [list(x)]})", True),
        ("x = np.array([1, 2])\nrequests.post(uri, json={'data': [[v for v in x]]})", True),
        ("f = pd.DataFrame({'a': [1]})\nrequests.post(uri, json={'data': f})", True),
        ("f = pd.DataFrame({'a': [1]})\nrequests.post(uri, json={'data': f.values})", True),
        ("def send():\n    x = np.zeros((1, 2))\n    return requests.post(uri, data=json.dumps({'data': x}))", True),
        ("requests.post(uri, json={'data': np.array([[1.0]]).tolist()})", False),
        ("x = np.array([0.5])\nrequests.post(uri, json={'data': [list(x)]})", False),
        ("f = pd.DataFrame({'a': [1]})\nrequests.post(uri, json={'data': f.to_dict(orient='records')})", False),
        ("x = np.array([[1.0]])\nrequests.post(uri, data=json.dumps({'data': x}, default=list))", False),
        ("def send(x):\n    return requests.post(uri, json={'data': x})", False),
        ("x = np.array([[1.0]])\nrequests.post(uri, json={'rows': len(x)})", False),
    ],
)
def test_an_array_that_a_client_sends(lines: str, *, wrong: bool) -> None:
    found = [each for each in check(f"{CLIENT}{lines}\n", Facts(path="/project/client.py")) if each.code == "SD842"]
    assert [each.severity for each in found] == (["error"] if wrong else [])


def sent(body: str, run: str, head: str = "import json\n") -> list[str]:
    entry = f"{head}\n\ndef init():\n    pass\n\n\n{run}\n"
    world = World("client.py", texts=(("score.py", entry),)).facts()
    return [each.severity for each in check(f"{CLIENT}requests.post(uri, {body})\n", world) if each.code == "SD843"]


SCHEMA = (
    "import numpy as np\nfrom inference_schema.schema_decorators import input_schema\n"
    "from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType\n"
)


def test_a_client_and_the_script_of_its_folder() -> None:
    reads = "def run(data):\n    return json.loads(data)['inputs']"
    assert sent("json={'data': [[1.0]]}", reads) == ["warning"]
    assert sent("data=json.dumps({'data': [[1.0]]})", reads) == ["warning"]
    assert sent("json={'inputs': [[1.0]]}", reads) == []
    assert sent("json=[[1.0]]", reads) == []
    assert sent("json={'data': [1]}", "def run(data):\n    return json.loads(data).get('inputs')") == []
    both = (
        "def run(data):\n    body = json.loads(data)\n    return body['inputs'] if 'inputs' in body else body['data']"
    )
    assert sent("json={'data': [1]}", both) == []
    schema = "@input_schema('data', NumpyParameterType(np.array([[1.0]])))\ndef run(data):\n    return data.tolist()"
    assert sent("json={'inputs': [[1.0]]}", schema, SCHEMA) == ["warning"]
    assert sent("json={'data': [[1.0]]}", schema, SCHEMA) == []


@pytest.mark.parametrize(
    ("program", "missing"),
    [
        ("from azure.ai.ml import MLClient\n{}(Model(path='out/best.pkl'))\n", ["scaler.pkl"]),
        ('from azure.ai.ml import MLClient\ndef add(path="./out/best.pkl"):\n    {}(path)\n', ["scaler.pkl"]),
        ("from azure.ai.ml import MLClient\n{}(Model(path='out/best.pkl'))\n# scaler.pkl is another one\n", []),
        ("from azure.ai.ml import MLClient\nfit('best.pkl')\n{}(Model(path='out'))\n", []),
        ("from azure.ai.ml import MLClient\n{}(Model(path='out/other.pkl'))\n", []),
        ("from azureml.core import Model\nModel.register(ws, 'out/best.pkl', 'a')\n", []),
    ],
)
def test_a_file_that_is_not_in_the_one_model_of_a_program_of_v2(program: str, missing: list[str]) -> None:
    lines = "joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], '{}'))"
    loads = "\n    ".join(map(lines.format, ("best.pkl", "scaler.pkl")))
    text = f"import os\n\nimport joblib\n\n\ndef init():\n    {loads}\n\n\ndef run(data):\n    return data\n"
    world = World(texts=(("deploy.py", program.format("client.models.create_or_update")),)).facts()
    found = told(text, replace(world, models={}), "SD501")
    assert [message.split("”")[0] for _, message in found] == [f"“{each}" for each in missing]
