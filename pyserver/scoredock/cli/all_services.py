"""`scoredock service stop-all` and `start-all`."""

from __future__ import annotations

from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Command, argument
from scoredock.cli.session import Session
from scoredock.features import services
from scoredock.protocol import messages


def _stop_all(options: Namespace, session: Session) -> int:
    params = messages.ServiceStopAllParams(all=options.all)
    done = services.stop_all(params, session.context, session.operation())
    session.result(
        done, "\n".join(l10n.t("stopped {name}", name=name) for name in done.names) or l10n.t("no service was running")
    )
    return OK


def _start_all(options: Namespace, session: Session) -> int:
    params = messages.ServiceStartAllParams(all=options.all)
    done = services.start_all(params, session.context, session.operation())
    session.result(
        done,
        "\n".join(l10n.t("started {name}", name=name) for name in done.names)
        or l10n.t("no service was stopped by a restart"),
    )
    return OK


ALL = argument("-a", "--all", help="in every workspace of this machine", action="store_true")

COMMANDS = (
    Command(
        "service stop-all",
        "Stop every running service.",
        _stop_all,
        (ALL,),
        ("scoredock service stop-all --all",),
    ),
    Command(
        "service start-all",
        "Start the services that were running when the machine or Docker was restarted.",
        _start_all,
        (ALL,),
        ("scoredock service start-all", "scoredock service start-all --all"),
    ),
)
