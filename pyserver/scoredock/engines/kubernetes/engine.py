"""The Kubernetes engine: each service is a Deployment whose pods run the runtime's parent, as a container does.

Nothing of ours runs in the cluster but the services themselves. A service is known by the name of its objects and the
proof in their annotations (identity.py); the API of the cluster tells all else, and the parents in the pods by
forwards to their control ports.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster, connect, install_command
from scoredock.clusters.objects import MANAGER, MANAGER_LABEL, NAME_LABEL, PORT
from scoredock.clusters.target import ClusterPlace, ClusterTarget
from scoredock.data_folder import remove_folder
from scoredock.engines.base import ExportedObjects, Launch, Observation, Preview, Readiness
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import Handle
from scoredock.engines.history_rows import mirror_rows
from scoredock.engines.kubernetes.access import keep_access, kept_access, kept_nonce, record_there
from scoredock.engines.kubernetes.cluster_state import ClusterState, state_of
from scoredock.engines.kubernetes.control import PodNotReached, ask_pod, pod_history
from scoredock.engines.kubernetes.data import PodsData
from scoredock.engines.kubernetes.development import CodeChange, code_serving
from scoredock.engines.kubernetes.exported import exported
from scoredock.engines.kubernetes.identity import (
    ClusterRecord,
    forget,
    handle_of,
    is_ours,
    is_own,
    object_name,
    owner_of,
    part_of,
    place_from_text,
    place_of,
    places_to_look,
    pods_selector,
    record_of,
    remember,
    selector,
    used_places,
)
from scoredock.engines.kubernetes.labels import SERVES, STOPPED
from scoredock.engines.kubernetes.manifests import access_name, authentication_values, encoded
from scoredock.engines.kubernetes.namespace_looks import NamespaceLooks
from scoredock.engines.kubernetes.pods import PodUsage, end_pods, names_and_readiness
from scoredock.engines.kubernetes.preview import preview
from scoredock.engines.kubernetes.rollout import (
    Rollout,
    await_taken_back,
    delete_route,
    explained,
    newest_revision,
    replicas_of,
    revision_to_keep,
    serving_revision,
    take_back,
)
from scoredock.engines.kubernetes.routing import Routing, router_pods, with_turn
from scoredock.engines.kubernetes.service_objects import (
    address_note,
    address_outside,
    copy_log,
    led_to,
    route_kind,
)
from scoredock.engines.kubernetes.sizes import PodSizes, of_its_size
from scoredock.engines.log_files import read_log
from scoredock.engines.ports import require_free_port
from scoredock.engines.probe import LastingProbes, address_of, probe
from scoredock.errors import ClusterUnreachable, ScoredockError, ServiceStateInvalid
from scoredock.forwarding.forwards import (
    ServiceForward,
    await_dropped,
    drop_forward,
    ensure_forward,
    listening_port,
)
from scoredock.progress import CancelToken, Progress
from scoredock_runtime.contract import Authentication, LogRecord
from scoredock_runtime.contract_history import Row, read_history

_PROBE_SECONDS, _PROBED_SECONDS = 2.0, 10.0
"""A connection through the API server takes some 20 ms of a node, of that server and of this machine."""
_OBJECTS = ("HorizontalPodAutoscaler", "PodDisruptionBudget", "Service", "Deployment", "Secret", "ConfigMap")
"""What a service may have, in the order in which it goes: what makes pods before what they need."""
_OF_ANY_HOME = f"{MANAGER_LABEL}={MANAGER}"
_FEW = 3
"""So many Deployments are read as soon as the labels of all pods."""


def new_engine(_: object = None) -> KubernetesEngine:
    """The engine of a workspace."""
    return KubernetesEngine()


class KubernetesEngine(Routing, PodSizes):
    """See `engines.base.Engine`. One instance serves all services of all clusters; it keeps no state but what it saw a
    moment ago."""

    name = "kubernetes"

    def __init__(self) -> None:
        self._usage = PodUsage()
        self._looks = NamespaceLooks()
        self._data = PodsData()
        self._probes = LastingProbes(_PROBED_SECONDS)

    def ready(self) -> Readiness:
        if importlib.util.find_spec("httpx2") is not None:
            return Readiness(True)
        reason = l10n.t("The package {name} is not installed in the environment of Scoredock.", name="httpx2")
        return Readiness(False, reason, l10n.t("Run `{command}` there, then try again.", command=install_command()))

    # ------------------------------------------------------------------------------------------ start and replace

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        cancel.raise_if_cancelled()
        target = _target(launch)
        cluster = connect(target.place)
        launch = with_turn(launch, cluster)
        if launch.is_sized:
            launch = of_its_size(launch)
        if launch.port:
            require_free_port(launch.port)
        if launch.routes is None:  # the service of the same name has nothing to do with a router
            launch = replace(launch, nonce=kept_nonce(cluster, launch.folder) or launch.nonce)
        rollout = Rollout(cluster, launch, target)
        there = rollout.require_place()
        # Written before there is anything: what a killed writer leaves is known by it.
        record = ClusterRecord(target.place, launch.nonce, launch.front.certificate, 0, launch.port or 0)
        remember(launch.folder, record)
        try:
            progress.report(l10n.t("Creating the objects in the namespace {name}", name=target.place.namespace))
            # Of before it was stopped; nothing is taken back to it any more.
            cluster.patch("Deployment", launch.service, {"metadata": {"annotations": {SERVES: None}}})
            rollout.apply(there)
            keep_access(cluster, owner_of(launch.folder), launch.service, launch.access)
            cancel.raise_if_cancelled()
            if launch.routes is not None:  # nobody waits for a router later
                rollout.await_served(progress, cancel)
                router_pods(handle_of(launch.folder, record), cluster).say_taken(launch.routes.turn)
            return _with_port(launch.folder, record)
        except BaseException:
            with contextlib.suppress(ScoredockError):
                self._clear(cluster, launch.folder, 0)
            raise

    def replace(self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        cancel.raise_if_cancelled()
        place = place_of(handle)
        if not launch.image:
            cluster = connect(place)
            change = CodeChange(cluster, launch.service, handle.nonce, cluster.get("Deployment", launch.service))
            change.make(launch, progress, cancel)
            return handle
        target = _target(launch)
        if target.place != place:
            raise ServiceStateInvalid(
                l10n.t("The service {service} runs in another namespace or cluster.", service=launch.service),
                l10n.t("Stop it there before it is deployed here."),
            )
        cluster = connect(place)
        rollout = Rollout(cluster, launch, target)
        there = rollout.require_place()
        deployment = there.get("Deployment")
        serving = revision_to_keep(cluster, launch.service, deployment)
        if not replicas_of(deployment):
            raise ServiceStateInvalid(l10n.t("The service {service} does not run.", service=launch.service))
        if serving_revision(deployment) != serving:
            # Else nobody could say which revision another one is taken back to.
            cluster.patch("Deployment", launch.service, _serves(serving))
        try:
            rollout.apply(there)
            rollout.await_served(progress, cancel)
            self._data.bring(cluster, handle, deployment)
            keep_access(cluster, owner_of(launch.folder), launch.service, launch.access)
            rollout.commit(there)
        except BaseException as error:
            with contextlib.suppress(ScoredockError):
                if isinstance(error, LaunchFailed):
                    self._keep_log(handle)
                if take_back(cluster, launch.service):
                    await_taken_back(cluster, launch.service, serving)
            raise
        record = ClusterRecord(place, launch.nonce, launch.front.certificate, handle.port, launch.port or 0)
        remember(launch.folder, record)
        return _with_port(launch.folder, record)

    def preview(self, launch: Launch) -> Preview:
        target = _target(launch)
        return preview(Rollout(connect(target.place), launch, target))

    def exported(self, launch: Launch) -> ExportedObjects:
        target = _target(launch)
        return exported(connect(target.place), launch, target)

    def settle(self, folder: Path, revision: int) -> None:  # noqa: ARG002 (the Deployment names the one that serves)
        record = record_of(folder)
        if record is None:
            return
        cluster = connect(record.place)
        deployment = cluster.get("Deployment", folder.name)
        if deployment is None or not is_ours(deployment, owner_of(folder), record.place):
            return
        if serving_revision(deployment) not in (0, newest_revision(deployment)):
            _take_back(cluster, folder.name, deployment)
            deployment = cluster.get("Deployment", folder.name)
        CodeChange(cluster, folder.name, record.nonce, deployment).settle()

    def take_back(self, handle: Handle) -> bool:
        cluster = connect(place_of(handle))
        deployment = cluster.get("Deployment", handle.name)
        if deployment is None or not is_ours(deployment, owner_of(handle.folder), cluster.place):
            return False
        if serving_revision(deployment) in (0, newest_revision(deployment)):
            return False
        return _take_back(cluster, handle.name, deployment)

    def take_up_router(self, target: ClusterTarget, folder: Path) -> Handle | None:
        if self.router_there(target, folder) is None:
            return None
        return _reachable(folder, record_there(connect(target.place), folder))

    # ------------------------------------------------------------------------------------------ observe

    def observe(self, handle: Handle) -> Observation:
        place = place_from_text(handle.endpoint)
        return replace(self._look(handle), namespace=place.namespace if place is not None else "")

    def _look(self, handle: Handle) -> Observation:
        try:
            cluster = connect(place_of(handle))
            with cluster.look():
                return self._looked(cluster, handle)
        except ClusterUnreachable:
            return Observation("Unhealthy", "cluster does not answer", handle.port or None)
        except ScoredockError as error:
            return Observation("Unhealthy", error.message, handle.port or None)

    def _looked(self, cluster: Cluster, handle: Handle) -> Observation:
        """Raises ScoredockError."""
        objects = self._looks.objects(cluster, handle.name)
        state = state_of(objects, cluster.now())
        state = replace(
            state, replicas=tuple(replace(each, started=cluster.here(each.started)) for each in state.replicas)
        )
        if state.failure is not None:
            state = replace(state, failure=explained(cluster, objects, state))
        state, code = code_serving(objects.deployment, state)
        observation = self._observed(cluster, handle, state, objects.deployment)
        observation = replace(
            observation, code=code, address=address_outside(objects), address_note=address_note(objects)
        )
        if not part_of(handle.folder):
            return observation
        where, reason = led_to(objects.route, handle.name)
        return replace(observation, led_to=where, undivided=reason)

    def _observed(
        self, cluster: Cluster, handle: Handle, state: ClusterState, deployment: Mapping[str, Any] | None
    ) -> Observation:
        cpu, memory = self._used(cluster, handle, state)
        observation = Observation(
            state=state.state,
            phase=state.phase,
            port=handle.port or None,
            revision=state.revision,
            failure=state.failure,
            refused_revision=state.failed_revision,
            cpu_percent=cpu,
            memory_bytes=memory,
            restarts=sum(each.restarts for each in state.replicas if each.state != "Ending"),
            replicas=state.replicas,
        )
        if observation.state != "Healthy" or not handle.port:
            return observation
        record = record_of(handle.folder) or ClusterRecord(place_of(handle), handle.nonce, handle.certificate)
        held = listening_port(_forwards(handle.folder), _forward(handle.folder, record))
        way = held, sorted(each.name for each in state.replicas if each.ready)
        met = self._probes.probe(address_of(handle, handle.port), way, _PROBE_SECONDS)
        if not met.reached:
            # The machine was started again, somebody ended what led there, or that has lost its login.
            try:
                handle = _with_port(handle.folder, record, doubted=True)
            except ScoredockError as fault:
                return replace(observation, state="Unhealthy", phase=fault.message)
            met = probe(address_of(handle, handle.port), _PROBE_SECONDS)
        if met.healthy:
            self._data.follow(cluster, handle, deployment)
            return observation
        phase = "not answering" if not met.reached else "refusing" if met.proven else "a stranger answers on its port"
        return replace(observation, state="Unhealthy", phase=phase)

    def _used(self, cluster: Cluster, handle: Handle, state: ClusterState) -> tuple[float | None, int | None]:
        """Processor time in percent of a core and bytes of memory, of all pods together; None for what nobody says."""
        serving = [each for each in state.replicas if each.ready and each.state != "Ending"]
        silent = [each.name for each in serving if each.memory_bytes is None]
        readings = self._usage.of(cluster, silent, handle.nonce)
        shares = [*(each.cpu_percent for each in serving), *(each.cpu_percent for each in readings)]
        cpu = [each for each in shares if each is not None]
        memory = [each.memory_bytes for each in serving if each.memory_bytes is not None]
        memory += [each.row.memory for each in readings]
        return (round(sum(cpu), 1) if cpu else None), (sum(memory) if memory else None)

    def logs(self, handle: Handle, since: int = 0) -> Iterator[LogRecord]:
        # What is here already is given in any case.
        with contextlib.suppress(ScoredockError, OSError):
            self._keep_log(handle)
        return read_log(handle.folder, since)

    def _keep_log(self, handle: Handle) -> None:
        copy_log(connect(place_of(handle)), handle)

    def history(self, handle: Handle) -> list[Row]:
        with contextlib.suppress(ScoredockError, OSError):
            return self._mirror_history(handle)
        return read_history(str(handle.folder))

    def _mirror_history(self, handle: Handle) -> list[Row]:
        """Raises ScoredockError."""
        cluster = connect(place_of(handle))
        if not handle.folder.is_dir():
            return []
        pods = [name for name, is_ready in names_and_readiness(cluster, handle.name) if is_ready]

        def newer(_: list[Row]) -> list[Row]:
            rows: list[Row] = []
            for pod in pods:
                with contextlib.suppress(PodNotReached):
                    rows += pod_history(cluster, pod, handle.nonce)
            return rows

        return mirror_rows(handle.folder, newer)

    # ------------------------------------------------------------------------------------------ stop, remove, find

    def authenticate(self, handle: Handle, authentication: Authentication) -> None:
        cluster = connect(place_of(handle))
        # For pods that come later, also of a revision that it is taken back to; those of now get them at once.
        changes = {"data": encoded(authentication_values(authentication))}
        for secret in cluster.list("Secret", pods_selector(handle.name)):
            if secret["metadata"]["name"] == access_name(handle.name):
                continue  # see `keep_access`
            cluster.patch("Secret", secret["metadata"]["name"], changes)
        body = {"key_digests": authentication.key_digests, "token_secret": authentication.token_secret}
        for pod, is_ready in names_and_readiness(cluster, handle.name):
            try:
                ask_pod(cluster, pod, handle.nonce, "/authentication", body)
            except PodNotReached as error:
                if not is_ready:
                    continue  # it reads the Secret when it starts
                raise ScoredockError(
                    "service-unreachable",
                    l10n.t("The pod {pod} did not take the new keys: {error}.", pod=pod, error=error),
                    l10n.t("Restart the service to use them."),
                ) from error

    def keep_access(self, handle: Handle, access: Mapping[str, str]) -> None:
        keep_access(connect(place_of(handle)), owner_of(handle.folder), handle.name, access)

    def kept_access(self, handle: Handle) -> Mapping[str, str] | None:
        return kept_access(connect(place_of(handle)), owner_of(handle.folder), handle.name)

    def carries_debugger(self, handle: Handle) -> bool:  # noqa: ARG002 (no service of a cluster is debugged)
        return False

    def stop(self, handle: Handle, grace: float) -> None:
        cluster = connect(place_of(handle))
        with contextlib.suppress(ScoredockError, OSError):
            self._keep_log(handle)
        with contextlib.suppress(ScoredockError, OSError):
            self._mirror_history(handle)
        self._data.bring(cluster, handle, cluster.get("Deployment", handle.name))
        forwards = _forwards(handle.folder)
        held_by = drop_forward(forwards, handle.name)  # no request comes any more; those under way go on
        changes = {"metadata": {"annotations": {STOPPED: "true"}}, "spec": {"replicas": 0}}
        if cluster.patch("Deployment", handle.name, changes) is not None:
            end_pods(cluster, handle.name, handle.nonce, grace)
        await_dropped(forwards, handle.port, held_by)

    def remove(self, handle: Handle) -> None:
        self._clear(connect(place_of(handle)), handle.folder, 0)
        remove_folder(handle.folder)  # a log or a history may still be written

    def clear(self, folder: Path, *, data: bool = False) -> None:  # noqa: ARG002 (nothing that is collected stays there)
        record = record_of(folder)
        if record is not None:
            self._clear(connect(record.place), folder, 0)

    def clear_at(self, folder: Path, target: ClusterTarget) -> None:
        if record_of(folder) is None:
            self._clear(connect(target.place), folder, 0)

    def _clear(self, cluster: Cluster, folder: Path, grace: float) -> None:
        name, owner, record = object_name(folder), owner_of(folder), record_of(folder)
        held_by = drop_forward(_forwards(folder), name)
        for kind in _OBJECTS:
            for document in cluster.list(kind, pods_selector(name)):
                if not is_ours(document, owner, cluster.place, part_of(folder)):
                    continue
                if kind == "Deployment" and cluster.patch(kind, name, {"spec": {"replicas": 0}}) is not None:
                    # Before it goes: what makes its pods goes some time after it.
                    end_pods(cluster, name, record.nonce if record is not None else "", grace)
                _delete(cluster, document, owner)
        await_dropped(_forwards(folder), record.port if record is not None else 0, held_by)
        forget(folder)

    def find(self, owner: str) -> list[Handle]:
        handles: list[Handle] = []
        for place in places_to_look(Path(owner)):
            with contextlib.suppress(ScoredockError):
                handles += self._in(place, Path(owner), connect(place).list("Deployment", _OF_ANY_HOME))
        return handles

    def find_named(self, owner: str, names: Collection[str]) -> list[Handle]:
        handles: list[Handle] = []
        for place in places_to_look(Path(owner)):
            with contextlib.suppress(ScoredockError), (cluster := connect(place)).look():
                found = set(names)
                if len(found) > _FEW:
                    found &= {each.get(NAME_LABEL, "") for each in cluster.labels("Pod", _OF_ANY_HOME)}
                deployments = filter(None, (cluster.get("Deployment", name) for name in sorted(found)))
                handles += self._in(place, Path(owner), deployments)
        return handles

    def _in(self, place: ClusterPlace, owner: Path, deployments: Iterable[Mapping[str, Any]]) -> Iterator[Handle]:
        """Which of them run for a workspace. Raises ScoredockError."""
        for deployment in deployments:
            folder = owner / "services" / deployment["metadata"]["name"]
            # What another home has deployed and this one has never heard of is none of its business.
            concerns = is_own(deployment, owner, place) or (folder / "revisions").is_dir()
            if not concerns or not is_ours(deployment, owner, place) or not replicas_of(deployment):
                continue
            record = record_of(folder)
            if record is None or record.place != place or not is_own(deployment, owner, place):
                record = record_there(connect(place), folder)
            yield _reachable(folder, record)

    def sweep(self, owner: str, exists: Callable[[str], bool], endpoint: str = "") -> bool:
        named = place_from_text(endpoint)
        if endpoint and named is None:
            return True
        swept = True
        for place in [named] if named is not None else used_places(Path(owner)):
            try:
                self._sweep(place, Path(owner), exists)
            except (ScoredockError, OSError):
                swept = False
        return swept

    def _sweep(self, place: ClusterPlace, owner: Path, exists: Callable[[str], bool]) -> None:
        cluster = connect(place)
        for kind in _OBJECTS:
            for document in cluster.list(kind, selector(owner)):
                name = str(document["metadata"]["labels"][NAME_LABEL])
                if is_own(document, owner, place) and not exists(name):
                    _delete(cluster, document, owner)


def _delete(cluster: Cluster, document: Mapping[str, Any], owner: Path) -> None:
    """An object of ours, and before a Service what leads callers to it. Raises ScoredockError."""
    name = str(document["metadata"]["name"])
    if route := route_kind(document) if document["kind"] == "Service" else "":
        delete_route(cluster, route, name, owner)
    cluster.delete(str(document["kind"]), name, uid=document["metadata"]["uid"])


def _target(launch: Launch) -> ClusterTarget:
    if launch.cluster is None:
        raise ScoredockError(
            "deploy-input-missing",
            l10n.t("No compute target is named for the service {service}.", service=launch.service),
            l10n.t("Name one that is attached, with --compute."),
        )
    return launch.cluster


def _forwards(folder: Path) -> Path:
    """The folder of the workspace's port-forwards."""
    return owner_of(folder) / "forwards"


