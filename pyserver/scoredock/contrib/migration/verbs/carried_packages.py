"""Packages that lie on this machine, as files beside the environments of v2 that install them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from scoredock import l10n
from scoredock.context import Operation
from scoredock.contrib.migration.domain.environments import CARRIED
from scoredock.contrib.migration.domain.source import (
    BatchSource,
    Broken,
    CarriedPackage,
    EnvironmentSource,
    Shelf,
    V1Service,
)
from scoredock.environments.pip.local_packages import link_folders, local_place
from scoredock.environments.pip.local_wheels import LocalWheels, name_and_version
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.errors import Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass

_Asset = TypeVar("_Asset", V1Service, BatchSource)


def with_files(shelf: Shelf, local: LocalWheels, operation: Operation) -> Shelf:
    """The shelf with environments whose packages come along as files. What cannot be built is broken. Raises
    cancelled, and OSError."""
    carrier = _Carrier(replace(local, python=own_interpreter().version.rpartition(".")[0]), operation)
    return replace(
        shelf,
        services=tuple(map(carrier.asset, shelf.services)),
        batches=tuple(map(carrier.asset, shelf.batches)),
        environments=tuple(map(carrier.environment, shelf.environments)),
        broken=(*shelf.broken, *carrier.broken),
    )


class _Carrier:
    def __init__(self, local: LocalWheels, operation: Operation) -> None:
        self._local = local
        self._operation = operation
        self.broken: list[Broken] = []

    def asset(self, asset: _Asset) -> _Asset:
        return asset if asset.environment is None else replace(asset, environment=self.environment(asset.environment))

    def environment(self, source: EnvironmentSource) -> EnvironmentSource:
        if source.conda is None or source.user_managed:
            return source
        lines = [self._line(line, source) for line in source.conda.pip]
        return replace(
            source,
            conda=replace(source.conda, pip=tuple(each.line for each in lines if each.line)),
            packages=tuple(dict.fromkeys(file for each in lines for file in each.files)),
        )

    def _line(self, line: str, source: EnvironmentSource) -> _CarriedLine:
        if folders := link_folders([line]):
            files = [
                file for folder in folders for file in sorted(folder.iterdir()) if all(name_and_version(file.name))
            ]
            return _CarriedLine(f"--find-links ./{CARRIED}", tuple(map(self._carried, files)))
        place = None if line.startswith("-") else local_place(line)
        if place is None:
            return _CarriedLine(line)
        if not place.exists():
            return self._lost(source, l10n.t("{path} does not exist.", path=place))
        try:
            file = self._carried(place)
        except Cancelled:
            raise
        except ScoredockError as error:
            return self._lost(source, error.message, error.fix)
        return _CarriedLine(f"./{file.path}{''.join(line.partition(' ;')[1:])}", (file,))

    def _carried(self, place: Path) -> CarriedPackage:
        file = self._local.file_of(place, (self._operation.progress, self._operation.cancel))
        return CarriedPackage(f"{CARRIED}/{file.name}", str(file), file.parent.name)

    def _lost(self, source: EnvironmentSource, reason: str, step: str = "") -> _CarriedLine:
        step = step or l10n.t("Name the wheel, or the folder of the package, in the environment.")
        self.broken.append(Broken(source.where, reason, step))
        return _CarriedLine("")


@dataclass(frozen=True, slots=True)
class _CarriedLine:
    """A line for pip, and the files that it names."""

    line: str
    files: tuple[CarriedPackage, ...] = ()
