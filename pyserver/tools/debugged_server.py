"""The language server under a debugger of the editor: `python -I debugged_server.py PORT --stdio`.

For working on Scoredock itself. The extension starts this instead of `-m scoredock.server` where VS Code runs it from
source and SCOREDOCK_SERVER_DEBUGGER names a port (extension/session/serverArguments.ts, .vscode/launch.json). The
editor listens there, and this connects to it before anything of the server is imported, so that every breakpoint
counts.

The server starts without a debugger, and says so on standard error, where nobody listens within `--patience` seconds:
a restart of the server must not depend on a debug session that has ended.
"""

from __future__ import annotations

import argparse
import os
import runpy
import socket
import sys
import threading
import time

HOST = "127.0.0.1"
READY_SECONDS = 30.0
"""For the editor to set its breakpoints, once connected; it takes one or two."""


def is_in_use(port: int) -> bool:
    """True if somebody listens there. Found out by taking the port for a moment: connecting would be an answer to the
    editor."""
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def wait_for_listener(port: int, seconds: float) -> bool:
    """True as soon as somebody listens, False when nobody does in time."""
    deadline = time.monotonic() + seconds
    while not is_in_use(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def connect(port: int) -> None:
    """Blocks until the editor has set its breakpoints, or has taken too long. Raises what debugpy raises."""
    # Only modules of the standard library are frozen, and nobody sets breakpoints there.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    import debugpy

    # Services and builds are programs of their own: debugging them would keep them from outliving the server.
    debugpy.configure(subProcess=False)
    debugpy.connect((HOST, port))
    bound = threading.Timer(READY_SECONDS, lambda: debugpy.wait_for_client.cancel())
    bound.daemon = True
    bound.start()
    debugpy.wait_for_client()
    bound.cancel()


def main() -> None:
    """Runs the server with the arguments that are not ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int, help="where the editor listens on 127.0.0.1")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds to wait for it")
    options, words = parser.parse_known_args()
    if wait_for_listener(options.port, options.patience):
        connect(options.port)
    else:
        print(f"No debugger listens on {HOST}:{options.port}; the server starts without.", file=sys.stderr, flush=True)
    sys.argv = ["scoredock.server", *words]
    runpy.run_module("scoredock.server", run_name="__main__")


if __name__ == "__main__":
    main()
