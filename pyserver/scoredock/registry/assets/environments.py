"""Registered environments: what they hold, read from a person's files so that the record stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.conda import CondaSpec, parse_conda
from scoredock.checks.configs.environment.requirements import parse_requirements
from scoredock.checks.similar import similar
from scoredock.errors import ScoredockError
from scoredock.formats.environment_sections import NO_DOCKER, SparkSection, docker_from_record
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.assets import curated
from scoredock.registry.assets.assets import Assets
from scoredock.registry.assets.environment_definition import ContextFile, Definition, conda_text
from scoredock.registry.assets.environment_files import from_path
from scoredock.registry.assets.images import require_reference
from scoredock.registry.assets.names import RESERVED
from scoredock.registry.grammar import printable
from scoredock.registry.records import AssetRecord

CONDA_FILE, REQUIREMENTS_FILE, DOCKERFILE = "conda.yml", "requirements.txt", "Dockerfile"
"""Names of the stored files; the first two say the packages."""
_OF_IMAGE = "docker"
_CONTEXT = "context/"
"""Below it lie the files that a Dockerfile copies."""
"""How an environment is written that names an image or a Dockerfile and no packages."""


@dataclass(frozen=True, slots=True)
class EnvironmentMatch:
    """Environment that a reference denotes."""

    id: str
    """`name:version`; the name alone for a curated one."""
    definition: Definition
    registered: bool
    """Whether it is a record of the workspace."""


def register(
    assets: Assets,
    name: str,
    *,
    path: Path | None = None,
    image: str = "",
    clone: str = "",
    description: str = "",
    tags: Mapping[str, str] | None = None,
    cancel: CancelToken | None = None,
) -> AssetRecord:
    """The next version of an environment; the newest one is given back when it is the same already.

    Exactly one of `path`, `image` and `clone` says where it comes from. An empty `name` takes the one that the file
    has. Raises environment-source-invalid, environment-not-portable, image-reference-invalid, file-*, asset-*, and what
    `Assets.add` raises.
    """
    if sum((path is not None, bool(image), bool(clone))) != 1:
        raise ScoredockError(
            "environment-source-invalid",
            l10n.t("An environment is made from a file, or an image, or a clone: give one of them."),
        )
    if name:
        assets.require("environment", name, description, tags or {})
    if path is not None:
        definition = from_path(path)
    elif image:
        require_reference(image)
        definition = Definition(image=image)
    else:
        definition = resolve(assets, clone).definition
    return add(assets, name or definition.name, definition, description=description, tags=tags, cancel=cancel)


def add(
    assets: Assets,
    name: str,
    definition: Definition,
    *,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    cancel: CancelToken | None = None,
) -> AssetRecord:
    """The next version of an environment; the newest one is given back when it is the same already. Raises what
    `Assets.add` raises."""
    return assets.add(
        "environment",
        name,
        _content(definition),
        _files(definition),
        description=description,
        tags=tags,
        unless_same=True,
        cancel=cancel,
    )


def resolve(assets: Assets, reference: str) -> EnvironmentMatch:
    """Environment that `name:version` or `name` (the newest) denotes: a registered or a curated one.

    A curated environment has one definition here, whatever version is named. Raises asset-not-found.
    """
    offered = curated.find(reference if "://" in reference else reference.partition(":")[0])
    if offered is not None:
        return EnvironmentMatch(offered.name, of_curated(offered), registered=False)
    if reference.lower().startswith(RESERVED):
        names = {each.name.casefold().partition("-")[2]: each.name for each in curated.ENVIRONMENTS}
        near = similar(reference.casefold().partition("-")[2], names, 1, 0.6)
        raise ScoredockError(
            "asset-not-found",
            l10n.t("{name} is an environment of Azure, which is not on this machine.", name=printable(reference)),
            l10n.t(
                "The nearest that is here is {name}; `scoredock environment curated` lists all.", name=names[near[0]]
            )
            if near
            else l10n.t("`scoredock environment curated` lists those that are here."),
        )
    record = assets.get("environment", reference)
    return EnvironmentMatch(record.id, of_record(assets, record), registered=True)


def of_record(assets: Assets, record: AssetRecord) -> Definition:
    """Definition that a registered version holds. Raises model-damaged."""
    texts = {file.path: assets.text(record, file) for file in record.files if not file.path.startswith(_CONTEXT)}
    content = record.content
    variables, unused, docker = content.get("variables"), content.get("unused"), content.get("docker")
    definition = Definition(
        image=str(content.get("image") or ""),
        dockerfile=texts.get(DOCKERFILE, ""),
        context=_context(assets, record),
        user_managed=content.get("userManaged") is True,
        stack_version=str(content.get("inferencingStackVersion") or ""),
        variables={str(key): str(value) for key, value in variables.items()} if isinstance(variables, dict) else {},
        name=record.name,
        unused=tuple(map(str, unused)) if isinstance(unused, list) else (),
        interpreter=str(content.get("interpreter") or ""),
        docker=docker_from_record(docker) if isinstance(docker, dict) else NO_DOCKER,
        spark=_spark(content.get("spark")),
    )
    if CONDA_FILE in texts:
        conda, _ = parse_conda(texts[CONDA_FILE], Facts())
        if conda is None:
            raise assets.damaged(record, record.files[0])
        return replace(definition, conda=conda, text=texts[CONDA_FILE])
    if REQUIREMENTS_FILE in texts:
        lines, _ = parse_requirements(texts[REQUIREMENTS_FILE], Facts())
        return replace(definition, requirements=lines, text=texts[REQUIREMENTS_FILE])
    return definition


def _context(assets: Assets, record: AssetRecord) -> tuple[ContextFile, ...]:
    executables = record.content.get("executables")
    executable_names = set(executables) if isinstance(executables, list) else set()
    names = [(file.path.removeprefix(_CONTEXT), file) for file in record.files if file.path.startswith(_CONTEXT)]
    return tuple(ContextFile(name, assets.path(record, file), name in executable_names) for name, file in names)


def of_curated(offered: curated.Curated) -> Definition:
    """A curated environment as if it were registered."""
    conda = CondaSpec(offered.name, None, (), offered.packages, ("conda-forge",))
    return Definition(conda=conda, text=conda_text(conda), name=offered.name, variables={})


def _content(definition: Definition) -> dict[str, object]:
    python = (definition.conda.python or "").strip() if definition.conda is not None else ""
    form = "conda" if definition.conda is not None else "pip" if definition.requirements is not None else _OF_IMAGE
    # Only where there is something to say: records of before are then still the same content.
    more: dict[str, object] = {}
    if definition.interpreter:
        more["interpreter"] = definition.interpreter
    if definition.docker != NO_DOCKER:
        docker_options = asdict(definition.docker)
        more["docker"] = {
            name: list(value) if isinstance(value, tuple) else value for name, value in docker_options.items() if value
        }
    if definition.context:
        more["executables"] = [each.name for each in definition.context if each.is_executable]
    if definition.spark is not None:
        more["spark"] = {name: list(value) for name, value in asdict(definition.spark).items()}
    return {
        **more,
        "format": form,
        "python": python.lstrip("=").strip(),
        "packages": len(definition.packages),
        "image": definition.image,
        "dockerfile": bool(definition.dockerfile),
        "userManaged": definition.user_managed,
        "inferencingStackVersion": definition.stack_version,
        "variables": dict(definition.variables or {}),
        "unused": list(definition.unused),
    }


def _spark(section: object) -> SparkSection | None:
    if not isinstance(section, dict):
        return None
    packages, repositories = section.get("packages"), section.get("repositories")
    return SparkSection(
        tuple(map(str, packages)) if isinstance(packages, list) else (),
        tuple(map(str, repositories)) if isinstance(repositories, list) else (),
    )


def _files(definition: Definition) -> dict[str, list[bytes]]:
    files: dict[str, list[bytes]] = {}
    if definition.conda is not None:
        files[CONDA_FILE] = [definition.text.encode()]
    elif definition.requirements is not None:
        files[REQUIREMENTS_FILE] = [definition.text.encode()]
    if definition.dockerfile:
        files[DOCKERFILE] = [definition.dockerfile.encode()]
    return files | {_CONTEXT + each.name: [each.place.read_bytes()] for each in definition.context}


def summary(record: AssetRecord) -> str:
    """`conda · Python 3.11 · 6 packages`."""
    content = record.content
    form, count = content.get("format"), content.get("packages")
    if form == _OF_IMAGE:
        return l10n.t("Docker image · {image}", image=content["image"]) if content.get("image") else "Dockerfile"
    parts = [str(form)]
    if content.get("python"):
        parts.append(f"Python {content['python']}")
    parts.append(l10n.t("1 package") if count == 1 else l10n.t("{count} packages", count=count))
    return " · ".join(parts)
