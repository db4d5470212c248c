"""Name, framework and version of what is to be registered, by looking at it; nothing is loaded or run."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts
from scoredock.registry.blobs.source import SourceFile, open_flags
from scoredock.registry.formats.readers import POINTER, READERS, FileSample, Recognised, read_pickle_facts
from scoredock.registry.grammar import printable
from scoredock.registry.records import Tensor

_MOST_FILES = 200
_DEEPEST = 3
_MOST_STREAMS = 20
_STREAM_BYTES = 32 << 20
_TIDY = re.compile(r"[^A-Za-z0-9\-._]+")
_PACKED = (".gz", ".bz2", ".xz", ".z")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Proposed values for the register steps."""

    name: str
    framework: str
    """One of v1's names, or empty when it is not known."""
    framework_version: str
    reason: str
    """Why: one sentence."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Facts about a model from its files."""

    framework: str = ""
    """One of v1's names, or empty when it is not known."""
    version: str = ""
    reason: str = ""
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()


def propose(paths: Sequence[Path]) -> Proposal:
    """Proposal for files and folders on the disk. Never raises; knows less of what cannot be read."""
    found = _weigh((path.name, recognise(path)) for path in model_files(paths))
    return Proposal(name_from(paths), found.framework, found.version, found.reason)


def examine(files: Iterable[tuple[str, Path]]) -> Contents:
    """Contents of a model's files: stored path, and where the bytes lie. Never raises."""
    nearest = sorted(files, key=lambda file: (file[0].count("/"), file[0]))[:_MOST_FILES]
    return _weigh((path.rpartition("/")[2], recognise(place, path.rpartition("/")[2])) for path, place in nearest)


def examine_sources(files: Iterable[SourceFile]) -> Contents:
    """Contents of files that come as streams, such as members of an archive: by their first bytes. Never raises."""
    nearest = sorted(files, key=lambda file: (file.stored.count("/"), file.stored))[:_MOST_STREAMS]
    return _weigh((file.stored.rpartition("/")[2], _recognise_stream(file)) for file in nearest)


def require_fetched(files: Iterable[SourceFile]) -> None:
    """Raises model-path-unsupported for pointers of Git LFS without any model beside them; some may be left unfetched
    on purpose."""
    by_size = sorted(files, key=lambda file: file.size)
    small = [file for file in by_size if 100 <= file.size < 1024][:_MOST_FILES]
    pointer = next((file for file in small if _is_pointer(_recognise_stream(file))), None)
    largest = map(_recognise_stream, by_size[-_MOST_STREAMS:])
    if pointer is not None and all(kind is None or _is_pointer(kind) for kind in largest):
        what = l10n.t("a pointer of Git LFS, not the file itself")
        raise ScoredockError(
            "model-path-unsupported",
            l10n.t("{path} cannot be registered: it is {what}.", path=pointer.label, what=what),
            l10n.t("Fetch it with `git lfs pull`, then register again."),
            place=Place(pointer.label),
        )


def _is_pointer(kind: Recognised | None) -> bool:
    return kind is not None and kind.form == POINTER


def _weigh(candidates: Iterable[tuple[str, Recognised | None]]) -> Contents:
    """One answer for all files, those near the top asked first."""
    by_framework: dict[str, tuple[str, Recognised]] = {}
    for name, recognised in candidates:
        if recognised is None:
            continue
        earlier = by_framework.get(recognised.framework)
        if earlier is None or (not earlier[1].version and recognised.version):
            by_framework[recognised.framework] = (name, recognised)
        if recognised.whole:  # it speaks for the folder it lies in
            by_framework = {recognised.framework: (name, recognised)}
            break
    named = {
        framework: candidate for framework, candidate in by_framework.items() if framework != "Custom"
    } or by_framework
    if not named:
        return Contents(reason=l10n.t("Its format is not known to Scoredock."))
    if len(named) > 1:
        listed = ", ".join(f"{printable(name)} ({framework})" for framework, (name, _) in sorted(named.items()))
        return Contents("Multi", "", l10n.t("It contains models of several frameworks: {files}.", files=listed))
    framework, (name, recognised) = next(iter(named.items()))
    return Contents(
        framework,
        recognised.version,
        l10n.t("{file} is {kind}.", file=printable(name), kind=recognised.what),
        recognised.inputs,
        recognised.outputs,
    )


