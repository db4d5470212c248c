"""Compute targets of a workspace: clusters that are attached under a name, and which services run there.

What only clusters of Kubernetes can do asks for those: `get`, `require` and `all`. Services run on
`ServiceTarget`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from scoredock import l10n
from scoredock.clusters.target import AnyTarget, ClusterTarget, DockerTarget, RayTarget, ServiceTarget
from scoredock.confirmations import CONFIRM
from scoredock.engine_table import COMPUTE_ENGINE, REMOTE_ENGINE, EngineName, engine_kind
from scoredock.errors import ComputeChanged, ComputeUnconfirmed, Remedy, ScoredockError
from scoredock.registry.assets.compute_files import ComputeFiles, require_target
from scoredock.registry.grammar import printable
from scoredock.registry.store.lock import hold_lock
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.request import DeployRequest

if TYPE_CHECKING:
    from scoredock.registry import Registry


def compute_exists(target: AnyTarget) -> ScoredockError:
    """`compute-exists`: the name is that of this one."""
    if isinstance(target, RayTarget):
        text = l10n.t(
            "The compute target {name} is attached already: the Ray cluster at {address}.",
            name=target.name,
            address=target.address,
        )
    elif isinstance(target, DockerTarget):
        text = l10n.t(
            "The compute target {name} is attached already: the Docker at {address}.",
            name=target.name,
            address=target.place.title,
        )
    else:
        text = l10n.t(
            "The compute target {name} is attached already: context {context}, namespace {namespace}.",
            name=target.name,
            context=target.place.context,
            namespace=target.place.namespace,
        )
    return ScoredockError("compute-exists", text, details={"name": target.name})


def require_unpaused(target: AnyTarget) -> None:
    """Raises ComputeUnconfirmed for one that came with a backup and that nobody has confirmed."""
    if target.paused:
        raise ComputeUnconfirmed(
            l10n.t("The compute target {name} came with a backup, and nobody has confirmed it.", name=target.name),
            _confirm_fix(target),
            remedies=(Remedy(l10n.t("Confirm…"), CONFIRM, (target.name,)),),
            details={"name": target.name},
        )


def require_confirmed_target(target: AnyTarget) -> None:
    """Checks the confirmation of a target before anything is made for it, and names it in the error. Raises
    ComputeChanged, ComputeUnconfirmed."""
    require_unpaused(target)
    try:
        if isinstance(target, ClusterTarget):
            from scoredock.clusters.kubeconfig import select
            from scoredock.clusters.login_facts import require_confirmed_login

            require_confirmed_login(target.place, select(target.place))
        elif isinstance(target, DockerTarget):
            from scoredock.containers.places import require_confirmed_place

            require_confirmed_place(target.place)
    except (ComputeChanged, ComputeUnconfirmed) as error:
        error.fix, error.remedies = _confirm_fix(target), (Remedy(l10n.t("Confirm…"), CONFIRM, (target.name,)),)
        raise
    except ScoredockError:
        return  # what else is wrong with it, the first call says


def _confirm_fix(target: AnyTarget) -> str:
    command = f"scoredock compute confirm {target.name}"
    return l10n.t("Look at it and confirm it with `{command}`, in a script with --yes.", command=command)


class ComputeTargets:
    """Compute targets of one workspace. Names differ by more than their case, as in Azure ML."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._files = ComputeFiles(registry.folder)

    def names(self) -> list[str]:
        """Names of all targets, in alphabetical order."""
        return self._files.names()

    def get(self, name: str) -> ClusterTarget | None:
        """The cluster of Kubernetes of a name; None where nothing is attached under it. Raises ScoredockError
        `compute-damaged`, `compute-not-for-services` for one of Ray, and `compute-no-cluster` for a Docker."""
        target = self.get_for_services(name)
        if isinstance(target, DockerTarget):
            raise ScoredockError(
                "compute-no-cluster",
                l10n.t("{name} is the Docker of another machine, and no Kubernetes cluster.", name=target.name),
            )
        return target

    def get_for_services(self, name: str) -> ServiceTarget | None:
        """Compute target of that name, for services; None if nothing is attached under the name. Raises ScoredockError
        `compute-damaged`, `compute-unconfirmed`, `compute-changed`, and `compute-not-for-services` for a Ray cluster.
        """
        target = self.get_any(name)
        if isinstance(target, RayTarget):
            raise ScoredockError(
                "compute-not-for-services",
                l10n.t("{name} is a Ray cluster, and services do not run there.", name=target.name),
            )
        if target is not None:
            require_confirmed_target(target)
        return target

    def get_any(self, name: str) -> AnyTarget | None:
        """The one of a name, of whichever kind. Raises ScoredockError `compute-damaged`."""
        original = self._kept_as(name)
        try:
            return self._files.read(original) if original else None
        except FileNotFoundError:
            return None  # detached meanwhile

    def require(self, name: str) -> ClusterTarget:
        """Raises ScoredockError `compute-missing` with the names that there are, and as `get`."""
        return self.get(name) or self._missing(name)

    def require_any(self, name: str) -> AnyTarget:
        """Raises ScoredockError `compute-missing` with the names that there are."""
        return self.get_any(name) or self._missing(name)

    def require_for_services(self, name: str) -> ServiceTarget:
        """Raises ScoredockError `compute-missing` with the names that there are, and as `get_for_services`."""
        return self.get_for_services(name) or self._missing(name)

    def _missing(self, name: str) -> NoReturn:
        names = self.names()
        title = printable(name)
        message = l10n.t("No compute target is attached as {name}.", name=title)
        if names:
            message = l10n.t(
                "No compute target is attached as {name}; there are {names}.", name=title, names=", ".join(names)
            )
        raise ScoredockError("compute-missing", message, details={"names": names})

    def all(self) -> list[ClusterTarget]:
        """All of Kubernetes that can be read, by name."""
        return [each for each in self.every() if isinstance(each, ClusterTarget)]

    def all_for_services(self) -> list[ServiceTarget]:
        """All that services run on and that can be read, by name."""
        return [each for each in self.every() if not isinstance(each, RayTarget)]

    def every(self) -> list[AnyTarget]:
        """All that can be read, by name."""
        targets = []
        for name in self.names():
            try:
                targets.append(self._files.read(name))
            except (ScoredockError, FileNotFoundError):
                continue  # which verifying the workspace reports
        return targets

    def attach(self, target: AnyTarget) -> None:
        """Keeps it. The same once more changes nothing.

        Raises ScoredockError `compute-name-invalid`, `compute-invalid`, `ray-address-invalid`, `compute-exists`,
        workspace-read-only.
        """
        require_target(target)
        self._registry.store.require_writable()
        with hold_lock(self._registry.folder):
            there = self.get_any(target.name)
            if there is not None and replace(there, paused=False) != target:
                raise compute_exists(there)
            self._files.write(target)

    def unpause(self, target: AnyTarget) -> AnyTarget:
        """Ends the pause of a target, after a person has confirmed it. Gives it as it is then. Raises ScoredockError
        workspace-read-only."""
        if target.paused:
            self._registry.store.require_writable()
            target = replace(target, paused=False)
            with hold_lock(self._registry.folder):
                self._files.write(target)
        return target

    def detach(self, name: str, *, force: bool = False) -> AnyTarget | None:
        """Forgets it; nothing in the cluster changes. Gives what it was, None for one whose file is damaged.

        Raises ScoredockError `compute-missing`, and `compute-in-use` with the names of services that run there,
        unless forced.
        """
        original = self._kept_as(name)
        if not original:
            self.require_any(name)
        self._registry.store.require_writable()
        services = self.services_on(name)
        if services and not force:
            raise ScoredockError(
                "compute-in-use",
                l10n.t("Services run on {name}: {services}.", name=original, services=", ".join(services)),
                details={"services": services},
            )
        with hold_lock(self._registry.folder):
            try:
                target = self.get_any(name)
            except ScoredockError:
                target = None
            self._files.remove(original)
        return target

    def services_on(self, name: str) -> list[str]:
        """Names of the services whose current revision is deployed there."""
        return [
            each.service.name
            for each in Ledger(self._registry.store).all()
            if each.current is not None and each.current.request.compute.casefold() == name.casefold()
        ]

    def services(self, names: Sequence[str]) -> dict[str, list[str]]:
        """The same for several, by name."""
        on: dict[str, list[str]] = {name: [] for name in names}
        for each in Ledger(self._registry.store).all():
            compute = each.current.request.compute if each.current is not None else ""
            if compute in on:
                on[compute].append(each.service.name)
        return on

    def _kept_as(self, name: str) -> str:
        """Name as it was written when the target was attached; empty if it is not attached."""
        return next((each for each in self.names() if each.casefold() == name.casefold()), "")


def engine_on(target: ServiceTarget) -> EngineName:
    """Name of the engine that runs services on `target`."""
    return REMOTE_ENGINE if isinstance(target, DockerTarget) else COMPUTE_ENGINE


def title_of(target: ServiceTarget) -> str:
    """Title of a target's place in a list to choose from."""
    if isinstance(target, DockerTarget):
        return target.place.title
    return f"{target.place.context} / {target.place.namespace}"


def compute_of(rows: ServiceRows) -> str:
    """The compute target of its current revision; empty for this machine."""
    return rows.current.request.compute if rows.current is not None else ""


def is_on_another_machine(rows: ServiceRows, request: DeployRequest) -> bool:
    """True if its engine has it in one place and is to have it in another one. A cluster sees to that itself."""
    kind = engine_kind(rows.service.engine)
    return kind.needs_compute and not kind.in_cluster and compute_of(rows) not in ("", request.compute)
