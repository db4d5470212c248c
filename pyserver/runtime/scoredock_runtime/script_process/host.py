"""The program that the interpreter of a script runs: `python host.py READING WRITING INTERRUPTS WORKER SHARED`.

The arguments are the numbers of three descriptors, a process id, and the number of a descriptor or -1. It says first
which Python it is, so that even Python 2.7 has to understand this file; what comes after that is Python 3.6.
"""

import json
import os
import struct
import sys

_HELLO = 32  # as in channel.py, which this cannot import yet
_NEEDED = [3, 6]


def main(reading, writing, interrupts, worker, shared):  # type: ignore[no-untyped-def]  # no annotations in Python 2.7
    """The exit code. Descriptors and process id as numbers."""
    version = list(sys.version_info[:3])
    facts = {
        "version": version,
        "implementation": getattr(getattr(sys, "implementation", None), "name", "python"),
        "bits": 8 * struct.calcsize("P"),
        "protocol": 1,
    }
    fields = json.dumps(facts).encode("ascii")
    hello = struct.pack("<4sBBHIQd", b"SDS1", _HELLO, 0, 0, len(fields), 0, 0.0) + fields
    if version < _NEEDED:
        os.write(writing, hello)
        return 1
    provide_package(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # type: ignore[no-untyped-call]
    # It put the folder of this file first on the path; nothing is to be imported from there.
    if sys.path and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    from scoredock_runtime.script_process.script_host import serve

    os.write(writing, hello)
    return serve(reading, writing, interrupts, worker, shared)


def provide_package(folder):  # type: ignore[no-untyped-def]
    """Makes this package importable, and nothing beside it: what lies there is for another Python."""
    from importlib.machinery import FileFinder, SourceFileLoader
    from types import ModuleType

    class Loader(SourceFileLoader):
        """Writes no compiled files: the environment of another Python is not changed."""

        def set_data(self, *_, **__):  # type: ignore[no-untyped-def]
            """Nothing."""

    class Finder(object):  # noqa: UP004 (Python 2.7)
        """For modules of this package."""

        @staticmethod
        def find_spec(name, path, target=None):  # type: ignore[no-untyped-def] # noqa: ARG004
            """Named by the import system; None for what is not ours."""
            if not name.startswith("scoredock_runtime.") or not path:
                return None
            return FileFinder(next(iter(path)), (Loader, [".py"])).find_spec(name)

    package = ModuleType("scoredock_runtime")
    package.__path__ = [folder]
    sys.modules["scoredock_runtime"] = package
    sys.meta_path.insert(0, Finder)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:6])))  # type: ignore[no-untyped-call]
