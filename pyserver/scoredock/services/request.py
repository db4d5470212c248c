"""Requests: a deployment, or a change of one. Plain data that the ledger keeps as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, field, fields, replace
from typing import Any

from scoredock import l10n
from scoredock.containers.settings import DockerSettings
from scoredock.deploy_options import DeployOptions, UpdateOptions
from scoredock.engine_table import COMPUTE_ENGINE, DEFAULT_ENGINE, IMAGE_ENGINE, engine_kind
from scoredock.environments.settings import EnvironmentSettings
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import printable
from scoredock.service import LOST_NODE_SECONDS

_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True)
class DeployRequest(DeployOptions):
    """Request to deploy; `image` holds the full id."""

    name: str
    inference_source: str = ""
    """The person's file that stands behind an inference configuration that a program wrote; what is said of the one
    names the other."""
    deployment_source: str = ""
    """The deployment file of Azure ML v2 that `settings` come from; notes name it."""

    @property
    def in_script_folder(self) -> bool:
        """True if the working directory is the folder of the script, as v2 has it."""
        return bool(self.deployment_source) and not self.inference_config


@dataclass(frozen=True)
class UpdateRequest(UpdateOptions):
    """Request to update; a field that is None or empty stays as it was, and the entry script and its folder are always
    read again."""

    inference_source: str = ""
    """Of `inference_config`, as in a DeployRequest."""
    expected_revision: int = 0
    """The update is made only while the service has this revision; 0 for any."""


@dataclass(frozen=True, slots=True)
class Description:
    """Changes of a service's description, tags and properties, made while it runs."""

    description: str | None = None
    """None leaves it."""
    set_tags: Mapping[str, str] = field(default_factory=dict)
    remove_tags: Sequence[str] = ()
    add_properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeploySettings:
    """Settings of the person about deployments."""

    start_timeout: float = 300.0
    """Seconds that importing the entry script and init() may take."""
    lost_node_seconds: int = LOST_NODE_SECONDS
    """Seconds after which a pod of a lost node gets a successor elsewhere."""
    repeat_requests: bool = True
    """Whether what a lost node has not answered goes to another replica."""
    stop_grace: float = 30.0
    """Seconds for requests under way when a service is stopped."""
    environment: EnvironmentSettings = field(default_factory=EnvironmentSettings)
    docker: DockerSettings = field(default_factory=DockerSettings)
    base_image: str = ""
    """Image that services in containers start from when their environment names none; empty for the default."""
    most_files: int = 20_000
    """Files a source directory may hold."""
    most_bytes: int = 2_000_000_000
    """Bytes a source directory may hold."""
    follow_links: bool = False
    """Whether links of a source directory that lead out of it are followed; else they are left out."""
    inherited_variables: tuple[str, ...] = ()
    """Names of variables of ours that services on this machine get besides those that tell of the machine."""
    kept_revisions: int = 10
    """Revisions of a service whose files and rows are kept, the active one included."""
    kept_days: float = 90.0
    """Days that a revision is kept after another one took its place; 0 for as long as its number allows."""


def require_valid(request: DeployRequest) -> None:
    """Raises ScoredockError `service-name-invalid`, `deploy-input-invalid`, `port-invalid` for what no file need be
    read to refuse."""
    require_service_name(request.name)
    require_storable(request)
    if request.port is not None and not 0 <= request.port <= 65_535:
        raise ScoredockError(
            "port-invalid", l10n.t("{port} is not a port.", port=request.port), details={"port": str(request.port)}
        )


def require_service_name(name: str) -> None:
    """Raises ScoredockError `service-name-invalid`."""
    if not 3 <= len(name) <= 32 or not _NAME.fullmatch(name):
        raise ScoredockError("service-name-invalid", l10n.t("`{name}` is not a valid service name.", name=name[:64]))


def with_defaults(request: DeployRequest, *, is_new: bool = False) -> DeployRequest:
    """The request of a service, with what it leaves to us. Raises ScoredockError `service-name-invalid` for one that is
    new."""
    if is_new:
        require_service_name(request.name)
    return replace(
        request,
        models=request.models or (),
        environment_variables=request.environment_variables or {},
        settings=request.settings or {},
        engine=_engine_of(request),
    )


def _engine_of(request: DeployRequest) -> str:
    """A compute target decides it, and an image where none is meant."""
    if request.compute:
        return request.engine if engine_kind(request.engine).needs_compute else COMPUTE_ENGINE
    return IMAGE_ENGINE if request.image else request.engine or DEFAULT_ENGINE


def require_storable(request: DeployRequest) -> None:
    """Raises ScoredockError `deploy-input-invalid` for text that neither the ledger nor a process can be given."""
    for text, what in _texts(request):
        if not is_text(text):
            raise ScoredockError(
                "deploy-input-invalid",
                l10n.t("The {what} is not UTF-8 text.", what=what()),
                l10n.t("Rename it, or write it in UTF-8; a terminal needs a UTF-8 locale for that."),
            )


