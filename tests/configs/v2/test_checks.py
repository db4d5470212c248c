"""The checks of v2 files: what is right is not blamed, what the reader refuses is told at its place."""

from __future__ import annotations

import random

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Lines
from scoredock.checks.configs.v2.check import check_v2
from scoredock.checks.configs.v2.rules import RULES
from scoredock.text import Fix

from depth import SEED, rounds

from .correct_files import CORRECT, PROJECT

_CASES = [(kind, name) for kind, files in CORRECT.items() for name in files]
_FACTS = World("d/some-file.yml", files=tuple(f"d/{path}" for path in PROJECT)).facts()
_DEPLOYMENT = "name: blue\nendpoint_name: my-endpoint\nmodel: azureml:m:1\ninstance_type: Standard_DS3_v2\n"
_ENDPOINT = "name: my-endpoint\nauth_mode: key\n"


def run(kind: str, text: str, facts: Facts = _FACTS) -> list[Finding]:
    """Everything but the hint that the schema line is missing."""
    return [f for f in check_v2(kind)(text, facts) if f.code != "SD604"]  # type: ignore[arg-type]


def codes(kind: str, text: str) -> list[str]:
    return [f.code for f in run(kind, text)]


def repaired(text: str, fix: Fix) -> str:
    lines = Lines(text)
    for edit in sorted(fix.edits, key=lambda e: e.range.start, reverse=True):
        text = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
    return text


@pytest.mark.parametrize(("kind", "name"), _CASES)
def test_correct_files_are_not_blamed(kind: str, name: str) -> None:
    text = CORRECT[kind][name]
    assert [(f.code, f.message) for f in run(kind, text) if f.severity in ("error", "warning")] == []
    # Nothing is known of the files around it, either.
    assert [f.code for f in run(kind, text, Facts()) if f.severity in ("error", "warning")] == []


@pytest.mark.parametrize(("kind", "name"), _CASES)
def test_any_damage_is_survived(kind: str, name: str) -> None:
    text = CORRECT[kind][name]
    chance = random.Random(f"{name}{SEED or ''}")
    for end in range(0, len(text), rounds(gate=21, long=7)):
        run(kind, text[:end])
    for _ in range(rounds(gate=10, long=100)):
        place, other = chance.randrange(len(text)), chance.randrange(len(text))
        run(
            kind,
            text[:place]
            + chance.choice((":", "\n", "- ", "{", "]", "\t", '"', "&a ", "*a", "\ud800", "😀", "\x00"))
            + text[place:],
        )
        run(kind, text[: min(place, other)] + text[max(place, other) :])


