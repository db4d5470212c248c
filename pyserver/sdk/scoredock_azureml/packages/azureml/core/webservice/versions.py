"""The versions of an AksEndpoint: services of their own behind the router of an endpoint."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import json
import socket
import time
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple
from urllib.parse import urlsplit

from azureml._scoredock import notes
from azureml._scoredock.attempts import answer_of, connect
from azureml._scoredock.failures import ServerFailure, exception_of
from azureml._scoredock.server import Operation
from azureml.core.webservice import deployment
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core.webservice.aks import AksEndpoint, AksWebservice

_LONGEST_NAME = 32
_OF_ENDPOINT = ("traffic_percentile", "is_default", "is_control_version_type")
_SECONDS = 3700.0
"""For all of one answer; a service itself gives up after an hour."""


def ask(endpoint: "AksEndpoint", method: str, **params: Any) -> Dict[str, Any]:
    """Raises WebserviceException."""
    answer: Dict[str, Any] = endpoint.workspace._ask_raising(WebserviceException, method, name=endpoint.name, **params)
    return answer


def record_of(endpoint: "AksEndpoint") -> Dict[str, Any]:
    """The endpoint as it is, made with its first version where it is not there yet. Raises WebserviceException."""
    endpoint._await_record()
    try:
        record: Dict[str, Any] = endpoint.workspace._ask("endpoint/show", name=endpoint.name)
    except ServerFailure as failure:
        if failure.code != "endpoint-not-found":
            raise exception_of(failure, kind=WebserviceException) from None
        return ask(endpoint, "endpoint/create", version=endpoint._version_name(), service=endpoint.name)
    return record


def all_of(endpoint: "AksEndpoint") -> "Dict[str, AksWebservice]":
    """The service of each version, and its part."""
    from azureml.core.webservice.aks import AksWebservice

    services: Dict[str, AksWebservice] = {}
    for each in record_of(endpoint)["versions"]:
        if each["state"] == "Missing":
            continue
        one = object.__new__(AksWebservice)
        one._begin(endpoint.workspace, each["service"], None)
        vars(one).update(
            traffic_percentile=each["share"], is_default=each["isDefault"], version_type=each["type"] or None
        )
        services[each["name"]] = one
    return services


def _service_of(endpoint: "AksEndpoint", version: str) -> "AksWebservice":
    """Raises WebserviceException for a name that no version has."""
    found = all_of(endpoint).get(version)
    if found is None:
        raise WebserviceException(f"No version with name {version} in the endpoint {endpoint.name}.")
    return found


def require_share(share: Optional[int]) -> None:
    """Raises WebserviceException."""
    if share is not None and not 0 <= share <= 100:
        raise WebserviceException("Error, traffic_percentile cannot be negative or greater than 100.")


def _part(arguments: Dict[str, Any]) -> Dict[str, Any]:
    """Settings of a version as a part of its endpoint."""
    share, default, control = (arguments.get(name) for name in _OF_ENDPOINT)
    part: Dict[str, Any] = {} if share is None else {"share": share}
    return {**part, "isDefault": bool(default), "isControl": bool(control)}


def begin(endpoint: "AksEndpoint", arguments: Dict[str, Any], configuration: Any) -> Tuple[Dict[str, Any], Operation]:
    """Deploys the service of a new version; how the version is to be set once that is there. Raises
    WebserviceException."""
    version = arguments["version_name"]
    record = record_of(endpoint)
    taken = {each["name"] for each in record["versions"]}
    if version in taken:
        raise WebserviceException(f"Error, there is already a version with name {version} in Endpoint {endpoint.name}.")
    service = _service_name(endpoint.name, version)
    names = configuration.__init__.__code__.co_varnames[1 : configuration.__init__.__code__.co_argcount]
    values = {name: arguments.get(name) for name in names}
    values.update(auth_enabled=endpoint.auth_enabled, token_auth_enabled=endpoint.token_auth_enabled)
    deploy_configuration = configuration(**values)
    operation = deployment.deploy(
        endpoint.workspace,
        service,
        {**deployment.source_of(arguments["models"] or []), "compute": record["compute"]},  # beside the others
        arguments["inference_config"],
        deploy_configuration,
        False,
    )
    notes.note(endpoint.workspace, service, computeType="AKS")
    deployment.pending(endpoint, operation)
    return {"version": version, "service": service, **_part(arguments)}, operation


def _service_name(endpoint: str, version: str) -> str:
    name = f"{endpoint}-{version}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{endpoint[: _LONGEST_NAME - 9].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def update(endpoint: "AksEndpoint", version: str, arguments: Dict[str, Any]) -> None:
    """Moves a version to what is given. Raises WebserviceException."""
    service = _service_of(endpoint, version)
    changes = {name: value for name, value in arguments.items() if name not in _OF_ENDPOINT}
    if any(value is not None for value in changes.values()):
        service._update_from(changes)
    if any(arguments.get(name) is not None for name in _OF_ENDPOINT):
        ask(endpoint, "endpoint/setVersion", version=version, **_part(arguments))


def update_all(endpoint: "AksEndpoint", arguments: Dict[str, Any]) -> None:
    """Updates the options that hold for all versions; the version named like the endpoint has them already."""
    for service in all_of(endpoint).values():
        if service.name != endpoint.name:
            service._update_from(arguments)
    share_keys(endpoint)


def share_keys(endpoint: "AksEndpoint") -> None:
    """Sets the keys of all versions to those of the service of the endpoint's name."""
    if not endpoint.auth_enabled:
        return
    keys = endpoint.get_keys()
    for service in all_of(endpoint).values():
        if service.name != endpoint.name:
            for which, key in zip(("Primary", "Secondary"), keys):
                if key not in service.get_keys():
                    service.regen_key(which, key)


