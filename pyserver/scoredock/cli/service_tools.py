"""`scoredock service profile|package|debug`: what one does with a service that is deployed."""

from __future__ import annotations

import json
import shlex
import sys
from argparse import Namespace
from pathlib import Path

from scoredock.cli.command import OK, Command, argument
from scoredock.cli.session import Session, facts
from scoredock.features import services
from scoredock.protocol import messages


def _profile(options: Namespace, session: Session) -> int:
    given = str(options.rows or "")
    rows = str(Path(given).absolute()) if given and not given.startswith("dataset:") else given
    params = messages.ServiceProfileParams(options.name, rows, options.requests)
    found = services.profile(params, session.context, session.operation())
    session.result(
        found,
        facts(
            [
                ("requests", f"{found.total_queries}, {found.success_rate:g} % successful"),
                ("failed", found.error),
                ("bodies", found.input),
                ("requests/s", f"{found.measured_queries_per_second:g}, one after the other"),
                ("average", _unit(found.average_latency_in_ms, "ms")),
                ("50 %", _unit(found.latency_percentile50_in_ms, "ms")),
                ("90 %", _unit(found.latency_percentile90_in_ms, "ms")),
                ("95 %", _unit(found.latency_percentile95_in_ms, "ms")),
                ("99 %", _unit(found.latency_percentile99_in_ms, "ms")),
                ("99.9 %", _unit(found.latency_percentile999_in_ms, "ms")),
                ("highest CPU", _unit(found.max_utilized_cpu, "cores")),
                ("highest memory", _unit(found.max_utilized_memory_in_g_b, "GB")),
                ("recommended CPU", _unit(found.recommended_cpu, "cores")),
                ("recommended memory", _unit(found.recommended_memory_in_g_b, "GB")),
            ]
        ),
    )
    return OK


def _package(options: Namespace, session: Session) -> int:
    params = messages.ServicePackageParams(options.name, str(Path(options.output_path).absolute()), options.base_image)
    made = services.package(params, session.context, session.operation())
    lines = [f"wrote {made.folder} (FROM {made.base_image})", *(f"note: {note}" for note in made.notes)]
    lines += ["next:", f"  cd {shlex.quote(made.folder)}", f"  {shlex.join(made.build)}", f"  {shlex.join(made.run)}"]
    session.result(made, "\n".join(lines))
    return OK


def _debug(options: Namespace, session: Session) -> int:
    if not session.as_json:
        # Before the wait: the editor needs it to find the lines.
        target = services.debug_target(messages.ServiceRef(options.name), session.context, session.operation())
        mappings = [{"localRoot": each.local_root, "remoteRoot": each.remote_root} for each in target.path_mappings]
        print(f"pathMappings of the editor's attach configuration: {json.dumps(mappings)}", file=sys.stderr)
    params = messages.ServiceDebugParams(options.name, options.port, options.skip_checks)
    done = services.debug(params, session.context, session.operation())
    session.result(
        done,
        f"{done.service.name} runs under the debugger on port {options.port}; "
        f"`scoredock service restart {done.service.name}` starts it without",
    )
    return OK


def _unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}"


_NAME = argument("name", help="name of the service")

COMMANDS = (
    Command(
        "service profile",
        "Send requests one after the other and measure latency, CPU and memory.",
        _profile,
        (
            _NAME,
            argument(
                "--rows",
                help="text file with one request body a line, or dataset:NAME[:VERSION]; else the sample of the service",
                default="",
                metavar="FILE",
            ),
            argument("--requests", help="how many requests", type=int, default=200, metavar="N"),
        ),
        ("scoredock service profile diabetes", "scoredock service profile diabetes --rows rows.txt --requests 1000"),
    ),
    Command(
        "service package",
        "Write a Docker build context of the service: entry script, models, locked packages, scoring runtime.",
        _package,
        (
            _NAME,
            argument(
                "-o",
                "--output-path",
                help="folder to write; it must not exist or be empty",
                required=True,
                metavar="FOLDER",
            ),
            argument(
                "--base-image",
                help="image to start from; else the official Python image of the environment's version",
                default="",
                metavar="IMAGE",
            ),
        ),
        ("scoredock service package diabetes --output-path diabetes-image",),
    ),
    Command(
        "service debug",
        "Start a new revision that connects to a debugger of yours and waits for it before the script runs.",
        _debug,
        (
            _NAME,
            argument("--port", help="where the debugger listens on 127.0.0.1", type=int, required=True, metavar="PORT"),
            argument("--skip-checks", help="start it although the checks found errors", action="store_true"),
        ),
        ("scoredock service debug diabetes --port 5678",),
    ),
)
