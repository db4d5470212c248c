"""The objects of one revision of a service, ready to be applied. Pure, but for the certificate that it reads."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.objects import (
    CONTAINER,
    NEVER,
    PORT,
    REPEATS,
    InvalidWorkload,
    Workload,
    cluster_values,
    kubernetes_objects,
)
from scoredock.clusters.routes import COPIES_HOST, ROUTE_KINDS, address_of, host_of, route_of
from scoredock.clusters.side_loading import HOST as LOADED
from scoredock.clusters.target import ClusterTarget
from scoredock.engines.base import Launch
from scoredock.engines.kubernetes.code_files import bundle_of, code_map, code_map_name
from scoredock.engines.kubernetes.identity import marks, owner_of, part_of
from scoredock.engines.kubernetes.labels import ADDRESS, CODE, REVISION, ROUTE, SPEC
from scoredock.engines.kubernetes.router_objects import ROUTES_FOLDER, make_router, routes_map
from scoredock.engines.parent_control import spec_of
from scoredock.errors import ScoredockError
from scoredock.service import Expose
from scoredock_runtime import contract
from scoredock_runtime.contract import (
    ALLOWED_HOSTS,
    KEY_DIGESTS_SECRET,
    NONCE_SECRET,
    SECRETS_FOLDER,
    TOKEN_SECRET,
    Authentication,
    ServiceSpec,
)

CONTROL_PORT = 5002
"""In each pod, on its own loopback: only a port-forward gets there."""
_STATE_FOLDER = "/var/scoredock"
_SPEC_FOLDER = "/etc/scoredock"
_CODE_FOLDER = "/run/scoredock/code"
_APP_ROOT = "/var/azureml-app"
CERTIFICATE, _CERTIFICATE_KEY = "tls.crt", "tls.key"
_GROUP = 1000
_MOST_SPEC = 200_000
"""Bytes of the spec: all annotations of an object together may have 262,144."""
_TIMEOUT = 60.0
"""Seconds that a request may take on AKS where nothing is said."""
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_TYPES: Mapping[Expose, str] = {"node-port": "NodePort", "load-balancer": "LoadBalancer"}


def workload_of(launch: Launch, target: ClusterTarget) -> Workload:
    """Workload of a launch. Options of the launch stand in for what the deployment configuration does not say."""
    return Workload(
        launch.service,
        launch.image,
        launch.python.as_posix(),
        values=cluster_values(launch.configuration),
        cpu=launch.options.cores,
        memory_gb=launch.options.gigabytes,
        namespace=target.place.namespace,
        pull_secret=target.pull_secret,
        metric=launch.metric,
        lost_node_seconds=launch.lost_node_seconds,
        concurrent=launch.front.max_concurrent_requests or 1,
        # The name that a provider gives to a load balancer is known to nobody before.
        variables={ALLOWED_HOSTS: "*"} if target.expose == "load-balancer" else {},
        hosts=tuple(filter(None, [host_of(target, launch.service), COPIES_HOST if target.expose == "gateway" else ""])),
    )


def manifests(launch: Launch, target: ClusterTarget) -> list[dict[str, Any]]:
    """Secret, files of a service for development, Deployment, Service, what else the deployment configuration asks for,
    and what leads callers to it, in the order in which they are applied.

    Raises ScoredockError `deploy-input-invalid` for what a cluster cannot run, and OSError for what cannot be read.
    """
    try:
        objects = kubernetes_objects(workload_of(launch, target))
    except InvalidWorkload as fault:
        raise ScoredockError("deploy-input-invalid", str(fault)) from None
    labels, annotations = _marks(launch, target)
    bundle = bundle_of(launch.app_root, launch.revision, 1) if launch.develop else None
    for each in objects:
        each["metadata"]["labels"] |= labels
        each["metadata"]["annotations"] = dict(annotations)
        if each["kind"] == "Service" and launch.front.certificate:
            each["spec"]["ports"][0] |= {"name": "https", "port": 443}
        if each["kind"] == "Service" and target.expose in _TYPES:
            each["spec"]["type"] = _TYPES[target.expose]
        if each["kind"] == "Service" and target.expose in ROUTE_KINDS:
            to_it = {ROUTE: ROUTE_KINDS[target.expose], ADDRESS: address_of(target, launch.service)}
            each["metadata"]["annotations"] |= to_it
        if each["kind"] == "Deployment":
            each["metadata"]["annotations"][REVISION] = str(launch.revision)
            _complete(each, launch, labels, bundle.code if bundle is not None else "")
            if launch.routes is not None:
                make_router(each, launch.service)
    first = [secret_of(launch, target)]
    metadata = {"namespace": target.place.namespace, "labels": labels, "annotations": dict(annotations)}
    if launch.routes is not None:
        first.append(routes_map(launch.routes, launch.service, metadata))
    if bundle is not None:
        first.append(code_map(bundle, code_map_name(launch.service, launch.revision), metadata))
    return [*first, *objects, *_route(launch, target, labels, annotations)]


def _route(
    launch: Launch, target: ClusterTarget, labels: Mapping[str, str], annotations: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Raises ScoredockError `deploy-input-invalid` for a service that speaks TLS itself."""
    metadata = {"name": launch.service, "namespace": target.place.namespace, "labels": dict(labels)}
    route = route_of(target, metadata | {"annotations": dict(annotations)}, launch.front.scoring_timeout or _TIMEOUT)
    if route is None:
        return
    if launch.front.certificate:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "The service has a certificate of its own (sslEnabled), and on {target} callers reach services by an"
                " object of the kind {kind}, which has the certificate.",
                target=target.name,
                kind=route["kind"],
            ),
            l10n.t("Leave sslEnabled out, and name the certificate when the compute target is attached: --tls-secret."),
        )
    yield route


