"""Compute targets that came with a backup: paused, and without those that this machine cannot have."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.clusters.target import AnyTarget, ClusterTarget, DockerTarget
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.assets.compute_files import ComputeFiles
from scoredock.registry.upkeep.carried_part import CarriedNote


class CarriedCompute:
    """See `registry.upkeep.carried_part.CarriedPart`. Their files are in every backup, also of older releases."""

    files = r"compute/([a-zA-Z][-a-zA-Z0-9]{0,14}[a-zA-Z0-9]\.json|workspace\.key)"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:  # noqa: ARG002
        """See there."""
        yield from ()

    def settle(self, workspace: Path) -> list[CarriedNote]:
        """See there."""
        files = ComputeFiles(workspace)
        paused, notes = [], []
        for name in files.names():
            try:
                target = files.read(name)
            except ScoredockError:
                continue  # it cannot be used, which the restore says
            if absent := _absent(target):
                files.remove(name)
                text = l10n.t("The compute target {name} was left out: {path} is not on this machine.", name=name,
                              path=absent)  # fmt: skip
                notes.append(CarriedNote(text))
            else:
                files.write(replace(target, paused=True))
                paused.append(f"{name} ({_place(target)})")
        if paused:
            text = l10n.t(
                "Compute targets are paused, and nothing is run or sent for them: {names}.", names=", ".join(paused)
            )
            notes.append(CarriedNote(text, "scoredock compute confirm NAME"))
        return notes

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:  # noqa: ARG002 (`ComputeFiles.problems`)
        """See there."""
        yield from ()


def _absent(target: AnyTarget) -> str:
    """File or context that a target needs and this machine does not have; empty if there is none."""
    files: list[str] = []
    if isinstance(target, ClusterTarget):
        files = [target.place.kubeconfig]
    elif isinstance(target, DockerTarget):
        from scoredock.containers.endpoints import context_endpoint

        place = target.place
        files = [place.tls_ca, place.tls_cert, place.tls_key]
        if place.context and context_endpoint(place.context, os.environ, Path.home()) is None:
            return l10n.t("the context “{context}” of Docker", context=place.context)
    return next((each for each in files if each and not _is_there(each)), "")


def _is_there(file: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return Path(file).exists()
    return False


def _place(target: AnyTarget) -> str:
    """Place of a target, in a few words."""
    if isinstance(target, ClusterTarget):
        return target.place.context
    return target.place.title if isinstance(target, DockerTarget) else target.address
