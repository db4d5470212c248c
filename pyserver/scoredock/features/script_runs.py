"""Try it: runs an entry script for real in a throw-away worker and tells what only running shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.analysis.rule import quoted_names
from scoredock.errors import Place, Remedy, ScoredockError
from scoredock.features.context import Context, Operation, absolute, request_of
from scoredock.features.documents import as_finding
from scoredock.features.proposals import proposal
from scoredock.features.texts import read_text
from scoredock.protocol import messages
from scoredock.protocol.documents import Document

if TYPE_CHECKING:
    from scoredock.registry import Registry
    from scoredock.services.planning.findings import LocatedFinding
    from scoredock.services.request import DeployRequest
    from scoredock.services.trying.script_run import ScriptRun
    from scoredock.services.trying.unregistered import WorkspaceWithFiles

_SHOWN_BYTES = 10_000


def try_script(params: messages.DocumentTryParams, context: Context, operation: Operation) -> messages.DocumentTried:
    """The files on disk are tried, as a deployment would take them; findings of the checks do not stop it.

    Raises what a deployment raises before it starts a script, `model-known-bad` among it.
    """
    from scoredock.services.trying.script_run import TryRequest
    from scoredock.services.trying.script_run import try_script as run

    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    path = str(absolute(params.path))
    asked = messages.ServiceProposeParams(path, model_file=params.model_file, workspace_id=workspace.id)
    offered = proposal(asked, context)
    registry, models, files = _with_models(params, offered, deployments.registry, operation)
    request = TryRequest(
        _request(params, offered, models),
        None if params.body is None else params.body.encode("utf-8", "replace"),
        max(0.1, params.timeout),
        max(64, params.memory_mb) * 1_000_000,
    )
    deployments.registry.store.require_writable()
    tried = run(
        request,
        registry,
        deployments.environments,
        deployments.settings,
        operation.progress,
        operation.cancel,
    )
    return _message(tried, files, context)


def _request(
    params: messages.DocumentTryParams, offered: messages.ServiceProposal, models: tuple[str, ...]
) -> DeployRequest:
    """What is said, and for the rest what Deploy would have proposed."""
    from scoredock.services.request import DeployRequest

    request = request_of(DeployRequest, params, name="tried-script")
    path = absolute(params.path)
    inference = request.inference_config or offered.inference_config
    clicked = inference == str(path)
    file, named = request.environment_file, request.environment
    if not file and not named and not request.inference_config:
        named, file = offered.environment, offered.environment_file
    script = offered.entry_script if inference == offered.inference_config else str(path)
    return replace(
        request,
        models=models,
        entry_script=script or ("" if inference and not request.source_directory else offered.script or str(path)),
        source_directory=request.source_directory or ("" if inference or clicked else offered.source_directory),
        inference_config=inference,
        environment_file=file,
        environment=named,
    )


def _with_models(
    params: messages.DocumentTryParams, offered: messages.ServiceProposal, registry: Registry, operation: Operation
) -> tuple[WorkspaceWithFiles, tuple[str, ...], list[str]]:
    """The workspace with the files that stand for models, the models to run with, and those files."""
    from scoredock.services.trying.unregistered import WorkspaceWithFiles

    extended = WorkspaceWithFiles(registry)
    if params.models is not None and not params.model_file:
        return extended, params.models, []
    if offered.script and offered.model_state in ("several", "missing"):
        raise _unclear(offered)
    models, files = list(offered.models), []
    for each in offered.register_models:
        version = extended.add(each.name, [Path(path) for path in each.paths], operation.cancel)
        if version.metadata.pickle.needing_consent:
            raise _needs_consent(each)
        models.append(version.id)
        files += each.paths
    return extended, tuple(models), files


def _unclear(offered: messages.ServiceProposal) -> ScoredockError:
    script = Path(offered.script).name
    names = [Path(path).name for each in offered.model_files for path in each.paths]
    loads = quoted_names(offered.loads) if offered.loads else l10n.t("a model")
    if offered.model_state == "several" and len(names) > 1:
        message = l10n.t(
            "{script} loads {model}, which can be one of several files: {files}.",
            script=script,
            model=loads,
            files=", ".join(names[:5]),
        )
    else:
        message = l10n.t(
            "{script} loads {model}, which is neither a registered model nor a file of the project.",
            script=script,
            model=loads,
        )
    return ScoredockError(
        "try-model-unclear",
        message,
        place=Place(offered.script),
        details={"files": [path for each in offered.model_files if len(each.paths) == 1 for path in each.paths]},
    )


def _needs_consent(files: messages.ModelToRegister) -> ScoredockError:
    path = files.paths[0]
    return ScoredockError(
        "model-known-bad",
        l10n.t("{name} runs code when it is loaded, and that was not allowed.", name=Path(path).name),
        l10n.t("Register it, and allow it with `scoredock model consent {name}`.", name=files.name),
        place=Place(path),
        remedies=(Remedy(l10n.t("Register {name}…", name=Path(path).name), "scoredock.registerModel", (path,)),),
    )


def _message(tried: ScriptRun, files: list[str], context: Context) -> messages.DocumentTried:
    errors = sum(found.finding.severity == "error" for found in tried.findings)
    return messages.DocumentTried(
        path=str(tried.script),
        ok=not errors,
        summary=_summary(tried, files),
        findings=[_finding(found, context) for found in tried.findings],
        models=list(tried.models),
        unregistered=files,
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


def _summary(tried: ScriptRun, files: list[str]) -> str:
    name, seen = tried.script.name, tried.seen
    if seen.failure is not None:
        return l10n.t("{script} does not start.", script=name)
    names = ", ".join(Path(path).name for path in files)
    seconds = seen.start_seconds or 0
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
    if seen.exchanges and all(each.body.guess for each in seen.exchanges) and seen.exchanges[0].status != 200:
        outcome = l10n.t("No sample request was found, and a generated one was not answered with 200.")
    else:
        good = sum(200 <= each.status < 300 for each in seen.exchanges)
        outcome = l10n.t("It answered {good} of {count} requests.", good=good, count=len(seen.exchanges))
    return l10n.t("{started} {outcome}", started=started, outcome=outcome)


def _finding(found: LocatedFinding, context: Context) -> messages.DocumentFinding:
    text = read_text(Path(found.path), context.overlays()) or ""
    return as_finding(found.path, found.finding, Document("", 0, text))


def _shown(content: bytes) -> str:
    more = " …" if len(content) > _SHOWN_BYTES else ""
    return content[:_SHOWN_BYTES].decode("utf-8", "backslashreplace") + more
