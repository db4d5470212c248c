"""What the parsers of configuration files give, and every further finding by example."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.rule import World
from scoredock.checks.configs.deployment.check import parse_deployment
from scoredock.checks.configs.environment.conda import CondaSpec, parse_conda
from scoredock.checks.configs.environment.inline import EnvironmentReference, InlineEnvironment, parse_environment
from scoredock.checks.configs.environment.requirements import parse_requirements
from scoredock.checks.configs.inference.check import base_folder, parse_inference
from scoredock.checks.configs.workspace_config import check_workspace


def codes(findings: list) -> list[str]:
    return [f.code for f in findings]


def test_inference_configuration() -> None:
    text = (
        '{"entryScript": "score.py", "sourceDirectory": "src", "runtime": "Python", "condaFile": "env.yml",'
        ' "extraDockerFileSteps": null, "enableGpu": true, "cudaVersion": "10.0"}'
    )
    config, findings = parse_inference(text, Facts())
    assert codes(findings) == ["SD216"] * 4
    assert config is not None
    assert (config.entry_script, config.source_directory, config.conda_file) == ("score.py", "src", "env.yml")
    assert config.enable_gpu
    assert config.environment is None


def test_inference_configuration_with_environments() -> None:
    config, findings = parse_inference(
        '{"entryScript": "s.py", "environment": {"name": "e", "version": null}}', Facts()
    )
    assert findings == []
    assert config is not None
    assert config.environment == EnvironmentReference("e", None)
    text = (
        '{"entryScript": "s.py", "environment": {"name": "e", "environmentVariables": {"A": "1"}, "python":'
        ' {"condaDependencies": {"name": "x", "dependencies": ["python=3.11", {"pip": ["azureml-defaults",'
        ' "numpy"]}]}}, "docker": {"enabled": true, "baseImage": "python:3.11"}}}'
    )
    config, findings = parse_inference(text, Facts())
    assert codes(findings) == ["SD437"]
    assert config is not None
    assert isinstance(config.environment, InlineEnvironment)
    assert config.environment.conda == CondaSpec("x", "=3.11", (), ("azureml-defaults", "numpy"))
    assert config.environment_variables == (("A", "1"),)


INFERENCE = [
    ('{"entryScript": null}', ["SD204"]),
    ('{"entryScript": ""}', ["SD206"]),
    ('{"entryScript": 5}', ["SD204"]),
    ("{}", ["SD206"]),
    ('{"entryscript": "s.py"}', ["SD206"]),
    ('{"entry_script": "s.py"}', ["SD206"]),
    ('{"entryScript": "class.py"}', ["SD209"]),
    ('{"entryScript": "dir/1score.py"}', ["SD209"]),
    ('{"entryScript": "score.ipynb"}', ["SD209"]),
    ('{"entryScript": "s.py", "cudaVersion": "11.0"}', ["SD205"]),
    ('{"entryScript": "s.py", "environment": []}', ["SD204"]),
    ('{"entryScript": "s.py", "environment": {"name": "e", "version": "1"}, "condaFile": null}', []),
    ('{"entryScript": "s.py", "environment": {"name": "AzureML-Minimal"}}', []),
    (
        (
            '{"entryScript": "s.py", "environment": {"name": "e", "python": {"condaDependencies": {"dependencies":'
            ' ["python=3.11", "numpy"]}}}}'
        ),
        ["SD406"],
    ),
    ('{"entryScript": "s.py", "environment": {"name": "e", "environmentVariables": {"A": 1}}}', ["SD405"]),
    ('{"entryScript": "s.py", "x": 1, "y": 2}', ["SD203", "SD203"]),
    ("null", ["SD213"]),
    ("", ["SD201"]),
    ("entryScript: s.py\n", []),
]


@pytest.mark.parametrize(("text", "expected"), INFERENCE)
def test_inference_findings(text: str, expected: list[str]) -> None:
    path = "inferenceconfig.yml" if text.startswith("entry") else "inferenceconfig.json"
    assert codes(parse_inference(text, Facts(path=path))[1]) == expected


PATHS = [
    ('{"entryScript": "score.py"}', ["score.py"], []),
    ('{"entryScript": "./score.py"}', ["score.py"], []),
    ('{"entryScript": "src/score.py"}', ["src/score.py"], []),
    ('{"entryScript": "score.py", "sourceDirectory": "src"}', ["src/score.py"], []),
    ('{"entryScript": "src/score.py", "sourceDirectory": "src"}', ["src/score.py"], ["SD222"]),
    ('{"entryScript": "score.py", "sourceDirectory": "SRC"}', ["src/score.py"], ["SD208"]),
    ('{"entryScript": "score.py", "condaFile": "Conda.yml"}', ["score.py", "conda.yml"], ["SD208"]),
    ('{"entryScript": "score.py", "condaFile": "src/env.yml"}', ["score.py"], ["SD211"]),
    ('{"entryScript": "src"}', ["src/score.py"], ["SD209"]),
    ('{"entryScript": "score.py", "sourceDirectory": "score.py"}', ["score.py"], ["SD210"]),
    ('{"entryScript": "../score.py"}', ["a/b.txt"], ["SD207"]),
]


@pytest.mark.parametrize(("text", "files", "expected"), PATHS)
def test_inference_paths(text: str, files: list[str], expected: list[str]) -> None:
    facts = World("inferenceconfig.json", tuple(files)).facts()
    assert codes(parse_inference(text, facts)[1]) == expected


def test_paths_may_be_relative_to_a_folder_above() -> None:
    facts = World("config/azure/inferenceconfig.json", ("src/score.py", "src/conda.yml")).facts()
    text = '{"entryScript": "score.py", "sourceDirectory": "src", "condaFile": "conda.yml"}'
    assert codes(parse_inference(text, facts)[1]) == ["SD216"]
    assert base_folder("score.py", "src", facts) == "/project"


def test_paths_are_not_judged_without_a_file_system() -> None:
    assert parse_inference('{"entryScript": "nowhere.py"}', Facts(path="/project/inferenceconfig.json"))[1] == []


def test_windows_paths() -> None:
    files = {r"C:\work\src\score.py"}
    facts = Facts(
        path=r"C:\work\inferenceconfig.json",
        exists=files.__contains__,
        is_folder=lambda p: p in {r"C:\work", r"C:\work\src"},
    )
    assert parse_inference('{"entryScript": "score.py", "sourceDirectory": "./src"}', facts)[1] == []
    assert codes(parse_inference('{"entryScript": "other.py", "sourceDirectory": "src"}', facts)[1]) == ["SD207"]


DEPLOYMENT = [
    ('{"computeType": "LOCAL"}', []),
    ('{"computeType": "local", "port": null}', []),
    ('{"computeType": "local", "port": 0}', []),
    ('{"computeType": "local", "port": 65536}', ["SD307"]),
    ('{"computeType": "local", "port": -1}', ["SD307"]),
    ('{"computeType": "local", "port": 80.5}', ["SD306"]),
    ('{"computeType": null}', ["SD305"]),
    ('{"computeType": 5}', ["SD305"]),
    ('{"computetype": "local"}', ["SD304"]),
    (
        (
            '{"computeType": "aci", "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.0}, "authEnabled":'
            ' true, "sslEnabled": false, "appInsightsEnabled": false}'
        ),
        [],
    ),
    ('{"computeType": "aci", "containerResourceRequirements": {"cpu": 0, "memoryInGB": -1}}', ["SD307", "SD307"]),
    ('{"computeType": "aci", "containerResourceRequirements": {"cpus": 1}}', ["SD303"]),
    ('{"computeType": "aci", "containerResourceRequirements": {"cpu": 1, "cpuLimit": 2}}', ["SD308"]),
    ('{"computeType": "aci", "numReplicas": 2}', ["SD308"]),
    ('{"computeType": "aci", "sslEnabled": true, "cname": "x"}', ["SD313"]),
    ('{"computeType": "aci", "vaultBaseUrl": "https://x", "keyName": "k"}', ["SD313"]),
    ('{"computeType": "aci", "containerResourceRequirements": null}', ["SD309"]),
    (
        (
            '{"computeType": "aks", "autoScaler": {"autoscaleEnabled": true, "minReplicas": 1, "maxReplicas": 3,'
            ' "refreshPeriodInSeconds": 1, "targetUtilization": 70}, "dataCollection": {"storageEnabled": true},'
            ' "authEnabled": true}'
        ),
        [],
    ),
    ('{"computeType": "aks", "autoScaler": {"autoscaleEnabled": false}}', ["SD310"]),
    ('{"computeType": "aks", "autoScaler": {"minReplicas": 1}}', ["SD310"]),
    ('{"computeType": "aks", "autoScaler": {"autoscaleEnabled": true, "minReplicas": 4, "maxReplicas": 3}}', ["SD310"]),
    ('{"computeType": "aks", "numReplicas": 2}', []),
    ('{"computeType": "aks", "namespace": "My_Space"}', ["SD307"]),
    ('{"computeType": "aks", "gpuCores": 0, "scoringTimeoutMs": 0}', ["SD307"]),
    ('{"computeType": "aksendpoint", "versionName": "v1x", "trafficPercentile": 100}', []),
    ('{"computeType": "aksendpoint", "trafficPercentile": 101, "computeTargetName": "c"}', ["SD307", "SD308"]),
    ('{"computeType": "aks", "keys": {"primaryKey": "${KEY}", "secondaryKey": "b"}}', []),
    ('{"computeType": "aks", "keys": {"primaryKey": "a", "secondaryKey": "b"}}', ["SD325"]),
    ("computeType: local\nport: 6789\n", []),
    ("[]", ["SD315"]),
]


@pytest.mark.parametrize(("text", "expected"), DEPLOYMENT)
def test_deployment_findings(text: str, expected: list[str]) -> None:
    path = "deploymentconfig.yml" if text.startswith("compute") else "deploymentconfig.json"
    config, findings = parse_deployment(text, Facts(path=path))
    assert codes(findings) == expected
    if not expected:
        assert config is not None


def test_deployment_configuration() -> None:
    config, _ = parse_deployment('{"computeType": "Local", "port": 6789}', Facts())
    assert config is not None
    assert (config.compute_type, config.port) == ("local", 6789)
    config, _ = parse_deployment('{"computeType": "aci", "containerResourceRequirements": {"cpu": 0.5}}', Facts())
    assert config is not None
    assert config.fields["containerResourceRequirements.cpu"] == 0.5


def test_conda() -> None:
    text = (
        "name: e\nchannels:\n  - conda-forge\ndependencies:\n  - python>=3.10\n  - pip=23\n  -"
        " conda-forge::numpy=1.26\n  - pip:\n      - azureml-defaults\n      - -r requirements.txt\nvariables:\n "
        " A: x\n"
    )
    spec, findings = parse_conda(text, Facts(path="conda.yml"))
    assert findings == []
    assert spec == CondaSpec(
        "e",
        ">=3.10",
        ("conda-forge::numpy=1.26",),
        ("azureml-defaults", "-r requirements.txt"),
        ("conda-forge",),
        (("A", "x"),),
    )


CONDA = [
    ("dependencies:\n- python\n- pip:\n  - azureml-defaults[x]>=1.0.45\n", []),
    ("dependencies: [python=3.11, {pip: [azureml-defaults]}]\n", []),
    ("dependencies:\n- python=3.11\n- pip:\n  - azureml-inference-server-http\n", []),
    ("dependencies:\n- python=3.11\n- pip:\n  - azureml-inference-server-http\n  - azureml-sdk\n", []),
    ("dependencies:\n- python=3.11\n- pip\npip:\n- azureml-defaults\n", ["SD407"]),
    ("dependencies:\n- python=3.11\n- pip: azureml-defaults\n", ["SD405"]),
    ("dependencies:\n- python=3.11\n- pip:\n    - a b c\n    - azureml-defaults\n", ["SD408"]),
    (
        (
            "dependencies:\n- python=3.11\n- pip:\n    - azureml-defaults\n    - git+https://github.com/x/y\n    -"
            " ./local.whl\n    - --extra-index-url https://x\n"
        ),
        ["SD434"],
    ),
    ("dependencies:\n- python=3.11\n- numpy=1.26\n- pip:\n    - azureml-defaults\n    - numpy==1.26.4\n", []),
    ("dependencies:\n- python=2.7\n- pip:\n    - azureml-defaults\n", ["SD410"]),
    ("dependencies:\n- python=3\n- pip:\n    - azureml-defaults\n", []),
    ("dependencies:\n- python=3.10.*\n- pip:\n    - azureml-defaults\n", ["SD423"]),
    ("dependencies:\n- python=3.11\n- 5\n- pip:\n    - azureml-defaults\n", ["SD405"]),
    ("dependencies:\n- python=3.11\n- {conda: [x]}\n- pip:\n    - azureml-defaults\n", ["SD404"]),
    ("name: x\n", ["SD406"]),
    ("dependencies:\n- pip:\n  - azure-ml-api-sdk==0.1.0a10\n", []),
]


@pytest.mark.parametrize(("text", "expected"), CONDA)
def test_conda_findings(text: str, expected: list[str]) -> None:
    assert codes(parse_conda(text, Facts(path="conda.yml", serves=True))[1]) == expected


def test_packages_that_were_meant_for_pip_are_given_as_such() -> None:
    spec, findings = parse_conda(
        "dependencies:\n- python=3.11\n- pip:\n- azureml-defaults\n- joblib\n", Facts(path="conda.yml")
    )
    assert codes(findings) == ["SD407"]
    assert spec is not None
    assert spec.pip == ("azureml-defaults", "joblib")


def test_requirements() -> None:
    text = (
        "# packages\nnumpy==1.26.4 \\\n    --hash=sha256:aa\nscikit-learn>=1.2 ; python_version >= '3.9'  # why\n\n-r"
        " more.txt\nuvicorn[standard]\n"
    )
    lines, findings = parse_requirements(text, Facts())
    assert findings == []
    assert lines == ("numpy==1.26.4", "scikit-learn>=1.2 ; python_version >= '3.9'", "-r more.txt", "uvicorn[standard]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("numpy=1.26\n", ["SD408"]),
        ("a b\n", ["SD408"]),
        ("numpy==1\nnumpy==2\n", ["SD415"]),
        ("numpy==1.0\nNumPy==1.0\n", ["SD416"]),
        ("x\x00y\n", ["SD408"]),
        ("", []),
    ],
)
def test_requirements_findings(text: str, expected: list[str]) -> None:
    assert codes(parse_requirements(text, Facts())[1]) == expected


def test_environment() -> None:
    text = (
        '{"name": "e", "version": "2", "python": {"userManagedDependencies": true}, "docker": {"baseImage": null,'
        ' "baseDockerfile": "FROM x"}, "inferencingStackVersion": "latest"}'
    )
    environment, findings = parse_environment(text, Facts())
    assert findings == []
    assert environment is not None
    assert (environment.name, environment.version, environment.user_managed, environment.base_dockerfile) == (
        "e",
        "2",
        True,
        "FROM x",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            (
                '{"subscription_id": "11111111-2222-3333-4444-555555555555", "resource_group": "g", "workspace_name":'
                ' "w", "more": 1}'
            ),
            [],
        ),
        ('{"subscription_id": "11111111-2222-3333-4444-555555555555"}', ["SD421", "SD421"]),
        ('{"subscription_id": 5, "resource_group": "g", "workspace_name": "w"}', ["SD422"]),
        ("[]", ["SD414"]),
    ],
)
def test_workspace_file(text: str, expected: list[str]) -> None:
    assert codes(check_workspace(text, Facts(path="config.json"))) == expected


def test_environments_of_other_projects_need_no_scoring_server() -> None:
    text = "dependencies:\n- python=3.11\n- numpy\n"
    assert codes(parse_conda(text, World("conda.yml", ("train.py",)).facts())[1]) == []
    assert codes(parse_conda(text, World("conda.yml", ("score.py",)).facts())[1]) == ["SD406"]
    assert codes(parse_conda(text, World("env/conda.yml", ("inferenceConfig.json",)).facts())[1]) == ["SD406"]