def _marks(launch: Launch, target: ClusterTarget) -> tuple[dict[str, str], dict[str, str]]:
    return marks(owner_of(launch.folder), target.place, launch.service, part_of(launch.folder))


def secret_name(service: str, revision: int) -> str:
    """One for each revision, so that a roll back has the keys and the certificate of its own."""
    return f"{service}-{revision}"


def access_name(service: str) -> str:
    """Name of the Secret with the keys and tokens of a service, the same for all revisions."""
    return f"{service}-access"


def secret_of(launch: Launch, target: ClusterTarget) -> dict[str, Any]:
    """Secret of a revision, for its pods only. Raises OSError for the certificate."""
    labels, annotations = _marks(launch, target)
    values = {NONCE_SECRET: launch.nonce.encode(), **authentication_values(launch.authentication)}
    if launch.front.certificate:
        values[CERTIFICATE] = Path(launch.front.certificate).read_bytes()
        values[_CERTIFICATE_KEY] = Path(launch.front.certificate_key).read_bytes()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret_name(launch.service, launch.revision),
            "namespace": target.place.namespace,
            "labels": labels | {REVISION: str(launch.revision)},
            "annotations": annotations,
        },
        "type": "Opaque",
        "data": encoded(values),
    }


def authentication_values(authentication: Authentication | None) -> dict[str, bytes]:
    """Values of the Secret that decide who may call."""
    if authentication is None:
        return {KEY_DIGESTS_SECRET: b"", TOKEN_SECRET: b""}
    digests = "".join(f"{each}\n" for each in authentication.key_digests)
    return {KEY_DIGESTS_SECRET: digests.encode(), TOKEN_SECRET: authentication.token_secret.encode()}


def encoded(values: dict[str, bytes]) -> dict[str, str]:
    """Values in Base64, as a Secret holds them."""
    return {name: base64.b64encode(value).decode("ascii") for name, value in values.items()}


