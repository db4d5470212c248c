"""`scoredock service reload|watch`: a service serves the files as they are now, once or for as long as one works on
them."""

from __future__ import annotations

import sys
import time
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Command
from scoredock.cli.printed import printed
from scoredock.cli.session import Session, document
from scoredock.cli.terminal.failures import print_error
from scoredock.context import Operation
from scoredock.errors import Cancelled, ScoredockError, ServiceBusy, ServiceNotFound, ServiceStateInvalid
from scoredock.features.arguments import SERVICE
from scoredock.features.services import reloading
from scoredock.protocol import messages, wire
from scoredock.verb import CliCommand
from scoredock.visible import visible

_POLL_SECONDS = 0.2
_QUIET_SECONDS = 0.05
_SHARE = 0.1
"""Of the time that looking at the files may take; a large folder is looked at less often."""


def _watch(options: Namespace, session: Session) -> int:
    """Until Ctrl+C; a refusal is shown and the watching goes on. Raises service-not-found."""
    deployments = session.context.deployments("")
    deployments.service(options.name)
    if not session.as_json:
        print(
            l10n.t("watching the files of {name}; press Ctrl+C to stop", name=options.name), file=sys.stderr, flush=True
        )
    params = messages.ServiceReloadParams(options.name)
    pause, last_message = 0.0, ""
    while not session.cancel.wait(pause):
        took = 0.0
        try:
            began = time.monotonic()
            news = deployments.is_news(options.name)
            took = time.monotonic() - began
            if news and _quiet(options.name, session):
                done = reloading.reload(params, session.context, Operation(cancel=session.cancel))
                if done.outcome == "reloaded":
                    _tell(done, session)
            last_message = ""
        except ServiceNotFound:
            raise
        except (Cancelled, ServiceBusy, ServiceStateInvalid):
            if session.cancel.cancelled:
                return OK
        except ScoredockError as error:
            # A refusal once, however often it is looked at; what merely has to wait is not shown.
            if str(error) != last_message:
                last_message = str(error)
                print_error(error, as_json=session.as_json)
        pause = max(_POLL_SECONDS, took / _SHARE)
    return OK


def _quiet(name: str, session: Session) -> bool:
    """Waits until the files stay as they are for a moment; False when cancelled."""
    deployments = session.context.deployments("")
    content = deployments.content(name)
    while not session.cancel.wait(_QUIET_SECONDS):
        now = deployments.content(name)
        if now == content:
            return True
        content = now
    return False


def _tell(reload: messages.ServiceReload, session: Session) -> None:
    if session.as_json:
        print(document(wire.to_wire(reload), sys.stdout, indent=None), flush=True)
    else:
        print(f"{time.strftime('%H:%M:%S')} {_sentence(visible(reload))}", flush=True)


def _sentence(reload: messages.ServiceReload) -> str:
    if reload.outcome == "unchanged":
        refused = reload.service.failure is not None and reload.service.failure.during == "reload"
        if refused:
            return l10n.t("{name}: these files were refused before; --force tries again", name=reload.service.name)
        if reload.notes:
            return f"{reload.service.name}: {' '.join(reload.notes)}"
        return l10n.t("{name}: already serves these files", name=reload.service.name)
    first = l10n.t("{name}: reloaded, revision {revision}", name=reload.service.name, revision=reload.service.revision)
    lines = [first, *reload.notes]
    return "\n".join(lines)


COMMANDS = (
    Command("service reload", printed(_sentence)),
    Command(
        CliCommand(
            "service watch",
            "Reload a service whenever its files change, until Ctrl+C; with --json one object per line.",
            (SERVICE,),
            ("scoredock service watch diabetes",),
        ),
        _watch,
    ),
)
