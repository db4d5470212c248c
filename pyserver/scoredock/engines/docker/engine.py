"""The Docker engine: each service is a container whose main process is the runtime's parent, as on this machine.

A container is known by its id and the proof in its labels (docker_identity.py). The server talks to the parent by a
port that is published on loopback, and to the daemon for everything else. Nothing is executed in a container.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.containers import objects
from scoredock.containers.connection import Docker, connect, reachable, require_local
from scoredock.containers.settings import DockerSettings
from scoredock.containers.waiting import until_cancelled
from scoredock.data_folder import remove_folder
from scoredock.engines.base import Launch, Observation, Readiness
from scoredock.engines.docker import control as docker_control
from scoredock.engines.docker import models as docker_models
from scoredock.engines.docker import replace as docker_replace
from scoredock.engines.docker.control import NotReached
from scoredock.engines.docker.data import CollectedData
from scoredock.engines.docker.debug import Begin, ContainerTunnels
from scoredock.engines.docker.identity import (
    SERVICE,
    adoption_of,
    app_volume,
    folder_in,
    folder_of,
    forget,
    handle_of,
    holds_data,
    mark_ended,
    owner_of,
    state_volume,
)
from scoredock.engines.docker.inventory import (
    ALIVE,
    decided,
    handle_in,
    holder_of,
    name_of,
    of_folder,
    of_workspace,
    serving_one,
    volumes_of,
)
from scoredock.engines.docker.mirrors import copied_history, copy_log
from scoredock.engines.docker.options import CONTROL_PORTS, SERVICE_PORT
from scoredock.engines.docker.reach import reached
from scoredock.engines.docker.sizes import ContainerSizes
from scoredock.engines.docker.start import discard, make_published
from scoredock.engines.docker.state import Looks, current_handle
from scoredock.engines.handle import Handle
from scoredock.engines.log_files import read_log
from scoredock.engines.ports import require_free_port
from scoredock.errors import Cancelled, DockerUnavailable, ScoredockError, ServiceBusy, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress
from scoredock_runtime.contract import Authentication, LogRecord
from scoredock_runtime.contract_history import Row, read_history

_CONTROL_SECONDS = 10.0
_END_SECONDS = 5.0


def new_engine(docker: DockerSettings) -> DockerEngine:
    """The engine of a workspace; `docker` is what the person set about Docker."""
    return DockerEngine(docker)


class DockerEngine(ContainerSizes):
    """See `engines.base.Engine`. One instance serves all services; it keeps no state but its last looks and the ways to
    editors that debug."""

    name = "docker"

    def __init__(self, settings: DockerSettings | None = None) -> None:
        self._settings = settings or DockerSettings()
        self._looks = Looks()
        self._data = CollectedData()
        self._tunnels = ContainerTunnels()

    def ready(self) -> Readiness:
        docker, reason, fix = reachable(self._settings)
        if docker is not None:
            try:
                require_local(docker)
            except ScoredockError as error:
                reason, fix = error.message, error.fix
        return Readiness(not reason, reason, fix)

    # ------------------------------------------------------------------------------------------ start and replace

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        cancel.raise_if_cancelled()
        with until_cancelled(cancel, progress), self._tunnels.opened(launch) as begun:
            handle = self._start(launch, progress, cancel)
            begun(handle)
            return handle

    def _start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        docker = self._for_start(launch)
        # Nothing serves now, so what lives is what a start that lost its daemon left. It may hold the port.
        earlier = of_folder(docker, launch.folder)
        for container in earlier:
            if container["State"] in ALIVE:
                self._remove_one(docker, launch.folder, container, keep_log=True)
        if launch.port:
            require_free_port(launch.port)
        started = make_published(docker, launch, progress, cancel)
        ports = {"port": 0, "control_port": 0}
        try:
            inspected = objects.inspect(docker, started.id)
            if inspected is not None:
                ports = {
                    "port": reached(docker, inspected, SERVICE_PORT, launch.port or 0) or launch.port or 0,
                    "control_port": reached(docker, inspected, CONTROL_PORTS[0]),
                }
        except BaseException:
            discard(docker, launch, started.instance.name)
            raise
        handle = handle_of(docker, started.id, started.instance.name, launch.folder, started.instance, ports)
        handle = dataclasses.replace(handle, debugged=bool(launch.debug_port))
        # Containers of earlier revisions were kept to be looked at, until now.
        for container in earlier:
            if container["State"] not in ALIVE:
                with contextlib.suppress(ScoredockError):
                    self._remove_one(docker, launch.folder, container, keep_log=True)
        return handle

    def replace(self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        cancel.raise_if_cancelled()
        with until_cancelled(cancel, progress), self._tunnels.opened(launch) as begun:
            return self._replace(handle, launch, progress, cancel, begun)

    def _replace(
        self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken, on_begun: Begin
    ) -> Handle:
        docker = self._daemon(handle)
        inspected = objects.inspect(docker, handle.container)
        if inspected is None or not inspected["State"].get("Running"):
            raise ServiceStateInvalid(l10n.t("The service {service} does not run.", service=launch.service))
        if inspected["State"].get("Paused"):
            raise ServiceStateInvalid(
                l10n.t(
                    "The container of {service} is paused in Docker and cannot take an update.", service=launch.service
                ),
                l10n.t("Run `docker unpause {name}`, or stop the service; then update it.", name=handle.name),
            )
        now = current_handle(docker, handle, inspected)
        if now is None:
            raise ServiceStateInvalid(l10n.t("The service {service} has lost its network.", service=launch.service))
        image = objects.inspect_image(docker, launch.image)
        if docker_replace.fits(inspected, launch, image):
            adoption = adoption_of(inspected["Config"]["Labels"])
            control = adoption.control if adoption is not None else CONTROL_PORTS[0]
            on_begun(now)
            return docker_replace.within(docker, now, launch, image, control, cancel)
        docker_replace.require_same_user(inspected, launch, image)
        try:
            with _updating(launch.folder):
                self._finish_or_discard(docker, launch.folder)
                return docker_replace.beside(docker, now, inspected, launch, progress, cancel, self._keep_log, on_begun)
        except Timeout:
            raise ServiceBusy(l10n.t("{service} is getting another container.", service=launch.service)) from None

    def settle(self, folder: Path, revision: int) -> None:
        docker = self._of_folder(folder)
        try:
            with _updating(folder):
                self._settle(docker, folder)
        except Timeout:
            raise ServiceBusy(l10n.t("{name} is getting another container.", name=folder.name)) from None
        alive = [each for each in of_folder(docker, folder) if each["State"] in ALIVE]
        handle = serving_one(docker, folder, alive) if alive else None
        if handle is not None:
            # In the same container its parent decides, and gives up what it has not decided.
            with contextlib.suppress(NotReached):
                docker_control.ask(handle, "/cancel", {"revision": revision}, _CONTROL_SECONDS)

    def _settle(self, docker: Docker, folder: Path) -> None:
        """One container serves then, or none. Others are gone with their volumes, but those that hold its network."""
        self._finish_or_discard(docker, folder)
        containers = of_folder(docker, folder)
        serving, _ = decided(docker, [each for each in containers if each["State"] in ALIVE])
        needed = {name_of(each) for each in serving} | {holder_of(each) for each in serving}
        if serving:  # else whoever looks for the cause of its end finds it in its container
            for each in containers:
                if name_of(each) not in needed:
                    self._remove_one(docker, folder, each, keep_log=each["State"] != "created")
        names = {name_of(each) for each in of_folder(docker, folder)}
        used = {volume for name in names for volume in (app_volume(name), state_volume(name))}
        self._remove_volumes_of(docker, folder, used, data=False)

    # ------------------------------------------------------------------------------------------ observe

    def observe(self, handle: Handle) -> Observation:
        try:
            docker = self._daemon(handle)
            seen = self._looks.observe(docker, handle)
            if seen.state == "Healthy":
                self._data.follow(docker, handle)
            return seen
        except ScoredockError as error:
            phase = self._silence(handle) if isinstance(error, DockerUnavailable) else error.message
            return Observation("Unhealthy", phase, handle.port or None)

    def _silence(self, handle: Handle) -> str:
        """The phase of a service whose Docker does not answer; `handle` names it where there are several."""
        del handle
        return "Docker does not answer"

    def logs(self, handle: Handle, since: int = 0) -> Iterator[LogRecord]:
        # What is here already is given in any case.
        with contextlib.suppress(ScoredockError, OSError):
            copy_log(self._daemon(handle), handle)
        return read_log(handle.folder, since)

    def history(self, handle: Handle) -> list[Row]:
        with contextlib.suppress(ScoredockError, OSError):
            return copied_history(self._daemon(handle), handle)
        return read_history(str(handle.folder))

    def _keep_log(self, handle: Handle) -> None:
        """And the history: what is to stay when the container goes."""
        with contextlib.suppress(ScoredockError, OSError):
            copy_log(self._daemon(handle), handle)
        with contextlib.suppress(ScoredockError, OSError):
            copied_history(self._daemon(handle), handle)

    # ------------------------------------------------------------------------------------------ stop, remove, find

    def authenticate(self, handle: Handle, authentication: Authentication) -> None:
        docker = self._daemon(handle)
        inspected = objects.inspect(docker, handle.container)
        current = current_handle(docker, handle, inspected) if inspected is not None else None
        try:
            if current is None:
                raise NotReached(l10n.t("its container no longer exists"))
            if inspected is not None and inspected["State"].get("Paused"):
                raise NotReached(l10n.t("its container is paused"))
            docker_control.ask(current, "/authentication", dataclasses.asdict(authentication), _CONTROL_SECONDS)
        except NotReached as error:
            raise ScoredockError(
                "service-unreachable",
                l10n.t("The running service did not take the new keys: {error}.", error=error),
                l10n.t("Restart it to use them."),
            ) from error

    def carries_debugger(self, handle: Handle) -> bool:
        tunnel = self._tunnels.of(handle.folder)
        return tunnel is not None and not tunnel.over.is_set()

    def stop(self, handle: Handle, grace: float) -> None:
        docker = self._daemon(handle)
        folder = handle.folder
        with contextlib.suppress(OSError):
            mark_ended(folder, handle.name, ended=True)
        self._end(docker, handle, grace)
        for container in of_folder(docker, folder):
            if container["State"] in ALIVE and container["State"] != "created":
                objects.signal(docker, str(container["Id"]), "SIGKILL")
                objects.wait_ended(docker, str(container["Id"]), _END_SECONDS)
                self._keep_log(handle_in(docker, folder, container))
        self._keep_log(handle)
        self._data.bring(docker, handle)
        self._tunnels.close(folder)

    def _end(self, docker: Docker, handle: Handle, grace: float) -> None:
        container = handle.container
        inspected = objects.inspect(docker, container)
        if inspected is None or not inspected["State"].get("Running"):
            return
        current = current_handle(docker, handle, inspected)
        was_asked = False
        if current is not None and not inspected["State"].get("Paused"):
            try:
                docker_control.ask_patiently(current, "/stop", {"grace": grace}, grace + _CONTROL_SECONDS)
                was_asked = True
            except Cancelled:
                raise
            except (NotReached, ScoredockError):
                pass  # it is ended by signals
        if not was_asked:
            objects.signal(docker, container, "SIGTERM")
        if not objects.wait_ended(docker, container, _END_SECONDS if was_asked else min(grace, _END_SECONDS)):
            objects.signal(docker, container, "SIGKILL")
            objects.wait_ended(docker, container, _END_SECONDS)

    def remove(self, handle: Handle) -> None:
        folder = handle.folder
        self._clear(self._daemon(handle), folder, data=True)
        remove_folder(folder)  # a log or a history may still be written

    def clear(self, folder: Path, *, data: bool = False) -> None:
        self._clear(self._of_folder(folder), folder, data=data)

    def _clear(self, docker: Docker, folder: Path, *, data: bool) -> None:
        # Those in the network of another one first: they go on without it, but nobody could call them any more.
        containers = sorted(of_folder(docker, folder), key=lambda each: not holder_of(each))
        data = data or self._data.save(docker, folder, [str(each["Id"]) for each in containers])
        for container in containers:
            self._remove_one(docker, folder, container, keep_log=False)
        self._remove_volumes_of(docker, folder, (), data=data)
        docker_models.sweep(docker, owner_of(folder))
        self._data.settle(folder)
        self._tunnels.close(folder)

    def find(self, owner: str) -> list[Handle]:
        return self._handles_of(self._settings, owner)

    def _handles_of(self, settings: DockerSettings, owner: str) -> list[Handle]:
        docker, _, _ = reachable(settings)
        if docker is None:
            return []
        folders: dict[Path, list[Mapping[str, Any]]] = {}
        for container in of_workspace(docker, Path(owner)):
            adoption = adoption_of(container["Labels"])
            if adoption is not None and container["State"] in ALIVE:
                folders.setdefault(folder_in(Path(owner), adoption), []).append(container)
        handles = (serving_one(docker, folder, group) for folder, group in folders.items())
        return [handle for handle in handles if handle is not None]

    def sweep(self, owner: str, exists: Callable[[str], bool], endpoint: str = "") -> bool:
        return self._swept(DockerSettings.of(endpoint) if endpoint else self._settings, owner, exists)

    def _swept(self, settings: DockerSettings, owner: str, exists: Callable[[str], bool]) -> bool:
        docker, _, _ = reachable(settings)
        if docker is None:
            return False
        with contextlib.suppress(ScoredockError, OSError):
            for container in of_workspace(docker, Path(owner)):
                adoption = adoption_of(container["Labels"])
                if adoption is not None and not exists(str(container["Labels"].get(SERVICE, ""))):
                    self._remove_one(docker, folder_in(Path(owner), adoption), container, keep_log=False)
            # A service that lives on elsewhere may have rows in its volume that nobody has copied.
            self._remove_volumes(
                docker,
                Path(owner),
                lambda service, _, is_data: (
                    not exists(service) and not (is_data and folder_of(Path(owner), service).is_dir())
                ),
            )
            docker_models.sweep(docker, Path(owner))
            for folder in {each.folder for each in self._handles_of(settings, owner)}:
                with contextlib.suppress(Timeout, OSError), _updating(folder):  # a folder may have been removed by hand
                    self._finish_or_discard(docker, folder)
            return True
        return False

    # ------------------------------------------------------------------------------------------ what is ours

    def _daemon(self, handle: Handle) -> Docker:
        """The daemon that a service was started on, whatever is chosen now. Raises ScoredockError
        `docker-unavailable`."""
        return connect(DockerSettings.of(handle.endpoint) if handle.endpoint else self._settings)

    def _for_start(self, launch: Launch) -> Docker:  # noqa: ARG002 (that of the settings)
        """Docker in which a service is to start. Raises ScoredockError."""
        docker = connect(self._settings)
        require_local(docker)
        return docker

    def _of_folder(self, folder: Path) -> Docker:  # noqa: ARG002
        """Docker in which the service of a folder may have something. Raises ScoredockError `docker-unavailable`."""
        return connect(self._settings)

    def _finish_or_discard(self, docker: Docker, folder: Path) -> None:
        """Finishes or removes what a killed update left beside the container that serves: it never took a request, or
        takes all of them."""
        alive = [each for each in of_folder(docker, folder) if each["State"] in ALIVE]
        if len(alive) < 2:
            return
        serving, waiting = decided(docker, alive)
        for container in waiting:
            self._remove_one(docker, folder, container, keep_log=True)
        for old in serving[1:]:
            adoption = adoption_of(old["Labels"])
            docker_replace.open_port(handle_in(docker, folder, serving[0]), adoption.control if adoption else 0)
            if holder_of(old):
                self._remove_one(docker, folder, old, keep_log=True)
        if any(each["State"] != "created" for each in alive):
            for container in alive:
                if container["State"] == "created":
                    self._remove_one(docker, folder, container, keep_log=False)

    def _remove_one(self, docker: Docker, folder: Path, container: Mapping[str, Any], *, keep_log: bool) -> None:
        name = name_of(container)
        if keep_log:
            # By its files once it has ended: its control port may be another one's by now.
            objects.signal(docker, str(container["Id"]), "SIGKILL")
            objects.wait_ended(docker, str(container["Id"]), _END_SECONDS)
            self._keep_log(handle_in(docker, folder, container))
        objects.remove_container(docker, str(container["Id"]))
        for volume in (app_volume(name), state_volume(name)):
            objects.remove_volume(docker, volume)
        with contextlib.suppress(OSError):
            forget(folder, name)

    def _remove_volumes_of(self, docker: Docker, folder: Path, used: Collection[str], *, data: bool) -> None:
        self._remove_volumes(
            docker,
            owner_of(folder),
            lambda service, name, is_data: service == folder.name and name not in used and (data or not is_data),
        )

    def _remove_volumes(self, docker: Docker, owner: Path, is_stray: Callable[[str, str, bool], bool]) -> None:
        """Volumes without a container, as a killed start may leave them; `is_stray` takes the service, the name,
        and whether it is for what the service collects."""
        for name, labels in volumes_of(docker, owner).items():
            if is_stray(str(labels.get(SERVICE, "")), name, holds_data(labels, name)):
                objects.remove_volume(docker, name)


@contextlib.contextmanager
def _updating(folder: Path) -> Iterator[None]:
    """Held while a service gets another container, by whoever does it. Raises Timeout when somebody else holds it."""
    with FileLock(str(folder / "docker.lock"), mode=0o600).acquire(timeout=0):
        yield