def _complete(deployment: dict[str, Any], launch: Launch, labels: dict[str, str], code: str) -> None:
    """Adds what a service has besides what every package has: its own spec, secrets and state."""
    template = deployment["spec"]["template"]
    template["metadata"]["labels"] |= labels | {REVISION: str(launch.revision)}
    # Line by line, for whoever compares two of them.
    text = json.dumps(json.loads(contract.to_json(_spec(launch, code))), indent=1)
    if len(text.encode()) > _MOST_SPEC:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "The environment variables of the service are larger than what a cluster takes ({most} bytes).",
                most=_MOST_SPEC,
            ),
        )
    template["metadata"]["annotations"] = {SPEC: text, **({CODE: code} if code else {})}
    if not launch.repeat_requests:
        template["metadata"]["annotations"][REPEATS] = NEVER
    pod = template["spec"]
    pod["securityContext"] |= {"fsGroup": _GROUP}
    for spread in pod.get("topologySpreadConstraints", ()):
        # Says the same as `matchLabelKeys`, which clusters before 1.27 do not have.
        del spread["matchLabelKeys"]
        spread["labelSelector"]["matchLabels"] |= {REVISION: str(launch.revision)}
    secret = secret_name(launch.service, launch.revision)
    pod["volumes"] = [
        {"name": "state", "emptyDir": {}},
        {"name": "spec", "downwardAPI": {"items": [_annotation_file(SPEC, contract.SPEC_FILE)]}},
        {"name": "secrets", "secret": {"secretName": secret, "defaultMode": 0o440}},
        {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": str(launch.options.shm_bytes)}},
    ]
    (container,) = (each for each in pod["containers"] if each["name"] == CONTAINER)
    container["command"] = [launch.python.as_posix(), "-I", "-m", "scoredock_runtime"]
    container["args"] = ["serve", _STATE_FOLDER, f"{_SPEC_FOLDER}/{contract.SPEC_FILE}"]
    container["workingDir"] = _APP_ROOT
    if launch.image.startswith(f"{LOADED}/"):
        container["imagePullPolicy"] = "Never"
    if launch.front.certificate:
        for probe in _PROBES:
            container[probe]["httpGet"]["scheme"] = "HTTPS"
    container["env"].append({"name": contract.CONSOLE_VARIABLE, "value": contract.CONSOLE_RECORDS})
    container["volumeMounts"] = [
        {"name": "state", "mountPath": _STATE_FOLDER},
        {"name": "spec", "mountPath": _SPEC_FOLDER, "readOnly": True},
        {"name": "secrets", "mountPath": SECRETS_FOLDER, "readOnly": True},
        {"name": "memory", "mountPath": "/dev/shm"},  # noqa: S108 (the pod's own)
    ]
    if code:
        pod["volumes"].append({"name": "code", "configMap": {"name": code_map_name(launch.service, launch.revision)}})
        container["volumeMounts"].append({"name": "code", "mountPath": _CODE_FOLDER, "readOnly": True})


def _annotation_file(name: str, path: str) -> dict[str, Any]:
    return {"path": path, "fieldRef": {"fieldPath": f"metadata.annotations['{name}']"}}


def _spec(launch: Launch, code: str) -> ServiceSpec:
    """Without secrets, which the runtime takes from where they are mounted; every path is one of the container."""
    secured = bool(launch.front.certificate)
    return dataclasses.replace(
        spec_of(launch),
        nonce="",
        python="",
        app_root=_APP_ROOT,
        host="0.0.0.0",  # noqa: S104 (in the pod; what reaches it is decided by the Service)
        port=PORT,
        control_port=CONTROL_PORT,
        worker_count=1,  # a replica is a pod
        metrics=True,  # the probes ask for /ready, which goes with them
        stop_grace=max(ServiceSpec.stop_grace, launch.front.scoring_timeout),
        authentication=None if launch.authentication is None else Authentication(),
        tls_certificate=f"{SECRETS_FOLDER}/{CERTIFICATE}" if secured else "",
        tls_key=f"{SECRETS_FOLDER}/{_CERTIFICATE_KEY}" if secured else "",
        routes=None,  # they change while the pods stay
        routes_folder="" if launch.routes is None else ROUTES_FOLDER,
        code_folder=_CODE_FOLDER if code else "",
        code=code,
    )
