"""Hovers, definitions, references, links, hints and renames at a place marked with |."""

from __future__ import annotations

import dataclasses

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Lines
from scoredock.language.code_actions import fix_everything
from scoredock.language.code_lens import code_lenses
from scoredock.language.definition import definition
from scoredock.language.hover import hover
from scoredock.language.inlay_hints import inlay_hints
from scoredock.language.links import links
from scoredock.language.mentions import mentions
from scoredock.language.references import matching, rename_edits, subject_at
from scoredock.text import Fix, Range, TextEdit

from language.marked import applied, split

MODELS = (
    ModelFacts("price", 1, ("model.pkl",)),
    ModelFacts("price", 3, ("model.pkl", "net/words.txt"), "ScikitLearn", "1.5", (("stage", "live"),), ("houses",)),
    ModelFacts("mood", 7, ("mood.onnx",)),
)
FILES = (
    "inferenceconfig.json",
    "online.yml",
    "score.py",
    "conda.yml",
    "more.txt",
    "base.txt",
    "src/",
    "src/score.py",
    "src/env.yml",
    "docker/",
    "docker/Dockerfile",
)
HEAD = "import os\n\nfrom azureml.core.model import Model\n\n\ndef init():\n"
TAIL = "\n\n\ndef run(data):\n    return data\n"
SCHEMA = """from inference_schema.schema_decorators import input_schema


def init():
    pass


@input_schema("rows", None)
def run(rows, extra=1):
    def inner():
        return rows
    return [rows for _ in inner()]
"""


def facts(path: str, deployed: tuple[ModelFacts, ...] | None = None) -> Facts:
    known = World(path, FILES, MODELS, environments=(("mine", (1, 2)), ("AzureML-Minimal", ()))).facts()
    return dataclasses.replace(known, deployed_models=deployed)


def shown(path: str, text: str, deployed: tuple[ModelFacts, ...] | None = None) -> str:
    text, place = split(text)
    found = hover(text, facts(path, deployed), place)
    assert found is None or found.range.start <= place <= found.range.end
    return found.markdown if found is not None else ""


# ---------------------------------------------------------------------------------------------- hover

IC, DC = "inferenceconfig.json", "deploymentconfig.json"
ONLINE = (
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname:"
    " blue\nendpoint_name: e\n"
)


@pytest.mark.parametrize(
    ("path", "text", "parts"),
    [
        (IC, '{"entryScript": "nowhere|.py"}', ["does not exist"]),
        (IC, '{"sourceDirectory": "src", "entryScript": "sc|ore.py"}', ["`/project/src/score.py`"]),
        (IC, '{"environment": {"name": "mi|ne"}}', ["registered environment, versions 1, 2"]),
        (IC, '{"environment": {"name": "mine", "version": "|9"}}', ["There is no version 9"]),
        (IC, '{"environment": {"name": "AzureML-|Minimal"}}', ["curated environment"]),
        (DC, '{"computeType": "aks", "auto|Scaler": {}}', ["Read for: aks"]),
        (DC, '{"computeType": "aks", "scoringTime|outMs": 1}', ["greater than 0", "In Azure ML v2: "]),
        ("conda.yml", "dependencies:\n  - pip:\n    - azureml-def|aults==1.2\n", ["stand-in"]),
        ("conda.yml", "dependencies:\n  - pyto|rch=1.2\n", ["installs `torch`"]),
        ("conda.yml", "dependencies:\n  - mk|l\n", ["installs nothing"]),
        ("conda.yml", "dependencies:\n  - ffm|peg\n", ["no pip package"]),
        ("requirements.txt", "scikit-|learn>=1\n", ["imported as sklearn"]),
        ("requirements.txt", "inference-schema[numpy-|support]\n", ["stand-in"]),
        ("conda.yml", "dependencies:\n  - pyth|on=3.11\n", ["interpreter", "Before Python 3.9"]),
        (
            "online.yml",
            ONLINE + "model: azureml:pr|ice:3\n",
            [
                "ScikitLearn 1",
                "stage = live",
                "Used by: houses",
                "net/words.txt",
                "command:scoredock.showModel?%5B%22price%3A3%22%5D",
            ],
        ),
        ("online.yml", ONLINE + "environment: azureml:mi|ne@latest\n", ["versions 1, 2"]),
        ("online.yml", ONLINE + "instance_cou|nt: 1\n", ["instance_count"]),
    ],
)
def test_hovers_of_configurations(path: str, text: str, parts: list[str]) -> None:
    for part in parts:
        assert part in shown(path, text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (HEAD + '    Model.get_model_path("pri|ce")' + TAIL, "Used by: houses"),
        (HEAD + '    Model.get_model_path("pri|ce", version=1)' + TAIL, "version 1"),
        (HEAD + '    Model.get_model_path("pri|ce", version=2)' + TAIL, ""),
        (HEAD + "    pass" + TAIL.replace("run", "r|un"), "with the body as text"),
        (SCHEMA.replace("def run", "def r|un"), "`rows`: as given"),
        (SCHEMA.replace("@input_schema", "@input_|schema"), "takes one value"),
        (
            (
                "from azureml.contrib.services.aml_request import rawhttp\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef"
                " r|un(request):\n    return 1\n"
            ),
            "the request itself",
        ),
        ("def i|nit():\n    pass\n\n\ndef run(mini_batch):\n    return []\n", "mini batch"),
        ("x = 1  # scoredock: ignore[SD1|10]\n\n\ndef init():\n    pass\n" + TAIL, "SD110"),
        ("# scoredock: ignore-file[SD1|1]\n\n\ndef init():\n    pass\n" + TAIL, "- SD110: "),
        ("x = 1  # scoredock: ignore[SD0|00]\n\n\ndef init():\n    pass\n" + TAIL, ""),
    ],
)
def test_hovers_of_scripts(text: str, part: str) -> None:
    if part:
        assert part in shown("score.py", text)
    else:
        assert shown("score.py", text) == ""


