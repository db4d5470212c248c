"""Lenses, actions, hovers, completions and definitions at a position marked with | in a text."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.language.code_actions import Action, code_actions, fix_all
from scoredock.language.code_lens import ScriptService, code_lenses
from scoredock.language.completions import completions
from scoredock.language.definition import definition
from scoredock.language.hover import hover
from scoredock.status import State, service_status
from scoredock.text import Position, Range, TextEdit

MODELS = (
    ModelFacts("diabetes", 1, ("ridge.pkl",)),
    ModelFacts("diabetes", 2, ("net/ridge.pkl", "net/words.txt")),
    ModelFacts("moods", 1, ("moods.bin",)),
)
WORLD = World("score.py", ("conda.yml", "src/", "src/score.py", "src/env.yml", "notes.txt"), MODELS)
SCRIPT = "import os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n"


def facts(path: str) -> Facts:
    return World(path, ("score.py", *WORLD.files), MODELS).facts()


def split(text: str) -> tuple[str, Position]:
    offset = text.index("|")
    text = text.replace("|", "", 1)
    return text, Lines(text).position(offset)


def applied(text: str, edits: tuple[TextEdit, ...]) -> str:
    lines = Lines(text)
    for edit in sorted(edits, key=lambda e: e.range.start, reverse=True):
        text = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
    return text


def whole(text: str) -> Range:
    return Lines(text).range(0, len(text))


# ---------------------------------------------------------------------------------------------- lenses


def test_lenses_stand_above_init() -> None:
    lenses = code_lenses(SCRIPT, facts("score.py"))
    assert [(x.title, x.command, x.arguments) for x in lenses] == [
        ("Deploy", "scoredock.deploy", ("/project/score.py",)),
        ("Check", "scoredock.checkFile", ("/project/score.py",)),
        ("Try It", "scoredock.tryScript", ("/project/score.py",)),
    ]
    assert lenses[0].range == Range(Position(3, 4), Position(3, 8))


def deployed(
    name: str,
    state: State,
    phase: str = "",
    *,
    refused: str | int = "",
    fails: bool = False,
    has_line: bool = False,
    answering: bool = False,
) -> ScriptService:
    status = service_status(state, phase, refused, int(fails), fails, "")
    return ScriptService(name, state, status, has_line, answering, isinstance(refused, int))


HEALTHY = deployed("wheat", "Healthy", answering=True)
LENSES: dict[str, tuple[list[ScriptService], list[str]]] = {
    "healthy": ([HEALTHY], ["$(pass-filled) wheat Healthy", "Send Request", "Log", "Redeploy"]),
    "reload refused": (
        [deployed("wheat", "Healthy", refused="reload", has_line=True, answering=True)],
        ["$(warning) wheat Healthy, reload refused", "Go to Line", "Log", "Send Request", "Redeploy"],
    ),
    "rolled back": (
        [deployed("wheat", "Healthy", refused=1, answering=True)],
        [
            "$(warning) wheat Healthy, serves revision 1, not this file",
            "Reload Files",
            "Log",
            "Send Request",
            "Redeploy",
        ],
    ),
    "requests fail": (
        [deployed("wheat", "Healthy", has_line=True, answering=True, fails=True)],
        ["$(warning) wheat Healthy, requests fail", "Go to Line", "Log", "Send Request", "Redeploy"],
    ),
    "starting": (
        [deployed("wheat", "Transitioning", "starting")],
        ["$(loading~spin) wheat Transitioning, starting", "Log"],
    ),
    "unhealthy": (
        [deployed("wheat", "Unhealthy", answering=True)],
        ["$(warning) wheat Unhealthy", "Log", "Send Request", "Restart", "Redeploy"],
    ),
    "failed at a line": (
        [deployed("wheat", "Failed", has_line=True)],
        ["$(error) wheat Failed", "Go to Line", "Log", "Redeploy"],
    ),
    "failed without one": ([deployed("wheat", "Failed")], ["$(error) wheat Failed", "Log", "Redeploy"]),
    "no room": (
        [deployed("wheat", "Unschedulable")],
        ["$(circle-slash) wheat Unschedulable", "Log", "Redeploy"],
    ),
    "stopped": ([deployed("wheat", "Stopped")], ["$(circle-outline) wheat Stopped", "Start", "Log", "Redeploy"]),
    "two": (
        [HEALTHY, deployed("barley", "Failed")],
        [
            "$(error) barley Failed",
            "Log",
            "Redeploy",
            "$(pass-filled) wheat Healthy",
            "Send Request",
            "Log",
            "Redeploy",
        ],
    ),
    "four": (
        [HEALTHY, *(deployed(f"barley-{number}", "Failed") for number in range(3))],
        ["$(server) 4 services, 3 failing"],
    ),
}


@pytest.mark.parametrize("state", LENSES)
def test_lenses_tell_of_the_service_and_of_what_helps(state: str) -> None:
    services, titles = LENSES[state]
    lenses = code_lenses(SCRIPT, facts("score.py"), services)
    assert [lens.title.replace("\N{NO-BREAK SPACE}", " ") for lens in lenses] == titles
    for lens in lenses:
        assert set(lens.arguments) <= {"/project/score.py", *(service.name for service in services)}


def test_lenses_survive_half_typed_code_and_stay_away_from_other_files() -> None:
    assert len(code_lenses(SCRIPT + "x = (", facts("score.py"))) == 3
    assert code_lenses("def other(): pass\n", facts("train.py")) == []
    assert code_lenses("name: env\ndependencies:\n  - pip\n", facts("conda.yml")) == []
    assert code_lenses(SCRIPT, Facts()) == []


# ---------------------------------------------------------------------------------------------- actions


def by_kind(actions: list[Action], kind: str) -> list[Action]:
    return [a for a in actions if a.kind == kind]


def test_actions_of_a_finding() -> None:
    text = SCRIPT.replace("import os\n", "").replace("pass", "os.getcwd()\n    os.getpid()")
    actions = code_actions(text, facts("score.py"), Range(Position(3, 4), Position(3, 4)))
    assert [(a.kind, a.title) for a in actions] == [
        ("quickfix", "Import os"),
        ("quickfix.all", "Fix all 2 of SD110"),
        ("quickfix.ignore", "Ignore SD110 here"),
        ("explain", "Explain SD110"),
    ]
    assert check(applied(text, by_kind(actions, "quickfix")[0].edits), facts("score.py")) == []
    assert check(applied(text, by_kind(actions, "quickfix.all")[0].edits), facts("score.py")) == []
    silenced = applied(text, by_kind(actions, "quickfix.ignore")[0].edits)
    assert "os.getcwd()  # scoredock: ignore[SD110]\n" in silenced
    assert by_kind(actions, "explain")[0].command == "scoredock.explainRule"


def test_no_actions_away_from_findings() -> None:
    text = SCRIPT.replace("import os\n", "").replace("pass", "os.getcwd()")
    assert code_actions(text, facts("score.py"), Range(Position(0, 0), Position(0, 0))) == []


def test_a_second_code_joins_the_comment() -> None:
    text = SCRIPT.replace("def run(data):", "def run():  # scoredock: ignore[SD999]").replace("return data", "return 1")
    actions = code_actions(text, facts("score.py"), whole(text))
    assert "# scoredock: ignore[SD999, SD105]" in applied(text, by_kind(actions, "quickfix.ignore")[0].edits)


def test_no_comment_where_there_can_be_none() -> None:
    text = '{"computeType": "lokal"}'
    assert by_kind(code_actions(text, facts("deploymentconfig.json"), whole(text)), "quickfix.ignore") == []
    text = SCRIPT.replace("return data", "return f'''{nowhere\n}'''")
    assert [f.code for f in check(text, facts("score.py"))] == ["SD110"]
    for action in by_kind(code_actions(text, facts("score.py"), whole(text)), "quickfix.ignore"):
        assert check(applied(text, action.edits), facts("score.py")) == []


def test_fixes_that_overlap_are_not_joined() -> None:
    text = '{"computeType": "local", "port": 1,, }'
    findings = check(text, facts("deploymentconfig.json"))
    together = fix_all(text, findings)
    assert together is None or len({e.range.start for e in together.edits}) == len(together.edits)


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.world.path.endswith((".py", ".yml")) and r.code != "SD199"], ids=lambda r: r.code
)
def test_every_finding_of_a_commented_format_can_be_silenced(rule) -> None:
    known = rule.world.facts()
    found = {f.code for f in check(rule.page.bad, known)}
    actions = [
        a
        for a in by_kind(code_actions(rule.page.bad, known, whole(rule.page.bad)), "quickfix.ignore")
        if rule.code == a.code
    ]
    for action in actions:
        assert rule.code not in [f.code for f in check(applied(rule.page.bad, action.edits), known)]
    unsilenced = {"SD101", "SD102", "SD401", "SD402"}  # the text cannot be read at all, or the line is not code
    # Comments about comments are not silenced by more of them, and what only running tells no comment silences.
    assert actions or rule.code in unsilenced or rule.code.startswith("SD90") or rule.code not in found


# ---------------------------------------------------------------------------------------------- completion

COMPLETIONS = [
    ("inferenceconfig.json", "{|}", ["entryScript", "sourceDirectory", "environment"]),
    ("inferenceconfig.json", '{"entryScript": "score.py", |', ["sourceDirectory", "runtime"]),
    ("inferenceconfig.json", '{"ent|"', ["entryScript"]),
    ("inferenceconfig.json", '{"entryScript": "|"}', ["score.py", "src"]),
    ("inferenceconfig.json", '{"entryScript": "src/|"}', ["src/score.py"]),
    ("inferenceconfig.json", '{"sourceDirectory": "src", "entryScript": "|"}', ["score.py"]),
    ("inferenceconfig.json", '{"sourceDirectory": "|"}', ["src"]),
    ("inferenceconfig.json", '{"condaFile": "|"}', ["conda.yml"]),
    ("inferenceconfig.json", '{"runtime": |}', ["python", "spark-py"]),
    ("inferenceconfig.json", '{"enableGpu": t|}', ["true", "false"]),
    ("inferenceconfig.json", '{"environment": {"|"}}', ["name", "version", "python"]),
    ("inferenceconfig.json", '{"environment": {"python": {"userManagedDependencies": |}}}', ["true"]),
    ("deploymentconfig.json", '{\n  "|\n}', ["computeType", "port", "autoScaler"]),
    ("deploymentconfig.json", '{"computeType": "|"}', ["local", "aci", "aks", "aksendpoint"]),
    ("deploymentconfig.json", '{"computeType": "aci", "|"}', ["location", "authEnabled"]),
    ("deploymentconfig.json", '{"computeType": "aks", "autoScaler": {"|"}}', ["minReplicas"]),
    ("conda.yml", "dependencies:\n  - python=3.11\n  - pip:\n    - |\n", ["azureml-defaults", "scikit-learn"]),
    ("conda.yml", "dependencies:\n  - python=3.11\n|", ["name", "channels"]),
    ("score.py", SCRIPT + 'Model.get_model_path("|")', ["diabetes", "moods"]),
    ("score.py", SCRIPT + "Model.get_model_path(model_name='di|", ["diabetes"]),
    ("score.py", SCRIPT + 'os.environ["|"]', ["AZUREML_MODEL_DIR"]),
    ("score.py", SCRIPT + "os.getenv('AZ|", ["AZUREML_MODEL_DIR"]),
    ("score.py", SCRIPT + 'os.path.join(os.environ["AZUREML_MODEL_DIR"], "|")', ["net", "moods.bin"]),
    ("score.py", SCRIPT + "os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'net', '|')", ["ridge.pkl", "words.txt"]),
    ("score.py", SCRIPT + "os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'net/w|')", ["words.txt"]),
    ("score.py", SCRIPT + 'root = Path(os.environ["AZUREML_MODEL_DIR"])\nx = root / "net" / "|"', ["ridge.pkl"]),
]


@pytest.mark.parametrize(
    ("path", "text", "labels"), COMPLETIONS, ids=[f"{i}-{p}" for i, (p, _, _) in enumerate(COMPLETIONS)]
)
def test_completions(path: str, text: str, labels: list[str]) -> None:
    text, place = split(text)
    found = completions(text, facts(path), place)
    assert set(labels) <= {p.label for p in found}
    for proposal in found:
        assert proposal.range.start <= place <= proposal.range.end


def test_keys_that_are_there_or_belong_elsewhere_are_not_proposed() -> None:
    text, place = split('{"computeType": "local", "|"}')
    labels = {p.label for p in completions(text, facts("deploymentconfig.json"), place)}
    assert labels == {"port", "container"}


def test_a_proposal_completes_the_text() -> None:
    text, place = split('{"computeType": "local", "po|"}')
    proposal = next(p for p in completions(text, facts("deploymentconfig.json"), place) if p.label == "port")
    assert json.loads(applied(text, (TextEdit(proposal.range, proposal.new_text),))) == {
        "computeType": "local",
        "port": 6789,
    }
    text, place = split('{"po|": 1}')
    proposal = next(p for p in completions(text, facts("deploymentconfig.json"), place) if p.label == "port")
    assert applied(text, (TextEdit(proposal.range, proposal.new_text),)) == '{"port": 1}'


def test_deployed_models_decide_what_files_are_proposed() -> None:
    text, place = split(SCRIPT + "os.path.join(os.getenv('AZUREML_MODEL_DIR'), '|')")
    two = Facts(path="/project/score.py", deployed_models=MODELS[1:])
    assert [p.label for p in completions(text, two, place)] == [
        "diabetes",
        "moods",
        "diabetes/2/net/ridge.pkl",
        "diabetes/2/net/words.txt",
        "moods/1/moods.bin",
    ]


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ('{"environment": {"name": "|"}}', ['"mine"', '"other"', '"AzureML-Minimal"']),
        ('{"environment": {"name": "mi|", "version": null}}', ['"mine"', '"other"', '"AzureML-Minimal"']),
        ('{"environment": {"name": "mine", "version": |}}', ["null", '"2"', '"1"']),
        ('{"environment": {"name": "AzureML-Minimal", "version": |}}', []),
        ('{"environment": {"name": "none", "version": "|"}}', []),
        ('{"environment": {"name": "mine", "python": {"name": "|"}}}', []),
    ],
)
def test_registered_environments_are_proposed(text: str, proposed: list[str]) -> None:
    text, place = split(text)
    known = Facts(
        path="/project/inferenceconfig.json", environments={"AzureML-Minimal": (), "other": (4,), "mine": (1, 2)}
    )
    found = completions(text, known, place)
    assert [each.new_text for each in found] == proposed
    for each in found:
        assert json.loads(applied(text, (TextEdit(each.range, each.new_text),)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("score.py", SCRIPT + "print('|')"),
        ("notes.txt", "|"),
        ("package.json", "{|}"),
        ("inferenceconfig.json", "[|]"),
        ("requirements.txt", "# |"),
        ("deploymentconfig.json", '{"cname": |}'),
        ("conda.yml", "dependencies: # |"),
    ],
)
def test_silence_elsewhere(path: str, text: str) -> None:
    text, place = split(text)
    assert completions(text, facts(path), place) == []


# ---------------------------------------------------------------------------------------------- hover

HOVERS = [
    ("inferenceconfig.json", '{"entry|Script": "score.py"}', "relative to sourceDirectory"),
    ("inferenceconfig.json", '{"entryScript": "sc|ore.py"}', "/project/score.py"),
    ("deploymentconfig.json", '{"computeType": "local", "po|rt": 1}', "from 0 to 65535"),
    ("deploymentconfig.json", '{"computeType": "aks", "autoScaler": {"target|Utilization": 70}}', "When absent: 70"),
    ("conda.yml", "depend|encies:\n  - python=3.11\n", "conda packages"),
    ("score.py", SCRIPT.replace("init", "in|it"), "before the first request"),
    ("score.py", SCRIPT.replace("run", "r|un"), "every request"),
    ("score.py", SCRIPT + 'Model.get_model_path("dia|betes")', "2 versions, newest 2"),
    ("score.py", SCRIPT + 'os.environ["AZUREML_|MODEL_DIR"]', "Folder of the deployed models"),
]


@pytest.mark.parametrize(("path", "text", "part"), HOVERS, ids=[f"{i}-{p}" for i, (p, _, _) in enumerate(HOVERS)])
def test_hovers(path: str, text: str, part: str) -> None:
    text, place = split(text)
    found = hover(text, facts(path), place)
    assert found is not None
    assert part in found.markdown
    assert found.range.start <= place <= found.range.end


def test_hover_shows_the_layout_of_what_is_deployed() -> None:
    text, place = split(SCRIPT + 'os.environ["AZUREML_|MODEL_DIR"]')
    for models, part in ((MODELS[:1], "ridge.pkl"), (MODELS, "diabetes/2/net/words.txt"), ((), "without a model")):
        found = hover(text, Facts(path="/project/score.py", deployed_models=models), place)
        assert found is not None
        assert part in found.markdown


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("score.py", SCRIPT + "|"),
        ("inferenceconfig.json", '{"unk|nown": 1}'),
        ("notes.txt", "|"),
        ("score.py", SCRIPT + 'get_model_path("no|ne")'),
        ("deploymentconfig.json", "|[1]"),
    ],
)
def test_no_hover_elsewhere(path: str, text: str) -> None:
    text, place = split(text)
    assert hover(text, facts(path), place) is None


# ---------------------------------------------------------------------------------------------- definition

DEFINITIONS = [
    ("inferenceconfig.json", '{"entryScript": "sc|ore.py"}', "/project/score.py"),
    ("inferenceconfig.json", '{"entryScript": "sc|ore.py", "sourceDirectory": "src"}', "/project/src/score.py"),
    ("inferenceconfig.yml", "entryScript: score.py\ncondaFile: con|da.yml\n", "/project/conda.yml"),
    ("inferenceconfig.json", '{"entryScript": "nowhere|.py"}', None),
    ("inferenceconfig.json", '{"entry|Script": "score.py"}', None),
    ("inferenceconfig.json", '{"sourceDirectory": "s|rc"}', None),
    ("azureml_environment.json", '{"python": {"condaDependenciesFile": "con|da.yml"}}', "/project/conda.yml"),
]


@pytest.mark.parametrize(
    ("path", "text", "target"), DEFINITIONS, ids=[f"{i}-{p}" for i, (p, _, _) in enumerate(DEFINITIONS)]
)
def test_definitions(path: str, text: str, target: str | None) -> None:
    text, place = split(text)
    found = definition(text, facts(path), place)
    assert (found.path if found else None) == target


def test_a_schema_leads_to_its_parameter() -> None:
    text, place = split(
        "from inference_schema.schema_decorators import input_schema\n\n\ndef init():\n   "
        " pass\n\n\n@input_schema('da|ta', None)\ndef run(data: list):\n    return data\n"
    )
    found = definition(text, facts("score.py"), place)
    assert found is not None
    assert found.range == Range(Position(8, 8), Position(8, 12))


# ---------------------------------------------------------------------------------------------- anything

SEEDS = [(r.world.path, text) for r in RULES if r.code != "SD199" for text in (r.page.bad, r.page.good)]


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SEEDS), st.data())
def test_nothing_raises_at_any_place_of_any_prefix(seed: tuple[str, str], data: st.DataObject) -> None:
    path, text = seed
    text = text[: data.draw(st.integers(0, len(text)))] + data.draw(
        st.sampled_from(["", '"', "{", "\x00", "\ud800", "🙂"])
    )
    place = Position(data.draw(st.integers(0, 30)), data.draw(st.integers(0, 60)))
    known = facts(path)
    hover(text, known, place)
    definition(text, known, place)
    code_lenses(text, known)
    code_actions(text, known, Range(place, place))
    lines = Lines(text)
    inside = lines.position(lines.offset(place))
    for proposal in completions(text, known, inside):
        assert proposal.range.start <= proposal.range.end


def test_an_az_line_of_v1_is_run_or_typed_in_a_terminal() -> None:
    text = (
        "az ml model list \\\n  --query '[0].id' > id.txt\naz ml service show -n $NAME\naz ml online-endpoint list\n"
        "# az ml model list\n"
    )
    run = [
        each for each in code_actions(text, facts("deploy.sh"), whole(text)) if each.command == "scoredock.runAzLine"
    ]
    assert [each.arguments for each in run] == [
        ("az ml model list --query '[0].id' > id.txt", "run"),
        ("az ml service show -n $NAME", "type"),
    ]
    first = Range(Position(0, 3), Position(0, 3))
    assert [each.title for each in code_actions(text, facts("deploy.sh"), first) if not each.code] == [
        "Run with Scoredock"
    ]
    assert not any(each.command == "scoredock.runAzLine" for each in code_actions(text, facts("score.py"), whole(text)))
