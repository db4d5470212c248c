"""A worker on another machine, as its driver sees it: what it needs goes there, and what it makes comes back.

`scoredock_runtime.batch.remote` is the other side. Nothing of the input is expected there: the files of a mini-batch
are sent before it, of a CSV file the header and its rows, of a Parquet file the whole file once.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

from scoredock import l10n, threads
from scoredock.contrib.batch.domain.work.worker_log import WorkerLog
from scoredock.contrib.batch.domain.work.workers import Events, Worker
from scoredock.errors import ScoredockError
from scoredock.temporary.fresh_files import FreshFile, sweep_quietly
from scoredock_runtime.batch.frames import ALIVE_SECONDS, SILENT_SECONDS, Frames
from scoredock_runtime.batch.handshake import AT_HOST, Stranger, introduce

_LOST = -1000
"""Exit code of a worker that cannot tell it any more; no signal has such a number."""


class WorkerHost(Protocol):
    """Hosts of a worker and of those that replace it under its number."""

    @property
    def secret(self) -> str:
        """Secret that its workers and this machine have in common."""
        ...

    @property
    def waiting(self) -> str:
        """Reason why a worker has no host yet, for people; empty if none waits."""
        ...

    def connect(self, number: int) -> socket.socket:
        """Connection to a host, as soon as there is one. Raises ScoredockError for a cause that another look would not
        change, OSError for the rest.
        """
        ...

    def lost(self, number: int) -> str:
        """Cause of the loss of a machine whose connection has ended; empty if it is unknown. Never raises."""
        ...


class RemoteWorker(Worker):
    """Worker at the other end of one connection. A thread sends, another one receives, so that the driver waits for
    neither.
    """

    def __init__(self, number: int, log: WorkerLog, host: WorkerHost) -> None:
        self._log_reader, self._log_writer = os.pipe()
        super().__init__(number, 0, cast("tuple[IO[bytes], IO[bytes]]", (None, None)), log)
        self.is_there = False
        self._host = host
        self._usage: Mapping[str, Any] = {}
        self._lost = ""
        """What its host knows of its end."""
        self._messages: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._socket: socket.socket | None = None
        self._is_closed = False
        self._result = Path()
        self._output = Path()
        self._there = ""
        """The Parquet file that the other side has, with its size and time."""

    def begin(self, events: Events) -> None:
        """Begins to pass its messages to `events`, and its output to its log."""
        threads.start(self._live, events, name="remote-worker", at_fault=lambda _: events.put((self, None)))
        threads.start(self.log.drain, os.fdopen(self._log_reader, "rb"), name="batch-output", at_fault=threads.logged)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Sends a message; a worker that is gone says so by its end. Never raises."""
        self._messages.put(message)

    def kill(self, reason: str) -> None:
        """Ends the worker with all that it started: the other side ends it with the connection."""
        self.killed_for = self.killed_for or reason
        self._close()

    def reap(self) -> None:
        """Sets the exit code after its end, and closes the connection."""
        if self.returncode is None:
            self.returncode = _LOST
        self._close()

    def _close(self) -> None:
        self._is_closed = True
        self._messages.put(None)
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def ending(self) -> str:
        """Text of how it ended: `signal SIGSEGV`, `exit code 3`, `its machine cannot be reached`."""
        if self.returncode == _LOST:
            return self._lost or l10n.t("its machine cannot be reached")
        return super().ending()

    @property
    def is_lost(self) -> bool:
        """True if nobody knows how it ended, as its machine is away."""
        return self.returncode == _LOST and not self.killed_for

    def usage(self) -> tuple[int, float]:
        """Memory in bytes and seconds of CPU, as it reported them last."""
        return int(self._usage.get("memory", 0)), float(self._usage.get("cpu", 0.0))

    # Its two threads

    def _live(self, events: Events) -> None:
        try:
            connection = self._socket = self._host.connect(self.number)
            self.since, self.is_there = time.monotonic(), True
            with connection:
                if not self._is_closed:
                    introduce(connection, self._host.secret, AT_HOST, self.number, SILENT_SECONDS)
                    connection.settimeout(SILENT_SECONDS)
                    frames = Frames(
                        cast(BinaryIO, connection.makefile("rb")), cast(BinaryIO, connection.makefile("wb"))
                    )
                    threads.start(self._send, frames, connection, name="remote-input", at_fault=threads.logged)
                    self._receive(frames, events)
        except ScoredockError as error:
            events.put((self, {"event": "unreachable", "error": error}))
        except _Unwritten as error:
            events.put((self, {"event": "unwritten", "message": str(error)}))
        except Stranger:
            self._lost = l10n.t("what answers there does not know the secret of the job")
        except (OSError, ValueError, KeyError):
            pass  # its end says it
        finally:
            os.close(self._log_writer)
            self._messages.put(None)
            if self.returncode is None and self.is_there and not (self._is_closed or self._lost):
                self._lost = self._host.lost(self.number)
            events.put((self, None))

    def _send(self, frames: Frames, connection: socket.socket) -> None:
        try:
            while True:
                try:
                    message = self._messages.get(timeout=ALIVE_SECONDS)
                except queue.Empty:
                    frames.send_alive()
                    continue
                if message is None:
                    return
                frames.send(self._with_input(dict(message), frames))
        except OSError:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # the other thread hears the end

    def _with_input(self, message: dict[str, Any], frames: Frames) -> dict[str, Any]:
        """Sends what it needs; the message with names that hold there. Raises OSError."""
        if "start" in message:
            self._output = Path(message["start"]["output"])
            sweep_quietly(self._output)
        if "join" in message:
            return {"join": self._with_parts(dict(message["join"]), frames)}
        if "run" not in message:
            return message
        batch = dict(message["run"])
        self._result = Path(batch["result"])
        if batch["kind"] == "csv":
            self._send_rows(batch, frames)
        else:
            for path in batch["files"]:
                self._send_whole(path, frames, keep=batch["kind"] == "parquet")
        batch["files"] = [_name(each) for each in batch["files"]]
        return {"run": batch}

    def _with_parts(self, parts: dict[str, Any], frames: Frames) -> dict[str, Any]:
        self._result = Path(parts["result"])
        for path in parts["files"]:
            self._send_whole(path, frames, keep=False)
        parts["files"] = [_name(each) for each in parts["files"]]
        return parts

    def _send_rows(self, batch: dict[str, Any], frames: Frames) -> None:
        path, head = batch["files"][0], batch["head"]
        size = batch["end"] - batch["start"]
        with open(path, "rb") as stream:  # noqa: PTH123
            header = stream.read(head)
            stream.seek(batch["start"])
            frames.send_file({"file": _name(path)}, cast(BinaryIO, _Joined(header, stream)), head + size)
        batch["start"], batch["end"] = head, head + size

    def _send_whole(self, path: str, frames: Frames, *, keep: bool) -> None:
        with open(path, "rb") as stream:  # noqa: PTH123
            facts = os.fstat(stream.fileno())
            mark = f"{facts.st_size} {facts.st_mtime_ns} {path}"
            if keep and mark == self._there:
                return
            frames.send_file({"file": _name(path)}, stream, facts.st_size)
            self._there = mark if keep else ""

    def _receive(self, frames: Frames, events: Events) -> None:
        while (message := frames.receive()) is not None:
            if "ended" in message:
                self.returncode = int(message["ended"])
                return
            if "alive" in message:
                self._usage = message["alive"] or {}
            elif "output" in message:
                self._take_output(frames, message)
            elif "log" in message:
                for block in frames.content(message):
                    os.write(self._log_writer, block)
            else:
                if message["event"] == "done" and message["size"]:
                    _write(self._result, frames, message)
                if message["event"] == "joined" and message["size"]:
                    _fill(self._result, frames, message)
                events.put((self, message))

    def _take_output(self, frames: Frames, message: dict[str, Any]) -> None:
        """A file of the script's own, below the output folder. Raises ValueError for another place."""
        target = Path(os.path.normpath(self._output / str(message["output"])))
        if self._output not in target.parents:
            raise ValueError("A file of the output lies outside of its folder.")
        with _written(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = FreshFile(self._output)
        with fresh:
            _fill(fresh.path, frames, message)
            with _written(target):
                fresh.publish(target)


class _Joined:
    """The header, then the rows, as one file."""

    def __init__(self, header: bytes, rows: IO[bytes]) -> None:
        self._header = header
        self._rows = rows

    def read(self, size: int) -> bytes:
        if self._header:
            part, self._header = self._header[:size], self._header[size:]
            return part
        return self._rows.read(size)


def _name(path: str) -> str:
    """Name of a file there: its whole path here, so that names and folders stay."""
    return path.replace(os.sep, "/").lstrip("/").replace(":", "_")


class _Unwritten(Exception):
    """A file of this machine cannot be written."""


def _write(target: Path, frames: Frames, message: dict[str, Any]) -> None:
    """In one step. Raises OSError for the connection, `_Unwritten` for the file."""
    temporary = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        _fill(temporary, frames, message)
        with _written(target):
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _fill(part: Path, frames: Frames, message: dict[str, Any]) -> None:
    """A file that gets its name when all of it is there. Raises as `_write`."""
    with _written(part):
        stream = part.open("wb")
    with stream:
        for block in frames.content(message):
            with _written(part):
                stream.write(block)
        with _written(part):
            stream.flush()


@contextlib.contextmanager
def _written(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _Unwritten(f"{target}: {error.strerror or error}") from error
