"""Failures of workers: why one ended, in one sentence and with the person's own frames."""

from __future__ import annotations

import json
import re
import signal
from typing import Any, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base.faults import is_inside

CLOSED_DESCRIPTORS = 83
"""Exit code of a worker whose script closed the channel to the parent."""
KILLED = -9
"""Exit code of a process that SIGKILL ended, of the kernel for example."""

_DUMPED_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$')


def exit_sentence(code: int) -> str:
    """`exit code 3` or `signal SIGSEGV (Segmentation fault)`, as a clause."""
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
        text = signal.strsignal(-code)
    except (ValueError, AttributeError):
        return f"signal {-code}"
    return f"signal {name} ({text})" if text else f"signal {name}"


def ended_before_ready(code: int, hello: bool, spec: contract.ServiceSpec, tail: List[str]) -> contract.Failure:
    """Failure of a worker that ended without saying why."""
    if not hello:
        last = next((line for line in reversed(tail) if line.strip()), "")
        message = f"{spec.python} could not host the service ({exit_sentence(code)})" + (f": {last}" if last else ".")
        return contract.Failure(contract.SERVICE_CRASHED, message, log_lines=tail)
    if code == CLOSED_DESCRIPTORS:
        message = "The script closed file descriptors that are not its own, so the service cannot go on."
        return contract.Failure(contract.INIT_FAILED, message, log_lines=tail)
    message = f"The process ended during import or init() with {exit_sentence(code)}."
    return contract.Failure(contract.INIT_EXITED, message, dumped_frames(tail, spec.app_root), tail)


def start_timed_out(spec: contract.ServiceSpec, tail: List[str]) -> contract.Failure:
    """Failure of a worker that was still importing or in init() when its time was over."""
    message = f"Import and init() did not finish within {spec.start_timeout:g} seconds."
    return contract.Failure(contract.INIT_TIMEOUT, message, dumped_frames(tail, spec.app_root), tail)


def dumped_frames(lines: List[str], app_root: str) -> List[contract.Frame]:
    """The person's frames out of a dump by faulthandler, whose newest frame comes first."""
    frames: List[contract.Frame] = []
    for line in lines:
        found = _DUMPED_FRAME.match(line)
        if found and is_inside(found.group(1), app_root):
            frames.insert(0, contract.Frame(found.group(1), int(found.group(2)), found.group(3)))
    return frames


def failure_of_message(raw: Any) -> Optional[contract.Failure]:
    """The failure that a worker's message holds; None when it holds none."""
    if not isinstance(raw, dict):
        return None
    try:
        status = {"phase": "", "revision": 0, "parent_pid": 0, "parent_started": 0.0, "failure": raw}
        return contract.status_from_json(json.dumps(status)).failure
    except (ValueError, TypeError):
        return None


def crashed_too_often(
    count: int, window: float, code: Optional[int], last: Optional[contract.Failure], tail: List[str]
) -> contract.Failure:
    """Failure of a service that is given up."""
    if last is not None:
        how, frames = last.message, last.frames
    else:
        how, frames = f"It ended with {exit_sentence(code or 0)}.", []
    message = f"The worker ended {count} times within {window:g} seconds. The last time: {how}"
    return contract.Failure(contract.SERVICE_CRASHED, message, frames, tail)
