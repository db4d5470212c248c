"""The worker's own lines, in the format of Azure's inference server, and print() of the script through it."""

from __future__ import annotations

import builtins
import io
import json
import logging
import logging.config
import os
import sys
import time
from typing import Any, List

logger = logging.getLogger("azmlinfsrv")
_printed = logging.getLogger("azmlinfsrv.print")
_print = builtins.print


class _Stdout(logging.StreamHandler):  # type: ignore[type-arg]
    """Finds sys.stdout anew for each line, as scripts replace it."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


def set_up(app_root: str, entry_script: str) -> None:
    """Streams, loggers and the print hook; `logging.json` in the application's or the script's folder overrides."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    handler = _Stdout()
    formatter = logging.Formatter("%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for folder in (app_root, os.path.dirname(os.path.join(app_root, entry_script))):
        if _apply(os.path.join(folder, "logging.json")):
            break
    builtins.print = _print_to_log


def _apply(path: str) -> bool:
    try:
        with open(path, encoding="utf-8") as stream:
            logging.config.dictConfig(json.load(stream))
    except FileNotFoundError:
        return False
    except (OSError, ValueError, TypeError, AttributeError, ImportError) as fault:
        logger.warning("The logging configuration %s was not used: %s", path, fault)
        return False
    logger.info("Loaded logging config from %s", path)
    return True


def _print_to_log(*values: Any, **options: Any) -> None:
    if options.get("file") is not None or options.keys() - {"sep", "end", "file", "flush"}:
        _print(*values, **options)
        return
    separator = options.get("sep")
    _printed.info("%s", (" " if separator is None else separator).join(map(str, values)))


class AccessLog:
    """One line a request, written in batches: a system call for each would cost as much as a small request."""

    def __init__(self) -> None:
        self._lines: List[str] = []
        self._pid = os.getpid()
        self.enabled = logger.isEnabledFor(logging.INFO)

    def add(self, method: str, path: str, status: int, milliseconds: float, size: int) -> bool:
        """Whether this is the first line that waits, so that the caller arranges for `flush`."""
        now = time.time()
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
        self._lines.append(
            f"{moment},{int(now * 1000) % 1000:03d} I [{self._pid}] azmlinfsrv - "
            f"{method} {path} {status} {milliseconds:.3f}ms {size}\n"
        )
        return len(self._lines) == 1

    def flush(self) -> None:
        """Writes what waits."""
        lines, self._lines = self._lines, []
        try:
            sys.stdout.write("".join(lines))
            sys.stdout.flush()
        except (OSError, ValueError):
            return  # the script closed its standard output; requests go on
