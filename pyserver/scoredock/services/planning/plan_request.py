"""The four steps from a request to a plan, in their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scoredock.environments.build import BuiltEnvironment
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.registry import Registry
from scoredock.services.own_file import OwnFile
from scoredock.services.planning.check import check_code
from scoredock.services.planning.choose import choose
from scoredock.services.planning.environment import described
from scoredock.services.planning.files import Files
from scoredock.services.planning.image_request import deployed_from
from scoredock.services.planning.inputs import read_inputs
from scoredock.services.planning.plan import Plan, make_plan
from scoredock.services.request import DeployRequest, require_valid


def plan_request(
    request: DeployRequest,
    registry: Registry,
    built: Callable[[EnvironmentSpec], BuiltEnvironment | None] = lambda _: None,
    *,
    contained: bool = False,
) -> Plan:
    """Everything a deployment decides before it changes anything. `built` finds an environment that was made already;
    `contained` says that the engine's services run in images.

    Raises ScoredockError with the place: names and ports outside the grammar, files that are missing or unreadable,
    models that are not registered, `model-known-bad`, `check-failed`, environments that cannot be understood.
    """
    require_valid(request)
    files = Files(registry, contained=contained, own=OwnFile.of(request))
    inputs = read_inputs(deployed_from(request, registry), files)
    choice = choose(inputs, files)
    environment = None
    if choice.environment is not None:
        spec = choice.environment.spec
        place = place_of(spec.source)
        text = files.text(Path(place.path)) if place is not None else ""
        environment = described(spec, inputs.config, built(spec), text)
    findings = check_code(inputs, environment, files)
    notes = [files.own.text(each) for each in files.notes]
    return make_plan(inputs, choice, findings, notes, strict=files.settings(inputs.script.path).strict)
