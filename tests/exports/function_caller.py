"""Calls a function of an exported app with the types of `azure-functions`; run by a Python that has these and nothing
of ours, in the folder of the app, as the worker of Azure Functions imports it.

A line of standard input is one call, as JSON; its answer is a line of standard output.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

import azure.functions as func


class Out(func.Out[Any]):
    """What the function writes to."""

    def __init__(self) -> None:
        self.value: Any = None

    def set(self, value: Any) -> None:
        self.value = value

    def get(self) -> Any:
        return self.value


class Bytes(func.InputStream):
    """A blob."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, size: int = -1) -> bytes:
        return self.content


class Message(func.ServiceBusMessage):
    """Of a queue."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def get_body(self) -> bytes:
        return self.content


def main() -> None:
    sys.path.insert(0, ".")
    function = importlib.import_module("score")
    for line in sys.stdin:
        call = json.loads(line)
        body = call["body"].encode("latin-1")
        if call["kind"] == "http":
            request = func.HttpRequest(
                method=call["method"],
                url=f"https://app.azurewebsites.net{call['path']}",
                headers=call["headers"],
                body=body,
            )
            response = function.main(request)
            assert isinstance(response, func.HttpResponse)
            headers = {name.lower(): value for name, value in response.headers.items()}
            answer: Any = [response.status_code, headers, response.get_body().decode("latin-1")]
        else:
            target = Out()
            try:
                function.main(Bytes(body) if call["kind"] == "blob" else Message(body), target)
                answer = target.value if isinstance(target.value, str) else target.value.decode()
            except RuntimeError as fault:
                answer = {"fault": str(fault)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
