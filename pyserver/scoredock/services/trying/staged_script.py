"""A script with its models in a folder of its own, ready to be started: what Try and tests begin with."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.other_languages import language_problem, other_language
from scoredock.checks.requests.functions import check_functions
from scoredock.checks.script.entry_rules import NO_INIT, NO_RUN
from scoredock.checks.script.script import parse_script
from scoredock.engines.base import Launch
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import shown_name
from scoredock.errors import Place, ScoredockError
from scoredock.formats.document_kind import kind_of
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.scratch import scratch_folder
from scoredock.services.lifecycle.debug_start import DebugStart, start_seconds
from scoredock.services.lifecycle.failures import Origins
from scoredock.services.lifecycle.staging import stage
from scoredock.services.lifecycle.unpickling import LoadedModels, loaded_models
from scoredock.services.planning.plan import Plan
from scoredock.services.planning.plan_request import plan_request
from scoredock.services.planning.reading import read_text
from scoredock.services.request import DeployRequest, DeploySettings

_SCRIPT_BYTES = 4_000_000
_ABSENT = (NO_INIT.code, NO_RUN.code)
_BOTH = re.compile(r"^(?:async )?def (init|run)\(", re.MULTILINE)
_MOST_BESIDE = 50


@dataclass(frozen=True, slots=True)
class Staging:
    """Workspace objects and options with which a script is staged."""

    registry: Registry
    environments: EnvironmentCache
    settings: DeploySettings
    debugger: DebugStart | None = None
    """The script waits for this debugger before its first line."""
    takes_batches: bool = False
    """Mini-batches are there for it; a batch script is refused else."""


@dataclass(frozen=True, slots=True)
class StagedScript:
    """Staged script, ready to start, and the original paths of its files."""

    plan: Plan
    launch: Launch
    """Without front end and keys."""
    origins: Origins
    environment: str
    """For people."""
    loaded: Callable[[], LoadedModels]
    """What its models say, for a start that fails."""


@contextlib.contextmanager
def staged_script(
    request: DeployRequest, staging: Staging, progress: Progress, cancel: CancelToken
) -> Iterator[StagedScript]:
    """Plans and stages as a deployment does; the folder goes with the block. Findings of the checks do not stop it.

    Raises what a deployment raises before its script is started, and ScoredockError `try-batch-script`,
    `script-invalid`.
    """
    registry, settings, debugger = staging.registry, staging.settings, staging.debugger
    progress.report(l10n.t("Reading"))
    plan = plan_request(replace(request, port=None, skip_checks=True), registry)
    refuse_other_language(plan.spec.script.path)
    if not staging.takes_batches:
        refuse_batch(plan.spec.script.path)
    for note in plan.notes:
        progress.report(note)
    described = debugger.environment(plan.spec.environment) if debugger else plan.spec.environment
    environment = staging.environments.prepare(described, progress, cancel)
    with scratch_folder(registry.folder, "try") as folder:
        root = folder / "azureml-app"
        stage(plan, registry, root, settings, progress, cancel)
        source = plan.spec.script.source_directory
        variables = environment.process_environment(plan.spec.variables)
        if debugger:
            variables = debugger.variables(variables)
        launch = Launch(
            service=request.name,
            workspace=registry.folder.name,
            revision=1,
            folder=folder,
            app_root=root,
            entry_script=plan.spec.staged_script,
            source_directory=source.name if source else None,
            model_dir=str(root / plan.spec.model_dir),
            python=environment.server,
            script_python=environment.script_python,
            port=None,
            nonce=secrets.token_hex(32),
            working_directory=plan.spec.working_directory,
            environment=variables,
            inherited=settings.inherited_variables,
            start_timeout=start_seconds(variables, settings.start_timeout),
            strict=plan.spec.strict,
        )
        origins = Origins(root, str(plan.spec.script.path), str(source) if source else "", folder=folder)
        loaded = partial(loaded_models, registry, plan.model_ids, plan.spec.environment, environment.key)
        yield StagedScript(plan, launch, origins, shown_name(environment.display_name), loaded)


def refuse_batch(script: Path) -> None:
    """A text would run through run() character by character, and a list of answers would look like success. Raises
    ScoredockError `try-batch-script`, `file-not-found`."""
    if kind_of(str(script), read_text(script, _SCRIPT_BYTES)) == "batch-script":
        raise ScoredockError(
            "try-batch-script",
            l10n.t(
                "{name} is a batch script: its run() takes a mini-batch, which is a list of file "
                "paths or a data frame. What is tried here is one request of a service, and files "
                "for a mini-batch are missing.",
                name=script.name,
            ),
            place=Place(str(script)),
        )


def refuse_other_language(script: Path) -> None:
    """Raises ScoredockError `script-invalid`, before an environment is made for it."""
    language = other_language(str(script), read_text(script, _SCRIPT_BYTES))
    if language:
        problem = language_problem(str(script), language)
        raise ScoredockError("script-invalid", problem, place=Place(str(script)))


def refuse_without_functions(script: Path) -> None:
    """Raises ScoredockError `script-invalid` where nothing defines init() or run(), before an environment is made for
    it; unless a comment has the finding ignored."""
    text = read_text(script, _SCRIPT_BYTES)
    try:
        findings = check_functions(parse_script(text, Facts(str(script))))
    except (SyntaxError, ValueError, RecursionError):
        return  # its start says so, at the line
    absent = next((each for each in findings if each.code in _ABSENT and each.code not in text), None)
    if absent is not None:
        others = [each.name for each in sorted(script.parent.glob("*.py"))[:_MOST_BESIDE] if _has_both(each)]
        fix = l10n.t("Define init() and run(data), or try {name}, which has both.", name=others[0]) if others else ""
        raise ScoredockError("script-invalid", f"{script.name}: {absent.message}", fix, Place(str(script)))


def _has_both(script: Path) -> bool:
    try:
        return len(set(_BOTH.findall(read_text(script, _SCRIPT_BYTES)))) == 2
    except ScoredockError:
        return False