def _texts(request: DeployRequest) -> Iterator[tuple[str, Callable[..., str]]]:
    """Each text, and how a person calls it."""
    yield request.model_path, lambda: l10n.t("model path")
    yield str(request.entry_script), lambda: l10n.t("entry script")
    yield str(request.source_directory), lambda: l10n.t("source directory")
    yield f"{request.inference_config}{request.inference_source}", lambda: l10n.t("inference configuration")
    yield str(request.environment_file), lambda: l10n.t("environment file")
    yield request.environment, lambda: l10n.t("environment")
    yield str(request.deployment_config), lambda: l10n.t("deployment configuration")
    yield request.description, lambda: l10n.t("description")
    for name, value in (request.environment_variables or {}).items():
        yield f"{name}{value}", lambda name=name: l10n.t("environment variable {name}", name=printable(name))
    for name, value in request.tags.items():
        yield f"{name}{value}", lambda name=name: l10n.t("tag {name}", name=printable(name))
    for name, value in request.properties.items():
        yield f"{name}{value}", lambda name=name: l10n.t("property {name}", name=printable(name))
    for name, value in (request.settings or {}).items():
        yield f"{name}{value}", lambda name=name: l10n.t("setting {name}", name=printable(name))


def is_text(value: str) -> bool:
    """True if it can be written down and handed to a process: no halves of characters, no NUL."""
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def request_to_json(request: DeployRequest) -> dict[str, Any]:
    """JSON for the ledger; the flags of one call are not part of what is deployed."""
    document = asdict(request)
    for flag in ("overwrite", "skip_checks"):
        document.pop(flag)
    return document


def request_from_json(raw: Mapping[str, Any]) -> DeployRequest:
    """Unknown keys, of a newer program, are passed over."""
    names = {each.name for each in fields(DeployRequest)}
    values = {key: value for key, value in raw.items() if key in names}
    values["models"] = tuple(values.get("models") or ())
    return with_defaults(DeployRequest(**values))


def merged(request: DeployRequest, changes: UpdateRequest) -> DeployRequest:
    """The request of the revision that runs, with the changes of an update."""
    result = replace(request, overwrite=True, skip_checks=changes.skip_checks)
    if changes.models is not None:
        result = replace(result, models=changes.models)
    if changes.inference_config:
        # It decides script, folder and environment anew; what was given by hand before belongs to the old one.
        result = replace(
            result,
            inference_config=changes.inference_config,
            inference_source=changes.inference_source,
            model_path="",
            entry_script="",
            source_directory="",
            environment_file="",
            environment="",
        )
    if changes.entry_script:
        result = replace(result, entry_script=changes.entry_script, model_path="")
    if changes.source_directory:
        result = replace(result, source_directory=changes.source_directory)
    if changes.environment_file:
        result = replace(result, environment_file=changes.environment_file, environment="")
    if changes.environment:
        kept = changes.environment_file  # both given at once is refused when it is planned
        result = replace(result, environment=changes.environment, environment_file=kept)
    if changes.deployment_config:
        # What it says of the port counts, not what was given by hand before.
        result = replace(result, deployment_config=changes.deployment_config, port=None, settings={})
    return _run_as_asked(result, changes)


def described(request: DeployRequest, changes: Description) -> DeployRequest:
    """The request with other words. Properties are only added, as in v1. Raises ScoredockError
    `service-property-exists`."""
    names = {name for name in changes.add_properties if name in request.properties}
    if names:
        raise ScoredockError(
            "service-property-exists",
            l10n.t(
                "Properties cannot be changed, and {service} has these already: {names}.",
                service=request.name,
                names=", ".join(sorted(map(printable, names))),
            ),
        )
    kept = {name: value for name, value in request.tags.items() if name not in changes.remove_tags}
    return replace(
        request,
        description=request.description if changes.description is None else changes.description,
        tags={**kept, **changes.set_tags},
        properties={**request.properties, **changes.add_properties},
    )


def _run_as_asked(result: DeployRequest, changes: UpdateRequest) -> DeployRequest:
    """Request with the place and options of running that an update asks for."""
    if changes.settings:
        result = replace(result, settings={**(result.settings or {}), **changes.settings})
    if changes.port is not None:
        result = replace(result, port=changes.port)
    if changes.compute:
        engine = changes.engine if engine_kind(changes.engine).needs_compute else COMPUTE_ENGINE
        result = replace(result, compute=changes.compute, engine=engine)
    elif changes.engine:
        stays = engine_kind(changes.engine).needs_compute
        result = replace(result, engine=changes.engine, compute=result.compute if stays else "")
    if changes.auth:
        result = replace(result, auth=changes.auth)
    if changes.environment_variables is not None:
        result = replace(result, environment_variables=changes.environment_variables)
    return result