@pytest.mark.parametrize(
    ("line", "deployed", "part"),
    [
        (
            'os.path.join(os.environ["AZUREML_MODEL_DIR"], "mod|el.pkl")',
            MODELS[:1],
            "file `azureml-models/price/1/model.pkl`",
        ),
        ('os.path.join(os.environ["AZUREML_MODEL_DIR"], "ne|t")', MODELS[1:2], "folder `azureml-models/price/3/net`"),
        ('os.path.join(os.environ["AZUREML_MODEL_DIR"], "no|ne")', MODELS[1:2], "which is not in any deployed model"),
        (
            'os.path.join(os.environ["AZUREML_MODEL_DIR"], "mood/7/mo|od.onnx")',
            MODELS[1:],
            "file `azureml-models/mood/7/mood.onnx`",
        ),
    ],
)
def test_hovers_of_paths(line: str, deployed: tuple[ModelFacts, ...], part: str) -> None:
    assert part in shown("score.py", HEAD + f"    x = {line}" + TAIL, deployed)


def test_names_cannot_write_markdown() -> None:
    evil = ModelFacts("x", 1, ("a",), "F", "", (("[a](command:b)", "`c`"),), ("<b>",))
    known = Facts(path="/project/score.py", models={"x": (evil,)})
    text, place = split(HEAD + '    Model.get_model_path("|x")' + TAIL)
    found = hover(text, known, place)
    assert found is not None
    assert "[a](command:b)" not in found.markdown
    assert "<b>" not in found.markdown


# ---------------------------------------------------------------------------------------------- definition


@pytest.mark.parametrize(
    ("path", "text", "target"),
    [
        (IC, '{"sourceDirectory": "s|rc", "entryScript": "score.py"}', "/project/src/score.py"),
        ("requirements.txt", "-r mo|re.txt\n", "/project/more.txt"),
        ("requirements.txt", "-r none|.txt\n", None),
        ("conda.yml", "dependencies:\n  - pip\n  - pip:\n    - -r ba|se.txt\n", "/project/base.txt"),
        (
            "online.yml",
            ONLINE + "code_configuration:\n  code: src\n  scoring_script: sc|ore.py\n",
            "/project/src/score.py",
        ),
        ("online.yml", ONLINE + "environment:\n  conda_file: ./con|da.yml\n", "/project/conda.yml"),
        (
            "deploy.py",
            "from azureml.core import x\nInferenceConfig(entry_script='sc|ore.py', source_directory='src')",
            "/project/src/score.py",
        ),
        (
            "deploy.py",
            "from azureml.core import x\nEnvironment.from_conda_specification('e', 'con|da.yml')",
            "/project/conda.yml",
        ),
        ("deploy.py", "InferenceConfig(entry_script='sc|ore.py')", None),
        ("package.json", '{"entry": "sc|ore.py"}', None),
    ],
)
def test_definitions(path: str, text: str, target: str | None) -> None:
    text, place = split(text)
    found = definition(text, facts(path), place)
    assert (found.path if found else None) == target


