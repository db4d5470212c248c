"""Runs scripts of azure-ai-ml, each in a folder of its own; by a Python that has it and nothing of ours.

Reads a JSON list of paths from standard input and prints a JSON object path → what was printed and how it ended, empty
for well. Names below the domain of the test lead to this machine, and the credential is one of the test: there is no
Azure to log in to.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import os
import runpy
import socket
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

DOMAIN = "scoredock.test"
resolve = socket.getaddrinfo


def local(host: Any, *words: Any, **options: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    return resolve("127.0.0.1" if str(name).endswith(DOMAIN) else host, *words, **options)


class Credential:
    """Gives a token that nobody checks."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def get_token(self, *scopes: str, **options: Any) -> Any:
        access_token = importlib.import_module("azure.core.credentials").AccessToken
        return access_token("token-of-the-test", int(time.time()) + 3600)


def main() -> None:
    """Run all."""
    warnings.simplefilter("ignore")
    logging.disable()
    socket.getaddrinfo = local
    vars(importlib.import_module("azure.identity"))["DefaultAzureCredential"] = Credential
    results = {}
    for name in json.load(sys.stdin):
        output, failure = io.StringIO(), ""
        os.chdir(Path(name).parent)
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
                runpy.run_path(name, run_name="__main__")
        except BaseException:  # what a script does is none of ours
            failure = traceback.format_exc()[-6000:]
        results[name] = [output.getvalue(), failure]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
