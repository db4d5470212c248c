"""The endpoints of one workspace: how they are made, changed and looked at.

A change is written into the row first, and then `RouterAlignment` brings the router in line with it. A writer that is
killed in between has said all that there is to say: whoever looks next does the rest, or in a cluster the next change.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.containers.waiting import uncancelled, until_cancelled
from scoredock.engine_table import DEFAULT_ENGINE, engine_kind
from scoredock.engines.log_files import log_path
from scoredock.engines.ports import require_free_port
from scoredock.engines.probe import Address, address_of
from scoredock.errors import ScoredockError, ServiceBusy
from scoredock.progress import CancelToken, Progress
from scoredock.service import Service
from scoredock.services.deployments import Deployments
from scoredock.services.endpoints.changes import AT_ONCE, PLAIN, EndpointOptions, Guard, VersionChanges
from scoredock.services.endpoints.cluster_router import Surroundings
from scoredock.services.endpoints.record import (
    EndpointRecord,
    EndpointVersion,
    VersionLimits,
    absorbed,
    changes_between,
    promoted,
    stamp_of,
    with_limits,
    with_mirror,
    with_traffic,
    with_version,
    withdrawn,
    without_version,
)
from scoredock.services.endpoints.router import CopyDifference
from scoredock.services.endpoints.router_alignment import RouterAlignment
from scoredock.services.endpoints.rows import EndpointRow, EndpointRows
from scoredock.services.endpoints.view import EndpointView, services_of
from scoredock.services.lifecycle.leases import LOOK
from scoredock.services.request import require_service_name
from scoredock.state_table import is_at_rest
from scoredock_runtime.contract_history import Row

_log = logging.getLogger(__name__)
_VERB = "endpoint"
_LEASE = "@endpoint"
"""Behind the name of an endpoint in the rows of leases; no service has such a name."""


class Endpoints:
    """Every verb may block and raises ScoredockError. Nothing here is state.

    A cancel ends the wait for a router. What was to be done is written down by then, and the next look does the rest.
    """

    def __init__(
        self, deployments: Deployments, progress: Progress | None = None, cancel: CancelToken | None = None
    ) -> None:
        self._deployments = deployments
        self._progress = progress
        self._cancel = cancel or CancelToken()
        self._rows = EndpointRows(deployments.registry.store)
        surroundings = Surroundings(
            deployments.registry, deployments.ledger, deployments.engines, self._progress, self._cancel
        )
        self._alignment = RouterAlignment(self._rows, surroundings)
        self._files = self._alignment.files

    # ------------------------------------------------------------------------------------------ look

    def all(self) -> list[EndpointView]:
        """All endpoints by name, observed now."""
        rows = self._rows.all()
        services = self._deployments.services() if rows else []
        return [self._view(each.endpoint.name, services) for each in rows]

    def rows(self) -> list[EndpointRow]:
        """All endpoints by name, as they were written down."""
        return self._rows.all()

    def log_file(self, name: str) -> Path:
        """Path of the log of the endpoint's router."""
        return log_path(self._files.folder(name))

    def history(self, name: str) -> dict[str, list[Row]]:
        """Rows of the histories of the router and of its versions, by name; services that no longer exist are left out.
        Raises ScoredockError `endpoint-not-found`."""
        names = {each.service.name for each in self._deployments.ledger.all()}
        row = self._rows.require(name)
        endpoint = row.endpoint
        rows = {name: self._alignment.router(endpoint).history(name, row.handle)}
        return rows | {
            each.service: self._deployments.logs.history(each.service)
            for each in endpoint.versions
            if each.service in names
        }

    def running(self) -> list[str]:
        """Names of those whose router is meant to run."""
        return [each.endpoint.name for each in self._rows.all() if each.running]

    def one(self, name: str) -> EndpointView:
        """Raises ScoredockError `endpoint-not-found`."""
        row = self._rows.require(name)
        if row.handle is not None:
            self._alignment.router(row.endpoint).log(row.handle)
        return self._view(name, self._deployments.services())

    def _view(self, name: str, services: list[Service]) -> EndpointView:
        """View of an endpoint; completes what a killed writer left, and follows services that have moved; but in a
        cluster, where others look as well and go by rows of their own, a look changes nothing."""
        row = self._alignment.of_another_home(self._rows.require(name))
        is_behind = not self._deployments.registry.read_only and self._alignment.is_behind(row)
        if is_behind and not row.endpoint.compute:
            try:
                with self._lease(name, LOOK):
                    self._alignment.settle(name)
            except ScoredockError as error:
                # Busy: whoever changes it completes it. Anything else is seen in what the router reports.
                _log.info("endpoint %s could not be brought in line: %s", name, error)
            row = self._rows.require(name)
        return replace(self.seen(row, services), is_behind=is_behind and bool(row.endpoint.compute))

    def seen(self, row: EndpointRow, services: list[Service]) -> EndpointView:
        """Observed now, without bringing anything in line: for who looks all the time and knows the services."""
        row = self._alignment.of_another_home(row)
        router, handle = self._alignment.router(row.endpoint), row.handle
        seen = router.observe(handle) if handle is not None else None
        answered = router.answered(handle) if handle is not None else {}
        row = replace(row, endpoint=absorbed(row.endpoint, self._files.withdrawals(row.endpoint.name)))
        return EndpointView(row, seen, services_of(row, services), answered, self.log_file(row.endpoint.name))

    def follow(self, verb: str) -> None:
        """Tells routers, after a change of a service, where it listens now. Never raises."""
        if verb in (_VERB, LOOK) or self._deployments.registry.read_only:
            return
        try:
            for row in self._rows.all():
                if self._alignment.is_behind(row):
                    with self._lease(row.endpoint.name, LOOK):
                        self._alignment.settle(row.endpoint.name)
        except ScoredockError as error:
            _log.info("endpoints could not be brought in line after %s: %s", verb, error)

    # ------------------------------------------------------------------------------------------ change

    def create(self, name: str, version: str, service: str, options: EndpointOptions = PLAIN) -> EndpointView:
        """An endpoint with its first version, which is the default one and gets all requests.

        Raises ScoredockError `service-name-invalid`, `service-exists`, `service-not-found`, `endpoint-version-unfit`,
        `port-in-use`, `port-invalid`.
        """
        self._deployments.registry.store.require_writable()
        require_service_name(name)
        _require_header(options.sticky_header)
        port = options.port
        empty = EndpointRecord(
            name,
            (),
            version,
            sticky_header=options.sticky_header,
            port=port,
            takeover=options.takeover,
            compute=self._compute_of(service),
            through_router=options.through_router,
        )
        endpoint = with_version(empty, self._joined(empty, version, service, 100), default=True, control=False)
        with self._lease(name):
            if port:
                require_free_port(port)
            self._rows.add(endpoint)
            try:
                self._alignment.settle(name)
            except BaseException:
                # It never was there.
                with uncancelled():
                    self._alignment.router(endpoint).remove(name, None)
                self._rows.remove(name)
                raise
        return self.one(name)

    def set_version(self, name: str, version: str, changes: VersionChanges, guard: Guard = AT_ONCE) -> EndpointView:
        """A version more, or another service or share for one.

        Raises ScoredockError `endpoint-not-found`, `service-not-found`, `service-name-invalid`, `traffic-invalid`,
        `limits-invalid`, `endpoint-full`, `endpoint-version-unfit`.
        """

        def change(endpoint: EndpointRecord) -> EndpointRecord:
            joined = self._joined(endpoint, version, changes.service, changes.share)
            changed = with_version(endpoint, joined, default=changes.default, control=changes.control)
            return changed if changes.limits is None else with_limits(changed, {version: changes.limits})

        def share_keys(_: EndpointRecord, changed: EndpointRecord) -> None:
            others = [each.service for each in changed.versions if each.name != version]
            self._share_keys(others, changed.version(version).service)

        return self._changed(name, change, guard, share_keys)

    def remove_version(self, name: str, version: str, guard: Guard = AT_ONCE) -> EndpointView:
        """Removes a version, whose service stays; it has answered all that it was given once this returns.

        Raises ScoredockError `endpoint-not-found`, `endpoint-version-not-found`, `endpoint-version-needed`.
        """
        return self._changed(name, lambda endpoint: without_version(endpoint, version), guard)

    def traffic(self, name: str, shares: Mapping[str, int], default: str = "", guard: Guard = AT_ONCE) -> EndpointView:
        """Raises ScoredockError `endpoint-not-found`, `endpoint-version-not-found`, `traffic-invalid`."""
        return self._changed(name, lambda endpoint: with_traffic(endpoint, shares, default), guard)

    def limits(self, name: str, limits: Mapping[str, VersionLimits], guard: Guard = AT_ONCE) -> EndpointView:
        """Above which the router withdraws versions. Raises ScoredockError `endpoint-not-found`,
        `endpoint-version-not-found`, `limits-invalid`."""
        return self._changed(name, lambda endpoint: with_limits(endpoint, limits), guard)

    def mirror(self, name: str, version: str, share: int, guard: Guard = AT_ONCE) -> EndpointView:
        """Copies of requests to a version; differences of earlier copies are forgotten. An empty version ends it.

        Raises ScoredockError `endpoint-not-found`, `endpoint-version-not-found`, `traffic-invalid`.
        """

        def forget(before: EndpointRecord, changed: EndpointRecord) -> None:
            if changed.mirror != before.mirror and changed.mirror:
                self._files.forget_differences(name)

        return self._changed(name, lambda endpoint: with_mirror(endpoint, version, share), guard, forget)

    def differences(self, name: str) -> list[CopyDifference]:
        """The first answers to copies that were not as those of the version that the request was for. Raises
        `endpoint-not-found`."""
        row = self._rows.require(name)
        return self._alignment.router(row.endpoint).differences(name, row.handle)

    def promote(self, name: str, version: str, guard: Guard = AT_ONCE) -> EndpointView:
        """Makes a version the one that answers everything from now on. Raises as `traffic`."""
        return self._changed(name, lambda endpoint: promoted(endpoint, version), guard)

    def withdraw(self, name: str, version: str, guard: Guard = AT_ONCE) -> EndpointView:
        """Takes all requests from a version, which stays. Raises as `remove_version`."""
        return self._changed(name, lambda endpoint: withdrawn(endpoint, version), guard)

    def start(self, name: str) -> EndpointView:
        """Starts its router; one that runs is left alone. The services of its versions are started by themselves."""
        return self._run(name, running=True)

    def stop(self, name: str) -> EndpointView:
        """Stops its router, once all is answered that it has; the services of its versions stay."""
        return self._run(name, running=False)

    def delete(self, name: str) -> None:
        """Deletes its router and what is known of it; the services of its versions stay. Raises
        `endpoint-not-found`."""
        self._deployments.registry.store.require_writable()
        self._rows.require(name)
        with self._lease(name):
            with contextlib.suppress(ScoredockError, OSError):  # what is attached no more holds up no deletion
                self._alignment.take_up(name)
            row = self._rows.one(name)
            if row is not None:
                self._rows.set_running(name, False)
                self._alignment.router(row.endpoint).remove(name, self._alignment.handle(row))
                self._rows.remove(name)

    def _run(self, name: str, *, running: bool) -> EndpointView:
        self._deployments.registry.store.require_writable()
        row = self._rows.require(name)
        before = row.endpoint
        # Stopping what is stopped as far as anybody here knows needs no cluster.
        harmless = () if running or row.running else (ScoredockError, OSError)
        with self._lease(name):
            with contextlib.suppress(*harmless):
                self._alignment.take_up(name)
            self._rows.set_running(name, running)
            self._alignment.settle(name)
        after = self._rows.require(name).endpoint.last_port
        moved = () if not before.last_port or before.last_port == after else (_moved(before, after),)
        return replace(self.one(name), changes=moved)

    def _changed(
        self,
        name: str,
        change: Callable[[EndpointRecord], EndpointRecord],
        guard: Guard,
        prepare: Callable[[EndpointRecord, EndpointRecord], None] | None = None,
    ) -> EndpointView:
        """`prepare` does what must be so before the change is written. Raises ScoredockError `endpoint-changed`."""
        row = self._alignment.of_another_home(self._rows.require(name))
        before = self._alignment.followed(row.endpoint)
        if guard.preview:
            return replace(self.one(name), changes=changes_between(before, change(before)))
        self._deployments.registry.store.require_writable()
        with self._lease(name):
            self._alignment.take_up(name)
            before = self._alignment.followed(self._rows.require(name).endpoint)
            _require_stamp(before, guard.expected)
            after = change(before)
            if prepare is not None:
                prepare(before, after)
            self._rows.save(after)
            self._alignment.settle(name)
        return replace(self.one(name), changes=changes_between(before, after))

    def address(self, name: str, service: str) -> Address:
        """Address of a running endpoint, for callers with a credential of its version `service`.

        Raises ScoredockError `endpoint-not-found`, `endpoint-version-unfit`, `service-unreachable`.
        """
        row = self._rows.require(name)
        if all(each.service != service for each in row.endpoint.versions):
            raise _unfit(l10n.t("The service {service} is not a version of {name}.", service=service, name=name))
        router = self._alignment.router(row.endpoint)
        observation = router.observe(row.handle) if row.handle is not None else None
        if row.handle is None or observation is None or not observation.port or is_at_rest(observation.state):
            raise ScoredockError(
                "service-unreachable", l10n.t("The endpoint {name} does not run.", name=name), l10n.t("Start it first.")
            )
        return address_of(row.handle, observation.port)

    @contextlib.contextmanager
    def _lease(self, name: str, verb: str = _VERB) -> Iterator[None]:
        """One change of an endpoint at a time. It is none of the service that may have the same name. A change waits
        for a look that brings the router in line.

        Raises ServiceBusy.
        """
        try:
            with (
                self._deployments.leases.hold(f"{name}{_LEASE}", verb),
                until_cancelled(self._cancel, self._progress, cleans_up=False),
            ):
                yield
        except ServiceBusy as error:
            if error.details.get("verb") not in (_VERB, LOOK):
                raise
            raise ServiceBusy(
                l10n.t("Another change of the endpoint {name} is under way.", name=name), details=error.details
            ) from None

    # ------------------------------------------------------------------------------------------ versions

    def _joined(self, endpoint: EndpointRecord, name: str, service: str, share: int | None) -> EndpointVersion:
        """The version with what is known of its service; what is not said stays.

        Raises ScoredockError `service-not-found`, `endpoint-version-not-found`, `endpoint-version-unfit`.
        """
        version = next((each for each in endpoint.versions if each.name == name), EndpointVersion(name, ""))
        service = service or endpoint.version(name).service
        rows = self._deployments.ledger.require(service)
        if rows.service.port is None:
            raise _unfit(l10n.t("The service {service} has never run.", service=service))
        if rows.service.handle is not None and rows.service.handle.certificate:
            raise _unfit(l10n.t("The service {service} speaks HTTPS.", service=service))
        if any(each.service == service for each in endpoint.versions if each.name != name):
            raise _unfit(l10n.t("The service {service} is another version already.", service=service))
        self._require_place(endpoint, service)
        # In a cluster its router reaches it by another port than this machine.
        placed = replace(version, service=service, port=0 if endpoint.compute else rows.service.port)
        return placed if share is None else placed.given(share)

    def _compute_of(self, service: str) -> str:
        """The compute target on which a service runs; empty for this machine. Raises ScoredockError
        `service-not-found`."""
        rows = self._deployments.ledger.require(service)
        runs_there = engine_kind(rows.service.engine).in_cluster and rows.current is not None
        return rows.current.request.compute if runs_there and rows.current is not None else ""

    def _require_place(self, endpoint: EndpointRecord, service: str) -> None:
        """Raises ScoredockError `endpoint-place-differs`: a router reaches either the cluster or this machine."""
        compute = self._compute_of(service)
        if compute == endpoint.compute:
            return
        here = l10n.t("this machine")
        raise ScoredockError(
            "endpoint-place-differs",
            l10n.t(
                "The service {service} runs on {place}, and the endpoint {endpoint} on {other}.",
                service=service,
                place=compute or here,
                endpoint=endpoint.name,
                other=endpoint.compute or here,
            ),
            l10n.t("Deploy it there: `{command}`.", command=_deployed_there(endpoint, service)),
        )

    def _share_keys(self, others: list[str], service: str) -> None:
        """One key, or one token, opens all versions: that of those that are there. Raises ScoredockError
        `endpoint-version-unfit`, and what new keys raise."""
        credentials = self._deployments.credentials
        kind = credentials.authenticated(service)
        there = next((each for each in others if self._deployments.ledger.one(each) is not None), "")
        if not there:
            return
        if "tokens" in (kind, credentials.authenticated(there)):
            if credentials.authenticated(there) != kind:
                raise _unfit(
                    l10n.t(
                        "Callers of the service {service} show something else than those of {other}.",
                        service=service,
                        other=there,
                    )
                )
            credentials.share_tokens(service, there)
            return
        if credentials.authenticated(there) != kind:
            raise _unfit(
                l10n.t("The service {service} has keys, and {other} has none.", service=service, other=there)
                if kind
                else l10n.t("The service {service} has no keys, and {other} has some.", service=service, other=there)
            )
        if kind:
            for which, key in zip(("Primary", "Secondary"), credentials.keys(there), strict=True):
                if key not in credentials.keys(service):
                    credentials.regenerate_key(service, which, key)


