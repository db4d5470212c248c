"""What is repaired without anybody looking: the result means what was meant, nothing is lost and nothing invented."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from scoredock.analysis.json_text import parse_json
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Mapping, Node, Scalar, Sequence
from scoredock.checks.catalogue import RULES, rule
from scoredock.checks.check import check
from scoredock.language.code_actions import fix_everything
from scoredock.scripts.fixing import applied, repair

Same = Callable[[str, str], bool]


def plain(node: Node | None) -> Any:
    """What a tree of ours says, slips and all."""
    if isinstance(node, Mapping):
        return {str(entry.key.value): plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def same_values(before: str, after: str) -> bool:
    """JSON that was none before, and says now what was written then."""
    with pytest.raises(json.JSONDecodeError):
        json.loads(before)
    return bool(plain(parse_json(before).root) == json.loads(after))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """The values of a document by where they stand."""
    if isinstance(value, dict) and value:
        return {k: v for key, each in value.items() for k, v in leaves(each, (*path, key)).items()}
    if isinstance(value, list) and value:
        return {k: v for number, each in enumerate(value) for k, v in leaves(each, (*path, number)).items()}
    return {path: value}


def value_only(old: Any, new: Any) -> Same:
    """One value of a JSON or YAML document is another one, and nothing else."""

    def same(before: str, after: str) -> bool:
        was, has = leaves(yaml.safe_load(before)), leaves(yaml.safe_load(after))
        different = [place for place in was.keys() | has.keys() if was.get(place) != has.get(place)]
        return [(was[place], has[place]) for place in different] == [(old, new)]

    return same


def key_only(old: str, new: str) -> Same:
    """One key is written otherwise, and holds what it held."""

    def same(before: str, after: str) -> bool:
        def renamed(value: Any) -> Any:
            if isinstance(value, dict):
                return {new if key == old else key: renamed(each) for key, each in value.items()}
            return [renamed(each) for each in value] if isinstance(value, list) else value

        return bool(renamed(yaml.safe_load(before)) == yaml.safe_load(after))

    return same


def in_code(old: str, new: str) -> Same:
    """One expression or statement of a script is another one, and nothing else."""

    def same(before: str, after: str) -> bool:
        return before.count(old) == 1 and ast.dump(ast.parse(before.replace(old, new))) == ast.dump(ast.parse(after))

    return same


def import_first(statement: str) -> Same:
    def same(before: str, after: str) -> bool:
        first, *rest = ast.parse(after).body
        return ast.unparse(first) == statement and list(map(ast.dump, rest)) == list(
            map(ast.dump, ast.parse(before).body)
        )

    return same


def word_only(old: str, new: str) -> Same:
    """One word of a command is another one."""
    return lambda before, after: [new if word == old else word for word in before.split()] == after.split()


def without_command(before: str, after: str) -> bool:
    """The first line, the command of a notebook that wrote this file, is gone."""
    return before.startswith("%%writefile ") and before.partition("\n")[2] == after


MEANING: dict[str, Same] = {
    "SD101": lambda before, after: after.replace("(data):", "(data)") == before and bool(ast.parse(after)),
    "SD102": without_command,
    "SD110": import_first("import numpy as np"),
    "SD116": in_code("@rawhttp()", "@rawhttp"),
    "SD134": in_code('"content-type"', '"Content-Type"'),
    "SD146": in_code("aml_request import AMLResponse", "aml_response import AMLResponse"),
    "SD156": in_code("np.float", "float"),
    "SD201": same_values,
    "SD204": value_only(2024, "2024"),
    "SD208": value_only("Score.py", "score.py"),
    "SD224": value_only("src\\score.py", "src/score.py"),
    "SD301": same_values,
    "SD306": value_only("6789", 6789),
    "SD309": value_only(None, {}),
    "SD330": value_only("Cert.pem", "cert.pem"),
    "SD402": without_command,
    "SD408": value_only("scikit-learn=1.5.0", "scikit-learn==1.5.0"),
    "SD420": same_values,
    "SD421": key_only("workspacename", "workspace_name"),
    "SD440": value_only("Conda.yml", "conda.yml"),
    "SD450": same_values,
    "SD455": key_only("POST", "post"),
    "SD506": in_code('"ridge.pkl"))', '"ridge.pkl"), "rb")'),
    "SD520": lambda before, after: (
        after.replace("import joblib\n", "", 1).replace("joblib.load(", "pickle.load(") == before
    ),
    "SD624": value_only("Score.py", "score.py"),
    "SD641": value_only("90%", 90),
    "SD833": in_code('"Bearer"', '"Bearer "'),
    "SD840": same_values,
    "SD860": word_only("—ic", "--ic"),
    "SD863": word_only("-name", "--name"),
}
"""Of each rule whose example has a certain repair: what alone may differ afterwards."""


@pytest.mark.parametrize("found", [r for r in RULES if r.fixable and not r.runs], ids=lambda r: r.code)
def test_a_certain_repair_differs_in_what_the_rule_names(found: Any) -> None:
    facts = found.world.facts()
    fixes = [finding.certain_fix for finding in check(found.page.bad, facts) if finding.certain_fix is not None]
    assert bool(fixes) == (found.code in MEANING), "a certain repair says here what it means"
    for fix in fixes:
        assert MEANING[found.code](found.page.bad, applied(found.page.bad, fix.edits))


def test_what_was_only_noticed_is_nobodys_repair() -> None:
    for found in RULES:
        if found.severity in ("information", "hint"):
            assert all(
                each.certain_fix is None
                for each in check(found.page.bad, found.world.facts())
                if each.code == found.code
            )


CONDA = "name: project\nchannels:\n  - conda-forge\ndependencies:\n"
SCRIPT = "import json\n\ndef init(): pass\n\ndef run(data): return json.loads(data)\n"
LEFT_ALONE: dict[str, tuple[World, str]] = {
    "the closing backtick of a shell command": (
        World("deploy.sh"),
        "#!/bin/bash\nuri=`az ml service show -n svc --query scoringUri -o tsv`\n  --verbose\n",
    ),
    "a closing parenthesis of a shell command": (
        World("deploy.sh"),
        "#!/bin/bash\nuri=$(az ml online-endpoint show -n svc --query scoring_uri -o tsv)\n--header x\n",
    ),
    "a v2 deployment that gets its endpoint from the command line": (
        World("deployment.yml"),
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n"
        "model: azureml:m:1\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n",
    ),
    "a batch deployment that gets its compute from the command line": (
        World("deployment.yml"),
        "$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json\nname: b\n"
        "model: azureml:m:1\n",
    ),
    "a path to a file that is not there yet": (
        World("deployment.yml", files=("model/.placeholder", "src/score.py")),
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: d\n"
        "endpoint_name: e\nmodel:\n  path: model/model.pkl\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n",
    ),
    "a script that is not there yet": (
        World("inferenceconfig.json", files=("train.py",)),
        '{"entryScript": "score.py"}\n',
    ),
    "dependencies twice": (
        World("conda.yml"),
        f"{CONDA}  - numpy=1.26.4\ndependencies:\n  - pandas=2.2.2\n",
    ),
    "a pin of a package by its old name": (World("conda.yml"), f"{CONDA}  - python=3.11\n  - sklearn=0.24.2\n"),
    "seconds where milliseconds belong": (
        World("deployment.yml"),
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: d\n"
        "endpoint_name: e\nmodel: azureml:m:1\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
        "request_settings:\n  request_timeout_ms: 5s\n",
    ),
    "an environment that trains": (World("conda.yml"), f"{CONDA}  - python=3.11\n  - pip:\n    - mlflow==2.14.0\n"),
    "a name that another function assigns": (
        World(),
        "import json\n\ndef init():\n    model = 1\n\ndef run(data):\n    return model + json.loads(data)\n",
    ),
    "the answer of a batch script": (
        World(),
        "import numpy as np\n\ndef init():\n    pass\n\ndef run(mini_batch):\n    return np.zeros(len(mini_batch))\n",
    ),
    "a file with two mistakes of which one stays": (
        World("inferenceconfig.json"),
        '{"entryScript": "score.py", "entryScript": "other.py",, }\n{\n',
    ),
    "an environment variable without a value": (
        World("inferenceconfig.json", files=("score.py",)),
        '{"entryScript": "score.py", "environment": {"name": "e", "environmentVariables": {"LEVEL": null}, '
        '"python": {"userManagedDependencies": true}}}\n',
    ),
    "a comment in JSON": (
        World("inferenceconfig.json", files=("score.py",)),
        '{\n  // mine\n  "entryScript": "score.py"\n}\n',
    ),
    "a module or a class": (World(), SCRIPT.replace("return json.loads(data)", "return str(datetime.now())")),
    "quotes in a shell that cannot be told": (World("deploy.sh"), "az ml model deploy -n svc -m m:1 --overwrit\n"),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_is_not_certain_is_left_alone(name: str) -> None:
    world, text = LEFT_ALONE[name]
    facts = world.facts()
    done = repair(text, lambda changed: check(changed, facts))
    assert (done.text, done.repairs) == (text, ())
    assert fix_everything(text, check(text, facts)) is None


def test_a_text_that_cannot_be_read_afterwards_either_is_left_alone() -> None:
    facts = World("inferenceconfig.json").facts()
    text = '{"entryScript": \'score.py\', "port": }\n'
    assert any(finding.certain_fix for finding in check(text, facts)), "one of them alone is certain"
    done = repair(text, lambda changed: check(changed, facts))
    assert (done.text, done.repairs) == (text, ())
    assert fix_everything(text, check(text, facts)) is None


def test_both_doors_make_the_same_repair() -> None:
    for code in MEANING:
        found = rule(code)
        facts = found.world.facts()
        action = fix_everything(found.page.bad, check(found.page.bad, facts))
        assert action is not None, code
        assert (
            applied(found.page.bad, action.edits)
            == repair(found.page.bad, lambda text, facts=facts: check(text, facts)).text
        )


def test_cells_of_a_notebook_are_left_alone() -> None:
    """Who runs which cell first is not known: what one lacks another may have."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    sources = ["from azureml.core import Workspace\nws = Workspace.from_config()\nprint(json.dumps({}))", "import json"]
    text = json.dumps(
        {"cells": [{**cell, "source": s} for s in sources], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )
    facts = World("deploy.ipynb").facts()
    assert not [finding for finding in check(text, facts) if finding.certain_fix]
