"""`az ml computetarget …`: clusters that are attached, and names that this machine stands for."""

from __future__ import annotations

from typing import Any

from scoredock import l10n
from scoredock.cli.az.desk import Desk
from scoredock.cli.az.services import list_services
from scoredock.features.compute import targets
from scoredock.protocol import messages


def attach(desk: Desk) -> Any:
    """The cluster that is attached under one of the names, else this machine, which stands for it."""
    name = desk.options.text("--name")
    cluster = desk.options.text("--compute-resource-id").rstrip("/").rpartition("/")[2]
    meant = targets.meant_target(messages.ComputeMeantParams(name, cluster), desk.context, desk.operation())
    if meant.compute is None:
        desk.note(l10n.t("This machine stands for “{name}”: services that name it run here.", name=name))
    desk.note(meant.text)
    return _target(name, meant.compute)


def list_targets(desk: Desk) -> Any:
    """The clusters that are attached, and those that services name."""
    attached = _attached(desk)
    names = {each.get("computeName") for each in list_services(desk)}
    return [_target(name, attached.get(name)) for name in sorted({*attached, *filter(None, names)})]


def show(desk: Desk) -> Any:
    """As `computetarget attach` tells it."""
    name = desk.options.text("--name")
    return _target(name, _attached(desk).get(name))


def detach(desk: Desk) -> Any:
    """Detaches a cluster; nothing is kept of another name, so nothing is removed. Raises ScoredockError
    `compute-in-use`."""
    name = desk.options.text("--name")
    if name not in _attached(desk):
        desk.note(l10n.t("No cluster is attached as {name}, so there is nothing to detach or delete.", name=name))
        return
    targets.detach(messages.ComputeDetachParams(name), desk.context, desk.operation())
    desk.note(l10n.t("{name} is detached; nothing was changed in its cluster.", name=name))


def _attached(desk: Desk) -> dict[str, messages.Compute]:
    listed = targets.list_targets(messages.ComputeListParams(ask=False), desk.context, desk.operation())
    return {each.name: each for each in listed.targets if each.kind == "kubernetes"}


def _target(name: str, attached: messages.Compute | None) -> dict[str, Any]:
    return {
        "name": name,
        "computeType": "AKS",
        "isAttachedCompute": True,
        "location": "local",
        "provisioningState": "Succeeded",
        "provisioningErrors": None,
        **({"properties": {"context": attached.context, "namespace": attached.namespace}} if attached else {}),
    }
