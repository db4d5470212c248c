"""Which environment a deployment gets, from the files and records that name one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from scoredock.configs.conda import CondaSpec, parse_conda
from scoredock.configs.environment import EnvironmentReference, InlineEnvironment, parse_environment
from scoredock.configs.facts import EnvironmentFacts, Facts
from scoredock.configs.finding import Finding
from scoredock.configs.inference import InferenceConfig
from scoredock.configs.requirements import parse_requirements
from scoredock.deploy.brought_packages import with_brought
from scoredock.deploy.registered_environment import ChosenEnvironment, named_environment
from scoredock.deploy.request import DeployRequest
from scoredock.environments.build import BuiltEnvironment
from scoredock.environments.facts import environment_facts
from scoredock.environments.spec import EnvironmentSpec, for_model, from_conda, from_requirements
from scoredock.errors import Place, ScoredockError
from scoredock.registry.assets.assets import Assets

_NESTING = 5
"""How deep requirements files may include one another."""


class Framework(Protocol):
    """What the default environment of a model depends on."""

    @property
    def framework(self) -> str: ...

    @property
    def framework_version(self) -> str: ...


class Reading(Protocol):
    """How files are read, and where what is said on the way goes."""

    @property
    def assets(self) -> Assets: ...

    def text(self, path: Path) -> str:
        """Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`."""
        ...

    def facts(self, path: Path) -> Facts: ...

    def add(self, path: Path, findings: Sequence[Finding]) -> None: ...

    def note(self, sentence: str) -> None: ...

    def refuse_errors(self) -> None:
        """Raises ScoredockError `check-failed` when a finding so far is an error."""
        ...


def choose_environment(
    request: DeployRequest,
    config: InferenceConfig | None,
    base: Path | None,
    models: Sequence[Framework],
    reading: Reading,
    script: Path,
) -> ChosenEnvironment:
    """The first that is there: a named file, a named environment, what the inference configuration says, what the first
    model with a known framework needs. What the script imports of the packages that Azure adds to it is added.
    """
    chosen = _choose(request, config, base, models, reading)
    folder = str(base) if base is not None and config is not None and config.source_directory else ""
    return replace(chosen, spec=with_brought(chosen.spec, script, folder, reading.text))


def _choose(
    request: DeployRequest,
    config: InferenceConfig | None,
    base: Path | None,
    models: Sequence[Framework],
    reading: Reading,
) -> ChosenEnvironment:
    if request.environment and request.environment_file:
        raise ScoredockError(
            "deploy-input-invalid",
            f"The deployment of {request.name} names an environment and a file for one; give one of them.",
        )
    if request.environment:
        return _named(request.environment, reading)
    inline = config.environment if config is not None else None
    own = (dict(inline.environment_variables),) if isinstance(inline, InlineEnvironment) else ()
    if request.environment_file:
        spec, variables = _from_file(Path(request.environment_file), reading)
        return ChosenEnvironment(spec, (*variables, *own))
    if config is not None and base is not None:
        if isinstance(inline, InlineEnvironment):
            found = _from_inline(inline, base, request, reading)
            if found is not None:
                return ChosenEnvironment(found[0], (*found[1], *own))
        elif isinstance(inline, EnvironmentReference):
            reference = inline.name if inline.version is None else f"{inline.name}:{inline.version}"
            try:
                return _named(reference, reading)
            except ScoredockError as error:
                if error.code != "asset-not-found" or not config.conda_file:
                    error.place = error.place or Place(request.inference_config)
                    raise
            reading.note(f"The environment {reference} is not registered here; the conda file is taken.")
        if config.conda_file:
            spec, variables = _from_file(base / config.conda_file, reading)
            return ChosenEnvironment(spec, (*variables, *own))
    for model in models:
        default = for_model(model.framework, model.framework_version)
        if default.requirements:
            return ChosenEnvironment(default, own)
    return ChosenEnvironment(for_model("", ""), own)


def described(
    spec: EnvironmentSpec, config: InferenceConfig | None, built: BuiltEnvironment | None, text: str = ""
) -> EnvironmentFacts:
    """The environment as the checks see it, the same in the editor and before a deployment."""
    facts = environment_facts(spec, text, built)
    inline = config.environment if config is not None else None
    if isinstance(inline, InlineEnvironment) and inline.user_managed:
        return replace(facts, complete=False)  # in Azure its image brings packages that no list tells
    return facts


def _named(reference: str, reading: Reading) -> ChosenEnvironment:
    chosen = named_environment(reading.assets, reference)
    for note in chosen.notes:
        reading.note(note)
    return chosen


def _from_inline(
    inline: InlineEnvironment, base: Path, request: DeployRequest, reading: Reading
) -> tuple[EnvironmentSpec, list[Mapping[str, str]]] | None:
    if inline.base_image or inline.base_dockerfile:
        reading.note("The image of the environment is not used: the service runs as a process on this machine.")
    if inline.conda is not None:
        source = request.inference_config
        conda = _expanded(inline.conda, Path(source).parent, reading)
        return from_conda(conda, source), [dict(conda.variables)]
    if inline.conda_file:
        return _from_file(base / inline.conda_file, reading)
    return None


def _from_file(path: Path, reading: Reading) -> tuple[EnvironmentSpec, list[Mapping[str, str]]]:
    path = Path(os.path.abspath(path))  # noqa: PTH100
    text = reading.text(path)
    facts = reading.facts(path)
    if path.suffix.lower() == ".json":
        environment, findings = parse_environment(text, facts)
        reading.add(path, findings)
        if environment is not None and environment.conda_file:
            return _from_file(path.parent / environment.conda_file, reading)
        conda = environment.conda if environment is not None else None
    elif path.suffix.lower() in (".yml", ".yaml"):
        conda, findings = parse_conda(text, facts)
        reading.add(path, findings)
    else:
        lines, findings = parse_requirements(text, facts)
        reading.add(path, findings)
        return from_requirements(_with_included(lines, path.parent, reading, 0), str(path), path.stem), []
    if conda is None:
        reading.refuse_errors()
        raise ScoredockError("environment-requirement-invalid", f"{path} holds no environment.", place=Place(str(path)))
    return from_conda(_expanded(conda, path.parent, reading), str(path)), [dict(conda.variables)]


def _expanded(conda: CondaSpec, folder: Path, reading: Reading) -> CondaSpec:
    pip = tuple(_with_included(conda.pip, folder, reading, 0))
    return CondaSpec(conda.name, conda.python, conda.conda, pip, conda.channels, conda.variables)


def _with_included(lines: Sequence[str], folder: Path, reading: Reading, depth: int) -> list[str]:
    """The lines with included files in their place and relative paths made absolute."""
    result: list[str] = []
    for line in lines:
        option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("--") else line.partition(" ")
        if option in ("-r", "--requirement") or (line.startswith("-r") and not line.startswith("--")):
            target = folder / (value.strip() or line[2:].strip())
            if depth >= _NESTING:
                raise ScoredockError(
                    "environment-requirement-invalid",
                    f"Requirements files include one another more than {_NESTING} deep.",
                    place=Place(str(target)),
                )
            inner, findings = parse_requirements(reading.text(target), reading.facts(target))
            reading.add(target, findings)
            result.extend(_with_included(inner, target.parent, reading, depth + 1))
        elif option in ("-e", "--editable"):
            result.append(str((folder / value.strip()).resolve()))  # a service holds a copy; edits need an update
        elif line.startswith(("./", "../", ".\\", "..\\")) or line == ".":
            result.append(str((folder / line).resolve()))
        else:
            result.append(line)
    return result
