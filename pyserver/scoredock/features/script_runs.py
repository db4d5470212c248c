"""Try it: runs an entry script for real in a throw-away worker and tells what only running shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.features.context import Context, Operation, absolute, request_of
from scoredock.features.documents import as_finding
from scoredock.features.proposals import propose
from scoredock.features.texts import read_text
from scoredock.protocol import messages
from scoredock.protocol.documents import Document

if TYPE_CHECKING:
    from scoredock.services.planning.findings import LocatedFinding
    from scoredock.services.request import DeployRequest
    from scoredock.services.trying.script_run import ScriptRun

_SHOWN_BYTES = 10_000


def try_script(params: messages.DocumentTryParams, context: Context, operation: Operation) -> messages.DocumentTried:
    """The files on disk are tried, as a deployment would take them; findings of the checks do not stop it.

    Raises what a deployment raises before it starts a script, `model-known-bad` among it.
    """
    from scoredock.services.trying.script_run import TryRequest
    from scoredock.services.trying.script_run import try_script as run

    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    request = TryRequest(
        _request(params, context, operation, workspace.id),
        None if params.body is None else params.body.encode("utf-8", "replace"),
        max(0.1, params.timeout),
        max(64, params.memory_mb) * 1_000_000,
    )
    deployments.registry.store.require_writable()
    tried = run(
        request,
        deployments.registry,
        deployments.environments,
        deployments.settings,
        operation.progress,
        operation.cancel,
    )
    return _message(tried, context)


def _request(
    params: messages.DocumentTryParams, context: Context, operation: Operation, workspace_id: str
) -> DeployRequest:
    """What is said, and for the rest the answers that Deploy would have offered."""
    from scoredock.formats.document_kind import kind_of
    from scoredock.services.request import DeployRequest

    path = absolute(params.path)
    request = request_of(DeployRequest, params, name="tried-script")
    offered = propose(messages.ServiceProposeParams(str(path), workspace_id), context, operation)
    text = read_text(path, context.overlays())
    kind = kind_of(str(path), text) if text is not None else None
    inference, script = request.inference_config, str(path)
    if kind == "inference-config":
        inference, script = inference or str(path), ""
    elif not inference and offered.inference_config and _names(offered.inference_config, path, context):
        inference = offered.inference_config
    file, named = request.environment_file, request.environment
    if not file and not named and not inference:
        named, file = offered.environment, "" if offered.environment else offered.environment_file
    return replace(
        request,
        models=tuple(offered.models) if request.models is None else request.models,
        entry_script="" if inference and script and not request.source_directory else script,
        inference_config=inference,
        environment_file=file,
        environment=named,
    )


def _names(configuration: str, script: Path, context: Context) -> bool:
    """Whether an inference configuration is the one of this script."""
    from scoredock.analysis.facts import Facts
    from scoredock.checks.configs.inference.check import base_folder, parse_inference

    text = read_text(Path(configuration), context.overlays())
    if text is None:
        return False
    facts = Facts(
        path=configuration, exists=lambda name: Path(name).exists(), is_folder=lambda name: Path(name).is_dir()
    )
    config, _ = parse_inference(text, facts)
    if config is None:
        return False
    folder = Path(base_folder(config.entry_script, config.source_directory, facts))
    named = folder / (config.source_directory or "") / config.entry_script
    try:
        return named.resolve() == script.resolve()
    except (OSError, ValueError, RuntimeError):
        return False


def _message(tried: ScriptRun, context: Context) -> messages.DocumentTried:
    errors = sum(found.finding.severity == "error" for found in tried.findings)
    return messages.DocumentTried(
        path=str(tried.script),
        ok=not errors,
        summary=_summary(tried),
        findings=[_finding(found, context) for found in tried.findings],
        models=list(tried.models),
        environment=tried.environment,
        init_milliseconds=None
        if tried.seen.failure is not None or tried.seen.start_seconds is None
        else round(tried.seen.start_seconds * 1000, 1),
        memory_bytes=tried.seen.peak_bytes,
        requests=[
            messages.TriedRequest(
                each.body.origin,
                _shown(each.body.content),
                each.status,
                round(each.milliseconds, 3),
                _shown(each.answer),
            )
            for each in tried.seen.exchanges
        ],
        log_lines=list(tried.log_lines),
    )


def _summary(tried: ScriptRun) -> str:
    name, seen = tried.script.name, tried.seen
    if seen.failure is not None:
        return f"{name} does not start."
    started = f"{name} started in {seen.start_seconds or 0:.1f} s"
    if seen.exchanges and all(each.body.guess for each in seen.exchanges) and seen.exchanges[0].status != 200:
        return f"{started}; no sample request was found, and a guessed one was not answered."
    good = sum(200 <= each.status < 300 for each in seen.exchanges)
    return f"{started} and answered {good} of {len(seen.exchanges)} requests."


def _finding(found: LocatedFinding, context: Context) -> messages.DocumentFinding:
    text = read_text(Path(found.path), context.overlays()) or ""
    return as_finding(found.path, found.finding, Document("", 0, text))


def _shown(content: bytes) -> str:
    more = " …" if len(content) > _SHOWN_BYTES else ""
    return content[:_SHOWN_BYTES].decode("utf-8", "backslashreplace") + more
