"""The worker's own lines, in the format of Azure's inference server, and print() of the script through it."""

from __future__ import annotations

import builtins
import io
import itertools
import json
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Iterator, List

if TYPE_CHECKING:
    from scoredock_runtime.messages import Request

logger = logging.getLogger("azmlinfsrv")
_printed = logging.getLogger("azmlinfsrv.print")
_print = builtins.print
_TREE_LINES = 200
_ROUTES = ("/score", "/swagger.json")
_configured = False
"""Whether a `logging.json` decides how lines look and where they go."""


class BadLoggingFile(Exception):
    """No service starts with such a `logging.json`, as in v1."""


class _Stdout(logging.StreamHandler):  # type: ignore[type-arg]
    """Finds sys.stdout anew for each line, as scripts replace it."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


def set_up(app_root: str, entry_script: str) -> None:
    """Streams, loggers and the print hook; `logging.json` in the application's or the script's folder overrides.

    Raises BadLoggingFile."""
    global _configured
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    log_to_stdout()
    script = os.path.realpath(os.path.join(app_root, entry_script))
    builtins.print = _print_to_log
    for folder in (app_root, os.path.dirname(script)):
        if _apply(os.path.join(folder, "logging.json")):
            _configured = True
            break


def log_to_stdout() -> None:
    """The loggers as they are without `logging.json`."""
    handler = _Stdout()
    formatter = logging.Formatter("%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def show_model_folder(folder: str) -> None:
    """The tree of files that the script could have loaded, for whoever reads why init() failed."""
    if not folder or not os.path.exists(folder):
        return
    logger.info("Model Directory Contents:")
    lines = _tree(os.path.normpath(folder), 0)
    for line in itertools.islice(lines, _TREE_LINES):
        logger.info("%s", line)
    if next(lines, None):
        logger.info("Output Truncated. First %d lines shown.", _TREE_LINES)


def _tree(path: str, depth: int) -> Iterator[str]:
    name = "    " * depth + os.path.basename(path)
    if not os.path.isdir(path):
        yield name
        return
    yield name + os.sep
    try:
        inside = sorted(os.listdir(path))
    except OSError:
        return
    for each in inside:
        yield from _tree(os.path.join(path, each), depth + 1)


def _apply(path: str) -> bool:
    try:
        with open(path, encoding="utf-8") as stream:
            settings = json.load(stream)
        # Imported late: it brings in servers and pickles, which few services need.
        from logging.config import dictConfig

        dictConfig(settings)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, TypeError, AttributeError, ImportError) as fault:
        raise BadLoggingFile(f"The logging configuration {path} cannot be used: {fault}.") from fault
    logger.info("Loaded logging config from %s", path)
    return True


def _print_to_log(*values: Any, **options: Any) -> None:
    file = options.get("file")
    if (file is not None and file is not sys.stdout) or options.keys() - {"sep", "end", "file", "flush"}:
        _print(*values, **options)
        return
    separator = options.get("sep")
    _printed.info("%s", (" " if separator is None else separator).join(map(str, values)))


class AccessLog:
    """One line a request, written in batches: a system call for each would cost as much as a small request."""

    def __init__(self, *, with_ids: bool = False) -> None:
        self._lines: List[str] = []
        self._with_ids = with_ids
        self._second = 0
        self._moment = ""
        self.enabled = logger.isEnabledFor(logging.INFO)

    def add(self, request: Request, status: int, milliseconds: float, size: int) -> bool:
        """Whether this is the first line that waits, so that the caller arranges for `flush`."""
        if not self.enabled:
            return False
        target = request.target
        if target != b"/score" and request.path in _ROUTES:
            target = request.path.encode() + (b"?" + request.query if request.query else b"")
        # Other paths as they were sent: a decoded one could hold line ends and so forge lines of the log.
        told = f"{request.method.decode('latin-1')} {target.decode('latin-1')} {status} {milliseconds:.3f}ms {size}"
        if self._with_ids:
            told += f" {request.id.decode('latin-1')}"
        if _configured:
            logger.info("%s", told)
            return False
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
            self._pid = os.getpid()
        self._lines.append(f"{self._moment},{int(now % 1 * 1000):03d} I [{self._pid}] azmlinfsrv - {told}\n")
        return len(self._lines) == 1

    _pid = 0

    def flush(self) -> None:
        """Writes what waits."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            sys.stdout.write("".join(lines))
            sys.stdout.flush()
        except Exception:
            return  # the script closed its standard output, or put something else there; requests go on
