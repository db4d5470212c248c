"""Requests to a service of ours: a score, and a sample made from its own description."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from scoredock.deploy.view import Answer, Sample
from scoredock.engines.probe import LOOPBACK, probe_on
from scoredock.errors import ScoredockError

_ANSWER_BYTES = 50_000_000
_SWAGGER_SECONDS = 5.0
_GUESS = '{\n  "data": []\n}'


def send(
    service: str, port: int, nonce: str, path: str, body: bytes, *, method: str, content_type: str, timeout: float
) -> Answer:
    """One request, on a connection whose other end has proven to be this service.

    Raises ScoredockError `service-unreachable` (nobody, a stranger, or no answer within `timeout` seconds).
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        if not probe_on(connection, nonce).proven:
            raise ScoredockError(
                "service-unreachable",
                f"Another program answers on port {port}; the service {service} was not called.",
                "Restart the service.",
            )
        headers = {"Content-Type": content_type} if body or method != "GET" else {}
        begun = time.perf_counter()
        connection.request(method, path, body if body or method != "GET" else None, headers)
        answer = connection.getresponse()
        content = answer.read(_ANSWER_BYTES)
        took = (time.perf_counter() - begun) * 1000
        return Answer(
            answer.status, round(took, 3), {name.lower(): value for name, value in answer.getheaders()}, content
        )
    except TimeoutError:
        raise ScoredockError(
            "service-unreachable", f"The service {service} did not answer within {timeout:g} s."
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise ScoredockError(
            "service-unreachable", f"The service {service} broke off the connection: {error or type(error).__name__}."
        ) from None
    finally:
        connection.close()


def sample_of(service: str, port: int, nonce: str) -> Sample:
    """A body from the service's swagger, or a plain guess that says so. Raises ScoredockError `service-unreachable`."""
    answer = send(service, port, nonce, "/swagger.json", b"", method="GET", content_type="", timeout=_SWAGGER_SECONDS)
    if answer.status == 200:
        try:
            example = example_in(json.loads(answer.body))
        except (ValueError, RecursionError):
            example = None
        if example is not None:
            return Sample(json.dumps(example, indent=2, ensure_ascii=False), "The sample input of the script's schema.")
    return Sample(
        _GUESS, "The script declares no schema, so this is only the usual shape; change it to what run() expects."
    )


def example_in(swagger: Any) -> Any:
    """The example of the input of `POST /score` in a swagger 2 document, or None."""
    definitions = swagger.get("definitions") if isinstance(swagger, dict) else None
    declared = definitions.get("ServiceInput") if isinstance(definitions, dict) else None
    if not isinstance(declared, dict):
        return None
    example = declared.get("example")
    return None if example in (None, {}, "") else example
