"""Prints a service's log, and goes on with it."""

from __future__ import annotations

import sys
import time

from scoredock.cli.command import OK
from scoredock.cli.session import Session, document
from scoredock.features.logs import line
from scoredock.protocol import messages, wire

_POLL_SECONDS = 0.1
_COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "debug": "\x1b[2m"}


def logs(name: str, tail: int, follow: bool, session: Session) -> int:
    """The last `tail` lines; with `follow` new ones as they come, until cancelled. Raises service-not-found."""
    deployments = session.context.deployments("")
    deployments.service(name)
    newest = deployments.last_line(name)
    last = max(0, newest - max(0, tail))
    for record in deployments.logs(name, last):
        _print(line(record), session)
        last = record.n
    if not follow:
        return OK
    sys.stdout.flush()
    while not session.cancel.wait(_POLL_SECONDS):
        for record in deployments.logs(name, last):
            _print(line(record), session)
            last = record.n
        sys.stdout.flush()
    return OK


def _print(entry: messages.LogLine, session: Session) -> None:
    if session.as_json:
        print(document(wire.to_wire(entry), sys.stdout, indent=None))
        return
    clock = time.strftime("%H:%M:%S", time.localtime(entry.time))
    colour = _COLOURS.get(entry.level, "") if sys.stdout.isatty() else ""
    print(f"{colour}{clock} {entry.text}{chr(27) + '[0m' if colour else ''}")
