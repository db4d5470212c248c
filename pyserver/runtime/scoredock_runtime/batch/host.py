"""The program of a worker that is started: `python host.py`, messages on standard input and output."""

import os
import sys


def main():  # type: ignore[no-untyped-def]  # no annotations in Python 2.7, which must be able to say that it is too old
    """The exit code."""
    if list(sys.version_info[:2]) < [3, 6]:
        sys.stderr.write("This Python is too old for a batch job: it needs 3.6 or newer.\n")
        return 1
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if "scoredock_runtime" not in sys.modules:
        # It put the folder of this file first on the path; from there this one thing is imported, and nothing else.
        sys.path[0] = os.path.join(package, "script_process")
        import host  # type: ignore[import-not-found]

        host.provide_package(package)
    if sys.path and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    from scoredock_runtime.batch.worker import serve

    return serve()


if __name__ == "__main__":
    sys.modules["batch_host"] = sys.modules.pop("__main__")
    sys.modules["__main__"] = sys.modules["batch_host"]
    sys.exit(main())  # type: ignore[no-untyped-call]
