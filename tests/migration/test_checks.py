"""Hints for the way from v1 to v2: told on request only, at the right place, and never more than hints."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import ProjectSettings
from scoredock.analysis.rule import Rule
from scoredock.checks.check import check
from scoredock.context import Context
from scoredock.contrib.migration.checks.check import check_migration
from scoredock.contrib.migration.checks.code import CLASSES
from scoredock.contrib.migration.checks.fitting_size import size_for
from scoredock.contrib.migration.checks.rules import RULES
from scoredock.contrib.migration.checks.selection import is_selected
from scoredock.scripts.facts import FactSource
from scoredock.settings import BY_KEY, Values

_ASKED = Facts(path="/project/deploymentconfig.json", migration=True)


def told(text: str, kind: str = "deployment-config", path: str = "/project/deploymentconfig.json") -> list[Finding]:
    return check_migration(text, dataclasses.replace(_ASKED, path=path), kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_nothing_is_told_unless_asked_for(rule: Rule) -> None:
    world = dataclasses.replace(rule.world, migration=False)
    assert [f.code for f in check(rule.page.bad, world.facts()) if f.code.startswith("SD7")] == []
    assert rule.severity == "hint"


def test_a_project_asks_by_naming_the_rules() -> None:
    assert not is_selected(Facts())
    assert is_selected(Facts(migration=True))
    assert is_selected(Facts(settings=ProjectSettings(select=("SD1", "SD7"))))
    assert is_selected(Facts(settings=ProjectSettings(severity={"SD709": "warning"})))
    assert not is_selected(Facts(settings=ProjectSettings(severity={"SD7": "off"}, select=("SD1",))))
    assert BY_KEY["scoredock.check.migration"].default is False


@pytest.mark.parametrize(
    ("cpu", "memory", "size"),
    [
        (0.1, 0.5, "Standard_DS1_v2"),
        (1, 1.2, "Standard_DS1_v2"),
        (1, 2, "Standard_DS2_v2"),
        (2, 1, "Standard_F2s_v2"),
        (2, 1.7, "Standard_F2s_v2"),
        (2, 8, "Standard_E2s_v3"),
        (4, 4, "Standard_F4s_v2"),
        (4, 6, "Standard_DS3_v2"),
        (3, 16, "Standard_E4s_v3"),
        (4, 17, "Standard_E4s_v3"),
        (8, 8, "Standard_F8s_v2"),
        (40, 4000, "Standard_DS5_v2"),
    ],
)
def test_sizes_follow_the_official_table(cpu: float, memory: float, size: str) -> None:
    assert size_for(cpu, memory).name == size


def test_a_local_service_has_nothing_to_move() -> None:
    assert told('{"computeType": "local", "port": 6789}') == []
    assert told('{"computeType": "local", "authEnabled": false, "location": "x"}') == []


def test_a_whole_configuration() -> None:
    text = (
        '{"computeType": "AKS", "authEnabled": false, "tokenAuthEnabled": true, "namespace": "lab", "autoScaler":'
        ' {"maxReplicas": 3}, "scoringTimeoutMs": 300000, "livenessProbeRequirements": {"initialDelaySeconds": 20}}'
    )
    assert [f.code for f in told(text)] == ["SD702", "SD707", "SD708", "SD709"]
    assert "300 seconds" in told(text)[-1].message


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"computeType": 5}', '{"computeType": "aks", "keys": null, "autoScaler": [1]}', "a: *b", "\x00"],
)
def test_any_text_is_survived(text: str) -> None:
    for kind in (
        "deployment-config",
        "inference-config",
        "environment",
        "conda",
        "requirements",
        "commands",
        "entry-script",
        "sdk-script",
        "notebook",
    ):
        told(text, kind)


def test_classes_are_told_with_what_replaces_them() -> None:
    text = (
        "from azureml.core import Workspace, Model as M\nimport azureml.core\nfrom azureml.core.webservice import"
        " AciWebservice  # aci\n"
    )
    findings = told(text, "sdk-script", "/project/deploy.py")
    assert [f.range.start.line for f in findings] == [0, 1, 2]
    assert "“Workspace” is “azure.ai.ml.MLClient”" in findings[0].message
    assert "“Model” is “azure.ai.ml.entities.Model”" in findings[0].message
    assert "ManagedOnlineEndpoint" in findings[2].message
    assert CLASSES["InferenceConfig"]().startswith("“azure.ai.ml.entities.CodeConfiguration”")


def test_commands_are_told_with_what_replaces_them() -> None:
    text = (
        "# az ml model deploy\naz ml service get-keys -n x\naz ml   model  profile -n p\naz ml online-endpoint list\naz"
        " ml model create -f m.yml\n"
    )
    findings = told(text, "commands", "/project/deploy.sh")
    assert [f.range.start.line for f in findings] == [1, 2]
    assert "get-credentials" in findings[0].message
    assert "no equivalent" in findings[1].message


def test_what_runs_here_stands_beside_what_replaces_it() -> None:
    """Exactly the verbs that run here, and the whole of their name."""
    lines = {
        "az ml model deploy -n a": "scoredock az ml model deploy",
        "az ml computetarget attach aks -n c -i /x": "scoredock az ml computetarget attach aks",
        "az ml computetarget create aks -n c": "scoredock az ml computetarget create aks",
        "az ml computetarget update aks -n c": "",
        "az ml dataset show -n d": "scoredock az ml dataset show",
        "az ml dataset register -f d.json": "",
        "az ml folder attach -w w": "scoredock az ml folder attach",
        "az ml environment register -d .": "scoredock az ml environment register",
        "az ml run submit-script -c train train.py": "",
        "az ml endpoint realtime get-keys -n e": "scoredock az ml endpoint realtime get-keys",
        "az ml endpoint realtime create-version -n e": "",
    }
    findings = told("\n".join(lines) + "\n", "commands", "/project/deploy.sh")
    assert len(findings) == len(lines)
    for finding, (line, here) in zip(findings, lines.items(), strict=True):
        assert (f"and here “{here}” runs it." in finding.message) is bool(here), (line, finding.message)
        assert ("here" in finding.message) is bool(here), (line, finding.message)


def test_a_script_is_told_once_how_it_runs_here() -> None:
    text = "from azureml.core import Workspace\nfrom azureml.core.model import Model\n"
    first, second = told(text, "sdk-script", "/project/to-aci.py")
    assert first.message.endswith("; here “scoredock sdk run to-aci.py” runs it.")
    assert "scoredock" not in second.message


def test_packages_keep_their_line() -> None:
    text = "# azureml-defaults\nazureml-defaults==1.61.0  # server\nmy-azureml-defaults-fork\nnumpy\n"
    (finding,) = told(text, "requirements", "/project/requirements.txt")
    (edit,) = finding.fixes[0].edits
    assert edit.new_text == "azureml-inference-server-http"
    assert (edit.range.start.character, edit.range.end.character) == (0, len("azureml-defaults==1.61.0"))


def test_the_setting_asks(tmp_path: Path) -> None:
    for given in (False, True):
        context = Context(Values({"scoredock.check.migration": given}, {}), home=tmp_path / "home")
        assert FactSource(context).facts(tmp_path / "deploymentconfig.json").migration is given
