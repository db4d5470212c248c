"""`scoredock doctor`."""

from __future__ import annotations

from argparse import Namespace
from typing import cast

from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.session import Session
from scoredock.features.guide import doctor
from scoredock.protocol import messages


def _check(options: Namespace, session: Session) -> int:
    if options.repair:
        wanted = cast("messages.DoctorRepair", options.repair)
        done = session.ask(doctor.repair, repair=wanted)
        session.result(done, done.message)
        return OK
    report = session.ask(doctor.check)
    session.result(report, report.text)
    return FAILED if any(row.state == "broken" for row in report.rows) else OK


COMMANDS = (Command("doctor", _check),)
