"""Environments of v2: environment.yml with an image and a conda file, or with a Dockerfile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field, replace

from scoredock import l10n
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.contrib.migration.domain.names import FolderNames, asset_name, free_asset
from scoredock.contrib.migration.domain.report import Copied, Outcome
from scoredock.contrib.migration.domain.source import EnvironmentSource
from scoredock.contrib.migration.domain.yaml_text import document_text, yaml_text
from scoredock.late_dataclass import dataclass

BASE_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"
"""What v1 takes where an environment names no image, without its date."""
GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04:latest"
SERVER = "azureml-inference-server-http"
"""What azureml-defaults brings to a service; v2 asks for it by its own name."""
DEFAULT_PYTHON = "=3.10"
_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[([^\]]*)\])?")
_CURATED = re.compile(r"azureml-|microsoft", re.IGNORECASE)
_CONDA, CARRIED = "conda.yml", "pip-packages"
_PLACE = "/azureml-environment"


@dataclass(frozen=True, slots=True)
class EnvironmentPlace:
    """Reference by which a deployment names its environment, and the variables."""

    reference: str
    """`azureml:name:version`."""
    variables: dict[str, str]


@dataclass(slots=True)
class EnvironmentPlaces:
    """The environments of one migration."""

    by_content: dict[str, EnvironmentPlace] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    folders: FolderNames = field(default_factory=FolderNames)


def migrate_environment(
    source: EnvironmentSource, outcome: Outcome, places: EnvironmentPlaces, *, serves: bool = True
) -> EnvironmentPlace:
    """Writes environments/NAME, once for the same environment. `places` has what was written before."""
    key = repr(replace(source, where=""))
    place = places.by_content.get(key)
    if place is None:
        for where in source.unclear:
            outcome.note(
                "broken",
                where,
                "environment",
                l10n.t(
                    "What this line says of the environment {name} is not certain, and is left out.", name=source.name
                ),
                l10n.t("Write what was meant into the environment before it is created."),
            )
        place = _reference(source, outcome) if source.is_reference else _written(source, outcome, places, serves)
        places.by_content[key] = place
        places.names.add(place.reference.split(":")[1])
    return place


def _reference(source: EnvironmentSource, outcome: Outcome) -> EnvironmentPlace:
    name = asset_name(source.name)
    ending = f":{source.version}" if source.version else "@latest"
    if _CURATED.match(source.name):
        outcome.note(
            "changes",
            source.where,
            "environment",
            l10n.t(
                "{name} is an environment of Azure; those of v1 no longer exist, and v2 has others of other names.",
                name=source.name,
            ),
            l10n.t("Choose one with `az ml environment list`, or give the deployment an image and a conda file."),
        )
    else:
        outcome.note(
            "maps",
            source.where,
            "environment",
            l10n.t(
                "The registered environment {name} is named as {reference}; it has to be in the workspace.",
                name=source.name,
                reference=f"azureml:{name}{ending}",
            ),
        )
    return EnvironmentPlace(f"azureml:{name}{ending}", dict(source.variables))


def _written(source: EnvironmentSource, outcome: Outcome, places: EnvironmentPlaces, serves: bool) -> EnvironmentPlace:
    wanted = asset_name(source.name, environment=True)
    name = free_asset(wanted, places.names)
    version = source.version if source.version.isdigit() else "1"
    folder = f"environments/{places.folders.of(name)}"
    if name != source.name:
        _note_name(source, name, outcome)
    values: dict[str, object] = {
        "name": name,
        "version": version,
        "description": source.description,
        "tags": dict(source.tags),
    }
    conda = _packages(source, outcome, serves=serves) if not source.user_managed else None
    dockerfile = _dockerfile(source, outcome, conda is not None)
    if dockerfile:
        values["build"] = {"path": "./docker", "dockerfile_path": "Dockerfile"}
        outcome.write(f"{folder}/docker/Dockerfile", dockerfile)
        if conda is not None:
            outcome.write(f"{folder}/docker/{_CONDA}", conda_text(conda))
        outcome.copies += [Copied(f"{folder}/docker/{each.path}", each.place) for each in source.packages]
        _note_dockerfile(source, outcome)
    else:
        values["image"] = _image(source, outcome)
        if conda is not None:
            values["conda_file"] = f"./{_CONDA}"
            outcome.write(f"{folder}/{_CONDA}", conda_text(conda))
    outcome.write(f"{folder}/environment.yml", document_text("environment-asset", values))
    outcome.commands.append(f"az ml environment create --file {folder}/environment.yml")
    for note in _absent(source):
        outcome.note("absent", source.where, *note)
    return EnvironmentPlace(f"azureml:{name}:{version}", dict(source.variables))


def _note_name(source: EnvironmentSource, name: str, outcome: Outcome) -> None:
    outcome.note(
        "changes",
        source.where,
        "name",
        l10n.t("The environment {name} is called {new} in v2.", name=source.name or "?", new=name),
    )


def _image(source: EnvironmentSource, outcome: Outcome) -> str:
    if source.image:
        return f"{source.docker.registry}/{source.image}" if source.docker.registry else source.image
    image = GPU_IMAGE if source.gpu else BASE_IMAGE
    outcome.note(
        "maps",
        source.where,
        "docker.baseImage",
        l10n.t("No image is named; v1 took its base image, and {image} stands in the file.", image=image),
    )
    return image


def _packages(source: EnvironmentSource, outcome: Outcome, *, serves: bool) -> CondaSpec | None:
    """The packages, with the server by its own name."""
    conda = source.conda
    if conda is None:
        if source.image or source.dockerfile or not serves:
            return None if source.image or source.dockerfile else CondaSpec("project_environment", DEFAULT_PYTHON)
        conda = CondaSpec("project_environment", DEFAULT_PYTHON)
        message = l10n.t("No packages are named; the conda file has the server and Python alone.")
        outcome.note(
            "changes", source.where, "condaDependencies", message, l10n.t("Add what the entry script imports.")
        )
    pip = tuple(_without_defaults(conda.pip)) if serves else conda.pip
    if not serves:
        return replace(conda, pip=pip)
    if pip != conda.pip:
        message = l10n.t("{old} is replaced by {new}.", old="azureml-defaults", new=SERVER)
        outcome.note("maps", source.where, "azureml-defaults", message)
    if not any(_name_of(line) == SERVER for line in pip):
        pip = (SERVER, *pip)
    kept = tuple(line for line in conda.conda if _name_of(line) != "azureml-defaults")
    return replace(conda, conda=kept, pip=pip, channels=conda.channels or ("conda-forge",))


def _name_of(line: str) -> str:
    match = _REQUIREMENT.match(line.strip())
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match and not line.startswith("-") else ""


def _without_defaults(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        if _name_of(line) != "azureml-defaults":
            yield line
            continue
        if not any(_name_of(each) == SERVER for each in lines):
            yield SERVER


def _dockerfile(source: EnvironmentSource, outcome: Outcome, has_packages: bool) -> str:
    """Dockerfile with the packages after it, as v1 adds them; empty if an image and a conda file alone do: v2 takes no
    file along with those.
    """
    if not (source.dockerfile or source.steps or source.packages):
        return ""
    head = source.dockerfile.rstrip() or f"FROM {_image(source, outcome)}"
    lines = [head, *([source.steps.strip()] if source.steps.strip() else [])]
    if has_packages:
        lines += [
            f"COPY {_CONDA} {_PLACE}/{_CONDA}",
            *([f"COPY {CARRIED}/ {_PLACE}/{CARRIED}/"] if source.packages else []),
            f"RUN conda env create -p /azureml-envs/service -f {_PLACE}/{_CONDA}",
            "ENV PATH=/azureml-envs/service/bin:$PATH",
        ]
    return "\n".join(lines) + "\n"


def _note_dockerfile(source: EnvironmentSource, outcome: Outcome) -> None:
    for each in source.packages:
        outcome.note(
            "changes",
            source.where,
            "condaDependencies",
            l10n.t(
                "No index has {package}: it comes along in the build context, which installs it from there (SHA-256"
                " {digest}).",
                package=each.path.rpartition("/")[2],
                digest=each.sha256,
            ),
        )
    if not (source.dockerfile or source.steps):
        return
    outcome.note(
        "changes",
        source.where,
        "docker.baseDockerfile",
        l10n.t("The Dockerfile becomes a build context that installs the conda file itself; v1 did that afterwards."),
        l10n.t("Build it once with `docker build`, and look whether its base image has conda."),
    )


def _absent(source: EnvironmentSource) -> Iterator[tuple[str, str, str]]:
    """Key, message and next step of what v2 has not."""
    if source.has_spark:
        yield (
            "spark",
            l10n.t("Online endpoints of v2 have no Spark."),
            l10n.t("Use an image of your own that has Java and Spark, or score in a batch job."),
        )
    if source.docker.registry_user or source.docker.registry_password or source.docker.registry_identity:
        yield (
            "docker.baseImageRegistry",
            l10n.t("v2 takes no login for the registry of an image in the environment."),
            l10n.t("Let the identity of the endpoint read the registry (role AcrPull)."),
        )
    if source.docker.arguments or source.docker.shm_bytes:
        yield (
            "docker.arguments",
            l10n.t("v2 takes no arguments of `docker run` for services."),
            l10n.t("Leave them out, or write what they do into the Dockerfile."),
        )
    for key in source.unused:
        yield key, l10n.t("v2 has no key {key}.", key=f"“{key}”"), l10n.t("Leave it out, or use an image of your own.")


def conda_text(conda: CondaSpec) -> str:
    """A conda file that asks for the same."""
    listed: list[object] = [] if conda.python is None else [f"python{conda.python}"]
    listed += conda.conda
    if conda.pip:
        listed += ["pip", {"pip": list(conda.pip)}]
    values: dict[str, object] = {"name": conda.name or "project_environment"}
    if conda.channels:
        values["channels"] = list(conda.channels)
    values["dependencies"] = listed
    if conda.variables:
        values["variables"] = dict(conda.variables)
    return yaml_text(values)
