"""The router of an endpoint whose versions run on a compute target: pods beside them, and what is kept of these here.

Pods come and go, and what each has counted goes with it: the folder of the router keeps what each said last.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path, PurePath
from typing import Any

from filelock import FileLock

from scoredock import l10n
from scoredock.clusters.target import ClusterTarget
from scoredock.engine_table import COMPUTE_ENGINE
from scoredock.engines.base import Engine, Observation, RouterReport, RoutingEngine
from scoredock.engines.handle import Handle
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import Registry
from scoredock.registry.store.durable import replace_file
from scoredock.services.compute_targets import ComputeTargets, require_unpaused
from scoredock.services.endpoints.division import division_of
from scoredock.services.endpoints.record import EndpointRecord, EndpointVersion, VersionLimits
from scoredock.services.endpoints.router import (
    GRACE,
    AnswerCounts,
    CopyDifference,
    RouterFiles,
    counts_of,
    differences_of,
    lines_in,
)
from scoredock.services.ledger import Ledger
from scoredock_runtime.contract import DIFFERENCES_FILE, WITHDRAWALS_FILE, Route, Routes
from scoredock_runtime.contract_history import Row, read_history

_COUNTS_FILE, _LOCK_FILE = "counts.json", "counts.lock"
_READY_SECONDS = 90.0
_MOST_DIFFERENCES = 100


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Objects that a router in a cluster works with."""

    registry: Registry
    ledger: Ledger
    engines: Mapping[str, Engine]
    progress: Progress | None = None
    cancel: CancelToken = dataclasses.field(default_factory=CancelToken)