ENDPOINT = (
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: houses\n"
    "auth_mode: key\ntraffic:\n  bl|ue: 90\n  green: 10\nmirror_traffic:\n  gr|een: 5\n"
)
DEPLOYED = "endpoint_name: houses\nmodel: azureml:price@latest\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
ENDPOINT_TEXTS = (
    ("blue.yml", f"# the one that serves\nname: blue\n{DEPLOYED}"),
    ("others/green.yml", f"name: green\n{DEPLOYED}"),
    ("other.yml", f"name: green\n{DEPLOYED.replace('houses', 'flats')}"),
    ("endpoint.yml", ENDPOINT.replace("|", "")),
)


@pytest.mark.parametrize(
    ("path", "text", "target", "line"),
    [
        ("endpoint.yml", ENDPOINT.replace("gr|een", "green"), "blue.yml", 1),
        ("endpoint.yml", ENDPOINT.replace("bl|ue", "blue"), "others/green.yml", 0),
        ("endpoint.yml", ENDPOINT.replace("gr|een", "green").replace("bl|ue", "re|d"), None, 0),
        ("blue.yml", f"name: blue\n{DEPLOYED.replace('houses', 'hou|ses')}", "endpoint.yml", 1),
    ],
)
def test_an_endpoint_leads_to_its_deployments_and_back(path: str, text: str, target: str | None, line: int) -> None:
    text, place = split(text)
    found = definition(text, World(path, texts=ENDPOINT_TEXTS).facts(), place)
    assert (found.path if found else None) == (f"/project/{target}" if target else None)
    assert found is None or found.range.start.line == line


@pytest.mark.parametrize("folder", ["", "/elsewhere"])
def test_a_path_in_a_script_leads_to_the_model_that_lies_in_the_project(folder: str) -> None:
    text = HEAD + '    open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "mo|del.pkl"))' + TAIL
    text, place = split(text)
    own = dataclasses.replace(MODELS[0], folder=folder)
    known = World("score.py", ("model.pkl",)).facts()
    there = dataclasses.replace(
        known, deployed_models=(own,), exists=lambda path: known.exists(path) or path == "/elsewhere/model.pkl"
    )
    found = definition(text, there, place)
    assert found is not None
    assert found.path == (f"{folder}/model.pkl" if folder else "/project/model.pkl")
    assert definition(text, dataclasses.replace(there, exists=lambda path: path == "/project"), place) is None


# ---------------------------------------------------------------------------------------------- references


@pytest.mark.parametrize("mark", ['"ro|ws"', "run(ro|ws", "return ro|ws", "[ro|ws for"])
def test_a_parameter_is_found_everywhere(mark: str) -> None:
    text, place = split(SCHEMA.replace(mark.replace("|", ""), mark, 1))
    found = subject_at(text, facts("score.py"), place)
    assert found is not None
    assert found.kind == "parameter"
    lines = Lines(text)
    words = [text[lines.offset(p.start) : lines.offset(p.end)] for p in found.places]
    assert words == ["rows", '"rows"', "rows", "rows"]


@pytest.mark.parametrize(
    ("path", "text", "kind", "target"),
    [
        ("score.py", HEAD.replace("init", "in|it") + "    pass" + TAIL, "path", "/project/score.py"),
        ("score.py", HEAD + '    Model.get_model_path("pri|ce")' + TAIL, "model", "price"),
        (IC, '{"entryScript": "sco|re.py"}', "path", "/project/score.py"),
        (IC, '{"environment": {"name": "mi|ne"}}', "environment", "mine"),
        ("online.yml", ONLINE + "model: azureml:mo|od:7\n", "model", "mood"),
    ],
)
def test_what_is_meant_at_a_place(path: str, text: str, kind: str, target: str) -> None:
    text, place = split(text)
    found = subject_at(text, facts(path), place)
    assert found is not None
    assert (found.kind, found.target) == (kind, target)
    named = matching(mentions(text, facts(path)), found)
    assert named or "in|it" in text or path == "score.py"


