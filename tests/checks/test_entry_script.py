"""Findings of entry scripts by example: one snippet, the codes with their lines."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.text import Fix

INIT = "def init():\n    pass\n\n\n"
RUN = "\n\ndef run(data):\n    return data\n"


def found(text: str, **known: object) -> list[tuple[str, int]]:
    facts = Facts(path="/project/score.py", **known)  # type: ignore[arg-type]
    return [(f.code, f.range.start.line + 1) for f in check(text, facts, "entry-script")]


def repaired(text: str, code: str, number: int = 0, **known: object) -> str:
    """The text after the fix of the only finding of a code."""
    facts = Facts(path="/project/score.py", **known)  # type: ignore[arg-type]
    finding = next(f for f in check(text, facts, "entry-script") if f.code == code)
    return apply(text, finding.fixes[number])


def apply(text: str, fix: Fix) -> str:
    lines = Lines(text)
    for edit in sorted(fix.edits, key=lambda e: e.range.start, reverse=True):
        text = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
    return text


CASES = [
    ("missing-both", "x = 1\n", [("SD103", 1), ("SD104", 1)]),
    ("empty", "", [("SD103", 1), ("SD104", 1)]),
    (
        "method-init",
        "class A:\n    def init(self): pass\n    def run(self, d): return d\n",
        [("SD103", 1), ("SD104", 1)],
    ),
    ("near-miss", "def Init():\n    pass\n\ndef RUN(data):\n    return data\n", [("SD103", 1), ("SD104", 4)]),
    ("another-letter", "def init():\n    pass\n\ndef ran(data):\n    return data\n", [("SD104", 4)]),
    ("other-three-letters", "def init():\n    pass\n\ndef fun(data):\n    return data\n", [("SD104", 1)]),
    ("takes-no-data", "def init():\n    pass\n\ndef predict():\n    return 1\n", [("SD104", 1)]),
    (
        "route",
        "import app\n\ndef init():\n    pass\n\n@app.post('/p')\ndef predict(data):\n    return 1\n",
        [("SD104", 1)],
    ),
    ("underscored", "def _init():\n    pass\n\ndef run_(data):\n    return data\n", [("SD103", 1), ("SD104", 4)]),
    ("no-parameter", INIT + "def run():\n    return 1\n", [("SD105", 5)]),
    ("only-headers", INIT + "def run(request_headers):\n    return 1\n", [("SD105", 5)]),
    ("star-arguments", INIT + "def run(*args):\n    return 1\n", [("SD106", 5)]),
    ("keyword-arguments", INIT + "def run(data, **kwargs):\n    return 1\n", [("SD106", 5)]),
    ("positional-only", INIT + "def run(data, /):\n    return data\n", [("SD106", 5)]),
    ("two-required", INIT + "def run(data, scale, request_headers):\n    return 1\n", [("SD107", 5)]),
    ("keyword-only-required", INIT + "def run(data, *, scale):\n    return 1\n", [("SD107", 5)]),
    ("async-init", "async def init():\n    pass\n" + RUN, [("SD108", 1)]),
    ("init-parameter", "def init(path, *, verbose=False):\n    print(path)\n" + RUN, [("SD109", 1)]),
    ("defined-twice", INIT + "def run(data):\n    return 1\n\n\ndef run(data):\n    return 2\n", [("SD117", 5)]),
    ("return-outside", INIT + RUN + "\nreturn 1\n", [("SD101", 10)]),
    ("await-outside", INIT + "def run(data):\n    return await data\n", [("SD101", 6)]),
    ("global-after-use", "def init():\n    model = 1\n    global model\n" + RUN, [("SD101", 3)]),
    ("unclosed", INIT + "def run(data):\n    return (data\n", [("SD101", 6)]),
    ("indentation", "def init():\npass\n" + RUN, [("SD101", 2)]),
    ("shell-command", "!pip install numpy\n" + INIT + RUN, [("SD102", 1)]),
    ("magic-inside", INIT + "def run(data):\n    %time data\n    return data\n", [("SD102", 6)]),
    ("undefined", INIT + "def run(data):\n    return jsn.loads(data)\n", [("SD110", 6)]),
    ("undefined-at-import", "import json\nx = jason.loads('1')\n" + INIT + RUN, [("SD110", 2)]),
    (
        "class-scope-is-no-closure",
        "class A:\n    x = 1\n    def f(self):\n        return x\n\n\ndef init():\n    A()\n" + RUN,
        [("SD110", 4)],
    ),
    (
        "comprehension-variable-leaks-not",
        INIT + "def run(data):\n    a = [i for i in data]\n    return i\n",
        [("SD110", 7)],
    ),
    ("annotation-is-evaluated", INIT + "def run(data: Missing):\n    return 1\n", [("SD110", 5)]),
    ("used-in-unused-helper", INIT + "def helper():\n    return nowhere\n" + RUN, [("SD110", 6)]),
    ("decorator-undefined", INIT + "@input_schema('data', 1)\ndef run(data):\n    return data\n", [("SD113", 5)]),
    (
        "global-missing",
        (
            "import joblib\n\ndef init():\n    model = joblib.load('m')\n\ndef run(data):\n    return"
            " model.predict(data).tolist()\n"
        ),
        [("SD111", 4)],
    ),
    (
        "global-missing-beside-placeholder",
        (
            "import joblib\nmodel = None\n\ndef init():\n    model = joblib.load('m')\n\ndef run(data):\n    return"
            " model.predict(data).tolist()\n"
        ),
        [("SD111", 5)],
    ),
    (
        "global-missing-beside-annotation",
        (
            "import joblib\n\nmodel: object\n\ndef init():\n    model = joblib.load('m')\n\ndef run(data):\n"
            "    return model.predict(data).tolist()\n"
        ),
        [("SD111", 6)],
    ),
    (
        "global-there-beside-annotation",
        (
            "import joblib\n\nmodel: object\n\ndef init():\n    global model\n    model = joblib.load('m')\n\n"
            "def run(data):\n    return model.predict(data).tolist()\n"
        ),
        [],
    ),
    (
        "global-missing-in-with",
        (
            "def init():\n    with open('m') as handle:\n        model = handle.read()\n\ndef run(data):\n    return"
            " model\n"
        ),
        [("SD111", 3)],
    ),
    (
        "global-missing-for-import",
        "def init():\n    import json\n\ndef run(data):\n    return json.loads(data)\n",
        [("SD111", 2)],
    ),
    ("set", INIT + "def run(data):\n    return {1, 2}\n", [("SD120", 6)]),
    ("bytes", INIT + "def run(data):\n    return data.strip() and b'x'\n", []),
    ("encoded", INIT + "def run(data):\n    return 'x'.encode()\n", [("SD120", 6)]),
    (
        "frame-in-dictionary",
        "import pandas as pd\n"
        + INIT
        + "def run(data):\n    frame = pd.DataFrame(data)\n    return {'a': frame, 'b': 1}\n",
        [("SD120", 8)],
    ),
    (
        "array-by-variable",
        "import numpy as np\n" + INIT + "def run(data):\n    result = np.zeros(3)\n    return result\n",
        [("SD120", 8)],
    ),
    (
        "array-sometimes",
        "import numpy as np\n"
        + INIT
        + "def run(data):\n    result = np.zeros(3)\n    result = result.tolist()\n    return result\n",
        [],
    ),
    (
        "prediction",
        (
            "import joblib\n\ndef init():\n    global model\n    model = joblib.load('m')\n\ndef run(data):\n    return"
            " {'result': model.predict([[len(data)]])}\n"
        ),
        [("SD120", 8)],
    ),
    ("generator", INIT + "def run(data):\n    yield data\n", [("SD120", 5)]),
    (
        "swallowed-in-dictionary",
        INIT + "def run(data):\n    try:\n        return 1 / data\n    except Exception as e:\n        return {'error':"
        " str(e)}\n",
        [("SD123", 9)],
    ),
    (
        "swallowed-formatted",
        INIT + "def run(data):\n    try:\n        return 1 / data\n    except Exception as e:\n        return f'failed:"
        " {e}'\n",
        [("SD123", 9)],
    ),
    ("nothing-returned", INIT + "def run(data):\n    print(data)\n", [("SD130", 5)]),
    ("nothing-but-raise", INIT + "def run(data):\n    raise NotImplementedError\n", []),
    (
        "raw-parsed",
        "import json\nfrom azureml.contrib.services.aml_request import rawhttp\n"
        + INIT
        + "@rawhttp\ndef run(request):\n    return json.loads(request)\n",
        [("SD127", 9)],
    ),
    (
        "raw-subscript",
        "from azureml.contrib.services.aml_request import rawhttp\n"
        + INIT
        + "@rawhttp\ndef run(request):\n    return request['a']\n",
        [("SD127", 8)],
    ),
    ("not-raw", INIT + "def run(req):\n    return req.method\n", [("SD128", 6)]),
    (
        "loaded-in-run",
        "import pickle\n"
        + INIT
        + "def run(data):\n    with open('m', 'rb') as handle:\n        model = pickle.load(handle)\n    return"
        " model[data]\n",
        [("SD129", 8)],
    ),
    (
        "absolute-windows",
        "import joblib\n\ndef init():\n    global model\n    model = joblib.load('C:\\\\models\\\\m.pkl')\n" + RUN,
        [("SD131", 5)],
    ),
    ("ignored", INIT + "def run():  # scoredock: ignore[SD105]\n    return 1\n", []),
    ("ignored-several", INIT + "def run():  # scoredock: ignore[SD104, sd105]\n    return 1\n", [("SD901", 5)]),
    ("ignored-other", INIT + "def run():  # scoredock: ignore[SD104]\n    return 1\n", [("SD105", 5), ("SD901", 5)]),
]


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_findings(text: str, expected: list[tuple[str, int]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CASES if c[2]], ids=[c[0] for c in CASES if c[2]])
def test_fixes_repair(text: str, expected: list[tuple[str, int]]) -> None:
    facts = Facts(path="/project/score.py")
    for finding in check(text, facts, "entry-script"):
        for fix in finding.fixes:
            after = [f.code for f in check(apply(text, fix), facts, "entry-script")]
            before = [c for c, _ in expected]
            assert after.count(finding.code) < before.count(finding.code), apply(text, fix)
            assert "SD101" not in after, apply(text, fix)


ONE = (ModelFacts("m", 3, ("model.pkl",)),)
FOLDER = (ModelFacts("m", 3, ("net/model.pkl", "net/vocab/words.txt")),)
TWO = (ModelFacts("a", 1, ("model.pkl",)), ModelFacts("b", 2, ("net/model.pkl",)))
E = 'os.environ["AZUREML_MODEL_DIR"]'
G = "os.getenv('AZUREML_MODEL_DIR')"
PATHS = [
    (f'os.path.join({E}, "model.pkl")', ONE, None),
    (f'os.path.join({E}, "./model.pkl")', ONE, None),
    (f'{E} + "/model.pkl"', ONE, None),
    (f'f"{{{G}}}/model.pkl"', ONE, None),
    (f'Path({E}) / "model.pkl"', ONE, None),
    (f'str(Path({E}).joinpath("model.pkl").resolve())', ONE, None),
    (f'"%s/model.pkl" % {G}', ONE, None),
    (f'"{{}}/model.pkl".format({G})', ONE, None),
    (f"os.path.join({E}, name)", ONE, None),
    (f'os.path.join({E}, name, "model.pkl")', ONE, None),
    (f'glob.glob(os.path.join({E}, "*.pkl"))', ONE, None),
    (f'os.path.join({E} or ".", "model.pkl")', ONE, None),
    (f'os.path.join(os.path.abspath({G}), "model.pkl")', ONE, None),
    (f'os.path.join({E}, "net", "model.pkl")', FOLDER, None),
    (f'os.path.join({E}, "net/vocab")', FOLDER, None),
    (f'os.path.join({E}, "net", "vocab", "..", "model.pkl")', FOLDER, None),
    (f'os.path.join({E}, "a", "1", "model.pkl")', TWO, None),
    (f'os.path.join({E}, "b/2/net/model.pkl")', TWO, None),
    (f'os.path.join({E}, "a", version, "model.pkl")', TWO, None),
    (f'os.path.join({E}, "modle.pkl")', ONE, f'os.path.join({E}, "model.pkl")'),
    (f"os.path.join({G}, 'modle.pkl')", ONE, f"os.path.join({G}, 'model.pkl')"),
    (f'{E} + "/modle.pkl"', ONE, f'{E} + "/model.pkl"'),
    (f'{E} + "model.pkl"', ONE, f'{E} + "/model.pkl"'),
    (f'f"{{{G}}}/modle.pkl"', ONE, f'f"{{{G}}}/model.pkl"'),
    (f'Path({E}) / "modle.pkl"', ONE, f'Path({E}) / "model.pkl"'),
    (f'Path({E}).joinpath("modle.pkl")', ONE, f'Path({E}).joinpath("model.pkl")'),
    (f'"%s/modle.pkl" % {G}', ONE, f'"%s/model.pkl" % {G}'),
    (f'"{{}}/modle.pkl".format({G})', ONE, f'"{{}}/model.pkl".format({G})'),
    (f'os.path.join({E}, "/model.pkl")', ONE, f'os.path.join({E}, "model.pkl")'),
    (f'os.path.join({E}, "m", "3", "model.pkl")', ONE, f'os.path.join({E}, "model.pkl")'),
    (f'os.path.join({E}, "model.pkl")', FOLDER, f'os.path.join({E}, "net", "model.pkl")'),
    (f'os.path.join({E}, "a", "2", "model.pkl")', TWO, f'os.path.join({E}, "a", "1", "model.pkl")'),
    (f'os.path.join({E}, "a", "model.pkl")', TWO, f'os.path.join({E}, "a", "1", "model.pkl")'),
    (f'os.path.join({E}, "nut", name)', FOLDER, ""),
    (f'glob.glob(os.path.join({E}, "*.onnx"))', ONE, ""),
    (f'os.path.join({E}, "model.pkl")', (), ""),
]


def path_script(expression: str) -> str:
    return (
        "import glob\nimport os\nfrom pathlib import Path\n\nname = version = os.urandom(1)\n\n\ndef init():\n   "
        f" global path\n    path = {expression}\n{RUN}"
    )


@pytest.mark.parametrize(
    ("expression", "models", "repair"), PATHS, ids=[f"{i}-{e}" for i, (e, _, _) in enumerate(PATHS)]
)
def test_model_paths(expression: str, models: tuple[ModelFacts, ...], repair: str | None) -> None:
    text = path_script(expression)
    assert found(text, deployed_models=models) == ([] if repair is None else [("SD501", 10)])
    if repair:
        assert repair in repaired(text, "SD501", deployed_models=models)


def test_model_paths_through_variables() -> None:
    text = (
        f"import os\n\nROOT = {E}\nNAME = 'words'\n\n\ndef init():\n    global a, b\n    base = os.path.join(ROOT,"
        f" 'net')\n    a = base + '/' + NAME\n    b = os.path.join(base, 'vocab', 'words.txt')\n{RUN}"
    )
    assert found(text, deployed_models=FOLDER) == [("SD501", 10)]


def test_a_wrong_folder_is_told_once() -> None:
    text = (
        f"import os\n\n\ndef init():\n    global a, b\n    base = os.path.join({E}, 'nett')\n    a = os.path.join(base,"
        f" 'model.pkl')\n    b = base + '/vocab/words.txt'\n{RUN}"
    )
    assert found(text, deployed_models=FOLDER) == [("SD501", 6)]


@pytest.mark.parametrize(
    "guard", ["if os.path.exists(p):\n        open(p)", "try:\n        open(p)\n    except OSError:\n        pass"]
)
def test_paths_that_the_script_looks_for_are_left_alone(guard: str) -> None:
    text = f"import os\n\n\ndef init():\n    p = os.path.join({E}, 'maybe.pkl')\n    {guard}\n{RUN}"
    expected = [] if "exists" in guard else [("SD501", 5)]
    assert found(text, deployed_models=ONE) == expected


def test_undeployed_paths_are_compared_with_every_model_and_only_warned_of() -> None:
    models = {"m": ONE, "b": (TWO[1],)}
    for good in ("model.pkl", "net/model.pkl", "m/3/model.pkl", "b/2/net/model.pkl"):
        assert found(path_script(f'{E} + "/{good}"'), models=models) == []
    facts = Facts(path="/project/score.py", models=models)
    (finding,) = check(path_script(f'{E} + "/other.bin"'), facts)
    assert (finding.code, finding.severity) == ("SD501", "warning")
    nothing = Facts(path="/project/score.py", models={})
    (finding,) = check(path_script(f'{E} + "/other.bin"'), nothing)
    assert (finding.code, finding.severity) == ("SD501", "information")  # nobody has begun to register yet


NAMES = [
    ('"m"', []),
    ('"m", 3', []),
    ('model_name="m", version=3', []),
    ("name", []),
    ('"n"', [("SD503", 8)]),
    ('"m", version=4', [("SD504", 8)]),
    ('"m", version="3"', [("SD504", 8)]),
    ('"m:3"', [("SD505", 8)]),
]


@pytest.mark.parametrize(("arguments", "expected"), NAMES, ids=[n[0] for n in NAMES])
@pytest.mark.parametrize(
    "statement",
    [
        "from azureml.core.model import Model",
        "from azureml.core import Model",
        "from azureml.core.model import Model as M",
    ],
)
def test_get_model_path(arguments: str, expected: list[tuple[str, int]], statement: str) -> None:
    call = "M" if statement.endswith("M") else "Model"
    text = (
        f"{statement}\n\nname = str(1)\n\n\ndef init():\n    global path\n    path ="
        f" {call}.get_model_path({arguments})\n{RUN}"
    )
    assert found(text, models={"m": ONE}) == expected
    for code, _ in expected:
        assert found(repaired(text, code, models={"m": ONE}), models={"m": ONE}) == []


def test_get_model_path_beside_the_script_and_of_other_classes() -> None:
    text = f"from azureml.core.model import Model\n\n\ndef init():\n    Model.get_model_path('n')\n{RUN}"
    assert found(text, models={"m": ONE}, exists=lambda p: p == "/project/n") == []
    assert found(text.replace("azureml.core.model", "mine"), models={"m": ONE}) == []
    assert found(text) == []


VARIABLES = [
    ("AZUREML_MODEL_PATH", True),
    ("AZURE_ML_MODEL_DIR", True),
    ("AZUREML_MODELDIR", True),
    ("azureml_model_dir", True),
    ("AZUREML_MODEL_DIRECTORY", True),
    ("AZUREML_MODEL_DIR", False),
    ("AZUREML_ENTRY_SCRIPT", False),
    ("MODEL_DIR", False),
    ("HOME", False),
    ("AZUREML_RUN_ID", False),
]


@pytest.mark.parametrize(("name", "wrong"), VARIABLES)
@pytest.mark.parametrize("template", ["os.environ['{}']", "os.getenv('{}')", "os.environ.get('{}')", "getenv('{}')"])
def test_misspelt_variable(name: str, wrong: bool, template: str) -> None:
    text = f"import os\nfrom os import getenv\n\n\ndef init():\n    print({template.format(name)})\n{RUN}"
    assert found(text) == ([("SD502", 6)] if wrong else [])


SKLEARN = [
    (None, "warning"),
    ({}, "error"),
    ({"scikit-learn": ""}, "error"),
    ({"scikit-learn": "==0.20.0"}, None),
    ({"scikit-learn": "<0.23"}, None),
    ({"scikit-learn": ">=0.22"}, "error"),
    ({"scikit-learn": "==1.5.0"}, "error"),
    ({"scikit-learn": "=0.22"}, None),
    ({"scikit-learn": "=1.5"}, "error"),
    ({"scikit-learn": "odd"}, "warning"),
]


@pytest.mark.parametrize(("packages", "severity"), SKLEARN)
def test_old_joblib_is_judged_by_the_environment(packages: dict[str, str] | None, severity: str | None) -> None:
    text = f"from sklearn.externals import joblib\n\n\ndef init():\n    print(joblib)\n{RUN}"
    findings = check(
        text,
        Facts(path="/project/score.py", environment=None if packages is None else EnvironmentFacts(packages=packages)),
    )
    assert [f.severity for f in findings if f.code == "SD126"] == ([severity] if severity else [])


DEAD = [
    "    return 1\n    print(nowhere)\n",
    "    try:\n        return data\n    except ValueError:\n        raise\n        print(nowhere)\n",
    "    for each in data:\n        continue\n        print(lambda: nowhere)\n    return 1\n",
    "    match data:\n        case 1:\n            return 1\n            print(nowhere)\n    return 1\n",
]
ALIVE = [
    "    if data:\n        return 1\n    print(nowhere)\n",
    "    try:\n        return data\n    except ValueError:\n        print(nowhere)\n",
    "    for each in data:\n        print(nowhere)\n        continue\n    return 1\n",
    "    try:\n        return data\n    finally:\n        print(nowhere)\n",
]


@pytest.mark.parametrize(
    ("body", "severity"), [*((each, "warning") for each in DEAD), *((each, "error") for each in ALIVE)]
)
def test_what_never_runs_stops_no_deployment(body: str, severity: str) -> None:
    text = f"{INIT}def run(data):\n{body}"
    assert [f.severity for f in check(text, Facts(path="/project/score.py"), "entry-script") if f.code == "SD110"] == [
        severity
    ]


def test_import_goes_where_imports_belong() -> None:
    text = (
        '#!/usr/bin/env python\n"""Doc\nstring."""\nfrom __future__ import annotations\n\nimport json\n\n\ndef'
        f' init():\n    os.getcwd()\n    json.loads("1")\n{RUN}'
    )
    assert "annotations\n\nimport os\nimport json\n" in repaired(text, "SD110")
    assert repaired(f"def init():\n    np.zeros(1)\n{RUN}", "SD110").startswith("import numpy as np\ndef init")
    assert repaired(f'"""Doc."""\ndef init():\n    pd.DataFrame()\n{RUN}', "SD110").startswith(
        '"""Doc."""\nimport pandas as pd\ndef'
    )


def test_ranges_count_characters_not_bytes() -> None:
    text = f'def init():\n    print("größe 🙂", größer)\n{RUN}'
    (finding,) = check(text, Facts(path="/project/score.py"))
    assert (finding.range.start.character, finding.range.end.character) == (21, 27)
