"""How init() and run() are made and what they give back: by example, one snippet, the codes with their lines."""

from __future__ import annotations

import ast

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.text import Fix

HEAD = (
    "import json, os, joblib, math, datetime, uuid, numpy as np\n\ndef init():\n    global model\n    model ="
    " joblib.load('m')\n\n"
)
"""Six lines."""
RAW = (
    "from azureml.contrib.services.aml_request import rawhttp\nfrom azureml.contrib.services.aml_response import"
    " AMLResponse\n\ndef init():\n    pass\n\n@rawhttp\n"
)
"""Seven lines."""
SCHEMA = (
    "import numpy as np, pandas as pd, datetime\nfrom inference_schema.schema_decorators import input_schema,"
    " output_schema\nfrom inference_schema.parameter_types.standard_py_parameter_type import"
    " StandardPythonParameterType\nfrom inference_schema.parameter_types.numpy_parameter_type import"
    " NumpyParameterType\nfrom inference_schema.parameter_types.pandas_parameter_type import PandasParameterType\n\ndef"
    " init():\n    pass\n\n"
)
"""Nine lines."""


ENVIRONMENT = tuple(f"SD{n}" for n in (*range(150, 180), *range(190, 199)))
"""What is said of imports and of the network is tested elsewhere."""


def run(*lines: str, head: str = HEAD) -> str:
    return head + "def run(data):\n" + "".join(f"    {line}\n" for line in lines)


def described(decorators: str, parameters: str = "data", body: str = "return len(data)") -> str:
    return f"{SCHEMA}{decorators}\ndef run({parameters}):\n    {body}\n"


def found(text: str, **known: object) -> list[tuple[str, str, int]]:
    facts = Facts(path="/project/score.py", **known)  # type: ignore[arg-type]
    findings = check(text, facts, "entry-script")
    return [(f.code, f.severity, f.range.start.line + 1) for f in findings if f.code not in ENVIRONMENT]


def apply(text: str, fix: Fix) -> str:
    lines = Lines(text)
    for edit in sorted(fix.edits, key=lambda e: (e.range.start, e.range.end), reverse=True):
        text = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
    return text


