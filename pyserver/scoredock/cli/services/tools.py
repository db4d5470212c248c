"""`scoredock service logs|keys|token|debug`: what one does with a service that is deployed."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.services import follow
from scoredock.cli.session import Session, facts
from scoredock.errors import Place, ScoredockError
from scoredock.features.services import client_code, debugging, keys
from scoredock.protocol import messages
from scoredock.services.log_view.events import LEVELS
from scoredock.services.log_view.log_filter import LineFilter
from scoredock.verb import CliCommand, argument


def _debug(options: Namespace, session: Session) -> int:
    if not session.as_json:
        # Before the wait: the editor needs it to find the lines.
        target = session.ask(debugging.debug_target, options)
        mappings = [{"localRoot": each.local_root, "remoteRoot": each.remote_root} for each in target.path_mappings]
        print(
            l10n.t("pathMappings for the editor's attach configuration: {mappings}", mappings=json.dumps(mappings)),
            file=sys.stderr,
        )
    response = session.ask(debugging.debug, options)
    session.result(
        response,
        l10n.t(
            "{name} runs under the debugger on port {port}; to start it without, run: {command}",
            name=response.service.name,
            port=options.port,
            command=session.line(f"service restart {response.service.name}"),
        ),
    )
    sys.stdout.flush()
    # From a container the way to the editor leads through this process; Ctrl+C ends the session, not the service.
    debugging.await_debug_end(messages.ServiceRef(options.name), session.context, session.operation())
    return OK


def _keys(options: Namespace, session: Session) -> int:
    if options.set and not options.regenerate:
        raise UsageError(l10n.t("--set needs --regenerate, which names the key to set."))
    if not options.regenerate:
        service_keys = session.ask(keys.keys, options)
    else:
        # From standard input: an argument could be read by everybody on the machine, and stays in the shell's history.
        value = sys.stdin.readline().rstrip("\r\n") if options.set else ""
        if options.set and not value:
            raise UsageError(l10n.t("--set reads the new key from standard input, which was empty."))
        service_keys = session.ask(keys.regenerate_key, options, key=options.regenerate, value=value)
    session.result(
        service_keys,
        facts([(l10n.t("primary"), service_keys.primary_key), (l10n.t("secondary"), service_keys.secondary_key)]),
    )
    return OK


def _client(options: Namespace, session: Session) -> int:
    client = session.ask(client_code.client_code, options)
    if options.output:
        path = Path(options.output)
        path = path / client.file_name if path.is_dir() else path
        try:
            path.write_text(client.text, encoding="utf-8")
        except OSError as error:
            raise ScoredockError(
                "io-failed",
                l10n.t("{path} could not be written: {error}.", path=path, error=error.strerror),
                place=Place(str(path)),
            ) from error
        session.result(client, l10n.t("wrote {path}", path=path))
    else:
        session.result(client, client.text.removesuffix("\n"))
    return OK


def _token(options: Namespace, session: Session) -> int:
    token = session.ask(keys.token, options)
    session.result(token, token.access_token)
    return OK


def _logs(options: Namespace, session: Session) -> int:
    if options.previous and options.follow:
        raise UsageError(l10n.t("--previous shows a run that has ended; --follow does not go with it."))
    selection = follow.LineSelection(
        filter=LineFilter(
            level=options.level,
            include=options.include,
            exclude=options.exclude,
            is_regex=True,
            text=options.filter,
            request_id=options.request_id,
            hide_health=options.no_health,
            run="previous" if options.previous else "all",
            since=follow.moment(options.since, time.time()),
        ),
        tail=options.tail,
        follow=options.follow,
        collapse=options.collapse,
        timestamps=options.timestamps,
    )
    return follow.logs(list(dict.fromkeys(options.name)), selection, session)


COMMANDS = (
    Command(
        CliCommand(
            "service logs",
            "Print the log of a service, or of several in the order of time; with --json one object per line.",
            (
                argument(
                    "name", help="name of the service; of several each line tells its own", names="service", nargs="+"
                ),
                argument("-f", "--follow", help="continue with new lines until Ctrl+C", action="store_true"),
                argument(
                    "-l",
                    "--tail",
                    "--num-lines",
                    help="number of lines from the end",
                    type=int,
                    default=1000,
                    metavar="LINES",
                ),
                argument(
                    "--since", help="only newer lines: 90s, 10m, 2h, 1d ago, or a time", default="", metavar="WHEN"
                ),
                argument("--filter", help="only lines with this text", default="", metavar="TEXT"),
                argument("--level", help="only lines of this level and above", choices=LEVELS, default="debug"),
                argument(
                    "--include",
                    help="only lines in which this regular expression is found, and tracebacks with such a line",
                    default="",
                    metavar="REGEX",
                ),
                argument(
                    "--exclude",
                    help="no lines in which this regular expression is found, and no tracebacks with such a line",
                    default="",
                    metavar="REGEX",
                ),
                argument("--request-id", help="only what was written for this request", default="", metavar="ID"),
                argument("--no-health", help="without the lines of health checks", action="store_true"),
                argument(
                    "--previous", help="only the run before this one, for example after a crash", action="store_true"
                ),
                argument(
                    "--collapse",
                    help="repeated errors as one, where they came last, with their count and first time",
                    action="store_true",
                ),
                argument("--timestamps", help="show the full time of each line", action="store_true"),
            ),
            (
                "scoredock service logs diabetes --follow",
                "scoredock service logs diabetes --since 10m --filter error --timestamps",
                "scoredock service logs diabetes --level warning --collapse",
                "scoredock service logs diabetes --previous",
                "scoredock service logs diabetes reviews --follow --exclude 'POST /score 200'",
            ),
        ),
        _logs,
    ),
    Command("service keys", _keys),
    Command("service token", _token),
    Command("service client", _client),
    Command("service debug", _debug),
)