@pytest.mark.parametrize(("kind", "name"), _CASES)
def test_every_fix_of_a_damaged_file_repairs(kind: str, name: str) -> None:
    lines = CORRECT[kind][name].split("\n")
    for number, line in enumerate(lines):
        damaged = (
            line[:-1],
            line.replace("_", "", 1),
            line + "\n" + line,
            line.split(":")[0] + ":",
            line.split(": ")[0] + ": 5",
        )
        for new in (damaged[(number + each) % len(damaged)] for each in range(rounds(gate=1, long=len(damaged)))):
            text = "\n".join([*lines[:number], new, *lines[number + 1 :]])
            found = run(kind, text)
            for finding in found:
                for fix in finding.fixes:
                    after = run(kind, repaired(text, fix))
                    same = [f for f in after if (f.code, f.message) == (finding.code, finding.message)]
                    before = [f for f in found if (f.code, f.message) == (finding.code, finding.message)]
                    assert len(same) < len(before), (text, finding.message, fix.title)
                    assert "SD601" not in [f.code for f in after] or "SD601" in [f.code for f in found], (text, fix)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("online-deployment", _DEPLOYMENT + "entryScript: score.py\n", ["SD606"]),
        ("online-deployment", _DEPLOYMENT + "scoringTimeoutMs: 5000\n", ["SD606"]),
        ("online-deployment", _DEPLOYMENT + "instanceCount: 1\n", ["SD605"]),
        ("online-deployment", _DEPLOYMENT + "type: Kubernetes\n", ["SD609"]),
        ("online-deployment", _DEPLOYMENT + "liveness_probe:\n  timeout: PT10S\n", ["SD607"]),
        ("online-deployment", _DEPLOYMENT + "instance_count: 1.5\n", ["SD616"]),
        ("online-deployment", _DEPLOYMENT + "instance_count: true\n", ["SD607"]),
        ("online-deployment", _DEPLOYMENT + "request_settings:\n  request_timeout_ms: 180001\n", ["SD610"]),
        ("online-deployment", _DEPLOYMENT + "type: kubernetes\negress_public_network_access: enabled\n", ["SD614"]),
        (
            "online-deployment",
            _DEPLOYMENT + "environment_variables:\n  A: yes\n  B: 1.10\n  C: ${X}\n  D: ''\n",
            ["SD649", "SD649"],
        ),
        ("online-deployment", _DEPLOYMENT + "environment: conda.yml\n", ["SD627"]),
        ("online-deployment", _DEPLOYMENT + "environment:\n  name: a\n  version: 1\n", ["SD629"]),
        (
            "online-deployment",
            _DEPLOYMENT + "data_collector:\n  collections:\n    model_inputs:\n      enabled: true\n",
            ["SD609"],
        ),
        ("online-deployment", _DEPLOYMENT + "data_collector:\n  collections:\n    model_inputs: {}\n", ["SD612"]),
        ("online-deployment", _DEPLOYMENT + "data_collector:\n  collections: {}\n  sampling_rate: 2\n", ["SD610"]),
        ("online-deployment", _DEPLOYMENT.replace("azureml:m:1", "azureml:m"), ["SD625"]),
        ("online-deployment", _DEPLOYMENT.replace("azureml:m:1", "./model/model.pkl"), ["SD625"]),
        ("online-deployment", _DEPLOYMENT.replace("azureml:m:1", "[azureml:a:1, azureml:b:1]"), ["SD626"]),
        ("online-deployment", _DEPLOYMENT.replace("azureml:m:1", "azureml:a/b:1"), ["SD625"]),
        ("online-deployment", _DEPLOYMENT.replace("blue", "b1"), ["SD613"]),
        ("online-deployment", _DEPLOYMENT.replace("Standard_DS3_v2", "ds3 V2"), ["SD648"]),
        ("online-deployment", _DEPLOYMENT.replace("instance_type: Standard_DS3_v2\n", ""), ["SD612"]),
        ("online-deployment", _DEPLOYMENT + "code_configuration:\n  scoring_script: score.py\n", ["SD620"]),
        (
            "online-deployment",
            _DEPLOYMENT + "code_configuration:\n  code: Src\n  scoring_script: score.py\n",
            ["SD624"],
        ),
        (
            "online-deployment",
            _DEPLOYMENT + "code_configuration:\n  code:\n    local_path: src\n  scoring_script: score.py\n",
            ["SD607"],
        ),
        (
            "online-deployment",
            _DEPLOYMENT + "environment:\n  build:\n    path: docker\n    dockerfile_path: nothere\n",
            ["SD623"],
        ),
        ("online-endpoint", _ENDPOINT + "traffic:\n  blue: 60\n  blue: 60\n", ["SD603"]),
        ("online-endpoint", _ENDPOINT + "traffic:\n  blue: -5\n", ["SD641"]),
        ("online-endpoint", _ENDPOINT + "mirror_traffic: {a: 10, b: 10}\n", ["SD642"]),
        ("online-endpoint", _ENDPOINT + "public_network_access: false\n", ["SD609"]),
        ("online-endpoint", _ENDPOINT + "authEnabled: true\n", ["SD606"]),
        ("batch-endpoint", _ENDPOINT + "traffic: {a: 100}\n", ["SD605"]),
        (
            "batch-deployment",
            "name: nightly\nendpoint_name: my-batch\ncompute: azureml:c\nretry_settings:\n  timeout: 30s\n",
            ["SD607"],
        ),
        (
            "batch-deployment",
            "name: nightly\nendpoint_name: my-batch\ncompute: azureml:c\nlogging_level: loud\n",
            ["SD609"],
        ),
        (
            "batch-deployment",
            "name: nightly\nendpoint_name: my-batch\ncompute: azureml:c\nappend_row_file_name: a.txt\n"
            "settings:\n  allowed_failed_count: 1\n  mini_batch_error_threshold: 1\n",
            ["SD606", "SD606", "SD605"],
        ),
        ("environment-asset", "name: e\nimage: x\ndependencies: [a]\n", ["SD628"]),
        ("model-asset", "name: m\npath: nothere.pkl\ntype: pickle\n", ["SD609", "SD623"]),
    ],
)
def test_what_the_reader_refuses_is_told(kind: str, text: str, expected: list[str]) -> None:
    assert codes(kind, text) == expected


_MANUAL = "scale_settings:\n  scale_type: manual\n"