def _forward(folder: Path, record: ClusterRecord) -> ServiceForward:
    """Its address on this machine, which is the same from one start to the next where it is free."""
    name = object_name(folder)
    return ServiceForward(name, record.place, pods_selector(name), PORT, record.wanted_port or record.port)


def _with_port(folder: Path, record: ClusterRecord, *, doubted: bool = False) -> Handle:
    """Handle with its address; see `ensure_forward`, which says what it raises."""
    port = ensure_forward(_forwards(folder), _forward(folder, record), doubted=doubted)
    record = replace(record, port=port)
    remember(folder, record)
    return handle_of(folder, record)


def _reachable(folder: Path, record: ClusterRecord) -> Handle:
    """Handle with its address if one can be had now. Never raises."""
    with contextlib.suppress(ScoredockError, OSError):
        return _with_port(folder, record)
    return handle_of(folder, record)


def _take_back(cluster: Cluster, name: str, deployment: Mapping[str, Any]) -> bool:
    """To the revision that serves, unless the cluster has rolled out the newest one. Raises ScoredockError."""
    serving = revision_to_keep(cluster, name, deployment)
    cluster.patch("Deployment", name, _serves(serving))
    if not take_back(cluster, name):
        return False
    await_taken_back(cluster, name, serving)
    return serving != newest_revision(deployment)


def _serves(revision: int) -> dict[str, Any]:
    return {"metadata": {"annotations": {SERVES: str(revision)}}}