# ---------------------------------------------------------------------------------------------- links, lenses, hints


def test_links_lead_to_files_and_models() -> None:
    text = '{"entryScript": "score.py", "condaFile": "none.yml", "sourceDirectory": "."}'
    assert [(link.path, link.uri) for link in links(text, facts(IC))] == [("/project/score.py", "")]
    text = ONLINE + "model: azureml:price@latest\n"
    (link,) = links(text, facts("online.yml"))
    assert link.uri == "command:scoredock.showModel?%5B%22price%3A3%22%5D"
    (link,) = links("az ml model deploy -n x -m mood:7\n", facts("deploy.sh"))
    assert link.uri == "command:scoredock.showModel?%5B%22mood%3A7%22%5D"
    assert links(ONLINE + "model: azureml:price:2\n", facts("online.yml")) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [(IC, '\n{"entryScript": "score.py"}'), (DC, '{"computeType": "local"}'), (DC, '{"computeType": ')],
)
def test_lenses_of_configurations(path: str, text: str) -> None:
    found = code_lenses(text, facts(path))
    assert [lens.title for lens in found] == ["Deploy with This", "Check"]
    assert found[0].command == "scoredock.deployConfiguration"
    assert found[0].arguments == (f"/project/{path}",)
    assert found[0].range.start.line == text.count("\n")


def test_a_script_that_a_configuration_names_is_an_entry_script() -> None:
    text = "def run(request):\n    return request\n"
    known = facts("main.py")
    assert code_lenses(text, known) == []
    named = dataclasses.replace(known, configuration="/project/inferenceconfig.json")
    assert [lens.title for lens in code_lenses(text, named)] == ["Deploy", "Check", "Try It"]
    assert hover(text, named, Lines(text).position(5)) is not None


def hints(body: str, deployed: tuple[ModelFacts, ...] | None) -> list[str]:
    text = HEAD + body + TAIL
    return [h.label for h in inlay_hints(text, facts("score.py", deployed), Lines(text).range(0, len(text)))]


def test_hints_tell_what_a_path_is() -> None:
    join = (
        '    root = os.environ["AZUREML_MODEL_DIR"]\n    a = os.path.join(root, "model.pkl")\n    b ='
        ' os.path.join(root, "none")'
    )
    assert hints(join, MODELS[:1]) == ["→ azureml-models/price/1", "→ azureml-models/price/1/model.pkl"]
    assert hints(join, MODELS[1:]) == ["→ azureml-models (2 models)"]
    assert hints(join, ()) == ["→ azureml-models (no model)"]
    assert hints(join, None) == []
    once = '    a = os.path.join(os.environ["AZUREML_MODEL_DIR"], "net", "words.txt")'
    assert hints(once, MODELS[1:2]) == ["→ azureml-models/price/3/net/words.txt"]
    assert hints('    a = Model.get_model_path("mood")', MODELS) == ["→ azureml-models/mood/7/mood.onnx"]
    assert hints('    a = Model.get_model_path("price", version=3)', MODELS) == []  # a folder with two entries
    assert hints("    a = (", MODELS) == []


def test_hints_stay_in_the_range() -> None:
    text = HEAD + '    a = os.environ["AZUREML_MODEL_DIR"]' + TAIL
    assert inlay_hints(text, facts("score.py", MODELS[:1]), Lines(text).range(0, 10)) == []


# ---------------------------------------------------------------------------------------------- renames


