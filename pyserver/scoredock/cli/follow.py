"""Prints a service's log, and goes on with it."""

from __future__ import annotations

import datetime
import re
import sys
import time
from dataclasses import dataclass

from scoredock import l10n
from scoredock.cli.command import OK, UsageError
from scoredock.cli.session import Session, document
from scoredock.cli.terminal_text import control
from scoredock.features.logs import line
from scoredock.protocol import messages, wire

_POLL_SECONDS = 0.1
_COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "debug": "\x1b[2m"}
_AGO = re.compile(r"(\d{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class LineSelection:
    """Which lines of a log, and how."""

    tail: int
    follow: bool = False
    since: float = 0.0
    """Seconds since the epoch; earlier lines are left out."""
    text: str = ""
    """Only lines with it, whatever the case of its letters."""
    timestamps: bool = False
    """The whole time of each line, as ISO 8601."""

    def takes(self, entry: messages.LogLine) -> bool:
        """Whether a line is shown."""
        return entry.time >= self.since and self.text.casefold() in entry.text.casefold()


def moment(written: str, now: float) -> float:
    """`90s`, `10m`, `2h`, `1d` before `now`, or a time as ISO 8601, in seconds since the epoch; 0 for nothing.

    Raises UsageError.
    """
    if not written:
        return 0.0
    if ago := _AGO.fullmatch(written):
        return now - int(ago.group(1)) * _SECONDS[ago.group(2)]
    try:
        return datetime.datetime.fromisoformat(written.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            l10n.t(
                "--since takes 90s, 10m, 2h, 1d or a time such as 2026-11-20T14:00, not “{written}”.", written=written
            )
        ) from None


def logs(name: str, wanted: LineSelection, session: Session) -> int:
    """The last lines; with `follow` new ones as they come, until cancelled. Raises service-not-found."""
    deployments = session.context.deployments("")
    deployments.service(name)
    chosen = wanted.text or wanted.since
    newest = deployments.logs.last_line(name)
    last = 0 if chosen else max(0, newest - max(0, wanted.tail))
    told = [entry for entry in map(line, deployments.logs.records(name, last)) if wanted.takes(entry)]
    for entry in told[-wanted.tail :] if wanted.tail > 0 else ():
        _print(entry, wanted, session)
    last = max(last, told[-1].sequence if told else newest)
    if not wanted.follow:
        return OK
    sys.stdout.flush()
    while not session.cancel.wait(_POLL_SECONDS):
        for entry in map(line, deployments.logs.records(name, last)):
            if wanted.takes(entry):
                _print(entry, wanted, session)
            last = entry.sequence
        sys.stdout.flush()
    return OK


def _print(entry: messages.LogLine, wanted: LineSelection, session: Session) -> None:
    if session.as_json:
        print(document(wire.to_wire(entry), sys.stdout, indent=None))
        return
    local = datetime.datetime.fromtimestamp(entry.time).astimezone()
    clock = (
        local.isoformat(timespec="milliseconds") if wanted.timestamps else time.strftime("%H:%M:%S", local.timetuple())
    )
    colour = _COLOURS.get(entry.level, "")
    control(sys.stdout, colour)
    print(f"{clock} {entry.text}", end="")
    control(sys.stdout, "\x1b[0m" if colour else "")
    print()
