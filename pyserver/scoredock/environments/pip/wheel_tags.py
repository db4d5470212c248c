"""Pythons and systems that a wheel is for, beside those of an environment. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.tags import Tag, compatible_tags, cpython_tags, platform_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from scoredock.late_dataclass import dataclass

_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_OLDEST_GLIBC = 5
_MUSL = 2


@dataclass(frozen=True, slots=True)
class TagTarget:
    """Python and platform that wheels are chosen for."""

    python: str
    """`3.11`"""
    platform: str = ""
    """As uv writes it, `x86_64-manylinux_2_36`; empty for this machine."""

    @property
    def name(self) -> str:
        """Tag of a wheel for this target, without its ABI: `cp311-manylinux_2_36_x86_64`."""
        platforms = list(self._platforms())
        named = next((each for each in platforms if not each.startswith("linux_")), platforms[0])
        return f"cp{self.python.replace('.', '')}-{named}"

    def takes(self, file_name: str) -> bool:
        """True if a wheel is for it; also where its name cannot be read, which the installer says."""
        try:
            tags = parse_wheel_filename(file_name)[3]
        except InvalidWheelFilename:
            return True
        return not tags.isdisjoint(self._tags())

    def wants(self, marker: str) -> bool:
        """True if a requirement with this marker counts; also where it cannot be read, which the resolver says."""
        environment = {"python_version": self.python, "python_full_version": f"{self.python}.0"}
        if self.platform:
            machine = self.platform.partition("-")[0]
            environment |= {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
            environment["platform_machine"] = machine
        try:
            return not marker or Marker(marker).evaluate(environment)
        except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
            return True

    def _tags(self) -> set[Tag]:
        version = [int(part) for part in self.python.split(".")]
        platforms = list(self._platforms())
        interpreter = f"cp{self.python.replace('.', '')}"
        return {*cpython_tags(version, platforms=platforms), *compatible_tags(version, interpreter, platforms)}

    def _platforms(self) -> Iterator[str]:
        if not self.platform:
            yield from platform_tags()
            return
        machine, _, libc = self.platform.partition("-")
        glibc = re.fullmatch(r"manylinux_2_(\d+)", libc)
        newest = int(glibc.group(1)) if glibc else 17 if libc == "manylinux2014" else 0
        for number in range(newest, _OLDEST_GLIBC - 1, -1):
            yield f"manylinux_2_{number}_{machine}"
            if number in _OLD_NAMES:
                yield f"{_OLD_NAMES[number]}_{machine}"
        if not newest:
            yield from (f"musllinux_1_{number}_{machine}" for number in range(_MUSL, -1, -1))
        yield f"linux_{machine}"
