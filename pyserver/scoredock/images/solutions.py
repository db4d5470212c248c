"""Packages that an environment came to have, so that the next image of it has the same ones without resolving."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scoredock.data_folder import age, make_private
from scoredock.environments.conda.lock import CondaLock
from scoredock.environments.pip.locks import without_credentials
from scoredock.errors import ScoredockError
from scoredock.images.wheels import LockedPackages
from scoredock.late_dataclass import dataclass
from scoredock.oci.durable_files import replace_file

UNUSED_SECONDS = 30 * 86_400.0
"""After which nobody waits for the same packages: they are resolved again, and layers that no image had go."""
_FORM = 1


@dataclass(frozen=True, slots=True)
class Solutions:
    """Stored results of resolving, in a folder with a file for each question, which may be deleted at any time."""

    folder: Path
    renew: bool = False
    """Whether all is resolved in any case; what comes of it takes the place of what is kept."""

    def packages(self, question: object, resolve: Callable[[], LockedPackages]) -> LockedPackages:
        """The packages of pip; `question` is JSON, with all that the answer follows from. Raises as `resolve`."""
        file = self._file(["packages", question])
        kept = self._read(file)
        with contextlib.suppress(KeyError, TypeError):
            return LockedPackages(str(kept["hashed"]), tuple(str(each) for each in kept["requirements"]))
        made = resolve()
        self.keep(question, made)
        return made

    def keep(self, question: object, packages: LockedPackages) -> None:
        """The answer to another question as well."""
        if not _has_secret(packages.hashed, *packages.requirements):
            file = self._file(["packages", question])
            _write(file, {"hashed": packages.hashed, "requirements": packages.requirements})

    def conda(self, question: object, solve: Callable[[], CondaLock | None]) -> CondaLock | None:
        """The packages of conda, None for an environment without any. Raises as `solve`."""
        file = self._file(["conda", question])
        with contextlib.suppress(KeyError, ValueError):
            return CondaLock.from_json(str(self._read(file)["lock"]))
        made = solve()
        if made is not None and not _has_secret(made.to_json()):
            _write(file, {"lock": made.to_json()})
        return made

    def _file(self, question: object) -> Path:
        text = json.dumps([_FORM, question], sort_keys=True, default=str)
        return self.folder / f"{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}.json"

    def _read(self, file: Path) -> Mapping[str, Any]:
        """Empty where nothing is kept, or nobody used it for long."""
        if self.renew:
            return {}
        try:
            if age(file) > UNUSED_SECONDS:
                return {}
            document = json.loads(file.read_text("utf-8"))
            os.utime(file)
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}


def _has_secret(*texts: str) -> bool:
    """True if an address has a password in it, which is written nowhere."""
    return any(without_credentials(text) != text for text in texts)


def _write(file: Path, document: Mapping[str, object]) -> None:
    # Only a shortcut: without it the packages are resolved again.
    with contextlib.suppress(OSError, ScoredockError):
        make_private(file.parent)
        replace_file(file, json.dumps(document, sort_keys=True).encode())
