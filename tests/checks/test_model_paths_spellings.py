"""A path below AZUREML_MODEL_DIR is read in every common spelling."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.checks.check import check

ONE = (ModelFacts("prices", 1, ("sub/ridge.pkl", "sub/words.txt")),)
TWO = (ModelFacts("cheap", 2, ("cheap.pkl",)), ModelFacts("dear", 1, ("dear.pkl",)))
HEAD = """import glob, json, os, pathlib
from pathlib import Path
import joblib
NAME = "{n}"
ROOT = os.environ["AZUREML_MODEL_DIR"]
def root():
    return os.environ["AZUREML_MODEL_DIR"]
def path_of(name):
    return os.path.join(os.environ["AZUREML_MODEL_DIR"], name)
def path_by(*, name="x", folder=None):
    return f"{{ROOT}}/{{name}}"
def init():
    global model
    model = joblib.load(os.path.abspath({path}))
def run(data):
    return len(json.loads(data)["data"])
"""
SPELLINGS = (
    "os.path.join(os.getenv('AZUREML_MODEL_DIR'), '{n}')",
    "os.path.join(os.environ.get('AZUREML_MODEL_DIR', './models'), '{n}')",
    "os.environ['AZUREML_MODEL_DIR'] + '/' + '{n}'",
    "os.environ['AZUREML_MODEL_DIR'] + '/{n}'",
    "os.environ['AZUREML_MODEL_DIR'] + os.sep + '{n}'",
    "f\"{{os.environ['AZUREML_MODEL_DIR']}}/{n}\"",
    "f'{{ROOT}}/{{NAME}}'",
    "'%s/{n}' % ROOT",
    "'%s/%s' % (ROOT, NAME)",
    "'{{}}/{n}'.format(ROOT)",
    "'{{}}/{{}}'.format(ROOT, NAME)",
    "'{{1}}/{{0}}'.format(NAME, ROOT)",
    "'{{root}}/{n}'.format(root=ROOT)",
    "Path(os.environ['AZUREML_MODEL_DIR']) / '{n}'",
    "pathlib.Path(ROOT).joinpath('{n}')",
    "Path(ROOT, '{n}')",
    "os.path.join(ROOT, NAME)",
    "os.path.join(root(), '{n}')",
    "path_of('{n}')",
    "path_of(NAME)",
    "path_by(name='{n}')",
    "str(Path(ROOT) / '{n}')",
    "'/'.join([ROOT, '{n}'])",
    "glob.glob(os.path.join(ROOT, '{n}'))[0]",
    "next(Path(ROOT).glob('{n}'))",
    "os.path.normpath(os.path.join(ROOT, '{n}'))",
)


def codes(text: str, **known: object) -> list[str]:
    return [f.code for f in check(text, Facts(path="/project/score.py", **known), "entry-script")]  # type: ignore[arg-type]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_read(spelling: str) -> None:
    for name, wanted in (("sub/ridge.pkl", []), ("ridge.pkl", ["SD501"]), ("sub/Ridge.pkl", ["SD501"])):
        text = HEAD.format(n=name, path=spelling.format(n=name))
        assert codes(text, deployed_models=ONE, models={"prices": ONE}) == wanted


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("cheap/2/cheap.pkl", True),
        ("dear/1/dear.pkl", True),
        ("cheap.pkl", False),
        ("cheap/cheap.pkl", False),
        ("cheap/1/cheap.pkl", False),
        ("2/cheap.pkl", False),
        ("Cheap/2/cheap.pkl", False),
        ("cheap/2/cheap.pkl/model", False),
    ],
)
def test_several_models(path: str, right: bool) -> None:
    text = HEAD.format(n="x", path=f"os.path.join(ROOT, '{path}')")
    assert codes(text, deployed_models=TWO) == ([] if right else ["SD501"])


@pytest.mark.parametrize(
    ("pattern", "found"), [("**/*.pkl", True), ("*/*.pkl", True), ("**/ridge.pkl", True), ("*.onnx", False)]
)
def test_patterns(pattern: str, found: bool) -> None:
    text = HEAD.format(n="x", path=f"glob.glob(os.path.join(ROOT, '{pattern}'), recursive=True)[0]")
    assert codes(text, deployed_models=ONE) == ([] if found else ["SD501"])


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("os.path.join(ROOT, len, 'ridge.pkl')", True),
        ("os.path.join(ROOT, len, 'ridge.pkll')", False),
        ("os.path.join(ROOT, 'sub', len, 'words.txt')", True),
        ("os.path.join(ROOT, 'sbu', len, 'words.txt')", False),
        ("os.path.join(ROOT, 'sub', len)", True),
        ("os.path.join(ROOT, 'sbu', len)", False),
        ("f'{{ROOT}}/{{len}}/ridge.pkl'", True),
        ("f'{{ROOT}}/{{len}}/ridge.pkll'", False),
        ("Path(ROOT) / len / 'ridge.pkl'", True),
        ("Path(ROOT) / len / 'nowhere' / 'ridge.pkl'", False),
        ("ROOT + len + '/ridge.pkl'", True),
        ("ROOT + len + '/ridge.pkll'", False),
        ("os.path.join(ROOT, len, 'ridge.pkll', len)", True),
    ],
)
def test_a_part_in_the_middle_may_be_anything(path: str, right: bool) -> None:
    text = HEAD.format(n="x", path=path.replace("{{", "{").replace("}}", "}"))
    assert codes(text, deployed_models=ONE) == ([] if right else ["SD501"])


def test_a_helper_is_told_once() -> None:
    text = HEAD.format(n="x", path="path_of('x.pkl')").replace('MODEL_DIR"], name)', "MODEL_DIR\"], 'nowhere', name)")
    findings = check(text, Facts(path="/project/score.py", deployed_models=ONE), "entry-script")
    assert [(f.code, f.range.start.line) for f in findings] == [("SD501", 8)]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("ROOT + 'model.pkl'", ["SD501"]),
        ("os.path.join(ROOT, '/model.pkl')", ["SD501"]),
        ("os.path.join(ROOT, 'sub\\\\model.pkl')", ["SD513"]),
        ("os.path.join(ROOT, 'model.pkl')", []),
        ("ROOT + name_of()", []),
    ],
)
def test_without_facts_only_what_no_model_can_have(path: str, wanted: list[str]) -> None:
    text = HEAD.format(n="x", path=path) + "def name_of():\n    return '/model.pkl'\n"
    assert codes(text) == wanted


MODEL = "from azureml.core.model import Model\n"


@pytest.mark.parametrize(
    ("load", "files", "wanted"),
    [
        ("joblib.load(Model.get_model_path('m'))", ("a.pkl",), []),
        ("joblib.load(os.path.join(Model.get_model_path('m'), 'a.pkl'))", ("a.pkl",), ["SD512"]),
        ("joblib.load(os.path.join(Model.get_model_path('m'), 'a.pkl'))", ("f/a.pkl",), []),
        ("joblib.load(os.path.join(Model.get_model_path('m'), 'f', 'a.pkl'))", ("f/a.pkl",), ["SD512"]),
        ("joblib.load(os.path.join(Model.get_model_path(N), 'b.pkl'))", ("f/a.pkl",), ["SD512"]),
        ("joblib.load(Model.get_model_path('m') + '/a.pkl')", ("a.pkl",), ["SD512"]),
        ("joblib.load(Model.get_model_path('m') + '/a.pkl')", ("f/a.pkl",), []),
        ("joblib.load(Model.get_model_path('m', version=V))", ("a.pkl",), ["SD504"]),
        ("joblib.load(os.environ['AZUREML_MODEL_DIR'])", ("a.pkl",), ["SD511"]),
        ("joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'f'))", ("f/a.pkl",), ["SD511"]),
        ("open(os.environ['AZUREML_MODEL_DIR'])", ("a.pkl",), ["SD511"]),
        ("os.listdir(os.environ['AZUREML_MODEL_DIR'])", ("a.pkl",), []),
        ("joblib.load('a.pkl')", ("a.pkl",), ["SD516"]),
        ("joblib.load(os.path.join('f', 'a.pkl'))", ("f/a.pkl",), ["SD516"]),
        ("joblib.load('./m/1/a.pkl')", ("a.pkl",), ["SD516"]),
        ("joblib.load('b.pkl')", ("a.pkl",), []),
    ],
)
def test_what_is_loaded(load: str, files: tuple[str, ...], wanted: list[str]) -> None:
    text = (
        f"import json, os, joblib\n{MODEL}N = 'm'\nV = '1'\ndef init():\n    global model\n    model = {load}\ndef"
        " run(data):\n    return len(json.loads(data)['x'])\n"
    )
    model = ModelFacts("m", 1, files)
    assert codes(text, deployed_models=(model,), models={"m": (model,)}) == wanted


@pytest.mark.parametrize(
    ("joined", "told"),
    [
        ("path + '/' + 'ridge.pkl'", []),
        ('path+"/"+"ridge.pkl"', []),
        ("path + '/ridge.pkl'", []),
        ("os.path.join(path, 'ridge.pkl')", []),
        ("path + '/rigde.pkl'", ["SD512"]),
        ("os.path.join(path, 'sub', 'ridge.pkl')", ["SD512"]),
    ],
)
def test_a_name_joined_to_the_path_of_a_model(joined: str, told: list[str]) -> None:
    text = (
        "import json\nimport os\n\nimport joblib\nfrom azureml.core.model import Model\n\n\ndef init():\n    global"
        f" model\n    path = Model.get_model_path('prices')\n    model = joblib.load({joined})\n\n\ndef run(data):\n"
        '    return model.predict(json.loads(data)["data"]).tolist()\n'
    )
    found = check(text, Facts(path="/p/score.py", deployed_models=ONE))
    assert [each.code for each in found if each.code == "SD512"] == told


@pytest.mark.parametrize(
    ("lines", "is_told"),
    [
        (
            "paths = [first]\npaths.extend(ROOT.rglob('*.pkl'))\n"
            "for path in paths:\n    if path.exists():\n        {load}",
            False,
        ),
        ("for path in (first, ROOT / 'sub' / 'ridge.pkl'):\n    if os.path.isfile(path):\n        {load}", False),
        (
            "paths = []\npaths.append(first)\n"
            "for at, path in enumerate(paths):\n    if path.is_file():\n        {load}",
            False,
        ),
        ("paths = [ROOT / 'a.txt'] + [first]\npath = next(p for p in paths if p.exists())\n{load}", False),
        ("path = next(filter(os.path.exists, [first, ROOT / 'sub']))\n{load}", False),
        (
            "for place in [ROOT / 'none', Path('sub')]:\n    path = place / 'ridge.pkl'\n"
            "    if path.exists():\n        {load}",
            False,
        ),
        (
            "for place in [ROOT / 'none', Path('sub')]:\n    path = os.path.join(place, 'ridge.pkl')\n"
            "    if os.path.exists(path):\n        {load}",
            False,
        ),
        (
            "path = os.path.join(ROOT, 'ridge.pkl')\nif not os.path.exists(path):\n    for sub in os.listdir(ROOT):\n"
            "        path = os.path.join(ROOT, sub, 'ridge.pkl')\n{load}",
            False,
        ),
        (
            "path = os.path.join(ROOT, 'ridge.pkl')\nother = os.path.join(ROOT, 'scaler.pkl')\n"
            "if not os.path.exists(path):\n    for sub in os.listdir(ROOT):\n"
            "        path = os.path.join(ROOT, sub, 'ridge.pkl')\n        other = path\n{load}\njoblib.load(other)",
            False,
        ),
        (
            "path = os.path.join(ROOT, 'ridge.pkl')\nif not os.path.exists(path):\n"
            "    path = os.path.join(ROOT, 'model_output', 'ridge.pkl')\n{load}",
            False,
        ),
        (
            "path = os.path.join(ROOT, 'ridge.pkl')\nif not os.path.exists(str(other)):\n    print(path)\n{load}",
            True,
        ),
        ("for path in [first]:\n    {load}", True),
        ("for path in [ROOT / 'sub']:\n    if path.exists():\n        print(path)\npath = first\n{load}", True),
        ("paths = [first]\nfor path in paths:\n    if other.exists():\n        {load}", True),
    ],
)
def test_the_first_of_several_paths_that_is_there(lines: str, is_told: bool) -> None:
    body = "\n".join(f"    {line}" for line in lines.format(load="model = joblib.load(path)").splitlines())
    first = "    first = ROOT / 'ridge.pkl'\n" if "first" in lines else ""
    text = (
        "import os\nfrom pathlib import Path\n\nimport joblib\n\nROOT = Path(os.environ['AZUREML_MODEL_DIR'])\n"
        f"other = Path('a')\n\n\ndef init():\n    global model\n{first}{body}\n\n\n"
        "def run(data):\n    return model.predict(data)\n"
    )
    assert ("SD501" in codes(text, deployed_models=ONE, models={"prices": ONE})) is is_told


def test_a_file_that_the_model_has_without_its_folder_is_named_as_it_is_there() -> None:
    text = (
        "import os\nimport joblib\n\n\ndef init():\n    global model\n"
        "    model = joblib.load(os.path.join('outputs', 'ridge.pkl'))\n\n\ndef run(data):\n"
        "    return model.predict(data)\n"
    )
    found = check(text, Facts(path="/p/score.py", deployed_models=(ModelFacts("m", 1, ("ridge.pkl",)),)))
    (message,) = (each.message for each in found if each.code == "SD516")
    assert "“outputs/ridge.pkl” is not in the working directory" in message
    assert "the model has it as “ridge.pkl”" in message