def remove(endpoint: "AksEndpoint", version: str) -> None:
    """Removes the version and its service; the one of the endpoint's own name stays as long as the endpoint. Raises
    WebserviceException.
    """
    service = _service_of(endpoint, version)
    ask(endpoint, "endpoint/removeVersion", version=version)
    if service.name != endpoint.name:
        service.delete()


def delete(endpoint: "AksEndpoint") -> None:
    """Deletes the router and the services of further versions. Raises WebserviceException."""
    try:
        record = endpoint.workspace._ask("endpoint/show", name=endpoint.name)
        endpoint.workspace._ask("endpoint/delete", name=endpoint.name)
        for each in record["versions"]:
            if each["service"] != endpoint.name:
                endpoint.workspace._ask("service/delete", name=each["service"])
                notes.forget(endpoint.workspace, each["service"])
    except ServerFailure as failure:
        if failure.code not in ("endpoint-not-found", "service-not-found"):
            raise exception_of(failure, kind=WebserviceException) from None


def run(endpoint: "AksEndpoint", input_data: Any) -> Any:
    """The answer of whichever version gets the request. Raises WebserviceException for every answer that is not 200."""
    uri = endpoint.scoring_uri
    if not uri:
        raise WebserviceException(
            "scoring_uri unavailable. This could be due to a failed deployment, or the service is not ready yet."
            f" Current State: {endpoint.state}"
        )
    body = input_data if isinstance(input_data, (str, bytes, bytearray)) else json.dumps(input_data)
    headers = {"Content-Type": "application/json"}
    key = endpoint.get_keys()[0] if endpoint.auth_enabled else ""
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = body.encode() if isinstance(body, str) else bytes(body)
    answer = answer_of(lambda: _posted(uri, data, headers))
    if 200 <= answer["status"] < 300:
        return json.loads(answer["body"])
    # A script may answer with the request that it got.
    texts = str(answer["headers"]), answer["body"].decode("utf-8", "replace")
    hidden = [each.replace(key or "\0", "…") for each in texts]
    raise endpoint._bad_answer({"status": answer["status"], "headers": hidden[0], "body": hidden[1]})


def _posted(uri: str, data: bytes, headers: Dict[str, str]) -> Dict[str, Any]:
    """`status`, `headers` and `body` of the answer. No proxy is used for this machine, and no redirect is followed:
    the key would go along to wherever a script leads its callers. Raises OSError, http.client.HTTPException."""
    parts = urlsplit(uri)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=_SECONDS)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
    )
    connection.response_class = _WholeAnswer
    with contextlib.closing(connection):
        connect(connection)
        connection.request("POST", uri.partition("://")[2].partition(parts.netloc)[2] or "/", data, headers)
        answer = connection.getresponse()
        return {"status": answer.status, "headers": dict(answer.headers), "body": answer.read()}


class _WholeAnswer(http.client.HTTPResponse):
    """The time-out of a socket begins again with each byte."""

    def __init__(self, sock: socket.socket, *arguments: Any, **settings: Any) -> None:
        super().__init__(sock, *arguments, **settings)
        raw: Any = self.fp.detach()
        self.fp = io.BufferedReader(_EndingReader(raw, sock))


class _EndingReader(io.RawIOBase):
    def __init__(self, raw: Any, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._until = time.monotonic() + _SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        left = self._until - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        count: Optional[int] = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
