"""State of the last build of each environment or image: under way, done or failed, with its log.

Small files beside what is built, so that every window and the command line tell the same, also of a builder that died.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.errors import Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.processes import began, began_at
from scoredock.progress import Progress, step_of

_MOST_LOG = 32 << 20
"""Bytes of one log; what a tool says beyond that is left out."""
_READ_AT_ONCE = 256 << 10
_STEP_PAUSE = 0.2
"""Seconds between two steps that are written down; the log has all of them."""


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """The last build of one thing."""

    state: Literal["building", "ready", "failed", "interrupted"]
    """`interrupted` is seen of a builder that no longer runs, and never written."""
    began: float
    """Seconds since the epoch."""
    ended: float | None = None
    step: str = ""
    """The last one that was reported."""
    key: str = ""
    """Of what was built; while it is built again, and after that failed, of what was built before."""
    size: int = 0
    """Its bytes, where they are known."""
    code: str = ""
    """Of the failure; with `message` and `fix` as it was reported."""
    message: str = ""
    fix: str = ""
    builder: int = 0
    """Process id of the builder."""
    builder_began: float = 0.0
    """As `run.began` tells it."""


@dataclass(frozen=True, slots=True)
class LogPart:
    """Part of a log."""

    lines: tuple[tuple[float, bool, str], ...]
    """Time, whether it is a step of ours and not a tool's own words, text."""
    next: int
    """Where the next part begins."""


