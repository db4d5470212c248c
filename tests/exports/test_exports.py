"""Manifests for IoT Edge and Container Instances: the facts that their places check."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from scoredock.contrib.exports.domain.container_instances import TO_FILL_IN, ContainerGroup, container_group
from scoredock.contrib.exports.domain.iot_edge import EdgeModule, create_options, deployment_manifest, split_options
from scoredock.errors import ScoredockError
from scoredock.features.images.packages import registry_named
from scoredock.packaging.package import RequestedResources

IMAGE = "contoso.azurecr.io/team/diabetes:3"


def test_an_edge_module() -> None:
    module = EdgeModule(
        "diabetes",
        IMAGE,
        8080,
        {"PLAIN": "a", "SCOREDOCK_KEY_DIGESTS": "$SCOREDOCK_KEY_DIGESTS"},
        RequestedResources(0.1, 0.5, 0.5, 1.0),
    )
    made = deployment_manifest(module)
    content = json.loads(made.manifest)["modulesContent"]
    agent = content["$edgeAgent"]["properties.desired"]
    assert set(agent) == {"schemaVersion", "runtime", "systemModules", "modules"}
    assert agent["runtime"]["settings"]["registryCredentials"] == {
        "contoso": {
            "username": "$CONTAINER_REGISTRY_USERNAME_contoso",
            "password": "$CONTAINER_REGISTRY_PASSWORD_contoso",
            "address": "contoso.azurecr.io",
        }
    }
    assert set(agent["systemModules"]) == {"edgeAgent", "edgeHub"}
    wanted = agent["modules"]["diabetes"]
    assert (wanted["type"], wanted["status"], wanted["restartPolicy"]) == ("docker", "running", "always")
    assert wanted["settings"]["image"] == IMAGE
    assert wanted["env"]["SCOREDOCK_ALLOWED_HOSTS"] == {"value": "diabetes"}
    assert wanted["env"]["SCOREDOCK_KEY_DIGESTS"] == {"value": "$SCOREDOCK_KEY_DIGESTS"}
    host = options_of(wanted["settings"])["HostConfig"]
    assert host["PortBindings"] == {"5001/tcp": [{"HostPort": "8080"}]}
    assert (host["NanoCpus"], host["Memory"], host["CapDrop"]) == (500_000_000, 1 << 30, ["ALL"])
    hub = content["$edgeHub"]["properties.desired"]
    assert hub["routes"] == {}
    assert content["diabetes"] == {"properties.desired": {}}
    assert made.references == (
        "CONTAINER_REGISTRY_USERNAME_contoso",
        "CONTAINER_REGISTRY_PASSWORD_contoso",
        "SCOREDOCK_KEY_DIGESTS",
    )


def options_of(settings: dict[str, str]) -> dict[str, Any]:
    """As the agent puts the parts together."""
    parts = [settings["createOptions"]]
    while (name := f"createOptions{len(parts):02}") in settings:
        parts.append(settings[name])
    assert all(len(part) <= 512 for part in parts)
    found: dict[str, Any] = json.loads("".join(parts))
    return found


def test_long_create_options_go_on_in_further_values() -> None:
    options = create_options(EdgeModule("a", IMAGE))
    options["Env"] = ["x" * 1500]
    made = split_options(options)
    assert list(made) == ["createOptions", "createOptions01", "createOptions02", "createOptions03"]
    assert options_of(made) == options


def test_the_log_of_an_edge_module_is_rotated() -> None:
    log = create_options(EdgeModule("a", IMAGE))["HostConfig"]["LogConfig"]
    assert log == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}


def test_an_edge_module_is_asked_whether_it_is_ready() -> None:
    made = json.loads(deployment_manifest(EdgeModule("a", IMAGE)).manifest)
    agent = made["modulesContent"]["$edgeAgent"]["properties.desired"]
    asked = options_of(agent["modules"]["a"]["settings"])["Healthcheck"]
    kind, python, *words = asked["Test"]
    assert (kind, python) == ("CMD", "/opt/scoredock/environment/bin/python")
    assert "'http://127.0.0.1:5001/ready'" in words[-1]
    assert (asked["Interval"], asked["StartPeriod"]) == (30 * 10**9, 300 * 10**9)


def test_an_image_of_this_machine_needs_no_credentials() -> None:
    made = deployment_manifest(EdgeModule("a", "package:1"))
    agent = json.loads(made.manifest)["modulesContent"]["$edgeAgent"]["properties.desired"]
    assert agent["runtime"]["settings"]["registryCredentials"] == {}
    assert made.references == ()


def test_a_container_group() -> None:
    text = container_group(
        ContainerGroup(
            "diabetes",
            IMAGE,
            dns_label="contoso-diabetes",
            resources=RequestedResources(0.5, 1.0),
            variables={"A": "yes", "B": "- x: {"},
            secrets=("SCOREDOCK_KEY_DIGESTS",),
        )
    )
    told = yaml.safe_load(text)
    assert told["apiVersion"] == "2021-10-01"
    assert told["type"] == "Microsoft.ContainerInstance/containerGroups"
    properties = told["properties"]
    (container,) = properties["containers"]
    assert container["properties"]["image"] == IMAGE
    assert container["properties"]["resources"] == {"requests": {"cpu": 0.5, "memoryInGB": 1.0}}
    assert container["properties"]["ports"] == [{"port": 5001, "protocol": "TCP"}]
    assert container["properties"]["environmentVariables"] == [
        {"name": "A", "value": "yes"},
        {"name": "B", "value": "- x: {"},
        {"name": "SCOREDOCK_ALLOWED_HOSTS", "value": "contoso-diabetes.westeurope.azurecontainer.io"},
        {"name": "SCOREDOCK_KEY_DIGESTS", "secureValue": TO_FILL_IN},
    ]
    assert container["properties"]["livenessProbe"]["httpGet"]["path"] == "/"
    assert container["properties"]["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert properties["ipAddress"]["dnsNameLabel"] == "contoso-diabetes"
    assert properties["imageRegistryCredentials"] == [
        {"server": "contoso.azurecr.io", "username": TO_FILL_IN, "password": TO_FILL_IN}
    ]
    assert (properties["osType"], properties["restartPolicy"]) == ("Linux", "Always")
    assert "TLS" in text


def test_what_asks_for_nothing_gets_what_azure_ml_gave() -> None:
    told = yaml.safe_load(container_group(ContainerGroup("a", "package:1")))
    assert told["properties"]["containers"][0]["properties"]["resources"]["requests"] == {"cpu": 0.1, "memoryInGB": 0.5}
    assert "imageRegistryCredentials" not in told["properties"]
    assert "dnsNameLabel" not in told["properties"]["ipAddress"]
    assert told["properties"]["containers"][0]["properties"]["environmentVariables"] == [
        {"name": "SCOREDOCK_ALLOWED_HOSTS", "value": "localhost"}
    ], "it is called by its address, and no page brings a name of its own"


def test_hosts_that_are_given_stay_as_they_are() -> None:
    given = {"SCOREDOCK_ALLOWED_HOSTS": "score.contoso.com"}
    told = yaml.safe_load(container_group(ContainerGroup("a", IMAGE, dns_label="contoso-a", variables=given)))
    assert told["properties"]["containers"][0]["properties"]["environmentVariables"] == [
        {"name": "SCOREDOCK_ALLOWED_HOSTS", "value": "score.contoso.com"}
    ]
    edge = json.loads(deployment_manifest(EdgeModule("a", IMAGE, variables=given)).manifest)
    agent = edge["modulesContent"]["$edgeAgent"]["properties.desired"]
    assert agent["modules"]["a"]["env"]["SCOREDOCK_ALLOWED_HOSTS"] == {"value": "score.contoso.com"}


@pytest.mark.parametrize(
    "group",
    [
        ContainerGroup("A", IMAGE),
        ContainerGroup("a\nb", IMAGE),
        ContainerGroup("a", IMAGE, location="west europe"),
        ContainerGroup("a", IMAGE, dns_label="A.b"),
        ContainerGroup("a", IMAGE, variables={"a b": "c"}),
        ContainerGroup("a", "not an image"),
    ],
)
def test_groups_that_azure_would_refuse(group: ContainerGroup) -> None:
    with pytest.raises(ScoredockError) as refused:
        container_group(group)
    assert refused.value.code in ("package-export-invalid", "base-image-invalid")


@pytest.mark.parametrize(
    "module",
    [EdgeModule("a b", IMAGE), EdgeModule("$edgeHub", IMAGE), EdgeModule("a", "A B"), EdgeModule("a", IMAGE, 0)],
)
def test_modules_that_the_agent_would_refuse(module: EdgeModule) -> None:
    with pytest.raises(ScoredockError):
        deployment_manifest(module)


@pytest.mark.parametrize(
    ("name", "registry", "called"),
    [
        ("", "", "package"),
        ("", "registry.example.com/team/", "registry.example.com/team/package"),
        ("mine", "localhost:5000", "localhost:5000/mine"),
        ("other.example.com/mine", "registry.example.com", "other.example.com/mine"),
    ],
)
def test_the_registry_of_the_settings_stands_before_names_without_one(name: str, registry: str, called: str) -> None:
    assert registry_named(name, registry) == called
