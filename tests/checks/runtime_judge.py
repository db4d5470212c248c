"""Runs entry scripts in the real runtime, each in a process of its own, and tells how far they came.

Reads a JSON list of {id, root, script, body} from standard input and prints a JSON object id → "ok", "start" (the
script could not be started) or "request" (the request failed).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy  # noqa: F401 (imported once, before the processes part)

from scoredock_runtime import shims
from scoredock_runtime.http.messages import Request
from scoredock_runtime.worker import script as runtime_script
from scoredock_runtime.worker.scoring import Scorer


def judge(root: str, name: str, body: str) -> str:
    """How far one script comes."""
    os.chdir(root)
    os.environ["AML_APP_ROOT"] = root
    os.environ["AZUREML_MODEL_DIR"] = str(Path(root) / (Path(root) / "model_dir").read_text(encoding="utf-8"))
    sys.path.append(root)
    shims.install()
    try:
        script = runtime_script.load(root, name)
        script.init()
    except runtime_script.ScriptFailed as failed:
        print(failed.failure.message, file=sys.stderr)
        return "start"
    headers = [(b"content-type", b"application/json"), (b"host", b"localhost")]
    request = Request(b"POST", b"/score", headers, body.encode())
    request.path = "/score"
    answer = Scorer(script, 10_000).answer(request)
    return "ok" if answer.status == 200 else "request"


def main() -> None:
    """Judge all."""
    results = {}
    for case in json.load(sys.stdin):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # what the scripts print must not mix with the results
            verdict = judge(case["root"], case["script"], case["body"])
            os.write(writer, verdict.encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            results[case["id"]] = stream.read().decode()
        os.waitpid(child, 0)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
