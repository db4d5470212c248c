"""What the list of problems shows of a finding is one line: what is meant, what is wrong, what comes of it, what to
do."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.catalogue import rule
from scoredock.checks.check import check
from scoredock.formats.document_kind import DocumentKind

HEAD = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
DEPLOYMENT = "name: blue\nendpoint_name: {name}\nmodel: azureml:m:1\ninstance_type: Standard_DS3_v2\n"
ONLINE = f"$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n{DEPLOYMENT}"
CONDA = "name: e\ndependencies:\n  - python=3.11\n"


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("SD102", ("“%%writefile”", "SyntaxError", "remove the line")),
        ("SD120", ("a NumPy array", "the request fails", "add .tolist()")),
        ("SD152", ("“azureml.core.Dataset”", "in a Scoredock service", "line 8 fails", "in the script that deploys")),
        ("SD161", ("“score.py”", "“.cleaning”", "does not start", "write “from cleaning import clean”")),
        ("SD192", ("“lowerr”", "AttributeError", "“lower”?")),
        ("SD404", ("“dependancies”", "a conda file", "nothing of it is used", "“dependencies”?")),
        ("SD410", ("Python 3.5", "a script", "Deploy refuses", "3.6 or later")),
        ("SD463", ("Python 3.7", "no security fixes since June 2023", "a process of its own")),
        ("SD418", ("“sklearn”", "cannot be installed", "write “scikit-learn”")),
        ("SD605", ("“instance_cuont”", "an online deployment", "refused", "“instance_count”?")),
        ("SD610", ("“sampling_rate”", "is 2", "from 0 to 1", "Azure refuses")),
        ("SD613", ("“diabetes_endpoint”", "an endpoint", "“_” is not a letter", "Azure refuses")),
        ("SD835", ("“localhost:6789/score”", "http://", "sends nothing", "write the scoring URI")),
    ],
)
def test_a_message_needs_nothing_beside_it(code: str, parts: tuple[str, ...]) -> None:
    asked = rule(code)
    (found,) = (each for each in check(asked.page.bad, asked.world.facts()) if each.code == code)
    for part in parts:
        assert part in found.message


def only(text: str, path: str, kind: DocumentKind, code: str) -> str:
    """The message of the only finding of that code."""
    (found,) = (each for each in check(text, Facts(path=f"/p/{path}"), kind) if each.code == code)
    return found.message


@pytest.mark.parametrize(
    ("text", "path", "kind", "code", "place"),
    [
        (CONDA + "whatever: 1\n", "conda.yml", "conda", "SD404", "in a conda file"),
        (CONDA + "  - pip:\n      - numpy\n    else: 1\n", "conda.yml", "conda", "SD404", "among “dependencies”"),
        (ONLINE.format(name="e-1") + "whatever: 1\n", "d.yml", "online-deployment", "SD605", "of an online deployment"),
        (
            ONLINE.format(name="e-1") + "request_settings:\n  whatever: 1\n",
            "d.yml",
            "online-deployment",
            "SD605",
            "in “request_settings”",
        ),
        (
            '{"entryScript": "s.py", "whatever": 1}',
            "inferenceconfig.json",
            "inference-config",
            "SD203",
            "in an inference configuration",
        ),
        (
            '{"computeType": "local", "whatever": 1}',
            "deploymentconfig.json",
            "deployment-config",
            "SD303",
            "in a deployment configuration",
        ),
    ],
)
def test_a_key_says_of_what_it_is_none(text: str, path: str, kind: DocumentKind, code: str, place: str) -> None:
    message = only(text, path, kind, code)
    assert place in message
    assert "correct or remove it" in message


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ab", "3 characters at least"),
        ("a" * 33, "33 characters, and 32 is the most"),
        ("1abc", "begin with a letter"),
        ("my_endpoint", "“_” is not a letter"),
        ("my endpoint", "“ ” is not a letter"),
        ("abc-", "end with a letter or digit"),
    ],
)
def test_a_name_says_which_rule_it_breaks(name: str, reason: str) -> None:
    assert reason in only(ONLINE.format(name=f'"{name}"'), "d.yml", "online-deployment", "SD613")


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ("{1, 2}", "write list(…)"),
        ('b"x"', "add .decode()"),
        ("(x for x in [1])", "write list(…)"),
        ("1j", ".real and .imag"),
    ],
)
def test_an_answer_says_what_to_do_with_it(answer: str, advice: str) -> None:
    assert advice in only(f"{HEAD}    return {answer}\n", "score.py", "entry-script", "SD120")


@pytest.mark.parametrize("answer", ["{'result': found}", "[found]", "{'result': b'x'}", "kept"])
def test_what_an_answer_holds_is_not_called_the_answer(answer: str) -> None:
    body = "    found = numpy.array(json.loads(data))\n    kept = {'result': numpy.array([1])}\n"
    text = f"import numpy\n{HEAD}{body}    return {answer}\n"
    message = only(text, "score.py", "entry-script", "SD120")
    assert message.startswith("run() returns a dictionary or list with ")
    direct = only(text.replace(f"return {answer}", "return found"), "score.py", "entry-script", "SD120")
    assert direct.startswith("run() returns a NumPy array, which ")


def test_text_is_not_to_be_encoded_but_left_alone() -> None:
    text = f"{HEAD}    return json.dumps(data).decode('utf-8')\n"
    (found,) = (each for each in check(text, Facts(path="/p/score.py"), "entry-script") if each.code == "SD192")
    assert "text already, so remove the call" in found.message
    assert "encode" not in found.message.replace("decode", "")
    ((edit,),) = (fix.edits for fix in found.fixes)
    line = text.split("\n")[edit.range.start.line]
    assert line[: edit.range.start.character] + edit.new_text + line[edit.range.end.character :] == (
        "    return json.dumps(data)"
    )