@pytest.mark.parametrize(
    ("path", "text", "moves", "after"),
    [
        (IC, '{"entryScript": "score.py"}', [("score.py", "main.py")], '{"entryScript": "main.py"}'),
        (IC, '{"entryScript": "./score.py"}', [("score.py", "main.py")], '{"entryScript": "./main.py"}'),
        (IC, '{"entryScript": "score.py"}', [("score.py", 'a"b.py')], '{"entryScript": "a\\"b.py"}'),
        (
            IC,
            '{"sourceDirectory": "src", "entryScript": "score.py"}',
            [("src/score.py", "src/in/main.py")],
            '{"sourceDirectory": "src", "entryScript": "in/main.py"}',
        ),
        (
            IC,
            '{"sourceDirectory": "src", "entryScript": "score.py"}',
            [("src", "code")],
            '{"sourceDirectory": "code", "entryScript": "score.py"}',
        ),
        (IC, '{"entryScript": "src/score.py"}', [("src", "code")], '{"entryScript": "code/score.py"}'),
        (IC, '{"entryScript": "/project/score.py"}', [("score.py", "main.py")], '{"entryScript": "/project/main.py"}'),
        (
            IC,
            '{"entryScript": "score.py", "condaFile": "conda.yml"}',
            [("score.py", "a.py"), ("conda.yml", "b.yml")],
            '{"entryScript": "a.py", "condaFile": "b.yml"}',
        ),
        (
            "inferenceconfig.yml",
            "entryScript: score.py # mine\n",
            [("score.py", "main.py")],
            "entryScript: main.py # mine\n",
        ),
        (
            "online.yml",
            ONLINE + "environment:\n  conda_file: 'conda.yml'\n",
            [("conda.yml", "env.yml")],
            ONLINE + "environment:\n  conda_file: 'env.yml'\n",
        ),
        (
            "online.yml",
            ONLINE + "environment:\n  build:\n    path: docker\n",
            [("docker", "image")],
            ONLINE + "environment:\n  build:\n    path: image\n",
        ),
        ("requirements.txt", "-r more.txt\n", [("more.txt", "rest.txt")], "-r rest.txt\n"),
        (
            "deploy.py",
            "import azureml\nx(entry_script='score.py')",
            [("score.py", "main.py")],
            "import azureml\nx(entry_script='main.py')",
        ),
        (
            "deploy.sh",
            "az ml model deploy -n x -m price:3 --ic inferenceconfig.json --es=score.py\n",
            [("score.py", "main.py"), ("inferenceconfig.json", "ic.json")],
            "az ml model deploy -n x -m price:3 --ic ic.json --es=main.py\n",
        ),
        (
            ".github/workflows/ci.yml",
            "steps:\n  - run: |\n      az ml online-deployment create \\\n        --file 'online.yml'\n",
            [("online.yml", "cloud/online.yml")],
            "steps:\n  - run: |\n      az ml online-deployment create \\\n        --file 'cloud/online.yml'\n",
        ),
        (
            "calls/tests.http",
            "# @deploy ../score.py\n### one\n# @expect body < out.json\nPOST {{service}}/score\n\n<@ body.json\n",
            [("score.py", "src/score.py"), ("calls/body.json", "in.json"), ("calls/out.json", "calls/o.json")],
            "# @deploy ../src/score.py\n### one\n# @expect body < o.json\nPOST {{service}}/score\n\n<@ ../in.json\n",
        ),
        (IC, '{"entryScript": "score.py"}', [("other.py", "main.py")], '{"entryScript": "score.py"}'),
        (IC, '{"entryScript": "score.py"}', [("score", "main")], '{"entryScript": "score.py"}'),
    ],
)
def test_configurations_follow_a_rename(path: str, text: str, moves: list[tuple[str, str]], after: str) -> None:
    absolute = [(f"/project/{old}", f"/project/{new}") for old, new in moves]
    assert applied(text, rename_edits(text, mentions(text, facts(path)), absolute)) == after


# ---------------------------------------------------------------------------------------------- fix all


def test_everything_is_fixed_at_once() -> None:
    text = "abcdef"
    lines = Lines(text)

    def finding(start: int, end: int, severity: str = "error", *, certain: bool = True, path: str = "") -> Finding:
        edit = TextEdit(lines.range(start, end), text[start:end].upper())
        fix = Fix("x", (edit,), preferred=True, certain=certain, path=path)
        return Finding("SD100", severity, "m.", lines.range(start, end), (fix,))  # type: ignore[arg-type]

    found = [
        finding(0, 2),
        finding(1, 3),  # overlaps the first
        finding(3, 4, "warning"),
        finding(4, 5, "hint"),
        finding(5, 6, certain=False),
        finding(5, 6, path="/other"),
    ]
    action = fix_everything(text, found)
    assert action is not None
    assert action.kind == "source.fixAll"
    assert applied(text, action.edits) == "ABcDef"
    assert fix_everything(text, found[3:]) is None


def test_ranges_are_those_of_the_names() -> None:
    text = '{"entryScript": "score.py"}'
    (found,) = mentions(text, facts(IC))
    assert found.range == Range(Lines(text).position(17), Lines(text).position(25))
