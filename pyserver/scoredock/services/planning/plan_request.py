"""From the request for a deployment to its plan, in four steps: read, check, choose, plan."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from scoredock.analysis.facts import Facts
from scoredock.analysis.result_cache import Answers
from scoredock.checks.check import check
from scoredock.checks.programs_beside import has_models_beside
from scoredock.checks.script.imported_modules import imported_modules
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.registry import Registry
from scoredock.services.entry_script import EntryScript
from scoredock.services.own_file import OwnFile
from scoredock.services.planning.choose import choose
from scoredock.services.planning.environment import described
from scoredock.services.planning.files import Files
from scoredock.services.planning.findings import LocatedFinding
from scoredock.services.planning.image_request import deployed_from
from scoredock.services.planning.inputs import Inputs, read_inputs
from scoredock.services.planning.plan import Plan, make_plan
from scoredock.services.planning.reading import readable
from scoredock.services.request import DeployRequest, require_valid


def plan_request(
    request: DeployRequest,
    registry: Registry,
    built: Callable[[EnvironmentSpec], BuiltEnvironment | None] = lambda _: None,
    *,
    contained: bool = False,
    answers: Answers | None = None,
) -> Plan:
    """Everything a deployment decides before it changes anything. `built` finds an environment that was made already;
    `contained` says that the engine's services run in images; what was looked at is noted in `answers`.

    Raises ScoredockError with the place: names and ports outside the grammar, files that are missing or unreadable,
    models that are not registered, `model-known-bad`, `check-failed`, environments that cannot be understood.
    """
    require_valid(request)
    files = Files(registry, contained=contained, own=OwnFile.of(request), answers=answers)
    inputs = read_inputs(deployed_from(request, registry), files)
    choice = choose(inputs, files)
    environment = None
    if choice.environment is not None:
        spec = choice.environment.spec
        place = place_of(spec.source)
        text = files.text(Path(place.path)) if place is not None else ""
        environment = described(spec, inputs.config, built(spec), text)
    script = inputs.script.path
    facts = files.facts(script, inputs.models)
    # Whoever keeps the answers plans a job of batches, which the first services did not have.
    beside = inputs.generated is None and answers is None and has_models_beside(inputs.text, facts)
    facts = replace(facts, environment=environment)
    findings = _check_code(inputs, facts, files, in_script_folder=beside or inputs.request.in_script_folder)
    notes = [files.own.text(each) for each in files.notes]
    strict = files.settings(script).strict
    return make_plan(inputs, choice, findings, notes, strict=strict, models_beside=beside)


def _check_code(inputs: Inputs, facts: Facts, files: Files, *, in_script_folder: bool) -> list[LocatedFinding]:
    """All findings of a deployment: those of its configurations, which `files` has, among those of the code.

    The inference configuration comes first, then the script, then what else was read, then imported modules.
    """
    script = inputs.script
    facts = replace(
        facts,
        configuration=inputs.request.inference_config,
        source_directory=str(script.source_directory or ""),
        script_only=script.source_directory is None,
        in_script_folder=in_script_folder and script.source_directory is not None,
    )
    configuration = str(Path(inputs.request.inference_config))
    configuration = files.own.path if files.own.stands_for(configuration) else configuration
    first = [each for each in files.findings if each.path == configuration]
    others = [each for each in files.findings if each.path != configuration]
    own = [LocatedFinding(str(script.path), each) for each in check(inputs.text, facts, "entry-script")]
    modules = _of_modules(script, inputs.text, facts, files) if script.source_directory is not None else ()
    return [*first, *own, *others, *modules]


def _of_modules(script: EntryScript, text: str, facts: Facts, files: Files) -> Iterator[LocatedFinding]:
    """Findings in the modules that the entry script imports, as they fail a start just as well."""
    modules = imported_modules(script.path.as_posix(), text, facts.source_directory, os.path.isfile, readable)
    for name, surely in modules.items():
        content = readable(name)
        if content is not None:
            settings = files.settings(Path(name))
            importer = str(script.path)
            own = replace(facts, path=name, settings=settings, imported_by=importer, surely_imported=surely)
            for finding in check(content, own, "module"):
                yield LocatedFinding(name, finding)
