"""`scoredock service stop-all` and `start-all`."""

from __future__ import annotations

from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK
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


RUNS = {"service stop-all": _stop_all, "service start-all": _start_all}
