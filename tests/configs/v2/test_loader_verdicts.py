"""What the loader of azure-ai-ml 1.35.2 takes and refuses, written down, and what the checks say of the same files."""

from __future__ import annotations

import pytest
from scoredock.analysis.rule import World
from scoredock.formats.document_kind import kind_of
from scoredock.formats.v2.online_settings import online_settings

from .test_checks import run

DEPLOYMENT = "name: blue\nendpoint_name: house\nmodel: azureml:m:1\ninstance_type: Standard_DS2_v2\n"
ENDPOINT = "name: house\nauth_mode: key\nidentity:\n  "
BATCH = "name: nightly\nendpoint_name: scoring\n"
PIPELINE = BATCH + "type: pipeline\n"
ENVIRONMENT = "name: e\nimage: x.y/z:1\n"
MINE = "type: user_assigned\n  user_assigned_identities"
TAKEN, REFUSED = True, False
FACTS = World("d/some-file.yml", files=("d/comp.yml", "d/model.pkl")).facts()

VERDICTS: dict[str, list[tuple[str, str, bool, list[str]]]] = {
    "component": [
        ("batch-deployment", PIPELINE + "component: azureml:comp:1\n", TAKEN, []),
        ("batch-deployment", PIPELINE + "component: azureml:comp@latest\n", TAKEN, []),
        ("batch-deployment", PIPELINE + "component: azureml:comp\n", TAKEN, []),
        ("batch-deployment", PIPELINE + "component: azureml://registries/r/components/c/versions/1\n", TAKEN, []),
        ("batch-deployment", PIPELINE.replace("pipeline", "Pipeline") + "component: azureml:comp:1\n", TAKEN, []),
        ("batch-deployment", PIPELINE + "component: ./comp.yml\n", TAKEN, []),
        ("batch-deployment", PIPELINE + "component: nothing.yml\n", REFUSED, ["SD623"]),
        ("batch-deployment", PIPELINE + "component: file:comp.yml\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "component: comp:1\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "component: azureml:a/b\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "component: ''\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "component: 5\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "component: [azureml:comp:1]\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "component:\n  name: c\n  jobs: {}\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "component:\n", REFUSED, ["SD608"]),
        ("batch-deployment", BATCH + "component: azureml:comp:1\n", REFUSED, ["SD612"]),
        ("batch-deployment", BATCH + "type: model\ncomponent: azureml:comp:1\n", REFUSED, ["SD612"]),
    ],
    "job_definition": [
        ("batch-deployment", PIPELINE + "job_definition: azureml:j\n", TAKEN, []),
        ("batch-deployment", PIPELINE + "job_definition: azureml:j:1\n", TAKEN, []),
        ("batch-deployment", PIPELINE + "job_definition: j\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "job_definition: comp.yml\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "job_definition: 5\n", REFUSED, ["SD607"]),
        ("batch-deployment", PIPELINE + "job_definition:\n  job: comp.yml\n", REFUSED, ["SD607"]),
        ("batch-deployment", BATCH + "job_definition: azureml:j:1\n", REFUSED, ["SD612"]),
    ],
    "identity": [
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - resource_id: /s\n", TAKEN, []),
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - resource_id: /s\n      client_id: a\n", TAKEN, []),
        ("online-endpoint", f"{ENDPOINT}{MINE}: []\n", TAKEN, []),
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - user_identity: /s\n", TAKEN, ["SD612"]),
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - {{}}\n", TAKEN, ["SD612"]),
        ("online-endpoint", f"{ENDPOINT}type: user_assigned\n", TAKEN, ["SD612"]),
        ("online-endpoint", f"{ENDPOINT}type: SystemAssigned\n", TAKEN, []),
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - /subscriptions/a\n", REFUSED, ["SD607"]),
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - resource_id: 5\n", REFUSED, ["SD607"]),
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - resource_id:\n", REFUSED, ["SD608"]),
        ("online-endpoint", f"{ENDPOINT}{MINE}:\n    - resource_id: /s\n    - resource_id: /t\n", REFUSED, ["SD643"]),
        ("online-endpoint", f"{ENDPOINT}{MINE}: /s\n", REFUSED, ["SD607"]),
        ("online-endpoint", f"{ENDPOINT}tenant_id: a\n", REFUSED, ["SD612"]),
    ],
    "data_collector": [
        (
            "online-deployment",
            DEPLOYMENT + 'data_collector:\n  collections:\n    a:\n      enabled: "true"\n',
            TAKEN,
            [],
        ),
        ("online-deployment", DEPLOYMENT + "data_collector:\n  collections: {}\n", TAKEN, []),
        ("online-deployment", DEPLOYMENT + "data_collector:\n  sampling_rate: 0.5\n", REFUSED, ["SD612"]),
        ("online-deployment", DEPLOYMENT + "data_collector: {}\n", REFUSED, ["SD612"]),
        ("online-deployment", DEPLOYMENT + "data_collector:\n  collections: []\n", REFUSED, ["SD607"]),
    ],
    "conda_file": [
        ("environment-asset", ENVIRONMENT + "conda_file:\n  dependencies: [python]\n", TAKEN, []),
        ("environment-asset", ENVIRONMENT + "conda_file: []\n", TAKEN, []),
        ("environment-asset", ENVIRONMENT + "conda_file: {}\n", TAKEN, []),
        ("environment-asset", ENVIRONMENT + "conda_file:\n  - python=3.10\n  - pip\n", REFUSED, ["SD607"]),
        ("environment-asset", ENVIRONMENT + "conda_file: [conda.yml]\n", REFUSED, ["SD607"]),
        ("environment-asset", ENVIRONMENT + "conda_file: 5\n", REFUSED, ["SD607"]),
        (
            "online-deployment",
            DEPLOYMENT + "environment:\n  image: x.y/z:1\n  conda_file: [python]\n",
            REFUSED,
            ["SD607"],
        ),
    ],
    "model": [
        ("online-deployment", DEPLOYMENT.replace("azureml:m:1", "{name: m, version: 1}"), TAKEN, []),
        ("online-deployment", DEPLOYMENT.replace("azureml:m:1", "{path: model.pkl}"), TAKEN, []),
        ("online-deployment", DEPLOYMENT.replace("azureml:m:1", "{}"), TAKEN, []),
        ("online-deployment", DEPLOYMENT.replace("azureml:m:1", "{version: 1}"), REFUSED, ["SD612"]),
        ("online-deployment", DEPLOYMENT.replace("azureml:m:1", "{version: 1, path: model.pkl}"), REFUSED, ["SD612"]),
        ("batch-deployment", BATCH + "compute: azureml:c\nmodel:\n  version: 1\n", REFUSED, ["SD612"]),
    ],
    "numbers": [
        ("online-deployment", DEPLOYMENT + "instance_count: 1.0\n", TAKEN, []),
        ("online-deployment", DEPLOYMENT + "instance_count: '2'\n", TAKEN, []),
        ("online-deployment", DEPLOYMENT + "instance_count: 1.5\n", TAKEN, ["SD616"]),
        ("online-deployment", DEPLOYMENT + "liveness_probe:\n  period: 10.5\n", TAKEN, ["SD616"]),
        ("online-deployment", DEPLOYMENT + "instance_count: '1.5'\n", REFUSED, ["SD607"]),
        ("online-deployment", DEPLOYMENT + "instance_count: .inf\n", REFUSED, ["SD610"]),
        ("online-deployment", DEPLOYMENT + "instance_count: true\n", REFUSED, ["SD607"]),
    ],
}
CASES = [(part, *case) for part, cases in VERDICTS.items() for case in cases]


@pytest.mark.parametrize(("part", "kind", "text", "verdict", "codes"), CASES)
def test_the_checks_refuse_what_the_loader_refuses(
    part: str, kind: str, text: str, verdict: bool, codes: list[str]
) -> None:
    findings = run(kind, text, FACTS)
    assert [each.code for each in findings] == codes, [each.message for each in findings]
    assert all(each.severity != "error" for each in findings) is verdict


def test_a_number_that_is_cut_is_told_with_what_is_read() -> None:
    (finding,) = run("online-deployment", DEPLOYMENT + "instance_count: 2.7\n")
    assert finding.message == "“instance_count” is 2.7, which the client of Azure ML reads as 2."
    assert [edit.new_text for fix in finding.fixes for edit in fix.edits] == ["2"]
    assert [online_settings({"instance_count": count}).values["numReplicas"] for count in (2.7, "3", 4)] == [2, 3, 4]


@pytest.mark.parametrize(
    "text", [ENVIRONMENT, "name: e\nversion: 1\nbuild:\n  path: .\n", ENVIRONMENT + "tags: {a: b}\n"]
)
def test_an_environment_without_schema_is_one(text: str) -> None:
    assert kind_of("d/environment.yml", text) == "environment-asset"
    assert kind_of("d/service.yml", text) != "environment-asset", "of any program"
    assert kind_of("d/environment.yml", text + "ports: [80]\n") != "environment-asset"