E, W, INFO, H = "error", "warning", "information", "hint"
BODY = "return len(json.loads(data)['data'])"
CASES = [
    # names read too early
    (
        "lazy-without-global",
        "cache = None\n" + run("if cache is None:", "    cache = {}", "return cache"),
        [("SD118", E, 9)],
    ),
    ("added-up", "n = 0\n" + run("n += 1", "return n"), [("SD118", E, 9)]),
    ("added-in-a-loop", run("for c in data:", "    totall += 1", "return 0"), [("SD118", E, 9)]),
    (
        "misspelt-package",
        "from azuremlcontrib.services.aml_response import AMLResponse\n" + run(BODY),
        [("SD146", E, 1)],
    ),
    ("misspelt-model", "from azureml.coremodel import Model\n" + run(BODY), [("SD146", E, 1)]),
    ("number-for-name", described("@input_schema(7, StandardPythonParameterType([1.0]))"), [("SD112", E, 10)]),
    ("package-of-ones-own", "from helpers.responses import AMLResponse\n" + run(BODY), []),
    (
        "item-of-none",
        "model = None\n\ndef init():\n    global model\n    print('x')\n\ndef run(data):\n    return model['a']\n",
        [("SD514", E, 8)],
    ),
    (
        "call-of-none",
        "model = None\n\ndef init():\n    global model\n    print('x')\n\ndef run(data):\n    return model(data)\n",
        [("SD514", E, 8)],
    ),
    (
        "loaded-into-another",
        (
            "import xgboost as xgb\nbooster = xgb.Booster()\n\ndef init():\n    global model\n"
            "    model = booster.load_model('/m.json')\n\ndef run(data):\n    return model.predict(data).tolist()\n"
        ),
        [("SD514", E, 9)],
    ),
    (
        "loaded-into-itself",
        (
            "import xgboost as xgb\n\ndef init():\n    global model\n    model = xgb.XGBClassifier()\n"
            "    model.load_model('/m.json')\n\ndef run(data):\n    return model.predict(data).tolist()\n"
        ),
        [],
    ),
    (
        "loaded-by-a-function",
        (
            "import mlflow.xgboost as xgb\n\ndef init():\n    global model\n    model = xgb.load_model('/m')\n\n"
            "def run(data):\n    return model.predict(data).tolist()\n"
        ),
        [],
    ),
    (
        "asked-for-none",
        (
            "model = None\n\ndef init():\n    pass\n\ndef run(data):\n    if model is None:\n        raise ValueError\n"
            "    return model(data)\n"
        ),
        [],
    ),
    ("name-for-value", run("return os.listdir('AZUREML_MODEL_DIR')"), [("SD515", E, 8)]),
    (
        "optional-stray",
        described(
            "@input_schema('data', StandardPythonParameterType([1.0]))\n@input_schema('more',"
            " StandardPythonParameterType(1.0), optional=True)"
        ),
        [("SD112", W, 11)],
    ),
    ("own-value", run("rows = rows or []", "return rows"), [("SD118", E, 8)]),
    ("import-later", run("x = re.sub('a', 'b', data)", "import re", "return x"), [("SD118", E, 8)]),
    ("in-a-loop", run("for c in data:", "    if c == 'a':", "        print(last)", "    last = c", "return last"), []),
    ("declared", "n = 0\n" + run("global n", "n += 1", "return n"), []),
    ("closure", run("def inner():", "    return later", "later = 1", "return inner()"), []),
    ("nonlocal-inside", run("def count():", "    nonlocal n", "    n += 1", "n = 0", "count()", "return n"), []),
    ("walrus", run("return (", "    found", "    if (found := data) else 0", ")"), []),
    ("with-name", run("with open('/tmp/x') as file:", "    text = file.read()", "return text"), []),
    # functions that are something else in the end
    ("overwritten", run(BODY) + "run = {}\n", [("SD132", E, 9)]),
    (
        "sdk-run",
        "from azureml.core import Run\n" + run(BODY) + "run = Run.get_context()\nprint(run.id)\n",
        [("SD132", E, 10)],
    ),
    ("module-run", "import run\n\ndef init():\n    pass\n", [("SD132", E, 1)]),
    ("loop-variable", run(BODY) + "for run in ('a', 'b'):\n    print('x')\n", [("SD132", W, 9)]),
    ("wrapped", "import functools\n" + run(BODY) + "run = functools.partial(run)\n", []),
    ("before", "run = None\n" + run(BODY), []),
    (
        "below-guard",
        HEAD + "if __name__ == '__main__':\n    def run(data):\n        return 1\n    print(run('a'))\n",
        [("SD133", E, 8)],
    ),
    (
        "two-platforms",
        HEAD
        + "if os.name == 'nt':\n    def run(data):\n        return 1\nelse:\n    def run(data):\n        return 2\n",
        [],
    ),
    # headers
    (
        "header",
        HEAD + "def run(data, request_headers):\n    return request_headers['content-type']\n",
        [("SD134", E, 8)],
    ),
    (
        "header-get",
        HEAD + "def run(data, request_headers):\n    return request_headers.get('authorization', '')\n",
        [("SD134", W, 8)],
    ),
    (
        "header-right",
        HEAD + "def run(data, request_headers):\n    return [request_headers['Content-Type'],"
        " request_headers.get('X-Ms-Request-Id')]\n",
        [],
    ),
    (
        "headers-made-anew",
        HEAD
        + "def run(data, request_headers):\n    request_headers = {k.lower(): v for k, v in request_headers.items()}\n "
        "   return request_headers['host']\n",
        [],
    ),
    # ways without an answer
    (
        "printed-only",
        run("try:", "    return int(data)", "except ValueError as e:", "    print(e)"),
        [("SD145", W, 10)],
    ),
    ("if-only", run("if data:", "    return 1"), [("SD145", INFO, 8)]),
    ("elif-only", run("if data == '1':", "    return 1", "elif data == '2':", "    return 2"), [("SD145", INFO, 10)]),
    (
        "method-left-out",
        RAW + "def run(request):\n    if request.method == 'POST':\n        return AMLResponse('', 200)\n",
        [("SD145", INFO, 9)],
    ),
    ("ends-in-finally", run("try:", "    x = 1", "finally:", "    print('x')", "return x"), []),
    ("explicit-none", run("if data:", "    return 1", "return None"), []),
    # leaving
    (
        "exit-in-init",
        "import sys\n\ndef init():\n    sys.exit(1)\n\ndef run(data):\n    return data\n",
        [("SD149", W, 4)],
    ),
    ("quit", run("if not data:", "    quit()", BODY), [("SD149", W, 9)]),
    ("exit-by-hand", "import sys\n" + run(BODY) + "if __name__ == '__main__':\n    sys.exit(run('{}'))\n", []),
    # what json.dumps refuses
    ("numpy-number", run("return {'a': np.float32(1)}"), [("SD120", E, 8)]),
    ("position", run("return np.argmax(json.loads(data)['x'])"), [("SD120", E, 8)]),
    ("tuple-keys", run("return {('a', 'b'): 1}"), [("SD120", E, 8)]),
    ("moment", run("return {'at': datetime.datetime.now()}"), [("SD120", E, 8)]),
    ("uuid", run("return uuid.uuid4()"), [("SD120", E, 8)]),
    ("mapped", run("return map(str, json.loads(data))"), [("SD120", E, 8)]),
    ("generator", run("return {'x': (c for c in data)}"), [("SD120", E, 8)]),
    ("arrays-in-list", run("return [np.array(c) for c in json.loads(data)['x']]"), [("SD120", E, 8)]),
    ("named-dictionary", run("result = {'a': np.zeros(2)}", "return result"), [("SD120", E, 8)]),
    (
        "asked-what-it-is",
        run("result = np.zeros(2)", "if hasattr(result, 'tolist'):", "    return result.tolist()", "return result"),
        [],
    ),
    (
        "asked-in-one-line",
        run("result = np.zeros(2)", "return result if isinstance(result, list) else result.tolist()"),
        [],
    ),
    (
        "handed-on",
        "def clean(d):\n    d.clear()\n" + run("result = {'a': np.zeros(2)}", "clean(result)", "return result"),
        [],
    ),
    ("swallowed-unbound", run("try:", "    x += 1", "except Exception:", "    x = 0", "return x"), []),
    ("changed-dictionary", run("result = {'a': np.zeros(2)}", "result['a'] = 1", "return result"), []),
    ("dumped-array", run("return json.dumps({'a': np.zeros(2)})"), [("SD120", E, 8)]),
    ("own-encoder", run("return json.dumps({'a': np.zeros(2)}, default=str)"), []),
    ("own-class", "class Answer:\n    pass\n" + run("return Answer()"), [("SD120", E, 10)]),
    ("own-dictionary", "class Answer(dict):\n    pass\n" + run("return Answer(a=1)"), []),
    ("rounded-number", run("return np.round(np.exp(1.5), 2)"), []),
    (
        "keras",
        "import tensorflow as tf\n"
        + run("return net.predict(json.loads(data)['x'])")
        + "net = tf.keras.models.load_model('x')\n",
        [("SD120", W, 9)],
    ),
    # other forms than meant
    ("encoded-text", run("return str(data).encode()"), [("SD120", E, 8)]),
    ("idle-async-init", "async def init():\n    print('x')\n\ndef run(data):\n    return data\n", [("SD108", W, 1)]),
    ("status", run("return {'a': 1}, 400"), [("SD119", W, 8)]),
    ("pair", run("return 3, 4"), []),
    ("twice-encoded", run("text = json.dumps({'a': 1})", "return text"), [("SD187", H, 8)]),
    ("not-a-number", run("return {'a': math.nan}"), [("SD188", W, 8)]),
    (
        "swallowed-key",
        run("try:", "    return int(data)", "except ValueError:", "    return {'error': 'no number'}"),
        [("SD123", INFO, 11)],
    ),
    # text for an object
    ("key-of-text", run("return data['x']"), [("SD185", E, 8)]),
    ("get-of-text", run("return data.get('x')"), [("SD185", E, 8)]),
    ("decoded-text", run("return json.loads(data.decode())['x']"), [("SD185", E, 8)]),
    ("asked-before", run("if isinstance(data, str):", "    data = json.loads(data)", "return data['x']"), []),
    ("decoded-before", run("data = json.loads(data)", "return data['x']"), []),
    ("predicted-text", run("return model.predict(data).tolist()"), [("SD186", W, 8)]),
    ("whole-body-by-name", run("body = json.loads(data)", "return np.array(body).tolist()"), [("SD122", W, 9)]),
    # raw requests
    ("wrong-module", "from azureml.contrib.services.aml_response import AMLRequest\n" + run(BODY), [("SD146", E, 1)]),
    ("schema-package", "from inference_schema import input_schema\n" + run(BODY), [("SD146", E, 1)]),
    (
        "package-itself",
        (
            "from azureml.contrib.services import rawhttp\n\ndef init():\n    pass\n\n@rawhttp\ndef run(r):\n    return"
            " len(r.get_data())\n"
        ),
        [],
    ),
    (
        "optional-import",
        "try:\n    from inference_schema import input_schema\nexcept ImportError:\n    input_schema = None\n"
        + run(BODY),
        [],
    ),
    ("no-status", RAW + "def run(request):\n    return AMLResponse('x')\n", [("SD147", E, 9)]),
    ("swapped", RAW + "def run(request):\n    return AMLResponse(200, 'x')\n", [("SD147", E, 9)]),
    (
        "object",
        RAW + "def run(request):\n    answer = {'a': 1}\n    return AMLResponse(answer, 200)\n",
        [("SD148", W, 10)],
    ),
    ("stars", RAW + "def run(request):\n    return AMLResponse(*('x', 200))\n", []),
    (
        "raw-on-init",
        (
            "from azureml.contrib.services.aml_request import rawhttp\n\n@rawhttp\ndef init():\n    pass\n\ndef"
            " run(request):\n    return 1\n"
        ),
        [("SD136", W, 3)],
    ),
    # schemas
    (
        "half-described",
        described("@input_schema('data', StandardPythonParameterType([1.0]))", "data, scale"),
        [("SD135", W, 11)],
    ),
    (
        "default-undescribed",
        described("@input_schema('data', StandardPythonParameterType([1.0]))", "data, scale=1"),
        [],
    ),
    (
        "parameter-twice",
        described(
            "@input_schema('data', StandardPythonParameterType([1.0]))\n@input_schema('data',"
            " StandardPythonParameterType([1.0]))"
        ),
        [("SD137", W, 10)],
    ),
    ("no-type", described("@input_schema('data', np.array([[1.0]]))"), [("SD138", E, 10)]),
    ("type-itself", described("@input_schema('data', StandardPythonParameterType)"), [("SD138", E, 10)]),
    (
        "type-as-decorator",
        described("@input_schema('data', StandardPythonParameterType([1.0]))\n@StandardPythonParameterType(1.0)"),
        [("SD138", E, 11)],
    ),
    (
        "text-in-array",
        described("@input_schema('data', NumpyParameterType(np.array([['0.5', 1.0]])))"),
        [("SD141", W, 10)],
    ),
    ("no-sample", described("@input_schema('data', StandardPythonParameterType())"), [("SD138", E, 10)]),
    ("turned-round", described("@input_schema(StandardPythonParameterType([1.0]), 'data')"), [("SD138", E, 10)]),
    ("none-sample", described("@input_schema('data', StandardPythonParameterType(None))"), [("SD139", E, 10)]),
    (
        "array-in-dictionary",
        described("@input_schema('data', StandardPythonParameterType({'a': np.array([1.0])}))"),
        [("SD139", E, 10)],
    ),
    (
        "date-sample",
        described("@input_schema('data', StandardPythonParameterType(datetime.date(2024, 1, 1)))"),
        [("SD139", W, 10)],
    ),
    (
        "datetime-sample",
        described(
            "@input_schema('data', StandardPythonParameterType(datetime.datetime(2024, 1, 1)))", body="return data.year"
        ),
        [],
    ),
    ("none-in-dictionary", described("@input_schema('data', StandardPythonParameterType({'a': None}))"), []),
    ("empty-list", described("@input_schema('data', StandardPythonParameterType([]))"), [("SD140", H, 10)]),
    ("free-shape", described("@input_schema('data', PandasParameterType(pd.DataFrame(), enforce_shape=False))"), []),
    (
        "mixed",
        described("@input_schema('data', StandardPythonParameterType({'rows': [['a', 1.0]]}))"),
        [("SD141", H, 10)],
    ),
    (
        "output-alone",
        described("@output_schema(StandardPythonParameterType(1))", body="return len(json.loads(data))").replace(
            "import numpy", "import json, numpy"
        ),
        [("SD121", W, 12)],
    ),
    ("output-alone-two", described("@output_schema(StandardPythonParameterType(1))", "data, scale"), []),
    (
        "power-bi-results",
        described(
            "@input_schema('Inputs', StandardPythonParameterType([1.0]))\n@input_schema('GlobalParameters',"
            " StandardPythonParameterType(1.0))",
            "Inputs, GlobalParameters",
            "return {'results': Inputs}",
        ),
        [("SD143", INFO, 13)],
    ),
    (
        "only-inputs",
        described("@input_schema('inputs', StandardPythonParameterType([1.0]))", "inputs", "return inputs"),
        [],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), [(t, w) for _, t, w in CASES], ids=[n for n, _, _ in CASES])
