"""The branches of the configuration rules that their examples do not show."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Lines
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.check import check

_ENV = '"environment": {"name": "e", "version": "1"}'
_HEAD = "dependencies:\n- python=3.11\n"


def said(path: str, text: str, *files: str, texts: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, str]]:
    facts = World(path, files, texts=texts).facts()
    return [(f.code, f.severity) for f in check(text, facts)]


def conda(*pip: str, python: str = "python=3.11", also: str = "") -> str:
    return f"dependencies:\n- {python}\n{also}- pip:\n  - azureml-defaults\n" + "".join(f"  - {line}\n" for line in pip)


INFERENCE = [
    ('{"entryScript": "score.py", "condaFile": "c.yml", "runtime": "python"}', ["SD216", "SD216"]),
    ('{"entryScript": "score.py", "runtime": "Spark-PY"}', ["SD217"]),
    ('{"entryScript": "score.py", "baseImage": "a/b:1", "cudaVersion": "9.0"}', ["SD218"]),
    ('{"entryScript": "score.py", "baseImage": "A/B:1"}', ["SD449"]),
    ('{"entryScript": "score.py", "baseImageRegistry": {"password": "secret"}}', ["SD448"]),
    ('{"entryScript": "score.py", "baseImageRegistry": {"password": "${P}"}}', ["SD216"]),
    ('{"entryScript": "score.py", "environment": {"name": "e", "version": 2.0}}', ["SD220"]),
    ('{"entryScript": "score.py", "environment": {"name": "e", "version": "Newest"}}', ["SD221"]),
    ('{"entryScript": "score.py", "environment": "e:2"}', ["SD204"]),
    ('{"entryScript": "score.py", "description": ""}', ["SD227"]),
    ('{"entryScript": "score.py", "tags": {}}', ["SD230"]),
    ('{"entryScript": "score.py", "docker": {}}', ["SD231"]),
    ('{"entryScript": "src\\\\score.py"}', ["SD224"]),
    ('{"entryScript": "src\\\\nothing.py"}', ["SD207"]),
    ('{"entryScript": "../score.py", "sourceDirectory": "src"}', ["SD223"]),
    ('{"entryScript": "../src/score.py", "sourceDirectory": "src"}', []),
    ('{"entryScript": "src/score.py", "sourceDirectory": "./src"}', ["SD222"]),
    ('{"entryScript": "score.py", "sourceDirectory": "~/src"}', ["SD226"]),
    ('{"entryScript": "%HOME%/score.py"}', ["SD226"]),
    ('{"entryScript": "score.py", "sourceDirectory": "score.py"}', ["SD210"]),
    ('{"entryScript": "score.py", "sourceDirectory": "SRC"}', ["SD208"]),
    ('{"entryScript": "SCORE.py"}', ["SD208"]),
    ('{"entryScript": "score.py", "condaFile": "C.yml"}', ["SD208"]),
    ('{"entryScript": "score.py", "extraDockerfileSteps": "Steps"}', ["SD208"]),
    ('{"entryScript": "score.py", "condaFile": "setup.py"}', ["SD228"]),
    (
        '{"entryScript": "score.py", "environment": {"name": "e", "python": {"condaDependenciesFile": "C.yml"}}}',
        ["SD440"],
    ),
    (
        '{"entryScript": "score.py", "environment": {"name": "e", "python": {"condaDependenciesFile": "x.yml"}}}',
        ["SD439"],
    ),
    ('{"entryScript": "score.py", ' + _ENV + ', "condaFile": "c.yml", "description": "d"}', ["SD212", "SD212"]),
]


@pytest.mark.parametrize(("text", "expected"), INFERENCE)
def test_inference(text: str, expected: list[str]) -> None:
    found = said("inferenceconfig.json", text, "score.py", "src/", "src/score.py", "c.yml", "steps", "setup.py")
    assert [code for code, _ in found] == expected


def test_backslashes_are_no_error_on_windows() -> None:
    files = {r"C:\work\src\score.py"}
    facts = Facts(
        path=r"C:\work\inferenceconfig.json",
        exists=files.__contains__,
        is_folder=lambda p: p in {r"C:\work", r"C:\work\src"},
    )
    assert [(f.code, f.severity) for f in check('{"entryScript": "src\\\\score.py"}', facts)] == [
        ("SD224", "information")
    ]


def test_a_conda_file_with_an_error_is_told_where_it_is_named() -> None:
    texts = (("conda.yml", "dependencies:\n- python=3.11\n- pip:\n  - a==1\n  - a==2\n"),)
    facts = World("inferenceconfig.json", ("score.py",), texts=texts).facts()
    (finding,) = check('{"entryScript": "score.py", "condaFile": "conda.yml"}', facts)
    assert (finding.code, finding.severity) == ("SD229", "information")
    assert finding.related[0].path == "/project/conda.yml"
    assert finding.related[0].range.start.line == 4


AKS = [
    ('"cpu": 2', ["SD327"]),
    ('"containerResourceRequirements": {"cpu": 1, "gpu": 1}', ["SD327"]),
    ('"autoScaler": {"autoscaleEnabled": true, "numReplicas": 2}', ["SD327"]),
    ('"enable_app_insights": true', ["SD327"]),
    ('"auth_enabled": true', ["SD303"]),
    ('"condaFile": "c.yml"', ["SD326"]),
    ('"containerResourceRequirements": {"memoryInGB": "512Mi", "cpu": "2 cores"}', ["SD319", "SD319"]),
    ('"containerResourceRequirements": {"memoryInGB": "much"}', ["SD306"]),
    ('"containerResourceRequirements": {"cpu": 500}', ["SD317"]),
    ('"containerResourceRequirements": {"memoryInGB": 128}', []),
    ('"scoringTimeoutMs": "60s"', ["SD319"]),
    ('"scoringTimeoutMs": 999', ["SD320"]),
    ('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": "70%"}', ["SD319"]),
    ('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": 90}', []),
    ('"autoScaler": {"autoscaleEnabled": true, "maxReplicas": 1}', ["SD334"]),
    ('"autoScaler": {"autoscaleEnabled": true, "minReplicas": 4, "maxReplicas": 2}', ["SD310"]),
    ('"autoScaler": {"minReplicas": 4}, "numReplicas": 2', ["SD310"]),
    ('"livenessProbeRequirements": {"timeoutSeconds": 20}', ["SD321"]),
    ('"livenessProbeRequirements": {"initialDelaySeconds": 50}', []),
    ('"livenessProbeRequirements": {"initialDelaySeconds": 30}', []),
    ('"livenessProbeRequirements": {"initialDelaySeconds": 29}', ["SD337"]),
    ('"keys": {"primaryKey": "k"}, "authEnabled": false', ["SD333"]),
]


@pytest.mark.parametrize(("keys", "expected"), AKS)
def test_aks(keys: str, expected: list[str]) -> None:
    assert [code for code, _ in said("deploymentconfig.json", f'{{"computeType": "aks", {keys}}}')] == expected


ACI = [
    ('"keys": {"primaryKey": "k"}', ["SD333"]),
    ('"dnsNameLabel": "a.b"', ["SD328"]),
    ('"dnsNameLabel": "Diabetes-1"', []),
    ('"vaultBaseUrl": "contoso", "keyName": "k", "keyVersion": "1"', ["SD339"]),
    ('"cname": "models.contoso.com"', ["SD331"]),
    ('"sslEnabled": true, "sslCertificate": "a.pem", "sslKey": "b.pem", "cname": "x.y"', ["SD329", "SD329"]),
    ('"gpuCores": 1', ["SD308"]),
    ('"containerResourceRequirements": {"memoryInGB": 48}', []),
]


@pytest.mark.parametrize(("keys", "expected"), ACI)
def test_aci(keys: str, expected: list[str]) -> None:
    assert [code for code, _ in said("deploymentconfig.json", f'{{"computeType": "aci", {keys}}}')] == expected


LINES = [
    (conda("numpy>=2,<1"), [("SD415", "error")]),
    (conda("numpy>=1.20", "numpy<2"), []),
    (
        conda("numpy~=1.26", "numpy==1.26.4"),
        [],
    ),
    (conda("numpy<=1", "numpy>1"), [("SD415", "error")]),
    (conda(also="- numpy=1.26\n- numpy=2.0\n"), [("SD415", "error")]),
    (conda("numpy", also="- numpy=1.26\n"), [("SD416", "hint")]),
    (conda("glob"), [("SD417", "warning")]),
    (conda("sklearn==0.0"), [("SD418", "warning")]),
    (conda("sklearn==1.5"), [("SD418", "error")]),
    (conda(also="- sklearn\n"), [("SD418", "error")]),
    (conda(also="- torch\n"), [("SD418", "warning")]),
    (conda("cv2"), [("SD418", "error")]),
    (conda("crypto"), [("SD418", "warning")]),
    (conda("tensorflow-gpu"), [("SD418", "error")]),
    (conda("tensorflow-gpu==2.10.0", python="python=3.10"), [("SD423", "hint")]),
    (conda(also="- numpy=\n"), [("SD419", "error")]),
    (conda(also="- numpy~>1.2\n"), [("SD419", "error")]),
    (conda(python="python=>3.11"), [("SD419", "error")]),
    (conda(python="python=3.1"), [("SD424", "error")]),
    (conda(python="python=3.1.1"), [("SD410", "warning")]),
    (conda(python="python=4"), [("SD424", "error")]),
    (conda(python="python=3.25"), [("SD424", "error")]),
    (conda("torch==1.13.1", python="python=3.12"), [("SD425", "error")]),
    (conda("numpy==1.21.6"), [("SD425", "error")]),
    (conda("numpy==1.20.0", python="python=3.6"), [("SD425", "error"), ("SD463", "information")]),
    (conda("tensorflow==1.15.0"), [("SD425", "error")]),
    (conda("numpy==2.4.0", python="python=3.10"), [("SD425", "error"), ("SD423", "hint")]),
    (conda("scikit-learn==0.24.2"), [("SD426", "warning")]),
    (conda("scikit-learn>=0.24.2"), []),
    (conda("azureml-defaults==1.0.44"), [("SD427", "warning")]),
    (conda("azureml-sdk"), []),
    (conda("git+https://x/y.git"), [("SD434", "hint")]),
    (conda("numpy => 1.2"), [("SD408", "error")]),
    (conda("numpy ^1.2"), [("SD408", "error")]),
    (conda("numpy 1.2"), [("SD408", "error")]),
    (conda("numpy=1.26.4=py311_0"), [("SD408", "error")]),
    (conda("numpy>=1 <2"), [("SD408", "error")]),
    (conda("python"), [("SD436", "error")]),
]


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_environments(text: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(said("conda.yml", text, "score.py")) == sorted(expected)


def test_slips_of_requirements_have_a_repair() -> None:
    for line in (
        "a=1",
        "a => 1",
        "a =< 1",
        "a ~> 1.0",
        "a ^1.2",
        "a 1.0",
        "a:1.0",
        "a>=1 <2",
        "'a==1'",
        '"a"',
        "a>=1.*",
    ):
        (finding,) = check(f"{line}\n", Facts(path="requirements.txt"))
        assert (finding.code, len(finding.fixes)) == ("SD408", 1), line
        (edit,) = finding.fixes[0].edits
        assert check(f"{edit.new_text}\n", Facts(path="requirements.txt")) == [], line


def test_packages_for_graphics_cards_are_told_only_where_there_is_none() -> None:
    for config, expected in (
        ('{"computeType": "aci"}', ["SD429"]),
        ('{"computeType": "aks", "gpuCores": 1}', []),
        ('{"computeType": "aks"}', ["SD429"]),
        ('{"computeType": "local"}', []),
        ("", []),
    ):
        texts = (("deploymentconfig.json", config),)
        found = said("conda.yml", conda("faiss-gpu"), "score.py", texts=texts)
        assert [code for code, _ in found] == expected


def test_included_files_and_paths() -> None:
    assert said("requirements.txt", "-r Base.txt\n-c x.txt\n", "base.txt") == [("SD432", "error"), ("SD432", "error")]
    assert said("requirements.txt", "-rbase.txt\n--requirement=base.txt\n-r https://x/y.txt\n", "base.txt") == []
    assert (
        said("requirements.txt", "-e ./no\nfile:no.whl\na @ file:no.whl\n./yes.whl\n", "yes.whl")
        == [("SD431", "error")] * 3
    )


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('"docker": {"gpuSupport": true}', ["SD437"]),
        ('"docker": {"shmSize": "huge"}', ["SD441"]),
        ('"docker": {"shmSize": "512m"}', []),
        ('"docker": {"baseImage": "Base:1"}', ["SD449"]),
        ('"docker": {"baseImage": "$(image)"}', []),
        ('"environmentVariables": {"STORAGE_CONNECTION_STRING": "Account=x;Key=y"}', ["SD443"]),
        ('"environmentVariables": {"storageAccountKey": "abcdefgh"}', ["SD443"]),
        ('"environmentVariables": {"USE_TOKEN": "true", "MAX_TOKENS": "100", "TOKEN": "<token>"}', []),
        ('"environmentVariables": {"": "1"}', ["SD446"]),
        ('"environmentVariables": {"A=B": "1"}', ["SD446"]),
        ('"environmentVariables": {"WORKER_COUNT": "0"}', ["SD445"]),
        ('"environmentVariables": {"SCORING_TIMEOUT_MS": "${T}"}', []),
        ('"environmentVariables": {"WORKER_TIMEOUT": "300 s"}', ["SD445"]),
        ('"environmentVariables": {"SCOREDOCK_RECYCLE_REQUESTS": "many"}', ["SD445"]),
        ('"environmentVariables": {"SCOREDOCK_DATA_MEGABYTES": "0.5", "SCOREDOCK_FAST_JSON": "off"}', []),
        ('"environmentVariables": {"AZUREML_DEBUG_PORT": "70000"}', ["SD445"]),
        ('"environmentVariables": {"SEPERATE_HEALTH_ENDPOINT": "true", "HEALTH_PORT": "none"}', ["SD445"]),
        ('"environmentVariables": {"HEALTH_PORT": "none"}', []),
        ('"environmentVariables": {"AML_APP_ROOT": "/x"}', ["SD444"]),
        ('"environmentVariables": {"SCOREDOCK_WORKER": "x", "SCOREDOCK_BATCH_SDK": "/sdk"}', ["SD444", "SD444"]),
    ],
)
def test_environment_files(keys: str, expected: list[str]) -> None:
    assert [code for code, _ in said("azureml_environment.json", f'{{"name": "e", {keys}}}')] == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("swagger3.json", '{"paths": {"/score": {"post": {}}}}', ["SD451"]),
        ("swagger3.1.json", '{"openapi": "3.0.3", "paths": {"/score": {"post": {}}}}', ["SD452"]),
        ("swagger.json", '{"swagger": 2, "paths": {"/score": {"post": {}}}}', ["SD453"]),
        ("swagger.json", '{"swagger": "2.0"}', ["SD454"]),
        ("swagger.json", '{"swagger": "2.0", "paths": []}', ["SD457"]),
        ("swagger.json", '{"swagger": "2.0", "paths": {"/score": {"put": {}}}}', ["SD455"]),
        ("swagger.json", '{"swagger": "2.0", "paths": {"/score": {"$ref": "#/x"}}, "x": {}}', []),
        ("swagger.json", "[]", ["SD457"]),
    ],
)
def test_swagger(name: str, text: str, expected: list[str]) -> None:
    assert [code for code, _ in said(name, text, "score.py")] == expected


def test_workspace_files() -> None:
    whole = '{"subscription_id": "%s", "resource_group": "%s", "workspace_name": "w"}'
    guid = "11111111-2222-3333-4444-555555555555"
    assert said(".azureml/config.json", whole % (guid, "<group>")) == [("SD459", "warning")]
    assert said(".azureml/config.json", whole % ("xxxx-xxxx", "g")) == [("SD459", "warning")]
    assert said(".azureml/config.json", whole % (guid.upper(), "my-group")) == []
    assert said(".azureml/config.json", '{"Id": null, "Scope": "/subscriptions/x"}') == [("SD459", "warning")]


TRAPS = [
    ("dependencies:\n- python=3.11\n- pip\n  - azureml-defaults\n", "SD407"),
    ("dependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n    - numpy\n", "SD407"),
    ("dependencies:\n- python=3.11\n- numpy\n  - scipy\n- pip:\n  - azureml-defaults\n", "SD407"),
    ("dependencies:\n- python: 3.11\n- pip:\n  - azureml-defaults\n", "SD404"),
    ("dependencies:\n- python=3.11\n- numpy:1.26\n- pip:\n  - azureml-defaults\n", "SD419"),
    ("dependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n  - numpy: 1.26\n", "SD405"),
    ("dependencies:\n- python=3.11\n- pip:\n    azureml-defaults\n", "SD405"),
]


@pytest.mark.parametrize(("text", "code"), TRAPS)
def test_traps_of_yaml_have_a_repair(text: str, code: str) -> None:
    facts = World("conda.yml", ("score.py",)).facts()
    (finding,) = check(text, facts)
    assert finding.code == code
    (fix,) = finding.fixes
    lines = Lines(text)
    for edit in sorted(fix.edits, key=lambda e: e.range.start, reverse=True):
        text = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
    assert check(text, facts) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: a\n b: 1\n", "check the indentation"),
        ("name: a\nb\nc: 1\n", "lacks a colon"),
        ("name: a\nimport json\nfrom os import path\n\ndef init():\n    pass\n", "Python begins with this line"),
        ("a:\n  - b\n - c\n", "check its indentation"),
        ("a:\n  - b\n  -c:\n    - d\n", "the space after a dash"),
        ("a:\n  - b\n  -c\n", "a space after its dash"),
        ("name: @a\n", "cannot begin with @"),
        ('name: "a\n', "never closed"),
        ("a: [b\nc: 1\n", "closing ] is missing"),
    ],
)
def test_reasons_of_yaml_are_told_in_plain_words(text: str, words: str) -> None:
    assert words in parse_yaml(text).problems[0].message


LOCAL = [
    ('"authEnabled": true', ["SD308 information"]),
    ('"keys": {"primaryKey": "k"}, "authEnabled": true', ["SD308 information", "SD308 information"]),
    ('"numReplicas": 2, "scoringTimeoutMs": 5000', ["SD308 information", "SD308 information"]),
    ('"gpuCores": 1', ["SD308 warning"]),
    ('"authEnabled": true, "tokenAuthEnabled": true', ["SD308 information", "SD308 information", "SD311 error"]),
    (
        '"sslEnabled": true, "sslCertificate": "a.pem", "sslKey": "b.pem"',
        ["SD308 information", "SD308 information", "SD308 information", "SD329 error", "SD329 error"],
    ),
    (
        '"sslEnabled": true, "sslCertificate": "a.pem"',
        ["SD308 information", "SD308 information", "SD313 error", "SD329 error"],
    ),
]


@pytest.mark.parametrize(("keys", "expected"), LOCAL)
def test_keys_that_hold_for_local_services_of_ours(keys: str, expected: list[str]) -> None:
    found = said("deploymentconfig.json", f'{{"computeType": "local", {keys}}}')
    assert sorted(f"{code} {severity}" for code, severity in found) == expected
