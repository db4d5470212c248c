"""Routes that lead callers from outside to services by names of their own: an Ingress, or an HTTPRoute of the Gateway
API, which divides the requests for an endpoint among the services of its versions as well. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from scoredock.clusters.target import ClusterTarget
from scoredock.service import Expose

ROUTE_KINDS: Mapping[Expose, str] = {"ingress": "Ingress", "gateway": "HTTPRoute"}
"""What leads callers to a service, by how a compute target exposes it; with all else its Service does."""
VERSION_HEADER = "azureml-model-deployment"
"""Of requests that are for one version of an endpoint."""
COPIES_HOST = "localhost-shadow"
"""The name to which Gateways made of Envoy send copies of requests: they append an ending to the host."""
_VERSIONS_HOST = "localhost"
"""Each version answers to its own names only, and to this one, as requests of the router have it."""
HTTPS = "https://"
_PORT = 80
"""Of the Service of each service without a certificate of its own."""
_SLACK_SECONDS = 10
"""A controller waits longer than a request may take, so that its answer is that of the service."""


class Share(NamedTuple):
    """Share of one service in the requests that come in."""

    service: str
    weight: int = 1
    """In relation to those of the others; 0 for none."""
    port: int = _PORT
    version: str = ""
    """Of an endpoint: the name by which requests ask for it in VERSION_HEADER."""


class Copies(NamedTuple):
    """Copies of requests, for a version that gets none itself."""

    service: str
    percent: int
    port: int = _PORT


class Division(NamedTuple):
    """Division of the requests for an endpoint among its versions."""

    shares: tuple[Share, ...]
    copies: Copies | None = None


def host_of(target: ClusterTarget, name: str) -> str:
    """`prices.models.example.com`; empty where no route leads to the services of the compute target."""
    if target.expose not in ROUTE_KINDS or not target.host:
        return ""
    return f"{name}.{target.host.removeprefix(HTTPS)}"


def address_of(target: ClusterTarget, name: str) -> str:
    """`https://prices.models.example.com`; empty where no route leads to the services of the compute target."""
    host = host_of(target, name)
    is_secure = bool(target.tls_secret) or target.host.startswith(HTTPS)
    return f"{HTTPS if is_secure else 'http://'}{host}" if host else ""


def route_of(target: ClusterTarget, metadata: Mapping[str, Any], seconds: float) -> dict[str, Any] | None:
    """Ingress or HTTPRoute to the service that `metadata` names, in the newest version of its kind; None if none is
    needed. A request may take so many seconds."""
    name = str(metadata["name"])
    if target.expose == "ingress":
        return ingress(target, metadata, seconds)
    if target.expose == "gateway":
        return http_route(metadata, [host_of(target, name)], target.gateway, Division((Share(name),)), seconds)
    return None


def ingress(target: ClusterTarget, metadata: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """networking.k8s.io/v1. Its annotations lift what controllers limit by themselves: nginx refuses bodies above 1 MB
    and waits 60 s, the one of Application Gateway 30 s."""
    name = str(metadata["name"])
    host, longest = host_of(target, name), str(_longest(seconds))
    limits = {
        "nginx.ingress.kubernetes.io/proxy-body-size": "0",
        "nginx.ingress.kubernetes.io/proxy-read-timeout": longest,
        "nginx.ingress.kubernetes.io/proxy-send-timeout": longest,
        "appgw.ingress.kubernetes.io/request-timeout": longest,
    }
    backend = {"service": {"name": name, "port": {"number": _PORT}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec: dict[str, Any] = {"rules": [{"host": host, "http": {"paths": [path]}}]}
    if target.ingress_class:
        spec["ingressClassName"] = target.ingress_class
    if target.tls_secret:
        spec["tls"] = [{"hosts": [host], "secretName": target.tls_secret}]
    annotations = {**(metadata.get("annotations") or {}), **limits}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {**metadata, "annotations": annotations},
        "spec": spec,
    }


def http_route(
    metadata: Mapping[str, Any],
    hosts: Sequence[str],
    gateway: str,
    division: Division,
    seconds: float,
) -> dict[str, Any]:
    """gateway.networking.k8s.io/v1. Each request goes to one of the services, by their weights, as KServe divides what
    an InferenceService gets. `gateway` is `NAME` or `NAMESPACE/NAME`; with no host it takes requests of all names that
    the Gateway has. Services that are versions of an endpoint are reached by name as well, whatever their weight.

    Raises ValueError for no service, and for weights that give none of them a request.
    """
    shares, copies = division
    if not any(each.weight > 0 for each in shares) or any(each.weight < 0 for each in shares):
        raise ValueError("no service gets requests by these weights")
    namespace, _, name = gateway.rpartition("/")
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": name}
    if namespace:
        parent["namespace"] = namespace
    rules = [_rule("", shares, copies, seconds)]
    rules += [_rule(each.version, [each._replace(weight=1)], copies, seconds) for each in shares if each.version]
    spec: dict[str, Any] = {"parentRefs": [parent]}
    if hosts:
        spec["hostnames"] = list(hosts)
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": dict(metadata),
        "spec": {**spec, "rules": rules},
    }


def _rule(version: str, shares: Sequence[Share], copies: Copies | None, seconds: float) -> dict[str, Any]:
    """For requests that ask for a version; with none for all that no other rule takes, as this one matches least."""
    match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": "/"}}
    if version:
        match["headers"] = [{"type": "Exact", "name": VERSION_HEADER, "value": version}]
    rule: dict[str, Any] = {"matches": [match]}
    filters: list[dict[str, Any]] = []
    if any(each.version for each in shares):
        filters.append({"type": "URLRewrite", "urlRewrite": {"hostname": _VERSIONS_HOST}})
    if version:
        named = [{"name": VERSION_HEADER, "value": version}]
        filters.append({"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": named}})
    if copies is not None and [each.service for each in shares] != [copies.service]:
        backend = _backend(copies.service, copies.port)
        filters.append({"type": "RequestMirror", "requestMirror": {"backendRef": backend, "percent": copies.percent}})
    if filters:
        rule["filters"] = filters
    rule["backendRefs"] = [{**_backend(each.service, each.port), "weight": each.weight} for each in shares]
    return {**rule, "timeouts": {"request": f"{_longest(seconds)}s"}}


def _backend(service: str, port: int) -> dict[str, Any]:
    return {"group": "", "kind": "Service", "name": service, "port": port}


def says_all(standing: object, whole: object) -> bool:
    """True if what the cluster has of a route says all of a whole one; what is not said the cluster fills in."""
    if isinstance(whole, Mapping):
        return isinstance(standing, Mapping) and all(
            says_all(standing.get(name), value) for name, value in whole.items()
        )
    if isinstance(whole, list):
        return (
            isinstance(standing, list)
            and len(standing) == len(whole)
            and all(says_all(one, other) for one, other in zip(standing, whole, strict=True))
        )
    return standing == whole


def earlier_form(document: Mapping[str, Any], version: str) -> dict[str, Any]:
    """A route in the version v1beta1 of its kind: an Ingress names its services otherwise there, an HTTPRoute has no
    time-outs."""
    spec = dict(document["spec"])
    if document["kind"] == "Ingress":
        spec["rules"] = [
            {**rule, "http": {"paths": [_earlier_path(each) for each in rule["http"]["paths"]]}}
            for rule in spec["rules"]
        ]
    else:
        spec["rules"] = [{key: value for key, value in rule.items() if key != "timeouts"} for rule in spec["rules"]]
    return {**document, "apiVersion": version, "spec": spec}


def _earlier_path(path: Mapping[str, Any]) -> dict[str, Any]:
    service = path["backend"]["service"]
    return {**path, "backend": {"serviceName": service["name"], "servicePort": service["port"]["number"]}}


def leads(route: Mapping[str, Any] | None) -> bool:
    """True if a controller has taken it up: it gave an Ingress an address, or a Gateway has accepted an HTTPRoute."""
    status = (route or {}).get("status") or {}
    addresses = (status.get("loadBalancer") or {}).get("ingress") or []
    if any(each.get("ip") or each.get("hostname") for each in addresses):
        return True
    return any(
        condition.get("type") == "Accepted" and condition.get("status") == "True"
        for condition in _conditions(route or {})
    )


def unsupported(route: Mapping[str, Any]) -> str:
    """Message of the Gateway that it cannot do the present route as a whole; empty if it reports no such thing."""
    for condition in _conditions(route):
        if not _is_of_now(condition, route):
            continue
        is_bad = (condition.get("type"), condition.get("status")) in (
            ("Accepted", "False"),
            ("PartiallyInvalid", "True"),
        )
        if is_bad and condition.get("reason") == "UnsupportedValue":
            return str(condition.get("message") or "") or "UnsupportedValue"
    return ""


def is_taken_up(route: Mapping[str, Any]) -> bool:
    """True if no Gateway says that it looked at the route before it was changed last."""
    return all(_is_of_now(each, route) for each in _conditions(route) if each.get("type") == "Accepted")


def _is_of_now(condition: Mapping[str, Any], route: Mapping[str, Any]) -> bool:
    seen, newest = condition.get("observedGeneration"), (route.get("metadata") or {}).get("generation")
    return not isinstance(seen, int) or not isinstance(newest, int) or seen >= newest


def _conditions(route: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parents = (route.get("status") or {}).get("parents") or []
    return [condition for parent in parents for condition in parent.get("conditions") or []]


def _longest(seconds: float) -> int:
    return math.ceil(seconds) + _SLACK_SECONDS