class RouterInCluster(RouterFiles):
    """See `Router`."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings.registry.folder)
        self._surroundings = surroundings

    @property
    def _engine(self) -> RoutingEngine:
        engine = self._surroundings.engines[COMPUTE_ENGINE]
        if not isinstance(engine, RoutingEngine):
            raise AssertionError(engine)
        return engine

    def _target(self, endpoint: EndpointRecord) -> ClusterTarget:
        """Raises ScoredockError `compute-missing`."""
        return ComputeTargets(self._surroundings.registry).require(endpoint.compute)

    def start(self, endpoint: EndpointRecord, routes: Routes) -> Handle:
        """Raises ScoredockError `compute-missing`, `port-in-use`, `cluster-name-taken`, and why pods do not come up."""
        here = self.launch(endpoint.name, routes)
        port, target = endpoint.port or None, self._target(endpoint)
        launch = replace(here, port=port, start_timeout=_READY_SECONDS, cluster=target)
        launch = self._engine.router_launch(launch, _services(endpoint))
        return self._engine.start(launch, self._surroundings.progress or Silent(), self._surroundings.cancel)

    def find(self, name: str) -> Handle | None:
        return self._engine.router_in(self.folder(name))

    def of_another_home(self, endpoint: EndpointRecord) -> tuple[EndpointRecord, Handle | None]:
        """The router that another home of the workspace has started, and the endpoint with the shares by which it
        divides the requests now; None where there is none, or nobody can tell."""
        try:
            target = self._target(endpoint)
            require_unpaused(target)
            handle = self._engine.router_there(target, self.folder(endpoint.name))
            routes = self._engine.routes(handle) if handle is not None else None
        except (ScoredockError, OSError):
            return endpoint, None
        return divided_by(endpoint, routes), handle

    def taken_up(self, endpoint: EndpointRecord) -> tuple[EndpointRecord, Handle | None]:
        """The same, for a change from this home. Raises ScoredockError, OSError; `endpoint-changed` where the router
        leads to versions that this home does not know."""
        handle = self._engine.take_up_router(self._target(endpoint), self.folder(endpoint.name))
        routes = self._engine.routes(handle) if handle is not None else None
        strange = {each.name for each in routes.versions} - {each.name for each in endpoint.versions} if routes else ()
        if strange:
            raise ScoredockError(
                "endpoint-changed",
                l10n.t(
                    "The endpoint {name} has versions that another machine has added: {versions}.",
                    name=endpoint.name,
                    versions=", ".join(sorted(strange)),
                ),
                l10n.t("Change it on that machine, or restore a newer backup of the workspace here."),
            )
        return divided_by(endpoint, routes), handle

    def observe(self, handle: Handle) -> Observation:
        return self._engine.observe(handle)

    def placed(self, endpoint: EndpointRecord) -> EndpointRecord:
        """A version whose service is not there any more has no address: connections to one of before would wait."""
        try:
            places = self._engine.version_places(self._target(endpoint), self._workspace, _services(endpoint))
        except ScoredockError:
            return endpoint  # where they were
        revisions = {each.service.name: each.service.active_revision for each in self._surroundings.ledger.all()}
        versions = []
        for each in endpoint.versions:
            place = places.get(each.service)
            host, port = (place.host, place.port) if place is not None else ("", 0)
            revision = revisions.get(each.service, each.revision)
            away = place is None or not place.takes_requests
            versions.append(replace(each, host=host, port=port, revision=revision, away=away))
        return replace(endpoint, versions=tuple(versions))

    def lags(self, handle: Handle, routes: Routes) -> bool:
        return self._engine.routes(handle) != routes

    def change(self, handle: Handle, routes: Routes) -> None:
        """Raises ScoredockError `service-unreachable`, and what the cluster raises."""
        self._engine.change_routes(handle, routes, GRACE)

    def misleads(self, handle: Handle, endpoint: EndpointRecord) -> bool:
        return self._engine.misleads(handle, division_of(endpoint))

    def lead(self, handle: Handle, endpoint: EndpointRecord) -> None:
        self._engine.lead(handle, division_of(endpoint))

    def answered(self, handle: Handle) -> dict[str, AnswerCounts]:
        reports: list[RouterReport] = []
        with contextlib.suppress(ScoredockError):
            reports = self._engine.router_reports(handle)
        alive = {each.router for each in reports}
        if not handle.folder.is_dir():  # another home has started it, and keeps what was counted before
            return _summed({each.router: each.traffic.get("versions") or {} for each in reports}, alive)
        with contextlib.suppress(OSError):
            self._keep_withdrawals(handle.folder, reports)
        return _summed(_kept_counts(handle.folder, reports), alive)

    def _keep_withdrawals(self, folder: Path, reports: Iterable[RouterReport]) -> None:
        lines = lines_in(folder / WITHDRAWALS_FILE)
        marks = {_withdrawal_mark(each) for each in lines}
        fresh = []
        for line in (line for each in reports for line in each.traffic.get("withdrawals") or []):
            if (mark := _withdrawal_mark(line)) not in marks:  # the first of all pods says why
                marks.add(mark)
                fresh.append(line)
        if fresh:
            _write_lines(folder / WITHDRAWALS_FILE, [*lines, *fresh])

    def log(self, handle: Handle) -> None:
        """Updates this machine's copy of the logs of all pods, with the events of the cluster."""
        self._engine.logs(handle)

    def history(self, name: str, handle: Handle | None) -> list[Row]:
        return self._engine.history(handle) if handle is not None else read_history(str(self.folder(name)))

    def differences(self, name: str, handle: Handle | None) -> list[CopyDifference]:
        path = self.folder(name) / DIFFERENCES_FILE
        lines = {json.dumps(each, sort_keys=True): each for each in lines_in(path)}
        if handle is not None:
            with contextlib.suppress(ScoredockError, OSError):
                lines |= {json.dumps(each, sort_keys=True): each for each in self._engine.router_differences(handle)}
                _write_lines(path, list(lines.values()))
        return sorted(differences_of(list(lines.values())), key=lambda each: each.time)[:_MOST_DIFFERENCES]

    def stop(self, handle: Handle) -> None:
        self._engine.lead(handle, None)  # which is not there then: nobody answers for an endpoint that is stopped
        self.answered(handle)
        self._engine.stop(handle, GRACE)

    def remove(self, name: str, handle: Handle | None) -> None:
        if handle is not None:
            self._engine.stop(handle, GRACE)
            self._engine.remove(handle)
            return
        folder = self.folder(name)
        self._engine.clear(folder)
        shutil.rmtree(folder, ignore_errors=True)


