"""A new revision in place of one that serves: in the same container, or in a new one that shares its network and port.

In the same container its parent gets the path of the new files; nothing is built. When image, models or limits differ,
a new container joins the network of the one that publishes the ports and gets ready without listening. One request then
lets it take all new connections and has the old one let go; until that moment the old one serves, and it goes on when
the new one fails or whoever makes the update is killed.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace as changed
from typing import Any

from scoredock import l10n, threads
from scoredock.containers import archives, objects
from scoredock.containers.connection import Docker
from scoredock.containers.waiting import uncancelled
from scoredock.engines.base import Launch
from scoredock.engines.docker import control as docker_control
from scoredock.engines.docker import options as docker_options
from scoredock.engines.docker.control import NotReached
from scoredock.engines.docker.identity import (
    Instance,
    adoption_of,
    handle_of,
    remember,
    shape_of,
)
from scoredock.engines.docker.options import APP_ROOT, CONTROL_PORTS, SERVICE_PORT, STATE_FOLDER
from scoredock.engines.docker.reach import reached
from scoredock.engines.docker.start import ContainerNetwork, app_entries, discard, ids, make, spec_entry, tls_entries
from scoredock.engines.docker.state import explained, stored_status
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import Handle
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress
from scoredock_runtime import contract
from scoredock_runtime.contract import Failure, ServiceStatus

_MARGIN = 30.0
_LOOK_SECONDS = 0.02
_GRACE = 30.0
_CANCEL_SECONDS = 5.0
_END_SECONDS = 10.0


def fits(inspected: Mapping[str, Any], launch: Launch, image: Mapping[str, Any]) -> bool:
    """True if the running container can take the launch up."""
    adoption = adoption_of(inspected["Config"].get("Labels") or {})
    return adoption is not None and adoption.shape == shape_of(launch, str(image["Id"]))


# ------------------------------------------------------------------------------------------ in the same container


def within(
    docker: Docker, handle: Handle, launch: Launch, image: Mapping[str, Any], control_port: int, cancel: CancelToken
) -> Handle:
    """Raises LaunchFailed when the new revision failed, ScoredockError; the old one serves then."""
    account = docker_options.account(launch.options, image)
    container = handle.container
    folder = f"{contract.HIDDEN_FOLDER}/{launch.revision}-{secrets.token_hex(4)}"
    if launch.front.certificate:
        objects.put(docker, container, STATE_FOLDER, tls_entries(launch, account))
    # One archive, as each costs the daemon a process of its own. A switch passes the spec's folder over.
    spec = f"{folder}/{contract.HIDDEN_FOLDER}/{contract.SPEC_FILE}"
    objects.put(docker, container, APP_ROOT, _below(folder, spec, launch, account, ContainerNetwork(control_port)))
    # From here on a cancel goes through the parent, which clears the new files away.
    body = {"spec": f"{APP_ROOT}/{spec}", "switch": {"from": f"{APP_ROOT}/{folder}", "names": None}}
    status = _decided(handle, body, launch, cancel)
    if status.revision == launch.revision and status.failed_revision != launch.revision:
        instance = Instance(handle.name, launch.nonce, launch.front.certificate)
        remember(launch.folder, instance)
        certificate, debugged = launch.front.certificate, bool(launch.debug_port)
        return changed(handle, nonce=launch.nonce, certificate=certificate, debugged=debugged)
    cancel.raise_if_cancelled()
    raise LaunchFailed(status.failure or Failure(contract.SERVICE_CRASHED, l10n.t("The new revision did not start.")))


def _below(
    folder: str, spec: str, launch: Launch, account: str, place: ContainerNetwork
) -> Iterator[archives.TarEntry]:
    user, group = ids(account)
    yield archives.folder(contract.HIDDEN_FOLDER, 0o700, user, group)
    for entry in app_entries(launch, account):
        yield changed(entry, path=folder if entry.path == "." else f"{folder}/{entry.path}")
    yield archives.folder(f"{folder}/{contract.HIDDEN_FOLDER}", 0o700, user, group)
    yield spec_entry(launch, account, spec, place)


def _decided(handle: Handle, body: Mapping[str, object], launch: Launch, cancel: CancelToken) -> ServiceStatus:
    """The status once the parent has decided; a cancel lets it refuse the new revision at once."""
    answers: list[ServiceStatus | Exception] = []

    def ask() -> None:
        try:
            answers.append(docker_control.ask_patiently(handle, "/replace", body, launch.start_timeout + _MARGIN))
        except Exception as error:  # handed to the waiting thread, which raises it
            answers.append(error)

    asking = threads.start(ask, name="replace", at_fault=lambda fault: answers.append(OSError(repr(fault))))
    while asking.is_alive():
        asking.join(0.05)
        if cancel.cancelled and asking.is_alive():
            with contextlib.suppress(NotReached, ScoredockError):
                docker_control.ask(handle, "/cancel", {}, _CANCEL_SECONDS)
    answer = answers[0]
    if isinstance(answer, NotReached):
        # It may be at work on it still, and must not take the new revision up when nobody knows of it.
        with contextlib.suppress(NotReached, ScoredockError):
            docker_control.ask(handle, "/cancel", {}, _CANCEL_SECONDS)
        raise ScoredockError(
            "service-unreachable",
            l10n.t("The service {service} did not answer the update: {answer}.", service=launch.service, answer=answer),
        ) from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


# ------------------------------------------------------------------------------------------ in a new container beside


def require_same_user(inspected: Mapping[str, Any], launch: Launch, image: Mapping[str, Any]) -> None:
    """Raises ScoredockError `service-state-invalid` for another user: the kernel lets only one user share a port."""
    running = str(inspected["Config"].get("User", ""))
    account = docker_options.account(launch.options, image)
    if running.partition(":")[0] != account.partition(":")[0]:
        raise ServiceStateInvalid(
            l10n.t(
                "{service} runs as user {running}, and an update beside it cannot run as {asked}.",
                service=launch.service,
                running=running,
                asked=account,
            ),
            l10n.t("Stop the service, then update it: it starts as the other user."),
        )


def beside(
    docker: Docker,
    handle: Handle,
    inspected: Mapping[str, Any],
    launch: Launch,
    progress: Progress,
    cancel: CancelToken,
    keep_log: Callable[[Handle], None],
    on_begun: Callable[[Handle], None],
) -> Handle:
    """Raises LaunchFailed when the new container failed, ScoredockError; nothing of it is left and the old one serves.

    `keep_log` is called with a handle before its container is removed, `on_begun` with that of the new one before it is
    ready.
    """
    adoption = adoption_of(inspected["Config"].get("Labels") or {})
    if adoption is None:
        raise ServiceStateInvalid(
            l10n.t("The container of {service} does not report its state.", service=launch.service)
        )
    holder = adoption.holder or handle.name
    _require_same_network(docker, holder, launch)
    control = next(port for port in CONTROL_PORTS if port != adoption.control)
    container = make(docker, launch, ContainerNetwork(control, holder), progress, cancel)
    try:
        publisher = objects.inspect(docker, holder)
        if publisher is None:
            raise ServiceStateInvalid(l10n.t("The service {service} ended during the update.", service=launch.service))
        ports = {"port": reached(docker, publisher, SERVICE_PORT), "control_port": reached(docker, publisher, control)}
        of_new = handle_of(docker, container.id, container.instance.name, launch.folder, container.instance, ports)
        fresh = changed(of_new, holder=holder, debugged=bool(launch.debug_port))
        on_begun(fresh)
        try:
            _await_prepared(docker, fresh, launch, progress, cancel)
            cancel.raise_if_cancelled()
            keep_log(handle)  # while the old one can still be asked: its control port is given up
            open_port(fresh, adoption.control)
        except LaunchFailed:
            keep_log(fresh)
            _end(docker, fresh)
            keep_log(fresh)  # from its files: a failed one ends by itself, often before it can be asked
            raise
        except BaseException:
            keep_log(fresh)
            raise
    except BaseException:
        discard(docker, launch, container.instance.name)
        raise
    if adoption.holder:
        with uncancelled():  # the new one serves, whatever comes now
            keep_log(handle)  # its last words, from its files
            discard(docker, launch, handle.name)
    progress.report(
        l10n.t(
            "{name} serves; {holder} serves no more, and stays because it holds their network "
            "and port: both go when the service stops",
            name=container.instance.name,
            holder=holder,
        )
    )
    return fresh


def _end(docker: Docker, handle: Handle) -> None:
    with contextlib.suppress(ScoredockError):
        objects.signal(docker, handle.container, "SIGKILL")
        objects.wait_ended(docker, handle.container, _END_SECONDS)


def _require_same_network(docker: Docker, holder: str, launch: Launch) -> None:
    """A new container takes the network of the old one over as it is, so it may not ask for another one."""
    publisher = objects.inspect(docker, holder)
    if publisher is not None and docker_options.reaches_network(publisher) != launch.options.network:
        raise ServiceStateInvalid(
            l10n.t("Whether {service} reaches a network cannot be changed while it runs.", service=launch.service),
            l10n.t("Stop the service, then update it: it starts with the other network."),
        )


def open_port(handle: Handle, predecessor: int) -> None:
    """Let a prepared container serve, and the one whose control port in their network is `predecessor` retire: the
    moment from which the new revision answers. Asking again finishes what is left of it.

    Raises ScoredockError when the old one serves on.
    """
    body = {"predecessor": predecessor, "grace": _GRACE}
    try:
        with uncancelled():
            docker_control.ask_patiently(handle, "/open", body, _GRACE + 2 * _MARGIN)
    except (NotReached, ScoredockError) as error:
        status = docker_control.status(handle)
        if status is None or status.phase != contract.READY:
            raise ScoredockError(
                "service-unreachable",
                l10n.t(
                    "The new container of {name} did not take the port over: {error}.", name=handle.name, error=error
                ),
            ) from error


def _await_prepared(docker: Docker, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> None:
    progress.report(l10n.t("Waiting for the new container"))
    deadline = time.monotonic() + launch.start_timeout + _MARGIN
    while True:
        status = docker_control.status(handle)
        if status is not None and status.phase == contract.PREPARED:
            return
        if status is not None and status.phase == contract.FAILED and status.failure is not None:
            raise LaunchFailed(status.failure)
        if status is None:
            found = objects.inspect(docker, handle.container)
            if found is None or not found["State"].get("Running"):
                raise LaunchFailed(_why(docker, handle, found))
        if time.monotonic() > deadline:
            raise LaunchFailed(Failure(contract.INIT_TIMEOUT, l10n.t("The new container did not get ready in time.")))
        if cancel.wait(_LOOK_SECONDS):
            cancel.raise_if_cancelled()


def _why(docker: Docker, handle: Handle, inspection: Mapping[str, Any] | None) -> Failure:
    if inspection is None:
        return Failure("container-gone", l10n.t("The new container was removed from outside."))
    status = stored_status(docker, handle.container)
    failure = status.failure if status is not None and status.phase == contract.FAILED else None
    return explained(docker, inspection, failure)