def _moved(before: EndpointRecord, port: int) -> str:
    return l10n.t(
        "The endpoint {name} listens on port {port} now, as another program has port {before}.",
        name=before.name,
        port=port,
        before=before.last_port,
    )


def _deployed_there(endpoint: EndpointRecord, service: str) -> str:
    place = f"--compute {endpoint.compute}" if endpoint.compute else f"--engine {DEFAULT_ENGINE}"
    return f"scoredock service update {service} {place}"


def _require_stamp(endpoint: EndpointRecord, expected: str) -> None:
    """Raises ScoredockError `endpoint-changed`."""
    if expected and stamp_of(endpoint) != expected:
        shares = ", ".join(f"{each.name} {endpoint.effective(each.name)}%" for each in endpoint.versions)
        raise ScoredockError(
            "endpoint-changed",
            l10n.t("The endpoint {name} was changed meanwhile: {shares}.", name=endpoint.name, shares=shares),
        )


def _unfit(reason: str) -> ScoredockError:
    return ScoredockError("endpoint-version-unfit", reason)


def _require_header(name: str) -> None:
    """Raises ScoredockError `request-invalid`."""
    if name and not (name.isascii() and len(name) <= 64 and name.replace("-", "").replace("_", "").isalnum()):
        raise ScoredockError("deploy-input-invalid", l10n.t("`{name}` is not the name of a header.", name=name[:64]))
