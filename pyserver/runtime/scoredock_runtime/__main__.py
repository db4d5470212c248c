"""`python -m scoredock_runtime start|serve FOLDER`: the service's parent, in the background or in front."""

from __future__ import annotations

import sys
from typing import List

USAGE = """usage: python -m scoredock_runtime start FOLDER    run the service of FOLDER in the background
       python -m scoredock_runtime serve FOLDER    run it in the foreground (containers, debugging)
       python -m scoredock_runtime try FOLDER      run it until standard input ends

FOLDER holds spec.json; status.json and logs/ are written beside it."""


def main(arguments: List[str]) -> int:
    """Exit codes: 0 started or ended well, 1 the service failed, 2 wrong usage."""
    if len(arguments) == 2 and arguments[0] == "start":
        from scoredock_runtime.background import start

        return start(arguments[1])
    if len(arguments) == 2 and arguments[0] == "serve":
        from scoredock_runtime.parent import serve

        return serve(arguments[1])
    if len(arguments) == 2 and arguments[0] == "try":
        from scoredock_runtime.tethered import serve_tethered

        return serve_tethered(arguments[1])
    if len(arguments) == 3 and arguments[0] == "worker":
        # Started by the parent only; the two values are what its platform hands down (see worker_process.py).
        from scoredock_runtime.worker import main as work

        return work(arguments[1], arguments[2])
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
