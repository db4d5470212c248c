"""`az ml computetarget …`: clusters that are attached, and names that this machine stands for."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.az.lines.desk import Desk
from scoredock.contrib.az.lines.services import list_services
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.features.compute import targets
from scoredock.protocol import messages

_KINDS = {"aks": "AKS", "amlcompute": "AmlCompute", "computeinstance": "ComputeInstance"}


def attach(desk: Desk) -> Any:
    """The cluster that is attached under one of the names, else this machine, which stands for it."""
    return _meant(desk, "AKS", desk.options.text("--compute-resource-id").rstrip("/").rpartition("/")[2])


def create(desk: Desk) -> Any:
    """Creates nothing, as `ComputeTarget.create` in scripts: the name is that of an attached cluster, or stands for
    this machine."""
    return _meant(desk, _KINDS[desk.options.verb.rpartition(" ")[2]], "")


def _meant(desk: Desk, kind: str, cluster: str) -> Any:
    name = desk.options.text("--name")
    target = messages.ComputeMeant(None, "")
    if kind == "AKS":
        target = targets.meant_target(messages.ComputeMeantParams(name, cluster), desk.context, desk.operation())
    if target.compute is None:
        desk.note(l10n.t("This machine stands for “{name}”: scripts and services that name it run here.", name=name))
        _note_stand_ins(desk, {**_stand_ins(desk), name: kind})
    if target.text:
        desk.note(target.text)
    return _target(name, kind, target.compute)


def list_targets(desk: Desk) -> Any:
    """The clusters that are attached, and the names that this machine stands for."""
    attached, kinds = _attached(desk), _stand_ins(desk)
    names = {each.get("computeName") for each in list_services(desk)}
    return [
        _target(name, kinds.get(name, "AKS"), attached.get(name))
        for name in sorted({*attached, *kinds, *filter(None, names)})
    ]


def show(desk: Desk) -> Any:
    """Compute target as `computetarget attach` returns it. Raises ScoredockError `asset-not-found` for a name that does
    not exist here.
    """
    name = desk.options.text("--name")
    targets_here = {each["name"]: each for each in list_targets(desk)}
    if name not in targets_here:
        raise ScoredockError(
            "asset-not-found",
            l10n.t("The workspace has no compute target {name}.", name=name),
            l10n.t(
                "`{list}` lists them, and `{create}` makes the name stand for this machine.",
                list="az ml computetarget list",
                create="az ml computetarget create aks -n NAME",
            ),
        )
    return targets_here[name]


def detach(desk: Desk) -> Any:
    """Detaches a cluster; of another name it is forgotten that this machine stands for it. Raises ScoredockError
    `compute-in-use`."""
    name = desk.options.text("--name")
    kinds = _stand_ins(desk)
    if name in _attached(desk):
        targets.detach(messages.ComputeDetachParams(name), desk.context, desk.operation())
        desk.note(l10n.t("{name} is detached; nothing was changed in its cluster.", name=name))
    elif kinds.pop(name, None):
        _note_stand_ins(desk, kinds)
        desk.note(l10n.t("This machine no longer stands for “{name}”.", name=name))
    else:
        desk.note(l10n.t("No cluster is attached as {name}, so there is nothing to detach or delete.", name=name))


def _attached(desk: Desk) -> dict[str, messages.Compute]:
    listed = targets.list_targets(messages.ComputeListParams(ask=False), desk.context, desk.operation())
    return {each.name: each for each in listed.targets if each.kind == "kubernetes"}


def _stand_ins(desk: Desk) -> dict[str, str]:
    """Kinds by the names that this machine stands for; scripts of the SDK read and write the same file."""
    with contextlib.suppress(OSError, ValueError):
        document = json.loads(_file(desk).read_text("utf-8"))
        return {str(name): str(kind) for name, kind in document.items() if kind in _KINDS.values()}
    return {}


def _note_stand_ins(desk: Desk, kinds: dict[str, str]) -> None:
    file = _file(desk)
    make_private(file.parent)
    file.write_text(json.dumps(kinds), "utf-8")


def _file(desk: Desk) -> Path:
    return desk.context.registry("").folder / "sdk" / "compute.json"


def _target(name: str, kind: str, attached: messages.Compute | None) -> dict[str, Any]:
    return {
        "name": name,
        "computeType": "AKS" if attached else kind,
        "isAttachedCompute": True,
        "location": "local",
        "provisioningState": "Succeeded",
        "provisioningErrors": None,
        **({"properties": {"context": attached.context, "namespace": attached.namespace}} if attached else {}),
    }
