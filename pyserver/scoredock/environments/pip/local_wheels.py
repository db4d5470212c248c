"""Packages that lie on this machine, as files that are kept by their SHA-256: what is installed here is what goes into
packages, images and files of v2.

What uv locks by a place of this machine is locked by the kept file afterwards.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.environments.pip.folder_copies import FolderCopies
from scoredock.environments.pip.local_packages import files_of, link_folders, local_place, sources_option
from scoredock.environments.pip.locks import RUNTIME, entries, lock_lines, without_credentials
from scoredock.environments.pip.uv import run_uv, scratch_folder
from scoredock.environments.pip.uv_refusals import explain, fails_anywhere
from scoredock.environments.pip.wheel_tags import TagTarget
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.environments.spec import place_of
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed
from scoredock.temporary.folders import TemporaryFolder

_SECONDS = 1800.0
_BUILT = "built"
_UNNAMED = "unknown"
"""How a setuptools that cannot read `[project]` calls the package."""
_TWO = re.compile(r"conflicting URLs for package `([^`]+)`[^\n]*((?:\n\s*- .*)+)")


@dataclass(frozen=True, slots=True)
class LocalWheels:
    """Folder where files are kept, and the Python they are made for."""

    folder: Path
    """A folder for each file, called by its SHA-256."""
    index_url: str
    source: str = ""
    """Where the environment comes from."""
    python: str = ""
    """`3.11`"""
    platform: str = ""
    """As uv writes it; empty for this machine."""
    interpreter: Path | None = None
    """That Python; None where it is not on this machine, which then makes wheels that are for every machine only."""

    def locked(
        self, answer: Completed, lines: Sequence[str], copies: FolderCopies, watch: tuple[Progress, CancelToken]
    ) -> Completed:
        """Answer of uv about `lines`, with a kept file for each package of this machine.

        Raises ScoredockError `environment-requirement-unsatisfiable` where two places are named for one package,
        `environment-build-failed`, `cancelled`, and OSError.
        """
        if answer.returncode != 0:
            answer = replace(answer, stderr=copies.as_written(answer.stderr))
            self._refuse_two(answer.stderr)
            return answer
        linked = _linked(lines)
        made = [self._locked(line, hashes, linked, copies, watch) for line, hashes in entries(answer.stdout)]
        return replace(answer, stdout="".join(made))

    def file_of(self, place: Path, watch: tuple[Progress, CancelToken]) -> Path:
        """The kept file of a wheel, a source distribution or a folder. Raises as `locked`."""
        with scratch_folder() as scratch:
            return self._file(place, FolderCopies(scratch), watch)

    def _file(self, place: Path, copies: FolderCopies, watch: tuple[Progress, CancelToken]) -> Path:
        return self._stored(place) if place.suffix == ".whl" else self._built(place, copies, watch)

    def _locked(
        self,
        line: str,
        hashes: Sequence[str],
        linked: Mapping[str, Sequence[Path]],
        copies: FolderCopies,
        watch: tuple[Progress, CancelToken],
    ) -> str:
        place = None if line.startswith("-") else local_place(line)
        if place is not None and line.startswith(f"{RUNTIME} @ "):  # it is found again by its version
            return lock_lines(f"{RUNTIME}=={name_and_version(place.name)[1]}", hashes)
        if place is None:
            digests = {each.removeprefix("sha256:") for each in hashes}
            place = next((file for file in linked.get(line, ()) if _sha256(file) in digests), None)
        if place is None:
            return lock_lines(line, hashes)
        file = self._file(place, copies, watch)
        return lock_lines(f"{name_and_version(file.name)[0]} @ {file.as_uri()}", [f"sha256:{file.parent.name}"])

    def _stored(self, file: Path) -> Path:
        """The file by its content, copied when it is not there yet. Raises OSError."""
        digest = _sha256(file)
        place = self.folder / digest / file.name
        if place.is_file():
            os.utime(place)
            return place
        make_private(place.parent)
        with TemporaryFolder("copy", self.folder) as scratch:
            copy = scratch / file.name
            shutil.copyfile(file, copy)
            copy.replace(place)
        return place

    def _built(self, place: Path, copies: FolderCopies, watch: tuple[Progress, CancelToken]) -> Path:
        """The wheel of a folder or a source distribution; the latter where a wheel would be for this machine alone and
        the Python is elsewhere."""
        source = copies.of(place) if place.is_dir() else place
        content = _content(source) if place.is_dir() else _sha256(place)
        key = hashlib.sha256(f"{content}\0{self.python}\0{self.interpreter or ''}".encode()).hexdigest()
        note = self.folder / _BUILT / key
        make_private(note.parent)
        with hold_lock(note.with_suffix(".lock"), "wheel", *watch):
            if (former := _noted(note, self.folder)) is not None:
                return former
            watch[0].report(l10n.t("Building a wheel of {package}", package=place.name))
            with scratch_folder() as out:
                file = self._stored(self._made(source, place, copies, out, watch))
            temporary = note.with_suffix(".new")
            temporary.write_text(f"{file.parent.name}/{file.name}", "utf-8")
            temporary.replace(note)
            return file

    def _made(
        self, source: Path, place: Path, copies: FolderCopies, out: Path, watch: tuple[Progress, CancelToken]
    ) -> Path:
        own = own_interpreter().path
        stderr = ""
        for python in dict.fromkeys((self.interpreter or own, own)):
            stderr = self._uv(["--wheel", "--python", str(python)], source, place, out, watch)
            wheel = next((each for each in out.glob("*.whl") if not each.name.lower().startswith(_UNNAMED)), None)
            if wheel is not None:
                if self.interpreter == python or wheel.name.endswith("-none-any.whl"):
                    return wheel
                break
        else:
            raise explain(copies.as_written(stderr), (str(place),), self.source)
        if source.is_file():
            return source
        self._uv(["--sdist"], source, place, out, watch)
        return next(out.glob("*.tar.gz"))

    def _uv(
        self, options: Sequence[str], source: Path, place: Path, out: Path, watch: tuple[Progress, CancelToken]
    ) -> str:
        command = ["build", *options, *sources_option([str(place)]), "--out-dir", str(out), str(source)]
        build = Completed(1, "", "")
        # The build backend is in the cache as a rule, and asking the index for it again takes a second.
        for attempt in ([*command, "--offline"], command):
            build = run_uv(
                attempt,
                index_url=self.index_url,
                timeout=_SECONDS,
                cancel=watch[1],
            )
            if build.returncode == 0 or fails_anywhere(build.stderr):
                break
        return build.stderr

    def require_fit(self, lines: Sequence[str]) -> None:
        """Raises ScoredockError `environment-requirement-unsatisfiable` for a wheel of another machine or Python."""
        target = TagTarget(self.python, self.platform)
        for line in lines:
            place = None if line.startswith("-") else local_place(line)
            marker = line.partition(" ;")[2].partition(" --")[0].strip()
            if place is None or place.suffix != ".whl" or target.takes(place.name) or not target.wants(marker):
                continue
            raise ScoredockError(
                "environment-requirement-unsatisfiable",
                l10n.t(
                    "The wheel {wheel} is for {tags}, and the environment is for {own}.",
                    wheel=place.name,
                    tags="-".join(place.stem.split("-")[-3:]),
                    own=target.name,
                ),
                l10n.t("Build the wheel for this Python and system, or name the folder that it is built from."),
                place=place_of(self.source),
                details={"requirement": line},
            )

    def _refuse_two(self, stderr: str) -> None:
        """Raises the error if two places are named for one package."""
        conflict = _TWO.search(stderr)
        if conflict is None:
            return
        places = [without_credentials(each) for each in re.findall(r"^\s*- (\S+)", conflict.group(2), re.MULTILINE)]
        raise ScoredockError(
            "environment-requirement-unsatisfiable",
            l10n.t(
                "The package {name} is named by several places, and only one of them can be installed: {places}.",
                name=conflict.group(1),
                places=", ".join(places),
            ),
            l10n.t("Keep the one that is meant."),
            place=place_of(self.source),
            details={"requirement": conflict.group(1)},
        )


def name_and_version(file_name: str) -> tuple[str, str]:
    """Normalised name and version of a wheel or a source distribution, from its file name. Empty for another file."""
    try:
        name, version = (
            parse_wheel_filename(file_name)[:2] if file_name.endswith(".whl") else parse_sdist_filename(file_name)
        )
    except (InvalidWheelFilename, InvalidSdistFilename):
        return "", ""
    return str(name), str(version)


def _linked(lines: Iterable[str]) -> dict[str, list[Path]]:
    """Files in the folders of `--find-links`, by `name==version`."""
    files: dict[str, list[Path]] = {}
    for folder in link_folders(lines):
        for file in sorted(folder.iterdir()):
            name, version = name_and_version(file.name)
            if name:
                files.setdefault(f"{name}=={version}", []).append(file)
    return files


def stored_file(folder: Path, name: str, hashes: Iterable[str]) -> Path | None:
    """The file of a lock: by what its content is, wherever it lay."""
    places = (
        folder / each.removeprefix("sha256:") / name for each in hashes if re.fullmatch(r"sha256:[0-9a-f]{64}", each)
    )
    stored = next((place for place in places if place.is_file()), None)
    if stored is not None:
        os.utime(stored)  # it is not removed soon
    return stored


def _noted(note: Path, folder: Path) -> Path | None:
    try:
        file = folder / note.read_text("utf-8")
        os.utime(file)
    except OSError:
        return None
    return file


def _content(folder: Path) -> str:
    """SHA-256 of names, modes and bytes."""
    digest = hashlib.sha256()
    for file in files_of(folder):
        status = file.stat()
        linked = f"{file.resolve()}\0{status.st_mtime_ns}" if file.is_symlink() else _sha256(file)
        digest.update(
            f"{file.relative_to(folder)}\0{status.st_mode & 0o100}\0{linked}\0".encode("utf-8", "surrogateescape")
        )
    return digest.hexdigest()


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
