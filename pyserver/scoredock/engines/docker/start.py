"""Makes the container of one revision: volumes, files, start. Whatever fails or is cancelled leaves nothing behind."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers import archives, objects
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.engines.base import Launch
from scoredock.engines.docker import models as docker_models
from scoredock.engines.docker import options as docker_options
from scoredock.engines.docker.identity import (
    ROLE_SERVICE,
    Adoption,
    Instance,
    app_volume,
    forget,
    instance_name,
    labels,
    owner_of,
    remember,
    service_labels,
    shape_of,
    state_volume,
)
from scoredock.engines.docker.inventory import data_volume_of
from scoredock.engines.docker.options import APP_ROOT, CONTROL_PORTS, SERVICE_PORT, STATE_FOLDER
from scoredock.engines.parent_control import spec_of
from scoredock.engines.ports import free_port
from scoredock.errors import DockerFailed, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock_runtime import contract

_MODEL_TRIES = 3
_DRAWS = 3
"""Of a free port. After them Docker draws, which may see others of this machine than we do."""


@dataclass(frozen=True, slots=True)
class ContainerNetwork:
    """Network and control port of a container."""

    control_port: int = CONTROL_PORTS[0]
    holder: str = ""
    """Name of the container whose network it joins; then it takes connections only once it is ready."""


@dataclass(frozen=True, slots=True)
class StartedContainer:
    """A container that was started."""

    id: str
    instance: Instance


def make(
    docker: Docker, launch: Launch, place: ContainerNetwork, progress: Progress, cancel: CancelToken
) -> StartedContainer:
    """Make and start it. Raises ScoredockError of `failures.docker_errors`, `model-damaged`, `cancelled`; OSError."""
    cancel.raise_if_cancelled()
    image = objects.inspect_image(docker, launch.image)
    name = instance_name(launch.service, launch.revision)
    instance = Instance(name, launch.nonce, launch.front.certificate)
    docker_models.ensure(docker, launch.image, owner_of(launch.folder), launch.models, progress, cancel)
    # Written before there is anything: what a killed writer leaves is known by it.
    remember(launch.folder, instance)
    try:
        progress.report(l10n.t("Creating the container"))
        container_id = _with_models(docker, launch, place, name, image, progress, cancel)
        cancel.raise_if_cancelled()
        progress.report(l10n.t("Starting the container"))
        with docker_errors(l10n.t("start the container")):
            _start(docker, container_id)
        cancel.raise_if_cancelled()
    except BaseException:
        discard(docker, launch, name)
        raise
    return StartedContainer(container_id, instance)


def make_published(docker: Docker, launch: Launch, progress: Progress, cancel: CancelToken) -> StartedContainer:
    """Same as `make`, in a network of its own. A launch without a port gets a free one, which is that of the container
    however often Docker starts it; one that Docker chose would be another one each time."""
    for _ in range(_DRAWS if not launch.port and docker.place is None else 0):
        try:
            return make(docker, dataclasses.replace(launch, port=free_port()), ContainerNetwork(), progress, cancel)
        except ScoredockError as error:
            if error.code != "port-in-use":  # by somebody who was faster
                raise
    return make(docker, launch, ContainerNetwork(), progress, cancel)


def discard(docker: Docker, launch: Launch, name: str) -> None:
    """Remove a container and its volumes as far as the daemon lets us; the rest is swept later. Never raises."""
    with contextlib.suppress(ScoredockError):
        objects.remove_container(docker, name)
        for volume in (app_volume(name), state_volume(name)):
            objects.remove_volume(docker, volume)
        with contextlib.suppress(OSError):
            forget(launch.folder, name)


def _start(docker: Docker, container_id: str) -> None:
    """`workspace gc`, of any workspace, may take the network away meanwhile, as nothing runs in it yet."""
    from docker.errors import NotFound

    from scoredock.containers.networks import CLOSED, ensure_closed

    try:
        docker.patient.start(container_id)  # a busy machine takes long
    except NotFound as error:
        if CLOSED not in str(error.explanation):
            raise
        ensure_closed(docker)
        docker.patient.start(container_id)


def _with_models(
    docker: Docker,
    launch: Launch,
    place: ContainerNetwork,
    name: str,
    image: Mapping[str, Any],
    progress: Progress,
    cancel: CancelToken,
) -> str:
    """The id of a container whose models are complete: they may be swept between the look at them and its making."""
    for _ in range(_MODEL_TRIES):
        container_id = _create(docker, launch, place, name, image)
        if docker_models.complete(docker, launch.models):
            break
        objects.remove_container(docker, name)
        docker_models.ensure(docker, launch.image, owner_of(launch.folder), launch.models, progress, cancel)
    else:
        raise DockerFailed(l10n.t("The volumes of the models were removed again and again while in use."))
    cancel.raise_if_cancelled()
    account = docker_options.account(launch.options, image)
    objects.put(docker, name, APP_ROOT, app_entries(launch, account))
    cancel.raise_if_cancelled()
    objects.put(docker, name, STATE_FOLDER, state_entries(launch, account, place))
    if account != str((image.get("Config") or {}).get("User") or ""):
        roots = {app_volume(name): 0o755, state_volume(name): 0o700}
        docker_models.hand_over(docker, launch.image, owner_of(launch.folder), roots, ids(account), cancel)
    return container_id


def _create(docker: Docker, launch: Launch, place: ContainerNetwork, name: str, image: Mapping[str, Any]) -> str:
    owner = owner_of(launch.folder)
    binds = []
    mounted = [(app_volume(name), APP_ROOT), (state_volume(name), STATE_FOLDER)]
    if launch.front.collect_data:
        mounted.append((data_volume_of(docker, launch.folder), f"{STATE_FOLDER}/{contract.DATA_FOLDER}"))
    for volume, inside in mounted:
        with docker_errors(l10n.t("create a volume")):
            docker.api.create_volume(volume, labels=labels(owner, volume, ROLE_SERVICE, launch.service))
        binds.append(f"{volume}:{inside}")
    adoption = Adoption(str(launch.folder), shape_of(launch, str(image["Id"])), place.holder, place.control_port)
    network = f"container:{place.holder}" if place.holder else "default"
    if not launch.options.network and not place.holder:
        network = _closed_network(docker)
    config: dict[str, Any] = {
        "Image": str(image["Id"]),
        "Entrypoint": [],
        "Cmd": [launch.python.as_posix(), "-I", "-m", "scoredock_runtime", "serve", STATE_FOLDER],
        "User": docker_options.account(launch.options, image),
        "Env": docker_options.environment(launch.options),
        "WorkingDir": APP_ROOT,
        "Labels": service_labels(launch, name, adoption),
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": docker_options.host_config(
            launch.options,
            [*binds, *docker_models.binds(launch.models)],
            launch.port,
            network,
            publishes=docker.place is None,
            workers=launch.front.worker_count,
        ),
    }
    if not place.holder:
        config["ExposedPorts"] = {f"{each}/tcp": {} for each in (SERVICE_PORT, *CONTROL_PORTS)}
    return objects.create(docker, name, config)


def app_entries(launch: Launch, account: str) -> Iterator[archives.TarEntry]:
    """The staged script and what belongs to it."""
    user, group = ids(account)
    yield archives.folder(".", 0o755, user, group)
    yield from archives.tree(launch.app_root, user=user, group=group)


def state_entries(launch: Launch, account: str, place: ContainerNetwork) -> Iterator[archives.TarEntry]:
    """The spec and the certificate. Only the account of the service can read them."""
    user, group = ids(account)
    yield archives.folder(".", 0o700, user, group)
    if launch.front.collect_data:
        yield archives.folder(contract.DATA_FOLDER, 0o700, user, group)
    yield spec_entry(launch, account, contract.SPEC_FILE, place)
    yield from tls_entries(launch, account)


def spec_entry(launch: Launch, account: str, path: str, place: ContainerNetwork) -> archives.TarEntry:
    """The spec as a file."""
    text = contract.to_json(spec_inside(launch, place)).encode() + b"\n"
    return archives.TarEntry(path, text, 0o600, *ids(account))


def tls_entries(launch: Launch, account: str) -> Iterator[archives.TarEntry]:
    """Certificate and key, for the state folder; nothing for plain HTTP."""
    if not launch.front.certificate:
        return
    user, group = ids(account)
    folder = _tls_folder(launch)
    yield archives.folder(folder, 0o700, user, group)
    yield archives.TarEntry(f"{folder}/certificate.pem", Path(launch.front.certificate), 0o600, user, group)
    yield archives.TarEntry(f"{folder}/key.pem", Path(launch.front.certificate_key), 0o600, user, group)


def spec_inside(launch: Launch, place: ContainerNetwork) -> contract.ServiceSpec:
    """The spec for the parent in the container: every path is one of the container."""
    secured = f"{STATE_FOLDER}/{_tls_folder(launch)}" if launch.front.certificate else ""
    return dataclasses.replace(
        spec_of(launch),
        python=launch.python.as_posix(),
        app_root=APP_ROOT,
        host="0.0.0.0",  # noqa: S104 (in the container; it is published on loopback only)
        port=SERVICE_PORT,
        loopback_only=True,
        control_host="0.0.0.0",  # noqa: S104
        control_port=place.control_port,
        reuse_port=True,
        limit_names=docker_options.LIMIT_NAMES,
        bind_late=bool(place.holder),
        debug_token=launch.debug_token,
        tls_certificate=secured and f"{secured}/certificate.pem",
        tls_key=secured and f"{secured}/key.pem",
    )


def _tls_folder(launch: Launch) -> str:
    return f"tls-{launch.revision}"


def ids(account: str) -> tuple[int, int]:
    """User and group of `uid:gid`."""
    user, _, group = account.partition(":")
    return int(user), int(group)


def _closed_network(docker: Docker) -> str:
    """A bridge whose containers can be called from this machine but reach nothing beyond it. Raises ScoredockError."""
    from scoredock.containers.networks import ensure_closed

    return ensure_closed(docker)