def test_findings(text: str, wanted: list[tuple[str, str, int]]) -> None:
    assert found(text) == wanted


@pytest.mark.parametrize("text", [t for _, t, w in CASES if w], ids=[n for n, _, w in CASES if w])
def test_fixes_repair(text: str) -> None:
    facts = Facts(path="/project/score.py")
    before = check(text, facts, "entry-script")
    for finding in before:
        for fix in finding.fixes:
            repaired = apply(text, fix)
            ast.parse(repaired)
            after = [f.code for f in check(repaired, facts, "entry-script")]
            assert after.count(finding.code) < [f.code for f in before].count(finding.code), repaired


SOURCE = (
    "import json\n\ndef init():\n    global words\n    words = json.load(open({0}))\n\ndef run(data):\n    return"
    " words[data]\n"
)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("'words.json'", [("SD508", E, 5)]),
        ("'./data/words.json'", [("SD508", E, 5)]),
        ("'src/words.json'", []),
        ("'./src/data/words.json'", []),
        ("'nowhere.json'", []),
        ("'/etc/words.json'", []),
        ("'words.json', 'w'", []),
    ],
)
def test_files_beside_the_script(path: str, wanted: list[tuple[str, str, int]]) -> None:
    files = {"/project/src/score.py", "/project/src/words.json", "/project/src/data/words.json"}
    facts = Facts(path="/project/src/score.py", exists=files.__contains__, source_directory="/project/src")
    findings = [f for f in check(SOURCE.format(path), facts, "entry-script") if f.code not in ENVIRONMENT]
    assert [(f.code, f.severity, f.range.start.line + 1) for f in findings] == wanted


