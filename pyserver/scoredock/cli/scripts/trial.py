"""`scoredock try`."""

from __future__ import annotations

import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.scripts.check_output import finding_line
from scoredock.cli.services.bodies import body_of
from scoredock.cli.session import Session, with_numbers
from scoredock.counts import counted
from scoredock.features.scripts import trial as script_runs
from scoredock.protocol import messages, wire

_LOG_LINES = 20


def _try(options: Namespace, session: Session) -> int:
    if options.timeout <= 0 or options.memory_mb < 64:
        raise UsageError(l10n.t("--timeout must be more than 0 seconds and --memory-mb at least 64."))
    trial = session.ask(
        script_runs.try_script,
        options,
        models=tuple(options.models or ()) or (() if options.no_models else None),
        body=None if options.body is None else body_of(options.body),
    )
    document = dict(wire.to_wire(trial))
    document["findings"] = [with_numbers(each) for each in document["findings"]]
    outcomes = [*map(_exchange, trial.requests), *map(_mini_batch, trial.mini_batches)]
    session.result(document, "\n".join([*map(finding_line, trial.findings), *outcomes]))
    if not session.as_json:
        if not trial.ok:
            for line in trial.log_lines[-_LOG_LINES:]:
                print(f"  | {line}", file=sys.stderr)
        print(trial.summary, file=sys.stderr)
    return OK if trial.ok else FAILED


def _exchange(request: messages.TriedRequest) -> str:
    answer = request.answer if len(request.answer) <= 300 else f"{request.answer[:300]} …"
    if not request.status:
        return l10n.t("{origin}: no response", origin=request.origin)
    return l10n.t(
        "{origin}: {status} in {milliseconds:.0f} ms: {response}",
        origin=request.origin,
        status=request.status,
        milliseconds=request.milliseconds,
        response=answer,
    )


def _mini_batch(batch: messages.TriedMiniBatch) -> str:
    if batch.error:
        return l10n.t("{name}: failed: {reason}", name=batch.name, reason=batch.error)
    line = l10n.t(
        "{name}: {items}, {results} in {milliseconds:.0f} ms",
        name=batch.name,
        items=counted(batch.items, "item"),
        results=counted(batch.results, "result"),
        milliseconds=batch.milliseconds,
    )
    return "\n".join([line, *(f"  {each}" for each in batch.head.splitlines())])


COMMANDS = (Command("try", _try),)
