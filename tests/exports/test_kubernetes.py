"""A package as objects of Kubernetes: valid for every cluster of today, and by the rules of the deployment
configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import kubernetes_validate
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.clusters.objects import cluster_values
from scoredock.contrib.exports.domain.kubernetes import KubernetesExport, kubernetes_export, subject_workload
from scoredock.contrib.exports.domain.subject import ExportSubject
from scoredock.errors import ScoredockError
from scoredock.packaging.package import Hints, RequestedResources

RECOMMENDED = ("instance", "component", "part-of")
IMAGE = f"contoso.azurecr.io/team/diabetes@sha256:{'0123456789abcdef' * 4}"
AKS = {"computeType": "aks"}
VERSIONS = ("1.26", kubernetes_validate.latest_version().rpartition(".")[0])
"""The oldest that has all kinds in these versions and that anybody still runs, and the newest."""


def export(**changes: Any) -> KubernetesExport:
    configuration = changes.pop("configuration", {})
    hints = Hints(changes.pop("resources", RequestedResources()), changes.pop("keys", False), configuration)
    subject = ExportSubject(changes.pop("name", "diabetes"), changes.pop("image", IMAGE), hints=hints)
    workload = subject_workload(subject)
    return kubernetes_export(replace(workload, **changes))


def objects(versions: Sequence[str] = VERSIONS, **changes: Any) -> dict[str, dict[str, Any]]:
    """By kind."""
    documents = list(yaml.safe_load_all(export(**changes).text))
    for document in documents:
        for version in versions:
            kubernetes_validate.validate(document, version, strict=True)
    return {each["kind"]: each for each in documents}


def container(**changes: Any) -> dict[str, Any]:
    (only,) = objects(**changes)["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only  # type: ignore[no-any-return]


def variables(**changes: Any) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container(**changes)["env"]}


def test_a_service_that_says_nothing_is_one_pod_with_the_requests_of_azure() -> None:
    made = objects()
    assert sorted(made) == ["Deployment", "Service"]
    assert made["Deployment"]["spec"]["replicas"] == 1
    assert container()["resources"] == {"requests": {"cpu": "100m", "memory": "512Mi"}}
    assert made["Service"]["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]
    assert made["Service"]["spec"]["selector"] == made["Deployment"]["spec"]["selector"]["matchLabels"]
    labels = made["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert made["Service"]["spec"]["selector"].items() <= labels.items()
    assert labels["app.kubernetes.io/version"] == "0123456789ab"
    for document in made.values():
        recommended = {name: document["metadata"]["labels"][f"app.kubernetes.io/{name}"] for name in RECOMMENDED}
        assert recommended == {"instance": "diabetes", "component": "scoring", "part-of": "scoredock"}
    assert not {f"app.kubernetes.io/{name}" for name in RECOMMENDED} & made["Service"]["spec"]["selector"].keys()


def test_no_right_beyond_the_restricted_profile_is_asked_for() -> None:
    pod = objects()["Deployment"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    own = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert pod["containers"][0]["securityContext"] == own


def test_a_number_of_replicas_goes_without_an_autoscaler() -> None:
    made = objects(configuration={**AKS, "numReplicas": 3})
    assert sorted(made) == ["Deployment", "PodDisruptionBudget", "Service"]
    assert made["Deployment"]["spec"]["replicas"] == 3
    assert made["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    spread = made["Deployment"]["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert spread[0]["topologyKey"] == "kubernetes.io/hostname"
    assert variables(configuration={**AKS, "numReplicas": 3})["WORKER_COUNT"] == "1", "the replicas are pods now"


@pytest.mark.parametrize(
    ("concurrent", "utilization", "value"), [(1, 70, "700m"), (3, 33, "990m"), (2, 50, "1"), (4, 70, "2800m")]
)
def test_an_autoscaler_by_requests_aims_at_a_part_of_those_that_a_pod_takes(
    concurrent: int, utilization: int, value: str
) -> None:
    configuration = {**AKS, "autoScaler.targetUtilization": utilization}
    made = objects(configuration=configuration, metric="scoredock_requests_open", concurrent=concurrent)
    (metric,) = made["HorizontalPodAutoscaler"]["spec"]["metrics"]
    target = {"type": "AverageValue", "averageValue": value}
    assert metric == {"type": "Pods", "pods": {"metric": {"name": "scoredock_requests_open"}, "target": target}}


def test_on_aks_there_is_an_autoscaler_where_no_number_stands() -> None:
    made = objects(configuration=AKS)
    scaler = made["HorizontalPodAutoscaler"]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (1, 10)
    assert scaler["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}
    assert "replicas" not in made["Deployment"]["spec"], "an apply must not undo what the autoscaler did"
    asked = {
        **AKS,
        "autoScaler.autoscaleEnabled": True,
        "autoScaler.minReplicas": 2,
        "autoScaler.maxReplicas": 5,
        "autoScaler.targetUtilization": 50,
    }
    made = objects(configuration=asked)
    assert made["HorizontalPodAutoscaler"]["spec"]["maxReplicas"] == 5
    assert "PodDisruptionBudget" in made
    assert "busy replicas" in export(configuration=asked).text
    assert "HorizontalPodAutoscaler" not in objects(configuration={"computeType": "aci"})
    assert objects(configuration=AKS, replicas=2)["Deployment"]["spec"]["replicas"] == 2


def test_requests_and_limits_are_those_of_the_configuration() -> None:
    values = {
        "containerResourceRequirements.cpu": 0.5,
        "containerResourceRequirements.memoryInGB": 1.5,
        "containerResourceRequirements.cpuLimit": 2,
        "containerResourceRequirements.memoryInGBLimit": 3.0,
        "gpuCores": 1,
    }
    assert container(configuration=values, resources=RequestedResources(2.0, 3.0))["resources"] == {
        "requests": {"cpu": "500m", "memory": "1536Mi"},
        "limits": {"cpu": "2000m", "memory": "3072Mi", "nvidia.com/gpu": "1"},
    }
    assert container(resources=RequestedResources(0.25, 0.1))["resources"]["requests"] == {
        "cpu": "250m",
        "memory": "103Mi",
    }


def test_probes_have_the_fields_of_the_configuration() -> None:
    made = container()
    assert made["startupProbe"]["periodSeconds"] * made["startupProbe"]["failureThreshold"] == 300
    assert made["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert made["livenessProbe"]["httpGet"]["path"] == "/"
    asked = {
        "livenessProbeRequirements.periodSeconds": 7,
        "livenessProbeRequirements.timeoutSeconds": 4,
        "livenessProbeRequirements.failureThreshold": 5,
        "livenessProbeRequirements.initialDelaySeconds": 20,
    }
    probe = container(configuration=asked)["livenessProbe"]
    assert [probe[name] for name in ("periodSeconds", "timeoutSeconds", "failureThreshold", "initialDelaySeconds")] == [
        *(7, 4, 5, 20)
    ]


def test_a_pod_that_ends_finishes_the_longest_request() -> None:
    pod = objects(configuration={"scoringTimeoutMs": 120_000})["Deployment"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > 120
    for configuration, seconds in ((AKS, 60), ({}, 30)):
        pod = objects(configuration=configuration)["Deployment"]["spec"]["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] == seconds + 10


def test_keys_come_from_a_secret_that_is_not_in_the_file() -> None:
    made = export(keys=True, namespace="team")
    assert made.secrets == ("diabetes-keys",)
    (variable,) = (each for each in container(keys=True)["env"] if each["name"] == "SCOREDOCK_KEY_DIGESTS")
    assert variable["valueFrom"] == {"secretKeyRef": {"name": "diabetes-keys", "key": "digests"}}
    assert "kubectl create secret generic diabetes-keys --from-literal digests=DIGESTS --namespace team" in made.text
    assert "Secret" not in objects(keys=True)


def test_it_answers_to_its_names_in_the_cluster() -> None:
    names = list(variables())
    assert names.index("POD_NAMESPACE") < names.index("SCOREDOCK_ALLOWED_HOSTS"), "else the cluster does not put it in"
    assert variables()["SCOREDOCK_ALLOWED_HOSTS"].split(",") == [
        "diabetes",
        *(f"diabetes.$(POD_NAMESPACE){end}" for end in ("", ".svc", ".svc.cluster.local")),
    ]
    assert variables(variables={"SCOREDOCK_ALLOWED_HOSTS": "*"})["SCOREDOCK_ALLOWED_HOSTS"] == "*"


def test_a_namespace_stands_in_each_object_or_in_none() -> None:
    configuration = {**AKS, "autoScaler.minReplicas": 2}
    for namespace in ("team", ""):
        made = objects(configuration=configuration, namespace=namespace)
        assert len(made) == 4
        assert {each["metadata"].get("namespace", "") for each in made.values()} == {namespace}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"name": "Diabetes"}, "Diabetes"),
        ({"name": "9lives"}, "9lives"),
        ({"name": "d" * 60}, "dddd"),
        ({"namespace": "Team"}, "Team"),
        ({"pull_secret": "no spaces"}, "no spaces"),
        ({"variables": {"A-B": "x"}}, "A-B"),
        ({"replicas": -1}, "-1"),
        (
            {"configuration": {"containerResourceRequirements.cpuLimit": 0.05}},
            "containerResourceRequirements.cpuLimit (0.05) is below what is requested (0.1)",
        ),
        (
            {"configuration": {**AKS, "autoScaler.minReplicas": 5, "autoScaler.maxReplicas": 2}},
            "minReplicas (5) is greater than maxReplicas (2)",
        ),
    ],
)
def test_what_no_cluster_would_take_is_refused(changes: dict[str, Any], part: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        export(**changes)
    assert refused.value.code == "package-export-invalid"
    assert part in refused.value.message


PATHS = (
    *(f"containerResourceRequirements.{name}" for name in ("cpu", "memoryInGB", "cpuLimit", "memoryInGBLimit")),
    *(f"livenessProbeRequirements.{name}" for name in ("periodSeconds", "timeoutSeconds", "failureThreshold")),
    *(f"autoScaler.{name}" for name in ("minReplicas", "maxReplicas", "targetUtilization", "autoscaleEnabled")),
    *("numReplicas", "gpuCores", "scoringTimeoutMs", "computeType", "description"),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 500),
    st.floats(0.001, 64, allow_nan=False),
    st.sampled_from(("aks", "aci", "local", "ten", "")),
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(PATHS), VALUES))
def test_whatever_a_configuration_says_the_objects_are_valid_or_it_is_refused(values: dict[str, Any]) -> None:
    try:
        made = objects(VERSIONS[-1:], configuration=cluster_values(values))
    except ScoredockError as error:
        assert error.code == "package-export-invalid"  # noqa: PT017 (both outcomes are right)
        return
    resources = made["Deployment"]["spec"]["template"]["spec"]["containers"][0]["resources"]
    for name in resources["requests"].keys() & resources.get("limits", {}).keys():
        asked, most = (int(resources[which][name].rstrip("mMi")) for which in ("requests", "limits"))
        assert 0 < asked <= most
    assert ("HorizontalPodAutoscaler" in made) == ("replicas" not in made["Deployment"]["spec"])
