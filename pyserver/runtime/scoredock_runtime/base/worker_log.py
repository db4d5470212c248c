"""The worker's own lines, in the format of Azure's inference server, and print() of the script through it."""

import builtins
import io
import itertools
import json
import logging
import os
import sys
import time
from typing import Any, Callable, Iterator, Optional

logger = logging.getLogger("azmlinfsrv")
_printed = logging.getLogger("azmlinfsrv.print")
_print = builtins.print
_TREE_LINES = 200
before_line: Optional[Callable[[], None]] = None
"""Writes what waits to be written and belongs before the next line."""
shown_pid = 0
"""The process that lines are of, for whoever reads them; 0 for the one that writes them."""
configured_by_file = False
"""Whether a `logging.json` decides how lines look and where they go."""


class BadLoggingFile(Exception):
    """No service starts with such a `logging.json`, as in v1."""


class _Stdout(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes where the log is, also after a script has replaced sys.stdout, as in v1; to what is in its place only when
    the script has closed it."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self._first = sys.stdout

    def emit(self, record: logging.LogRecord) -> None:
        if before_line is not None:
            before_line()
        self.stream = self._first if _is_open(self._first) else sys.stdout
        super().emit(record)


def _is_open(stream: Any) -> bool:
    """True if a stream is there, and neither closed nor taken from its buffer."""
    try:
        return not stream.closed
    except (AttributeError, ValueError):
        return False


def set_up(app_root: str, entry_script: str, *, beside_script: bool = False) -> None:
    """Streams, loggers and the print hook; `logging.json` in the application's or the script's folder overrides, which
    the process of a script says for its worker too (`beside_script`).

    Raises BadLoggingFile."""
    global configured_by_file
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _utf8(stream))
    log_to_stdout()
    script = os.path.realpath(os.path.join(app_root, entry_script))
    builtins.print = _print_to_log
    for folder in (app_root, os.path.dirname(script)):
        path = os.path.join(folder, "logging.json")
        if _apply(path):
            if not beside_script:
                logger.info("Loaded logging config from %s", path)
            configured_by_file = True
            break


def _utf8(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """The stream, which then takes every text."""
    reconfigure: Any = getattr(stream, "reconfigure", None)  # since Python 3.7
    if reconfigure is None:
        return io.TextIOWrapper(stream.detach(), encoding="utf-8", errors="backslashreplace", line_buffering=True)
    reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return stream


def log_to_stdout() -> None:
    """The loggers as they are without `logging.json`."""
    handler = _Stdout()
    process = f"{shown_pid}" if shown_pid else "%(process)d"
    formatter = logging.Formatter(f"%(asctime)s %(levelname).1s [{process}] %(name)s - %(message)s")
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
    return True


def _print_to_log(*values: Any, **options: Any) -> None:
    file = options.get("file")
    if (file is not None and file is not sys.stdout) or options.keys() - {"sep", "end", "file", "flush"}:
        _print(*values, **options)
        return
    separator = options.get("sep")
    _printed.info("%s", (" " if separator is None else separator).join(map(str, values)))
