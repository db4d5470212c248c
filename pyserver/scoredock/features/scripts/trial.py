"""Try it: runs a script for real in a throw-away worker, once, and tells what only running shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.deploy_options import BatchScriptOptions, ScriptOptions, of_options
from scoredock.errors import ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.features.contribution import absent, contributions
from scoredock.features.scripts.finding_messages import finding_message
from scoredock.options import options_of
from scoredock.protocol import messages
from scoredock.scripts.trial_request import ScriptToTry, trial_request
from scoredock.verb import CliCommand, EditorCommand, MenuItem, argument, files, tabs, verb

if TYPE_CHECKING:
    from scoredock.services.trying.run_findings import RunObservations
    from scoredock.services.trying.script_run import ScriptRun

_SHOWN_BYTES = 10_000
_OF_SCRIPTS = (*options_of(ScriptOptions), *options_of(BatchScriptOptions))


@verb(
    "document/try",
    progress="Trying the script",
    errors=(
        "model-known-bad",
        "try-batch-script",
        "batch-option-invalid",
        "batch-input-missing",
        "batch-input-empty",
        "batch-input-invalid",
        "port-invalid",
        "debugger-failed",
    ),
    terminal=CliCommand(
        "try",
        "Try an entry script in a temporary worker: its environment, init(), and a sample request; a batch script with"
        " mini-batches of files or of a table.",
        (
            *option_arguments(ScriptOptions),
            argument(
                "--no-models",
                help="use no models; by default those of --model, or those that Deploy would propose",
                action="store_true",
            ),
            *option_arguments(messages.DocumentTryParams, without=_OF_SCRIPTS),
            *option_arguments(BatchScriptOptions),
        ),
        (
            "scoredock try score.py",
            "scoredock try score.py --model diabetes:1 --data @sample-request.json",
            "scoredock try batch_score.py --input customers.csv --mini-batch-size 100",
        ),
    ),
    editor=(
        EditorCommand(
            "tryScript",
            "Try Entry Script",
            "scripts/tryScript",
            icon="beaker",
            palette="",
            menus=(
                files("resourceExtname == .py && isWorkspaceTrusted", "2_scoredock@3"),
                tabs("resourcePath in scoredock.entryScripts && isWorkspaceTrusted", "2_scoredock@2"),
                (
                    MenuItem(
                        "editor/context",
                        "resourcePath in scoredock.entryScripts && isWorkspaceTrusted && scoredock.running",
                        "2_scoredock@1",
                    ),
                ),
            ),
        ),
    ),
)
def try_script(params: messages.DocumentTryParams, context: Context, operation: Operation) -> messages.DocumentTried:
    """The files on disk are tried, as a deployment would take them; findings of the checks do not stop it.

    Raises what a deployment raises before it starts a script, `model-known-bad` among it.
    """
    from scoredock.services.trying.script_run import TryRequest
    from scoredock.services.trying.script_run import try_script as run
    from scoredock.services.trying.staged_script import refuse_batch, refuse_without_functions

    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    path = str(absolute(params.path))
    params = replace(params, path=path, workspace_id=workspace.id)
    if params.inputs:
        outcomes = (each.try_script(params, context, operation) for each in contributions())
        outcome = next((each for each in outcomes if each is not None), None)
        if outcome is None:
            raise absent("batch")
        return outcome
    _require_no_debugger(params)
    if path.endswith(".py"):
        refuse_batch(Path(path))  # before another script of the folder is proposed
        refuse_without_functions(Path(path))
    trial = trial_request(script_to_try(params), context, operation)
    request = TryRequest(
        trial.request,
        None if params.body is None else params.body.encode("utf-8", "replace"),
        max(0.1, params.timeout),
        max(64, params.memory_mb) * 1_000_000,
    )
    deployments.registry.store.require_writable()
    script_run = run(
        request,
        trial.registry,
        deployments.environments,
        deployments.settings,
        operation.progress,
        operation.cancel,
    )
    return _message(script_run, trial.files, context)


def script_to_try(params: messages.DocumentTryParams) -> ScriptToTry:
    """Script to try, in the terms of the domain."""
    return of_options(
        ScriptToTry,
        params,
        path=params.path,
        model_file=params.model_file,
        takes_inputs=bool(params.inputs),
        workspace_id=params.workspace_id,
    )


def _require_no_debugger(params: messages.DocumentTryParams) -> None:
    """Raises ScoredockError `batch-option-invalid`."""
    if params.debug_port is not None:
        raise ScoredockError(
            "batch-option-invalid",
            l10n.t("A debugger can be named where a batch script gets mini-batches, and no input is named."),
            l10n.t("Name one with --input. For an entry script that is deployed see `scoredock service debug`."),
        )


def _message(script_run: ScriptRun, files: list[str], context: Context) -> messages.DocumentTried:
    errors = sum(found.finding.severity == "error" for found in script_run.findings)
    return messages.DocumentTried(
        path=str(script_run.script),
        ok=not errors,
        summary=_summary(script_run, files),
        findings=[finding_message(each, context) for each in script_run.findings],
        models=list(script_run.models),
        unregistered=files,
        environment=script_run.environment,
        init_milliseconds=None
        if script_run.observations.failure is not None or script_run.observations.start_seconds is None
        else round(script_run.observations.start_seconds * 1000, 1),
        memory_bytes=script_run.observations.peak_bytes,
        requests=[
            messages.TriedRequest(
                each.body.origin,
                _shown(each.body.content),
                each.status,
                round(each.milliseconds, 3),
                _shown(each.answer),
            )
            for each in script_run.observations.exchanges
        ],
        mini_batches=[],
        is_batch=False,
        log_lines=list(script_run.log_lines),
    )


def _summary(script_run: ScriptRun, files: list[str]) -> str:
    name, observations = script_run.script.name, script_run.observations
    if observations.failure is not None:
        return l10n.t("{script} does not start.", script=name)
    names = ", ".join(Path(path).name for path in files)
    seconds = observations.start_seconds or 0
    started = (
        l10n.t(
            "{script} started in {seconds:.1f} s with {files}, not registered.",
            script=name,
            seconds=seconds,
            files=names,
        )
        if names
        else l10n.t("{script} started in {seconds:.1f} s.", script=name, seconds=seconds)
    )
    if (
        observations.exchanges
        and all(each.body.guess for each in observations.exchanges)
        and observations.exchanges[0].status != 200
    ):
        outcome = l10n.t("No sample request was found, and a generated one was not answered with 200.")
    else:
        outcome = _answers(observations)
    return l10n.t("{started} {outcome}", started=started, outcome=outcome)


def _answers(observations: RunObservations) -> str:
    """How many of the requests were successful, without a count of one."""
    good, count = sum(200 <= each.status < 300 for each in observations.exchanges), len(observations.exchanges)
    if count == 1:
        return l10n.t("It answered the request.") if good else l10n.t("The request failed.")
    if good == count:
        return l10n.t("It answered all {count} requests.", count=count)
    return l10n.t("It answered {good} of {count} requests.", good=good, count=count)


def _shown(content: bytes) -> str:
    more = " …" if len(content) > _SHOWN_BYTES else ""
    return content[:_SHOWN_BYTES].decode("utf-8", "backslashreplace") + more