class BuildRecords:
    """Builds of one workspace by what they are of, such as `environment/diabetes:3/process`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def last(self, subject: str) -> BuildRecord | None:
        """The last build, or None when there was none. That of a builder that is gone was interrupted. Never raises."""
        try:
            document = json.loads(self._file(subject, "json").read_text("utf-8"))
            record = BuildRecord(
                **{name: document[name] for name in BuildRecord.__dataclass_fields__ if name in document}
            )
        except (OSError, ValueError, TypeError):
            return None
        if record.state == "building" and not _runs(record):
            return replace(
                record,
                state="interrupted",
                code="environment-build-failed",
                message=l10n.t("The build was interrupted: its process no longer runs."),
                fix=l10n.t("Build it again."),
            )
        return record

    @contextlib.contextmanager
    def recording(self, subject: str, progress: Progress) -> Iterator[Recording]:
        """Notes the build that is done within; a failure is noted and raised on.

        A cancelled build leaves no record of its own: what was noted before counts again. Raises OSError when the
        folder cannot be written.
        """
        make_private(self._folder)
        before = self.last(subject)
        recording = Recording(self, subject, progress, before)
        try:
            with contextlib.closing(recording):
                try:
                    yield recording
                    recording.settle("ready")
                except Cancelled:
                    raise
                except ScoredockError as error:
                    recording.settle("failed", error.code, error.message, error.fix)
                    raise
                except BaseException as error:
                    recording.settle("failed", "internal-error", f"{type(error).__name__}: {error}.")
                    raise
        except Cancelled:
            recording.take_back()
            raise

    def is_noted(self, subject: str, record: BuildRecord) -> bool:
        """True if what is noted now is of this very build. Never raises."""
        now = self.last(subject)
        return now is not None and (now.began, now.builder) == (record.began, record.builder)

    def log(self, subject: str, offset: int = 0) -> LogPart:
        """Lines of the last build from a place in its log on; a place beyond the end, of an older log, begins anew."""
        try:
            with self._file(subject, "log").open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                offset = offset if 0 <= offset <= size else 0
                stream.seek(offset)
                data = stream.read(_READ_AT_ONCE)
        except OSError:
            return LogPart((), 0)
        whole = data[: data.rfind(b"\n") + 1]
        return LogPart(tuple(_line(line) for line in whole.splitlines()), offset + len(whole))

    def log_file(self, subject: str) -> Path:
        """Path of the log of the last build."""
        return self._file(subject, "log")

    def forget(self, subject: str) -> None:
        """Removes the record and the log of the last build. Never raises."""
        for suffix in ("json", "log"):
            with contextlib.suppress(OSError):
                self._file(subject, suffix).unlink()

    def write(self, subject: str, record: BuildRecord) -> None:
        """Replace what is noted; a full disk must not stop the build."""
        with contextlib.suppress(OSError):
            file = self._file(subject, "json")
            temporary = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
            temporary.write_text(json.dumps(asdict(record)), "utf-8")
            temporary.replace(file)

    def _file(self, subject: str, suffix: str) -> Path:
        # A digest, because names of images and environments may hold what a file system does not take.
        return self._folder / f"{hashlib.sha256(subject.encode()).hexdigest()[:24]}.{suffix}"


class Recording:
    """Progress of one build that is also written down. Implements `progress.Progress`; thread-safe."""

    def __init__(self, records: BuildRecords, subject: str, progress: Progress, before: BuildRecord | None) -> None:
        self._records = records
        self._subject = subject
        self._progress = progress
        self._lock = threading.Lock()
        self._written = 0
        self._last_write = 0.0
        own = psutil.Process()
        self._before = before
        self._record = BuildRecord(
            "building",
            time.time(),
            key=before.key if before is not None else "",
            builder=own.pid,
            builder_began=began(own),
        )
        joins = before is not None and before.state == "building"
        # Another process may be at work on the same thing: its lines stay, and ours come between them.
        self._log = records.log_file(subject).open("a" if joins else "w", encoding="utf-8", errors="backslashreplace")
        records.write(subject, self._record)

    def report(self, message: str, percentage: int | None = None) -> None:
        """A step: in the log, and as what the build is at."""
        with self._lock:
            step = step_of(message)
            if step != self._record.step:
                self._record = replace(self._record, step=step)
                self._append("step", step)
                now = time.monotonic()
                if now - self._last_write >= _STEP_PAUSE:
                    self._last_write = now
                    self._records.write(self._subject, self._record)
        self._progress.report(message, percentage)

    def output(self, line: str) -> None:
        """A tool's own words."""
        with self._lock:
            self._append("line", line)
        self._progress.output(line)

    def made(self, key: str, size: int = 0) -> None:
        """Records the key and the size in bytes of what was built."""
        self._record = replace(self._record, key=key, size=size)

    def settle(self, state: Literal["ready", "failed"], code: str = "", message: str = "", fix: str = "") -> None:
        """The end, which is noted once; a failure is the last line of the log."""
        if self._record.state == "building":
            if message:
                self._append("step", f"{message} {fix}".strip())
            self._record = replace(
                self._record, state=state, ended=time.time(), code=code, message=message, fix=fix, step=""
            )
            self._records.write(self._subject, self._record)

    def take_back(self) -> None:
        """Note again what was noted before; nothing, where nothing was built and nobody builds."""
        if not self._records.is_noted(self._subject, self._record):
            return  # somebody else builds the same, and has noted more since
        if self._before is None or (self._before.state in ("failed", "interrupted") and not self._before.key):
            self._records.forget(self._subject)
            return
        if self._before.state == "ready":
            self.report(l10n.t("The build was cancelled; what was built before is kept"))
        self._records.write(self._subject, self._before)

    def close(self) -> None:
        """No line may follow."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._log.close()

    def _append(self, kind: str, text: str) -> None:
        if self._log.closed or self._written > _MOST_LOG:
            return
        line = json.dumps({"t": round(time.time(), 3), "k": kind, "m": text}, ensure_ascii=False)
        self._written += len(line)
        with contextlib.suppress(OSError):
            self._log.write(f"{line}\n")
            if self._written > _MOST_LOG:
                rest = l10n.t("The rest of the log is left out.")
                self._log.write(json.dumps({"t": time.time(), "k": "step", "m": rest}) + "\n")
            self._log.flush()


def _line(data: bytes) -> tuple[float, bool, str]:
    try:
        document: Any = json.loads(data)
        return float(document["t"]), document["k"] == "step", str(document["m"])
    except (ValueError, TypeError, KeyError):
        return 0.0, False, data.decode("utf-8", "backslashreplace")


def _runs(record: BuildRecord) -> bool:
    try:
        return began_at(psutil.Process(record.builder), record.builder_began)
    except psutil.Error:
        return False
