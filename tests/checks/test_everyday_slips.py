"""Slips that people make every day, each told at its line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import World
from scoredock.checks.check import check
from scoredock.scripts.fixing import applied, repair

HEAD = "import json\nimport os\nimport joblib\nimport numpy as np\nimport pandas as pd\n"
SCHEMA = "from inference_schema.schema_decorators import input_schema\n"
NUMPY = f"{SCHEMA}from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType\n"
PLAIN = f"{SCHEMA}from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\n"
FRAME = f"{SCHEMA}from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType\n"
RAW = (
    "from azureml.contrib.services.aml_request import rawhttp\n"
    "from azureml.contrib.services.aml_response import AMLResponse\n"
)
PATIENTS = "@input_schema('data', PandasParameterType(pd.DataFrame({'age': [1], 'bmi': [2.0]})))\n"
LOADED = "global model\nmodel = joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.pkl'))"
DECODED = "return model.predict(json.loads(data)).tolist()"
WORLD = World(files=("data.csv",), models=(ModelFacts("m", 1, ("model.pkl",)),))


def script(init: str = "pass", run: str = "return json.loads(data)", head: str = "", decorator: str = "") -> str:
    def below(text: str) -> str:
        return "\n".join(f"    {line}" for line in text.splitlines())

    return f"{HEAD}{head}\n\ndef init():\n{below(init)}\n\n\n{decorator}def run(data):\n{below(run)}\n"


SLIPS: dict[str, tuple[str, str, str, str]] = {
    "json.load of a text": (script(run="return json.load(data)"), "SD185", "error", "json.load"),
    "os.environ called": (script(init="print(os.environ('X'))"), "SD195", "error", "os.environ('X')"),
    "os.getenv with brackets": (script(init="print(os.getenv['X'])"), "SD195", "error", "os.getenv['X']"),
    "a letter less in the variable of the models": (
        script(init="print(os.getenv('AZURML_MODEL_DIR'))"),
        "SD502",
        "error",
        "'AZURML_MODEL_DIR'",
    ),
    "a loader that is not called": (
        script(init="global model\nmodel = joblib.load", run=DECODED),
        "SD193",
        "error",
        "joblib.load",
    ),
    "one item of a prediction": (
        script(init=LOADED, run="return {'class': model.predict(np.array(json.loads(data)['data']))[0]}"),
        "SD120",
        "information",
        "model.predict(np.array(json.loads(data)['data']))[0]",
    ),
    "a function for a sample": (
        script(
            head=NUMPY, decorator="@input_schema('data', NumpyParameterType(np.array))\n", run="return data.tolist()"
        ),
        "SD125",
        "error",
        "np.array",
    ),
    "a class for a sample": (
        script(head=PLAIN, decorator="@input_schema('data', StandardPythonParameterType(str))\n", run="return data"),
        "SD125",
        "error",
        "str",
    ),
    "columns that the sample lacks": (
        script(head=FRAME, decorator=PATIENTS, run="return data[['age', 'BMI']].values.tolist()"),
        "SD176",
        "error",
        "'BMI'",
    ),
    "a column that the sample lacks": (
        script(head=FRAME, decorator=PATIENTS, run="return data['weight'].tolist()"),
        "SD176",
        "error",
        "'weight'",
    ),
    "an absolute path in a variable": (
        script(init="global model\npath = '/home/ada/model.pkl'\nmodel = joblib.load(path)", run=DECODED),
        "SD131",
        "warning",
        "'/home/ada/model.pkl'",
    ),
    "a relative path in a variable": (
        script(init="global model\npath = 'outputs/model.pkl'\nmodel = joblib.load(path)", run=DECODED),
        "SD517",
        "warning",
        "'outputs/model.pkl'",
    ),
    "a path out of the project": (
        script(init="global model\nmodel = joblib.load('../model/model.pkl')", run=DECODED),
        "SD517",
        "warning",
        "'../model/model.pkl'",
    ),
    "the working directory": (
        script(init="global model\nmodel = joblib.load(os.path.join(os.getcwd(), 'model.pkl'))", run=DECODED),
        "SD516",
        "warning",
        "os.path.join(os.getcwd(), 'model.pkl')",
    ),
    "a file that is not there": (
        script(init="global labels\nwith open('labels.txt') as f:\n    labels = f.read()"),
        "SD517",
        "warning",
        "'labels.txt'",
    ),
    "a server of its own": (
        script(head="from flask import Flask\napp = Flask(__name__)\napp.run()\n"),
        "SD177",
        "error",
        "app.run",
    ),
    "a server of its own, perhaps": (
        script(head="from flask import Flask\napp = Flask(__name__)\napp.serve_forever()\n"),
        "SD177",
        "warning",
        "app.serve_forever",
    ),
    "json.load of a text that was read": (
        script(init="import pathlib\nprint(json.load(pathlib.Path('data.csv').read_text()))"),
        "SD195",
        "error",
        "json.load(pathlib.Path('data.csv').read_text())",
    ),
    "a reader that is not called, and its file": (
        script(init="global model\nwith open('data.csv', 'rb') as stream:\n    model = joblib.load\nprint(model)"),
        "SD193",
        "error",
        "joblib.load",
    ),
    "a reader that is not called, and a key of it": (
        script(init="global limits\nlimits = json.load\nprint(limits['low'])"),
        "SD193",
        "error",
        "json.load",
    ),
    "the working directory and a slash": (
        script(init="global model\nmodel = joblib.load(os.getcwd() + '/model.pkl')", run=DECODED),
        "SD516",
        "warning",
        "os.getcwd() + '/model.pkl'",
    ),
    "a class inside a sample": (
        script(
            head=PLAIN + "ROWS = StandardPythonParameterType(dict)\n",
            decorator="@input_schema('data', StandardPythonParameterType({'rows': ROWS}))\n",
            run="return data",
        ),
        "SD125",
        "error",
        "dict",
    ),
    "a method that is not called, in an answer that is written as JSON": (
        script(init=LOADED, run="made = model.predict(json.loads(data))\nreturn json.dumps(made.tolist)"),
        "SD193",
        "error",
        "made.tolist",
    ),
    "a method that is not called, below try": (
        script(
            init=LOADED,
            run="try:\n    made = model.predict(json.loads(data))\n    return made.tolist\n"
            "except Exception as e:\n    return str(e)",
        ),
        "SD193",
        "error",
        "made.tolist",
    ),
    "a letter twice in a method": (
        script(init=LOADED, run="made = model.predict(json.loads(data))\nreturn made.tolistt()"),
        "SD192",
        "error",
        "tolistt",
    ),
    "another name for get_model_path": (
        script(head="from azureml.core.model import Model\n", init="print(Model.get_model_dir('m'))"),
        "SD192",
        "error",
        "get_model_dir",
    ),
    "a column that the sample lacks, beside one that is written": (
        script(head=FRAME, decorator=PATIENTS, run="data['age'] = data['age'] + 1\nreturn data['BMI'].tolist()"),
        "SD176",
        "error",
        "'BMI'",
    ),
    "a column that the sample lacks, beside a look at all": (
        script(head=FRAME, decorator=PATIENTS, run="print(data.columns)\nreturn data['BMI'].tolist()"),
        "SD176",
        "error",
        "'BMI'",
    ),
    "the body as code": (script(run="return eval(data)"), "SD178", "warning", "eval(data)"),
    "a placeholder without a value": (
        script(run="return 'Request: [{0}]'.format()"),
        "SD195",
        "error",
        "'Request: [{0}]'.format()",
    ),
    "a placeholder in a format without a value": (
        script(run="return '{:{width}} {}'.format(1, 2)"),
        "SD195",
        "error",
        "'{:{width}} {}'.format(1, 2)",
    ),
    "pairs of one list": (
        script(run="total = 0\nfor one, other in zip(json.loads(data)):\n    total += one * other\nreturn total"),
        "SD195",
        "error",
        "one, other",
    ),
    "pairs taken for three": (
        script(run="return [a + b + c for a, b, c in enumerate(json.loads(data))]"),
        "SD195",
        "error",
        "a, b, c",
    ),
    "a list in a set": (
        script(head="import re\n", run="words = {re.findall('[a-z]+', data)}\nreturn len(words)"),
        "SD195",
        "error",
        "re.findall('[a-z]+', data)",
    ),
    "a method that no request has": (
        script(head=RAW, decorator="@rawhttp\n", run="if data.method == 'post':\n    return 1\nreturn 2"),
        "SD195",
        "warning",
        "'post'",
    ),
    "None for a number": (
        script(head="from datetime import datetime\n", run="return str(datetime.fromtimestamp(None))"),
        "SD195",
        "error",
        "None",
    ),
    "text for a number of places": (script(run="return np.round([1.25], '1').tolist()"), "SD195", "error", "'1'"),
    "text for bytes": (
        script(head="import base64\n", run="return base64.b64encode('abc').decode()"),
        "SD195",
        "error",
        "'abc'",
    ),
    "a method called on its class": (script(run="return str.upper()"), "SD191", "error", "str.upper()"),
    "an array's method on what was decoded": (
        script(run="rows = json.loads(data)['rows']\nreturn rows.tolist()"),
        "SD192",
        "error",
        "tolist",
    ),
    "one of two kinds, neither of which has it": (
        script(run="body = bytearray(b'a')\nbody = bytes(body)\nreturn body.reversee()"),
        "SD192",
        "error",
        "reversee",
    ),
    "a method in a column": (
        script(run="table = pd.DataFrame(json.loads(data))\ntable['a'] = table['a'].str.lower\nreturn len(table)"),
        "SD193",
        "error",
        "table['a'].str.lower",
    ),
    "a method that is not called, in a name": (
        script(init=LOADED, run="rows = model.predict_proba(json.loads(data))[:, 1].tolist\nreturn {'rows': rows}"),
        "SD193",
        "error",
        "model.predict_proba(json.loads(data))[:, 1].tolist",
    ),
    "columns of a prediction": (
        script(init=LOADED, run="return {'rows': model.predict_proba(json.loads(data))[:, 1]}"),
        "SD120",
        "warning",
        "model.predict_proba(json.loads(data))[:, 1]",
    ),
    "a number for an answer": (
        script(
            head="from azureml.contrib.services.aml_response import AMLResponse\n",
            run="body = False\nreturn AMLResponse(body, 200)",
        ),
        "SD148",
        "error",
        "body",
    ),
    "the folder of the script for a file": (
        script(init="here = os.path.dirname(__file__)\nprint(joblib.load(os.path.join(here)))"),
        "SD517",
        "error",
        "os.path.join(here)",
    ),
    "a file beside the script, from nowhere": (
        script(init="print(pd.read_csv('data.csv'))"),
        "SD508",
        "warning",
        "'data.csv'",
    ),
    "a name that the SDK does not have": (
        script(head="from azureml.core.model import Modell\n", init="print(Modell)"),
        "SD190",
        "error",
        "Modell",
    ),
    "what leads to methods for a column": (
        script(run="table = pd.DataFrame(json.loads(data))\ntable['a'] = table['a'].str\nreturn len(table)"),
        "SD195",
        "error",
        "table['a'].str",
    ),
    "an open file for what is in it": (
        script(init="global labels\nwith open(__file__) as stream:\n    labels = stream", run="return labels['a']"),
        "SD193",
        "warning",
        "stream",
    ),
    "a prediction for nothing": (
        script(init=LOADED, run="return model.predict().tolist()"),
        "SD195",
        "warning",
        "model.predict()",
    ),
    "a value that the first round does not give": (
        script(
            run="rows = json.loads(data)\nfor number, row in enumerate(rows):\n    if number > 0:\n"
            "        before = rows[number - 1]\n    print(before, row)\nreturn rows"
        ),
        "SD118",
        "error",
        "before",
    ),
}


def findings_of(text: str) -> list[Finding]:
    return check(text, WORLD.facts())


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_where_it_stands(name: str) -> None:
    text, code, severity, place = SLIPS[name]
    lines = text.splitlines()
    found = [
        (f.severity, lines[f.range.start.line][f.range.start.character : f.range.end.character])
        for f in findings_of(text)
        if f.code == code
    ]
    assert found == [(severity, place)]


DEPLOYED: dict[str, tuple[str, str]] = {
    "a path out of the project": ("joblib.load('../model/model.pkl')", "SD516"),
    "a folder that is not there": ("joblib.load('outputs/model.pkl')", "SD516"),
    "an absolute path": ("joblib.load('/home/ada/model.pkl')", "SD131"),
    "a file that is nowhere": ("open('labels.txt').read()", "SD517"),
}


@pytest.mark.parametrize("name", DEPLOYED)
def test_what_is_sought_in_the_wrong_place_is_an_error_once_it_is_known_what_is_deployed(name: str) -> None:
    opened, code = DEPLOYED[name]
    text = script(init=f"global model\nmodel = {opened}", run=DECODED)
    facts = replace(WORLD.facts(), deployed_models=WORLD.models)
    assert [(f.code, f.severity) for f in check(text, facts) if f.code in ("SD131", "SD516", "SD517")] == [
        (code, "error")
    ]


FINE = {
    "the status None, which is 200": script(
        head="from azureml.contrib.services.aml_response import AMLResponse\n", run="return AMLResponse(data, None)"
    ),
    "a loader for a file that is read": script(
        init="with open(__file__) as stream:\n    load = json.load\n    print(load(stream))"
    ),
    "a column that is written first": script(
        head=FRAME, decorator=PATIENTS, run="data['BMI'] = data['bmi']\nreturn data['BMI'].tolist()"
    ),
    "a type inside a sample": script(
        head=PLAIN + "ROWS = StandardPythonParameterType([1.0])\n",
        decorator="@input_schema('data', StandardPythonParameterType({'rows': ROWS}))\n",
        run="return data",
    ),
    "a file is read": script(run="return json.load(open(__file__)) or data"),
    "a loader is handed on": script(init="load = joblib.load\nprint(load)"),
    "a file that the script writes": script(
        init="open('labels.txt', 'w').write('a')\nprint(open('labels.txt').read())"
    ),
    "a file that is looked for": script(init="if os.path.exists('labels.txt'):\n    print(open('labels.txt').read())"),
    "a file that is there": script(init="print(pd.read_csv(os.path.join(os.path.dirname(__file__), 'data.csv')))"),
    "a column that run() makes": script(
        head=FRAME, decorator=PATIENTS, run="data['BMI'] = data['bmi']\nreturn data[['age', 'BMI']].values.tolist()"
    ),
    "a name of a column that is written": script(
        head=FRAME, decorator=PATIENTS, run="data.columns.values[0] = 'BMI'\nreturn data['BMI'].tolist()"
    ),
    "a column in capitals": script(
        head=FRAME, decorator=PATIENTS, run="data.columns = ['A', 'B']\nreturn data['A'].tolist()"
    ),
    "an item as a number": script(init=LOADED, run="return int(model.predict(np.array(json.loads(data)['data']))[0])"),
    "a server for runs by hand": script(
        head="from flask import Flask\napp = Flask(__name__)\n", run="return json.loads(data)"
    )
    + '\n\nif __name__ == "__main__":\n    app.run()\n',
    "an expression of the script's own": script(run="return eval('1 + 1') + len(data)"),
    "placeholders with their values": script(
        run="values = [1]\nreturn '{} {a[0]} {b.c:{d}} {{x}}'.format(1, a=[2], b=data, d=3) + '{0}{1}'.format(*values)"
    ),
    "pairs of pairs": script(
        run="rows = json.loads(data)\n"
        "return [a + b + i for i, (a, b) in enumerate(zip(rows, rows))] + [a for a, *b in zip(rows, rows, rows)]"
    ),
    "pairs of unknown lists": script(run="rows = json.loads(data)\nreturn [a + b for a, b in zip(*rows)]"),
    "a set of texts": script(run="return len({data, 'a', (1, 2)})"),
    "methods of requests": script(
        head=RAW, decorator="@rawhttp\n", run="return AMLResponse('a' if data.method == 'PUT' else 'b', 200)"
    ),
    "what is asked for its kind": script(
        run="rows = json.loads(data)\nif isinstance(rows, np.ndarray):\n    rows = rows.tolist()\n"
        "name = os.path.basename(data)\nif isinstance(name, bytes):\n    return name.startswith(b'.')\nreturn rows"
    ),
    "None where it may be": script(run="return data.split(None) + [round(1.5, None)] + [os.getenv('A', None)]"),
    "what becomes another thing": script(run="rows = json.loads(data)\nrows = np.array(rows)\nreturn rows.tolist()"),
    "decoded with a hook": script(run="return json.loads(data, object_hook=pd.Series).tolist()"),
    "methods in a table of functions": script(
        run="ways = {}\nways['low'] = data.lower\nways['up'] = str.upper\nreturn ways['low']() + ways['up'](data)"
    ),
    "a forecast": script(init=LOADED, head="import prophet\n", run="return len(model.predict()) + len(data)"),
    "another name for a file, inside": script(
        init="with open(__file__) as stream:\n    labels = stream\n    print(labels.read())"
    ),
    "a value that the first round gives": script(
        run="for number, row in enumerate(json.loads(data)):\n    if number == 0:\n        first = row\n"
        "    print(first)\nreturn 1"
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_only_looks_like_one_is_left_alone(name: str) -> None:
    codes = {code for _, code, _, _ in SLIPS.values()}
    assert [(f.code, f.message) for f in findings_of(FINE[name]) if f.code in codes] == []


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("json.load of a text", "json.loads(data)"),
        ("os.environ called", "os.environ['X']"),
        ("os.getenv with brackets", "os.getenv('X')"),
    ],
)
def test_what_can_mean_one_thing_only_is_repaired(name: str, right: str) -> None:
    text, _, _, place = SLIPS[name]
    done = repair(text, findings_of)
    wrong = place if "(" in place or "[" in place else f"{place}(data)"
    assert done.text == text.replace(wrong, right)


def test_an_estimator_predicts_nothing_without_data() -> None:
    text, *_ = SLIPS["a prediction for nothing"]
    facts = replace(WORLD.facts(), deployed_models=(ModelFacts("m", 1, ("model.pkl",), "ScikitLearn"),))
    assert [each.severity for each in check(text, facts) if each.code == "SD195"] == ["error"]


def test_columns_have_a_repair_by_title() -> None:
    text = SLIPS["columns that the sample lacks"][0]
    (found,) = [f for f in findings_of(text) if f.code == "SD176"]
    assert [fix.title for fix in found.fixes] == ["Change to bmi"]
    assert "'bmi']]" in applied(text, found.fixes[0].edits)


ROUNDS = "labels = []\nfor row in json.loads(data):\n"


@pytest.mark.parametrize(
    ("rounds", "told"),
    [
        ("    if row > 30:\n        label = 'old'\n    labels.append(label)", "label"),
        ("    if row['age'] > 30:\n        label = 'old'\n    labels += [label]", "label"),
        ("    if row[0] > 30:\n        label = 'old'\n    labels += [label]", "label"),
        ("    if row > 30:\n        label = 'old'\n    else:\n        label = ''\n    labels.append(label)", ""),
        ("    if row == 0:\n        label = 'old'\n    labels.append(label)", ""),
        ("    if not labels:\n        label = 'old'\n    labels.append(label)", ""),
        ("    if row > 30:\n        label = 'old'\n        labels.append(label)", ""),
        ("    label = ''\n    if row > 30:\n        label = 'old'\n    labels.append(label)", ""),
        ("    if row > 30:\n        label = 'old'\n    if row < 9:\n        continue\n    labels.append(label)", ""),
        ("    if row > 30:\n        label = 'old'\n    labels.append(row > 30 and label)", ""),
        (
            "    if row > 30:\n        label = 'old'\n    if labels:\n        labels.append(label)",
            "",
        ),
    ],
)
def test_a_name_that_one_branch_of_a_loop_gives_a_value(rounds: str, told: str) -> None:
    text = script(run=f"{ROUNDS}{rounds}\nreturn labels")
    found = [each for each in check(text, World().facts()) if each.code == "SD118"]
    assert [(each.severity, text.splitlines()[each.range.start.line].count(told) > 0) for each in found] == (
        [("warning", True)] if told else []
    )
