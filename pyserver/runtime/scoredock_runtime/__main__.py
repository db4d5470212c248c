"""`python -m scoredock_runtime start|serve FOLDER`: the service's parent, in the background or in front.
With options alone it is the command line of azmlinfsrv."""

from __future__ import annotations

import sys

USAGE = """usage: python -m scoredock_runtime start FOLDER    run the service of FOLDER in the background
       python -m scoredock_runtime serve FOLDER [SPEC]
                                                   run it in the foreground (containers, debugging)
       python -m scoredock_runtime try FOLDER      run it until standard input ends
       python -m scoredock_runtime --entry_script score.py …    as azmlinfsrv is called; --help tells the options

FOLDER holds spec.json unless SPEC is that file; status.json and logs/ are written into it."""


_CTRL_C = 130
"""As a shell tells of a program that it ended."""


def main(arguments: list[str]) -> int:
    """Exit codes: 0 started or ended well, 1 the service failed, 2 wrong usage, 130 a Ctrl-C before there was a service
    that could be stopped; for the rest see command.py."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        if arguments[:1] in (["worker"], ["template"], ["batch"]):
            raise  # of a script, whose traceback tells where
        return _CTRL_C


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0].startswith("-"):
        return _command(arguments)
    if len(arguments) == 2 and arguments[0] == "start":
        from scoredock_runtime.parent.background import start

        return start(arguments[1])
    if len(arguments) in (2, 3) and arguments[0] == "serve":
        from scoredock_runtime.parent.main import serve

        return serve(*arguments[1:])
    if len(arguments) == 2 and arguments[0] == "try":
        from scoredock_runtime.parent.main import serve_while_input_lasts

        return serve_while_input_lasts(arguments[1])
    if len(arguments) == 3 and arguments[0] == "worker":
        # Started by the parent only; the two values are what its platform hands down (see worker_process.py).
        from scoredock_runtime.worker.worker import main as work

        return work(arguments[1], arguments[2])
    if len(arguments) in (2, 3) and arguments[0] == "template":
        # Started by the parent of a service, or by the driver of a batch job with the module of its workers.
        from scoredock_runtime.template.template import main as keep

        return keep(*arguments[1:])
    if len(arguments) in (3, 4) and arguments[0] == "batch-host":
        # In a container of a cluster: FOLDER for the input, PORT, the script's interpreter where that is another one.
        return _batch_host(arguments[1], int(arguments[2]), "".join(arguments[3:]))
    if arguments and arguments[0] == "batch":
        # Started by the driver of a batch job only; with the interpreter of the script where that is another one.
        return _batch(arguments[1:])
    print(USAGE, file=sys.stderr)
    return 2


def _batch(python: list[str]) -> int:
    if python:
        import os

        host = os.path.join(os.path.dirname(os.path.abspath(__file__)), "batch", "host.py")
        os.execv(python[0], [python[0], host])  # noqa: S606 (no shell is wanted)
    from scoredock_runtime.batch.worker import serve as work

    return work()


def _batch_host(folder: str, port: int, script_python: str) -> int:
    import os

    from scoredock_runtime.batch.frames import SECRET
    from scoredock_runtime.batch.remote import Host

    Host(folder, os.environ.pop(SECRET), script_python).serve(port)
    return 0


def _command(arguments: list[str]) -> int:
    from scoredock_runtime.command_line.command import main as command

    return command(arguments)


def console() -> None:
    """The console script `scoredock-runtime`: without a verb it is the command line of azmlinfsrv."""
    arguments = sys.argv[1:]
    try:
        sys.exit(_run(arguments) if arguments[:1] in (["start"], ["serve"], ["try"]) else _command(arguments))
    except KeyboardInterrupt:
        sys.exit(_CTRL_C)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