def divided_by(endpoint: EndpointRecord, routes: Routes | None) -> EndpointRecord:
    """The endpoint as a router has it that goes by these routes; of versions that the record lacks nothing is said."""
    there = {each.name: each for each in routes.versions} if routes is not None else {}
    versions = tuple(_as_routed(each, there[each.name]) for each in endpoint.versions if each.name in there)
    if routes is None or all(each.name != routes.default for each in versions):
        return endpoint
    return replace(
        endpoint,
        versions=versions,
        default=routes.default,
        sticky_header=routes.sticky_header,
        mirror=routes.mirror,
        mirror_share=routes.mirror_share,
        takeover=routes.takeover,
    )


def _as_routed(version: EndpointVersion, route: Route) -> EndpointVersion:
    if route.limits is None:
        return replace(version, share=route.share, limits=VersionLimits())
    limits = {each.name: getattr(route.limits, each.name) for each in fields(VersionLimits)}
    return replace(version, share=route.share, armed=route.limits.armed, limits=VersionLimits(**limits))


def _services(endpoint: EndpointRecord) -> list[str]:
    """Services of its versions, that of the default one first."""
    ordered = sorted(endpoint.versions, key=lambda each: each.name != endpoint.default)
    return [each.service for each in ordered]


def _withdrawal_mark(raw: Any) -> tuple[str, str]:
    return (str(raw.get("version")), str(raw.get("armed"))) if isinstance(raw, Mapping) else ("", "")


def _write_lines(path: PurePath, lines: Iterable[Any]) -> None:
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
    replace_file(Path(path), text.encode())


def _kept_counts(folder: Path, reports: Iterable[RouterReport]) -> dict[str, dict[str, Any]]:
    """Last counts of each router, by router and version, updated by these reports. A router counts up only."""
    path = folder / _COUNTS_FILE
    with contextlib.suppress(OSError), FileLock(str(folder / _LOCK_FILE), mode=0o600):
        all_counts = _read_counts(path)
        fresh = {each.router: dict(each.traffic.get("versions") or {}) for each in reports}
        for router, versions in fresh.items():
            before = all_counts.get(router) or {}
            all_counts[router] = {**before, **{name: _newer(before.get(name), each) for name, each in versions.items()}}
        if fresh:
            replace_file(path, json.dumps(all_counts).encode())
        return all_counts
    return _read_counts(path)


def _newer(before: Any, now: Any) -> Any:
    """Newer of two readings of the same counts, the one with more requests: readings may overtake one another."""
    try:
        return before if counts_of(before).requests > counts_of(now).requests else now
    except (KeyError, TypeError, ValueError, AttributeError):
        return now


def _read_counts(path: Path) -> dict[str, dict[str, Any]]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}


def _summed(counts_of_routers: Mapping[str, Mapping[str, Any]], alive: set[str]) -> dict[str, AnswerCounts]:
    """Counts of all routers that ever ran; since when a version is away, only routers that run now say."""
    whole: dict[str, AnswerCounts] = {}
    for router, versions in counts_of_routers.items():
        for name, raw in versions.items():
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                counts = counts_of(raw)
                away = counts.away_since if router in alive else 0.0
                whole[name] = _added(whole.get(name, AnswerCounts()), replace(counts, away_since=away))
    return whole


def _added(one: AnswerCounts, other: AnswerCounts) -> AnswerCounts:
    sums = {each.name: getattr(one, each.name) + getattr(other, each.name) for each in fields(AnswerCounts)}
    since = [each.away_since for each in (one, other) if each.away_since]
    return AnswerCounts(**{**sums, "away_since": min(since, default=0.0)})
