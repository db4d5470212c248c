"""The person's entry script in the worker's own Python, and its failures in the words of the contract."""

from __future__ import annotations

import sys
from typing import List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base.faults import one_line, places_of, traceback_text
from scoredock_runtime.script_process import entry_script as entry_scripts
from scoredock_runtime.script_process.entry_script import OBJECT, RAW, TEXT, EntryScript, Unusable

__all__ = ["OBJECT", "RAW", "TEXT", "Script", "ScriptFailed", "frames_of", "load", "one_line", "traceback_text"]


class ScriptFailed(Exception):
    """The person's script cannot serve; `failure` says why, `fault` is the exception it raised, if any."""

    def __init__(self, failure: contract.Failure, fault: Optional[BaseException] = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.fault = fault


class Script(EntryScript):
    """An imported script whose run() has an acceptable signature."""

    def init(self) -> None:
        """Calls the person's init(). Raises ScriptFailed."""
        try:
            super().init()
        except Unusable as fault:
            raise failed(fault) from None

    @property
    def sees_requests(self) -> bool:
        """True if it looks at more of a request than its body."""
        return self.kind == RAW or self.wants_headers or "flask" in sys.modules

    def answers_cors(self) -> bool:
        """True if a raw-HTTP script sets the CORS headers itself."""
        return self.kind == RAW and names_cors(self.path)


def names_cors(path: str) -> bool:
    """True if the file names the header of CORS."""
    try:
        with open(path, "rb") as stream:
            return b"access-control-allow-origin" in stream.read(4_000_000).lower()
    except OSError:
        return False


def load(app_root: str, entry_script: str) -> Script:
    """Imports the script and looks at it. Raises ScriptFailed."""
    try:
        return entry_scripts.load(app_root, entry_script, Script)
    except Unusable as fault:
        raise failed(fault) from None


def failed(fault: Unusable) -> ScriptFailed:
    """The same in the words of the contract."""
    frames = [contract.Frame(*each) for each in fault.places]
    return ScriptFailed(contract.Failure(fault.cause, fault.message, frames), fault.fault)


def frames_of(fault: BaseException, app_root: str) -> List[contract.Frame]:
    """The frames in the person's own files, outermost first; for a syntax error the bad line is the last."""
    return [contract.Frame(*each) for each in places_of(fault, app_root)]
