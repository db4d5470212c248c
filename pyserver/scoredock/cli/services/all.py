"""`scoredock service stop-all` and `start-all`."""

from __future__ import annotations

from scoredock import l10n
from scoredock.cli.command import Command
from scoredock.cli.printed import printed
from scoredock.protocol import messages


def _stopped(service_names: messages.ServiceNames) -> str:
    return "\n".join(l10n.t("stopped {name}", name=name) for name in service_names.names) or l10n.t(
        "no service was running"
    )


def _started(service_names: messages.ServiceNames) -> str:
    names = "\n".join(l10n.t("started {name}", name=name) for name in service_names.names)
    return names or l10n.t("no service was stopped by a restart")


COMMANDS = (
    Command("service stop-all", printed(_stopped)),
    Command("service start-all", printed(_started)),
)
