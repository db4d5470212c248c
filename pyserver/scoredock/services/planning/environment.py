"""Environment that a deployment gets: of files, a record, a ready-made one, the framework of a model."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import Way
from scoredock.checks.configs.environment.conda import CondaSpec, parse_conda
from scoredock.checks.configs.environment.inline import EnvironmentReference, InlineEnvironment, parse_environment
from scoredock.checks.configs.environment.requirements import parse_requirements
from scoredock.checks.configs.inference.check import InferenceConfig
from scoredock.checks.environment.azure_imports import MONITORING
from scoredock.checks.script.imported_modules import imports_of
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.facts import environment_facts
from scoredock.environments.inline import (
    SPARK_RUNTIME,
    Parts,
    from_json,
    instructions,
    parts_of,
    with_parts,
    with_spark,
)
from scoredock.environments.pip.local_packages import placed
from scoredock.environments.spec import EnvironmentSpec, for_model, from_conda, from_requirements
from scoredock.errors import Place, ScoredockError
from scoredock.formats.environment_form import form_of
from scoredock.formats.environment_sections import NO_DOCKER, DockerSection
from scoredock.registry.assets import curated
from scoredock.registry.assets.assets import Assets
from scoredock.registry.assets.environment_files import require_conda
from scoredock.services.planning.brought_packages import texts_of, with_brought
from scoredock.services.planning.project import PROJECTS
from scoredock.services.planning.registered_environment import ChosenEnvironment, named_environment
from scoredock.services.request import DeployRequest
from scoredock_runtime.contract_variables import MONITORING_VARIABLES

_NESTING = 5
"""How deep requirements files may include one another."""
_GONE = re.compile(
    r"\bsklearn\.externals\b|\btensorflow\.contrib\b"
    r"|\btf\.(?:Session|placeholder|ConfigProto|get_default_graph|global_variables_initializer|contrib)\b"
)
"""What scikit-learn has until 0.22 and TensorFlow until 1.15: ready-made environments of Azure ML had these."""


class Framework(Protocol):
    """Framework of a model, on which its default environment depends."""

    @property
    def framework(self) -> str: ...

    @property
    def framework_version(self) -> str: ...


class EnvironmentReader(Protocol):
    """Reader of files, with a place for what is said on the way."""

    @property
    def assets(self) -> Assets: ...

    @property
    def contained(self) -> bool:
        """True if the service runs in an image."""
        ...

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
    reading: EnvironmentReader,
    script: Path,
) -> ChosenEnvironment:
    """The first that is there: a named file, a named environment, what the inference configuration says, what the first
    model with a known framework needs. What the script imports of the packages that Azure adds to it is added.
    """
    way = PROJECTS.settings(script).environment
    environment = _choose(request, config, base, models, reading, way)
    if config is not None and not request.environment and not isinstance(config.environment, EnvironmentReference):
        environment = replace(environment, spec=_with_older(environment.spec, config, base, reading))
    environment = _of_its_time(environment, reading, script)
    for note in environment.notes:
        reading.note(note)
    folder = str(base) if base is not None and config is not None and config.source_directory else ""
    if not request.deployment_source:
        environment = _with_collector(environment, reading, texts_of(script, folder, reading.text))
    return replace(environment, spec=with_brought(environment.spec, script, folder, reading.text))


def _choose(
    request: DeployRequest,
    config: InferenceConfig | None,
    base: Path | None,
    models: Sequence[Framework],
    reading: EnvironmentReader,
    way: Way,
) -> ChosenEnvironment:
    if request.environment and request.environment_file:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "The deployment of {name} names an environment and a file for one; give one of them.", name=request.name
            ),
        )
    if request.environment:
        return _named(request.environment, reading, way)
    inline = config.environment if config is not None else None
    own = (dict(inline.environment_variables),) if isinstance(inline, InlineEnvironment) else ()
    if request.environment_file:
        spec, variables = _from_file(Path(request.environment_file), reading, way)
        return ChosenEnvironment(spec, (*variables, *own))
    if config is not None and base is not None:
        if isinstance(inline, InlineEnvironment):
            written = _from_inline(inline, base, request, reading, way)
            if written is not None:
                return ChosenEnvironment(written[0], (*written[1], *own))
        elif isinstance(inline, EnvironmentReference):
            reference = inline.name if inline.version is None else f"{inline.name}:{inline.version}"
            try:
                return _named(reference, reading, way)
            except ScoredockError as error:
                if error.code != "asset-not-found" or not config.conda_file:
                    error.place = error.place or Place(request.inference_config)
                    raise
            reading.note(
                l10n.t(
                    "The environment {environment} is not registered here; the conda file is used.",
                    environment=reference,
                )
            )
        if config.conda_file:
            spec, variables = _from_file(base / config.conda_file, reading, way)
            return ChosenEnvironment(spec, (*variables, *own))
    default = for_model("", "")
    for model in models:
        default = for_model(model.framework, model.framework_version)
        if default.requirements:
            break
    if isinstance(inline, InlineEnvironment):  # it names an image and no packages
        parts = parts_of(inline, _own(request))
        default = with_parts(default, parts, contained=reading.contained)
    return ChosenEnvironment(default, own)


def described(
    spec: EnvironmentSpec, config: InferenceConfig | None, built: BuiltEnvironment | None, text: str = ""
) -> EnvironmentFacts:
    """The environment as the checks see it, the same in the editor and before a deployment."""
    facts = environment_facts(spec, text, built)
    if spec.user_managed:
        return replace(facts, complete=False)  # an interpreter or image brings packages that no list tells
    inline = config.environment if config is not None else None
    if isinstance(inline, InlineEnvironment) and (inline.user_managed or _unreadable(inline)):
        return replace(facts, complete=False)  # in Azure its image brings packages that no list tells
    return facts


def _unreadable(inline: InlineEnvironment) -> bool:
    """True if the packages are not a list: that is reported, and what follows from it is not."""
    return inline.conda is not None and inline.conda.unreadable


def environment_of_file(path: Path, reading: EnvironmentReader, way: Way = "auto") -> EnvironmentSpec:
    """Environment that a conda YAML, requirements or JSON file specifies. Raises what reading it raises."""
    return _from_file(path, reading, way)[0]


def _named(reference: str, reading: EnvironmentReader, way: Way) -> ChosenEnvironment:
    try:
        environment = named_environment(reading.assets, reference, contained=reading.contained, way=way)
    except ScoredockError as error:
        if error.code != "asset-not-found" or not Path(reference).is_file():
            raise
        fix = l10n.t(
            "{name} is a file; give it with `{option}`.", name=reference, option=f"--environment-file {reference}"
        )
        raise ScoredockError(error.code, error.message, fix, error.place) from None
    return environment


def _of_its_time(environment: ChosenEnvironment, reading: EnvironmentReader, script: Path) -> ChosenEnvironment:
    """A ready-made environment with the packages that Azure ML's own had, for a script that imports what newer ones
    lack. Images are not made for such Pythons."""
    offered = None if environment.registered or reading.contained else curated.find(environment.spec.display_name)
    if offered is None or not offered.azure_packages or not _GONE.search(reading.text(script)):
        return environment
    lines = curated.of_azure(offered, environment.spec.requirements)
    minor = ".".join(offered.azure_python.split(".")[:2])
    spec = from_requirements(lines, environment.spec.source, environment.spec.display_name)
    note = l10n.t(
        "{environment} has the packages that it had in Azure ML, for Python {version}: the script imports what newer"
        " ones lack.",
        environment=offered.name,
        version=minor,
    )
    spec = replace(spec, python=f"=={minor}.*", python_is_wish=True, provided=environment.spec.provided)
    return replace(environment, spec=spec, notes=(note,))


def _with_collector(
    environment: ChosenEnvironment, reading: EnvironmentReader, texts: Sequence[str]
) -> ChosenEnvironment:
    """Environment with variables by which rows of a Collector of azureml-ai-monitoring are taken, where no deployment
    file of v2 could say so; it refuses to begin without them."""
    names = (name for text in texts if MONITORING in text for _, name in imports_of(text))
    if not any(name == MONITORING or name.startswith(f"{MONITORING}.") for name in names):
        return environment
    reading.note(
        l10n.t(
            "The script collects data with azureml-ai-monitoring: its rows go into the log. In Azure the deployment"
            " file needs {field} for it.",
            field="`data_collector`",
        )
    )
    return replace(environment, variables=(dict.fromkeys(MONITORING_VARIABLES, "true"), *environment.variables))


def _with_older(
    spec: EnvironmentSpec, config: InferenceConfig, base: Path | None, reading: EnvironmentReader
) -> EnvironmentSpec:
    """Environment with the older fields of an inference configuration, which count if no environment is written out."""
    if (config.runtime or "").lower() == SPARK_RUNTIME and spec.spark is None:
        spec = with_spark(spec, config.environment.spark if isinstance(config.environment, InlineEnvironment) else None)
    if isinstance(config.environment, InlineEnvironment):
        return spec
    steps: tuple[str, ...] = ()
    written_in = ""
    if config.extra_dockerfile_steps and base is not None:
        written_in = str(base / config.extra_dockerfile_steps)
        steps = instructions(reading.text(Path(written_in)))
    cuda = config.cuda_version or ""
    address, user = config.base_image_registry
    docker = DockerSection(
        base_image=config.base_image or "", registry=address, registry_user=user, gpu=config.enable_gpu
    )
    if not steps and not cuda and docker == NO_DOCKER:
        return spec
    return with_parts(
        spec, Parts(docker=docker, steps=steps, cuda=cuda, written_in=written_in), contained=reading.contained
    )


def _from_inline(
    inline: InlineEnvironment, base: Path, request: DeployRequest, reading: EnvironmentReader, way: Way
) -> tuple[EnvironmentSpec, list[Mapping[str, str]]] | None:
    source = request.inference_config
    if inline.conda_file and inline.conda is None and not inline.user_managed:
        spec, variables = _from_file(base / inline.conda_file, reading, way)
        return with_parts(spec, parts_of(inline, _own(request)), contained=reading.contained), variables
    if inline.conda is None and not inline.user_managed:
        return None
    conda = _expanded(inline.conda, Path(source).parent, reading) if inline.conda is not None else None
    spec = from_json(inline, source=source, conda=conda, contained=reading.contained, way=way, written_in=_own(request))
    return spec, [dict(conda.variables)] if conda is not None else []


def _own(request: DeployRequest) -> str:
    """The file of the person that has what the inference configuration says."""
    return request.inference_source or request.inference_config


def _from_file(path: Path, reading: EnvironmentReader, way: Way) -> tuple[EnvironmentSpec, list[Mapping[str, str]]]:
    path = Path(os.path.abspath(path))  # noqa: PTH100
    text = reading.text(path)
    facts = reading.facts(path)
    form = form_of(path.name, text)
    if form == "json":
        return _from_json_file(path, text, facts, reading, way)
    if form == "conda":
        require_conda(path, text, "environment-requirement-invalid")
        conda, findings = parse_conda(text, replace(facts, serves=True))
        reading.add(path, findings)
        if conda is None:
            raise _empty(path, reading)
        return from_conda(_expanded(conda, path.parent, reading), str(path), way=way), [dict(conda.variables)]
    lines, findings = parse_requirements(text, facts)
    reading.add(path, findings)
    return from_requirements(_with_included(lines, path.parent, reading, 0), str(path), path.stem), []


def _from_json_file(
    path: Path, text: str, facts: Facts, reading: EnvironmentReader, way: Way
) -> tuple[EnvironmentSpec, list[Mapping[str, str]]]:
    environment, findings = parse_environment(text, replace(facts, serves=True))
    reading.add(path, findings)
    if environment is None:
        raise _empty(path, reading)
    own: list[Mapping[str, str]] = [dict(environment.environment_variables)]
    if environment.conda_file and not environment.user_managed:
        spec, variables = _from_file(path.parent / environment.conda_file, reading, way)
        return with_parts(spec, parts_of(environment, str(path)), contained=reading.contained), [*variables, *own]
    conda = environment.conda
    if conda is None and not (environment.user_managed or environment.docker != NO_DOCKER):
        raise _empty(path, reading)
    expanded = _expanded(conda, path.parent, reading) if conda is not None else None
    spec = from_json(environment, source=str(path), conda=expanded, contained=reading.contained, way=way)
    return spec, [*([dict(expanded.variables)] if expanded is not None else []), *own]


def _empty(path: Path, reading: EnvironmentReader) -> ScoredockError:
    reading.refuse_errors()
    return ScoredockError(
        "environment-requirement-invalid", l10n.t("{path} contains no environment.", path=path), place=Place(str(path))
    )


def _expanded(conda: CondaSpec, folder: Path, reading: EnvironmentReader) -> CondaSpec:
    pip = tuple(_with_included(conda.pip, folder, reading, 0))
    return CondaSpec(conda.name, conda.python, conda.conda, pip, conda.channels, conda.variables)


def _with_included(lines: Sequence[str], folder: Path, reading: EnvironmentReader, depth: int) -> list[str]:
    """The lines with included files in their place and relative paths made absolute."""
    result: list[str] = []
    for line in lines:
        option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("--") else line.partition(" ")
        if option in ("-r", "--requirement") or (line.startswith("-r") and not line.startswith("--")):
            target = folder / (value.strip() or line[2:].strip())
            if depth >= _NESTING:
                raise ScoredockError(
                    "environment-requirement-invalid",
                    l10n.t("Requirements files include one another more than {limit} levels deep.", limit=_NESTING),
                    place=Place(str(target)),
                )
            inner, findings = parse_requirements(reading.text(target), reading.facts(target))
            reading.add(target, findings)
            result.extend(_with_included(inner, target.parent, reading, depth + 1))
        else:
            result.append(placed(line, folder))
    return result
