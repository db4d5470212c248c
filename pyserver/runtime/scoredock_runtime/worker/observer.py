"""Facts that a worker writes while a script is only tried: how long its start took, warnings, and what run() raised.

Facts go as JSON lines to a file, so that what was written before a crash is there after it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import warnings
from types import FrameType
from typing import Any, Dict, Mapping, Optional, TextIO, Type

from scoredock_runtime import contract
from scoredock_runtime.base.faults import is_inside, one_line
from scoredock_runtime.worker.script import frames_of

_WARNINGS = 200
"""The most that are reported of one worker; a loop that warns would fill the disk."""


class Observer:
    """Appends facts to the file; never disturbs the script, so what cannot be written is left out."""

    def __init__(self, path: str, app_root: str) -> None:
        self._path = path
        self._app_root = app_root
        self._warned: Dict[Any, bool] = {}
        self._phase = contract.TRIED_IMPORT
        self._began = time.perf_counter()

    def watch_warnings(self) -> None:
        """Reports warnings from now on, deprecations as well, unless the person chose filters."""
        if not sys.warnoptions and not os.environ.get("PYTHONWARNINGS"):
            warnings.simplefilter("default", DeprecationWarning)
            warnings.simplefilter("default", PendingDeprecationWarning)
        usual = warnings.showwarning

        def show(
            message: Warning | str,
            category: Type[Warning],
            filename: str,
            lineno: int,
            file: Optional[TextIO] = None,
            line: Optional[str] = None,
        ) -> None:
            with contextlib.suppress(Exception):
                self._warning(message, category, filename)
            usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show

    def passed(self, phase: str) -> None:
        """A phase of the start has ended; the next one begins."""
        self._tell(event=contract.TRIED_PASSED, phase=self._phase, seconds=time.perf_counter() - self._began)
        self._phase, self._began = phase, time.perf_counter()

    def raised(
        self, fault: BaseException, *, serialising: bool = False, value: object = None, converting: bool = False
    ) -> None:
        """run() raised, or what it returned is not JSON, or an argument did not fit its schema."""
        frames = frames_of(fault, self._app_root)
        self._tell(
            event=contract.TRIED_RAISED,
            message=one_line(fault),
            frames=[{"file": each.file, "line": each.line, "function": each.function} for each in frames],
            serialising=serialising,
            returned=type(value).__name__ if serialising else "",
            converting=converting and not frames,
        )

    def _warning(self, message: Warning | str, category: Type[Warning], filename: str) -> None:
        place = self._own_frame()
        own = is_inside(filename, self._app_root)
        if place is None or (issubclass(category, (DeprecationWarning, PendingDeprecationWarning)) and not own):
            return  # a library warns its own makers
        key = (category, place)
        if key in self._warned or len(self._warned) >= _WARNINGS:
            return
        self._warned[key] = True
        text = " ".join(str(message).split())[:1000]
        self._tell(event=contract.TRIED_WARNED, category=category.__name__, message=text, file=place[0], line=place[1])

    def _own_frame(self) -> Optional[tuple[str, int]]:
        """The person's line that led to what is going on."""
        frame: Optional[FrameType] = sys._getframe()
        while frame is not None:
            if is_inside(frame.f_code.co_filename, self._app_root):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None

    def _tell(self, **facts: Any) -> None:
        with contextlib.suppress(OSError, ValueError, TypeError), open(self._path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps({**facts, "during": self._phase}) + "\n")


def begin(environment: Mapping[str, str], app_root: str) -> Optional[Observer]:
    """The observer, where somebody asked for one."""
    path = environment.get(contract.OBSERVE_VARIABLE, "")
    if not path:
        return None
    observer = Observer(path, app_root)
    observer.watch_warnings()
    return observer