@pytest.mark.parametrize(
    ("kind", "text", "now"),
    [
        ("online-deployment", _DEPLOYMENT + _MANUAL, "“type”, which takes “default”."),
        (
            "online-deployment",
            _DEPLOYMENT + "type: kubernetes\n" + _MANUAL,
            "“type”, which takes “default” or “target_utilization”.",
        ),
        ("online-deployment", _DEPLOYMENT + _MANUAL.replace("manual", "default"), "“type”."),
        (
            "online-endpoint",
            "name: my-endpoint\nauthType: AMLToken\n",
            "“auth_mode”, which takes “key”, “aml_token” or",
        ),
    ],
)
def test_an_older_key_whose_value_is_refused_today_is_told_what_it_takes(kind: str, text: str, now: str) -> None:
    assert f"; today it is {now}" in next(each.message for each in run(kind, text) if each.code == "SD606")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            _DEPLOYMENT + "entryScript: score.py\n",
            _DEPLOYMENT + "code_configuration:\n  code: .\n  scoring_script: score.py\n",
        ),
        (_DEPLOYMENT + "scoringTimeoutMs: 5000\n", _DEPLOYMENT + "request_settings:\n  request_timeout_ms: 5000\n"),
        (_DEPLOYMENT + "liveness_probe:\n  timeout: PT10S\n", _DEPLOYMENT + "liveness_probe:\n  timeout: 10\n"),
        (_DEPLOYMENT + "tags:\ninstance_count: 1\n", _DEPLOYMENT + "instance_count: 1\n"),
        (
            _DEPLOYMENT + "description: first\ntags: {a: b}\ndescription: last\n",
            _DEPLOYMENT + "tags: {a: b}\ndescription: last\n",
        ),
        (_DEPLOYMENT + "tags:", _DEPLOYMENT.rstrip("\n")),
        (_DEPLOYMENT.replace("azureml:m:1", "m.pkl # mine"), None),
        (_DEPLOYMENT.replace("azureml:m:1", "m.pkl"), _DEPLOYMENT.replace(" azureml:m:1", " \n  path: m.pkl")),
    ],
)
def test_fixes_leave_the_rest_as_it_is(text: str, expected: str | None) -> None:
    (finding,) = run("online-deployment", text, Facts())
    if expected is None:
        assert finding.fixes == ()
    else:
        assert repaired(text, finding.fixes[0]) == expected


def test_fixes_end_lines_as_the_file_does() -> None:
    text = (_DEPLOYMENT + "entryScript: score.py\n").replace("\n", "\r\n")
    (finding,) = run("online-deployment", text, Facts())
    assert "\n" not in repaired(text, finding.fixes[0]).replace("\r\n", "")


def test_rules_mostly_have_fixes() -> None:
    assert len(RULES) >= 40
    assert sum(rule.fixable for rule in RULES) * 2 >= len(RULES)


@pytest.mark.parametrize(
    ("written", "content", "expected", "repaired_to"),
    [
        (
            "envs/e.yml",
            "name: e\nimage: i\nconda_file: c.yml\n",
            "; did you mean “file:envs/e.yml”?",
            "file:envs/e.yml",
        ),
        ("'envs/e.yml'", "build: {path: .}\n", "; did you mean “file:envs/e.yml”?", '"file:envs/e.yml"'),
        ("envs/e.yml", "dependencies: [python=3.10]\n", "“conda_file” below “environment”, beside an image", ""),
        ("file:envs/e.yml", "dependencies: [python=3.10]\n", "“conda_file” below “environment”, beside an image", ""),
        ("d/envs/e.yml", "image: i\n", "; did you mean “file:envs/e.yml”?", "file:envs/e.yml"),
        ("d/envs/e.yml", "dependencies: [a]\n", "“conda_file” below “environment”, beside an image", ""),
        ("envs/e.yml", None, "as “file:envs/e.yml”", ""),
        ("file:envs/E.yml", "image: i\n", "envs/e.yml", "file:envs/e.yml"),
        ('"file:envs/x.yml"', "image: i\n", "envs/x.yml", '"file:envs/e.yml"'),
    ],
)
def test_the_path_of_an_environment(written: str, content: str | None, expected: str, repaired_to: str) -> None:
    files = () if content is None else (("d/envs/e.yml", content),)
    facts = World("d/some-file.yml", files=("d/src/score.py",), texts=files).facts()
    text = f"{_DEPLOYMENT}environment: {written}\n"
    (finding,) = run("online-deployment", text, facts)
    assert expected in finding.message, finding
    assert [repaired(text, fix) for fix in finding.fixes] == [
        f"{_DEPLOYMENT}environment: {each}\n" for each in [repaired_to] if each
    ]


@pytest.mark.parametrize("path", ["/nowhere/of/me/conda.yml", "C:\\Users\\me\\conda.yml"])
def test_an_absolute_path_that_is_not_there(path: str) -> None:
    (finding,) = run("online-deployment", f"{_DEPLOYMENT}environment:\n  image: a\n  conda_file: {path}\n")
    assert (finding.code, finding.message) == ("SD623", f"“{path}” does not exist on this machine.")


@pytest.mark.parametrize(
    ("conda", "packages", "told"),
    [
        ("conda.yml", "flask", ["SD652", "SD656"]),
        ("{dependencies: [pip: [flask]]}", "azureml-defaults", ["SD652", "SD656"]),
        ("conda.yml", "azureml-defaults", []),
    ],
)
def test_the_server_of_an_environment_in_a_file_of_its_own(conda: str, packages: str, told: list[str]) -> None:
    image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
    files = (
        ("envs/e.yml", f"image: {image}\nconda_file: {conda}\n"),
        ("envs/conda.yml", f"dependencies: [pip: [{packages}]]\n"),
        ("src/score.py", "from azureml.core import Model\n"),
    )
    code = "code_configuration: {code: src, scoring_script: score.py}\n"
    text = f"{_DEPLOYMENT}environment: file:envs/e.yml\n{code}"
    findings = run("online-deployment", text, World("d.yml", texts=files).facts())
    assert [(each.code, text.splitlines()[each.range.start.line].split(":")[0]) for each in findings] == [
        (code, "environment" if code == "SD652" else "code_configuration") for code in told
    ]