@pytest.mark.parametrize(
    ("head", "is_told"),
    [
        ("name = 'words.json'\n", True),
        ("name = 'words.json'\nprint(name)\n", False),
        ("name = 'words.json'\nname = 'src/words.json'\n", False),
    ],
)
def test_a_file_beside_the_script_that_a_variable_names(head: str, is_told: bool) -> None:
    text = head + SOURCE.format("name")
    files = {"/project/src/score.py", "/project/src/words.json"}
    facts = Facts(path="/project/src/score.py", exists=files.__contains__, source_directory="/project/src")
    (found,) = [f for f in check(text, facts, "entry-script") if f.code == "SD508"] or [None]
    assert (found is not None) is is_told
    if found is not None:
        assert 'name = os.path.join(os.path.dirname(os.path.abspath(__file__)), "words.json")' in apply(
            text, found.fixes[0]
        )


def test_a_script_that_is_deployed_alone_takes_no_file_along() -> None:
    files = {"/project/score.py", "/project/words.json"}
    facts = Facts(path="/project/score.py", exists=files.__contains__, script_only=True)
    assert [f.code for f in check(SOURCE.format("'words.json'"), facts, "entry-script")] == ["SD508"]


def test_opened_as_text() -> None:
    text = (
        "import os, pickle\n\ndef init():\n    global model\n    with"
        " open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'm.pkl'){0}) as file:\n        model ="
        " pickle.load(file)\n\ndef run(data):\n    return str(model) + data\n"
    )
    models = (ModelFacts("m", 1, ("m.pkl",)),)
    for mode, wanted in (
        ("", ["SD506"]),
        (", 'r'", ["SD506"]),
        (", mode='rt'", ["SD506"]),
        (", 'rb'", []),
        (", MODE", []),
    ):
        script = "MODE = 'rb'\n" + text.format(mode)
        findings = check(script, Facts(path="/project/score.py", deployed_models=models), "entry-script")
        assert [f.code for f in findings] == wanted
        if wanted:
            repaired = apply(script, findings[0].fixes[0])
            assert check(repaired, Facts(path="/project/score.py", deployed_models=models), "entry-script") == []
