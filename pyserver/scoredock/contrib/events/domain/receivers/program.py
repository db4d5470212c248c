"""Programs as receivers: the event on standard input and in variables, no shell, and an end after a time."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from scoredock import l10n, run, threads
from scoredock.contrib.events.domain.outcome import DeliveryOutcome
from scoredock.errors import ScoredockError

_KEPT = 2_000


def deliver(
    command: Sequence[str], folder: str, body: bytes, variables: Mapping[str, str], seconds: float
) -> DeliveryOutcome:
    """Delivered when it ends with 0. Whatever it has started ends with it. Never raises for what a program does."""
    place = Path(folder)
    try:
        argv = [_program(command[0], place), *command[1:]]
        process = run.start_piped(argv, place, run.program_environment(variables))
    except OSError as error:
        reason = error.strerror or l10n.t("there is no such program")
        text = l10n.t(
            "{command} cannot be started in {folder}: {reason}.", command=command[0], folder=folder, reason=reason
        )
        return DeliveryOutcome("failed", text, may_have_arrived=False)
    last = _Last()
    with run.ends_with_us(process.pid):
        try:
            threads.start(_feed, process.stdin, body, name="event for a program", at_fault=threads.logged)
            readers = [
                threads.start(last.read, stream, name="output of a receiver", at_fault=threads.logged)
                for stream in (process.stdout, process.stderr)
            ]
            code = _ended(process, seconds)
            if code is None:
                text = l10n.t(
                    "{command} did not end within {seconds} seconds.", command=command[0], seconds=f"{seconds:g}"
                )
                return DeliveryOutcome("failed", text)
        finally:
            run.kill_tree(process.pid)
            process.wait()
    for reader in readers:
        reader.join(1.0)
    if code == 0:
        return DeliveryOutcome("delivered")
    text = l10n.t("{command} ended with exit code {code}.", command=command[0], code=code)
    return DeliveryOutcome("failed", f"{text} {last.line()}".strip())


def require_program(command: Sequence[str], folder: str) -> None:
    """Raises ScoredockError `event-option-invalid`."""
    try:
        if not Path(_program(command[0], Path(folder or "."))).is_file():
            raise FileNotFoundError(command[0])
    except (OSError, ValueError):
        raise ScoredockError(
            "event-option-invalid", l10n.t("There is no command {name}.", name=command[0][:200])
        ) from None


def _program(name: str, folder: Path) -> str:
    """Raises FileNotFoundError."""
    return str(folder / name) if os.sep in name else run.resolve_executable(name)


def _ended(process: run.Piped, seconds: float) -> int | None:
    """Its exit code; None where it goes on for longer. On Linux the process is not waited for yet, so that its group is
    still its own."""
    ended = threading.Event()
    codes: list[int] = []

    def look() -> None:
        if hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):
                result = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
                if result is not None:
                    codes.append(result.si_status if result.si_code == os.CLD_EXITED else -result.si_status)
        if not codes:
            codes.append(process.wait())
        ended.set()

    threads.start(look, name="end of a receiver", at_fault=threads.logged)
    return codes[0] if ended.wait(seconds) else None


def _feed(stream: IO[bytes] | None, body: bytes) -> None:
    if stream is not None:
        with contextlib.suppress(OSError, ValueError):  # it need not read
            stream.write(body)
        with contextlib.suppress(OSError, ValueError):
            stream.close()


class _Last:
    """The last of what a program has printed."""

    def __init__(self) -> None:
        self._kept = b""

    def read(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(stream.fileno(), 65536):
                self._kept = (self._kept + piece)[-_KEPT:]

    def line(self) -> str:
        lines = self._kept.decode("utf-8", "replace").strip().splitlines()
        return "".join(letter for letter in (lines[-1] if lines else "") if letter.isprintable())[:300]