def name_from(paths: Sequence[Path]) -> str:
    """A model name inside the grammar, from the name of the file or folder."""
    if not paths:
        return "model"
    path = Path(os.path.abspath(paths[0]))  # noqa: PTH100 (resolve() would follow links)
    return name_of(path.name if _is_folder(path) else _stem(path.name))


def name_of(text: str) -> str:
    """A model name inside the grammar that resembles any text."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _TIDY.sub("-", plain).strip("-._")[:255].strip("-._") or "model"


def recognise(path: Path, name: str = "") -> Recognised | None:
    """Recognised content of one file, from its first bytes and its name; None if it is not known. Never raises, never
    blocks, reads a bounded part."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with os.fdopen(os.open(path, open_flags()), "rb") as stream:
            return _read(name or path.name, stream)
    except Exception:
        # Files are hostile until proven otherwise, and a form that stays empty is the right answer to all of them.
        return None


def pickled_features(path: Path) -> tuple[int, tuple[str, ...]]:
    """Number of columns that the model in a pickle takes, and their names; 0 and none if it does not say. Never
    raises."""
    facts = pickle_facts(path)
    return (facts.features, facts.feature_names) if facts is not None else (0, ())


def pickle_facts(path: Path) -> PickleFacts | None:
    """Facts from the opcodes of a pickle; None for other files. Nothing is loaded. Never raises."""
    try:
        status = path.lstat()
        return _facts_of(path, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
    except OSError:
        return None


@functools.lru_cache(maxsize=256)
def _facts_of(path: Path, size: int, changed: int) -> PickleFacts | None:
    """Facts about a file of this size and time, so that a keystroke reads nothing again."""
    del size, changed
    try:
        with os.fdopen(os.open(path, open_flags()), "rb") as stream:
            return read_pickle_facts(stream)
    except Exception:
        return None  # as above


def _recognise_stream(file: SourceFile) -> Recognised | None:
    with contextlib.suppress(Exception):
        if file.opener is None:
            return recognise(file.path)
        with file.opener() as stream:
            buffer = bytearray(min(file.size, _STREAM_BYTES))
            count = 0
            while count < len(buffer) and (got := stream.readinto(memoryview(buffer)[count:])):
                count += got
        return _read(file.stored.rpartition("/")[2], io.BytesIO(buffer))
    return None


def _read(name: str, stream: BinaryIO) -> Recognised | None:
    sample = FileSample(name, stream.read(4096), stream)
    for reader in READERS:
        stream.seek(0)
        with contextlib.suppress(Exception):
            recognised = reader(sample)
            if recognised is not None:
                return recognised
    return None


def model_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Files worth a look, those near the top first; a bounded number of them."""
    remaining = _MOST_FILES
    level = [Path(path) for path in paths]
    for _ in range(_DEEPEST + 1):
        below: list[Path] = []
        for path in level:
            if _is_folder(path) and not os.path.islink(path):  # noqa: PTH114 (raises nothing)
                try:
                    with os.scandir(path) as entries:
                        # The bound holds for names as well, however many there are.
                        below += sorted(Path(entry.path) for entry, _ in zip(entries, range(_MOST_FILES), strict=False))
                except OSError:
                    continue
            elif remaining > 0:
                remaining -= 1
                yield path
        level = below


def _is_folder(path: Path) -> bool:
    """Unlike Path's own, false for what may not be looked at."""
    return os.path.isdir(path)  # noqa: PTH112


def _stem(name: str) -> str:
    """Without its suffix; `model.pkl.gz` has two."""
    for packed in _PACKED:
        if name.lower().endswith(packed):
            name = name[: -len(packed)]
    return Path(name).stem
