"""Reloads services when the files they were deployed from change: on a save here, or by git or another editor.

The loop only hands over paths. A thread waits until it is quiet and finds the services that are concerned; each of
those has a thread of its own while it is reloaded, so never two at a time. What is already served, or was refused
before, is left alone, which is also what keeps two windows on one folder from doing the same twice.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import field
from pathlib import Path

from scoredock import threads
from scoredock.context import Context, Operation
from scoredock.errors import Cancelled, ScoredockError, ServiceBusy, ServiceNotFound, ServiceStateInvalid
from scoredock.features.arguments import SERVICE
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, needs, rows, verb

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.03
"""Without a further change before it is acted upon: "Save All" and git write many files."""
_LONGEST_WAIT = 0.3
"""A storm of changes is acted upon after this, quiet or not."""
_LONGEST_PAUSE = 1.0
_STOP_SECONDS = 1.0
_NOT_OURS = ("/.git/", "/__pycache__/", "/node_modules/", "/site-packages/")

Key = tuple[str, str]
"""Workspace and service."""


@verb(
    "service/reload",
    progress="Reloading service",
    changes=True,
    terminal=CliCommand(
        "service reload",
        "Serve the current files if they changed. The old workers respond until init() of the new ones has finished.",
        (SERVICE, argument("--force", help="reload even if nothing changed", action="store_true")),
        ("scoredock service reload diabetes",),
    ),
    editor=(
        EditorCommand(
            "reloadService",
            "Reload Files",
            "services/services",
            icon="refresh",
            menus=(rows("services", "restartable", "1_update@2", menu="scoredock.service.update"),),
        ),
    ),
)
@needs("reload")
def reload(params: messages.ServiceReloadParams, context: Context, operation: Operation) -> messages.ServiceReload:
    """Serves the files as they are now; blocks until they are served or refused."""
    workspace = context.workspace(params.workspace_id)
    done = context.deployments(workspace.id).reload(
        params.name, operation.progress, operation.cancel, force=params.force
    )
    return messages.ServiceReload(done.outcome, done.service, list(done.notes))


@dataclass
class _Work:
    """One service that is being reloaded."""

    cancel: CancelToken = field(default_factory=CancelToken)
    content: str = ""
    """What is being started."""
    again: bool = False
    pause: float = 0.05
    """Seconds before the next look whether a change of the service that is under way has ended."""


class Reloads:
    """Reloads of one server. Threads are started when first needed and end with the process or `stop`."""

    def __init__(self, context: Context, enabled: Callable[[], bool], changed: Callable[[], None]) -> None:
        """`changed` is called after each attempt, from some thread."""
        self._context = context
        self._enabled = enabled
        self._changed = changed
        self._condition = threading.Condition()
        self._paths: set[str] = set()
        self._first = self._last = 0.0
        self._work: dict[Key, _Work] = {}
        self._watching = self._looking = False
        self._stopped = threading.Event()

    def touched(self, paths: Iterable[str]) -> None:
        """These files were saved, made or removed. Never blocks."""
        own_paths = [path for path in paths if path and not any(part in Path(path).as_posix() for part in _NOT_OURS)]
        if not own_paths or self._stopped.is_set() or not self._enabled():
            return
        with self._condition:
            now = time.monotonic()
            self._first = self._first if self._paths else now
            self._last = now
            self._paths.update(own_paths)
            if not self._watching:
                self._watching = True
                threads.start(self._watch, name="scoredock-reload", at_fault=threads.again)
            self._condition.notify_all()

    @property
    def waiting(self) -> bool:
        """True if there are changes that were not looked at yet."""
        with self._condition:
            return bool(self._paths) or self._looking

    @property
    def busy(self) -> bool:
        """True if a change is waiting or a service is being reloaded."""
        with self._condition:
            return bool(self._paths) or self._looking or bool(self._work)

    def stop(self) -> None:
        """Cancels what is under way and waits a moment for its end; the old revisions go on."""
        self._stopped.set()
        with self._condition:
            for work in self._work.values():
                work.cancel.cancel()
            self._paths.clear()
            self._condition.notify_all()
            self._condition.wait_for(lambda: not self._work, _STOP_SECONDS)

    # ------------------------------------------------------------------------------------------ which services

    def _watch(self) -> None:
        while (paths := self._quiet()) is not None:
            try:
                for key in self._concerned(paths):
                    self._ask(key)
            except Exception:
                logger.exception("the services of changed files could not be found")
            finally:
                self._looking = False

    def _quiet(self) -> set[str] | None:
        """Paths that have changed, once it is quiet; None at the end."""
        with self._condition:
            while not self._stopped.is_set():
                if not self._paths:
                    self._condition.wait()
                    continue
                now = time.monotonic()
                wait = min(self._last + QUIET_SECONDS, self._first + _LONGEST_WAIT) - now
                if wait <= 0:
                    paths, self._paths = self._paths, set()
                    self._looking = True
                    return paths
                self._condition.wait(wait)
        return None

    def _concerned(self, paths: set[str]) -> list[Key]:
        """Services whose sources changed, as far as a folder that is open here holds them."""
        from scoredock.services.followed_files import takes_files
        from scoredock.services.lifecycle.reload import source_of

        folders = [Path(os.path.realpath(folder)) for folder in self._context.folders]
        real = {os.path.realpath(path) for path in paths} | paths
        keys: list[Key] = []
        for workspace in self._workspaces(paths):
            with contextlib.suppress(ScoredockError):
                for service_rows in self._context.deployments(workspace).ledger.all():
                    source = source_of(service_rows.current)
                    can = takes_files(service_rows.current, service_rows.service.engine)
                    if source is None or service_rows.service.handle is None or not can:
                        continue
                    place = Path(os.path.realpath(source.directory or source.script))
                    if not any(place == folder or folder in place.parents for folder in folders):
                        continue
                    ways = (source, dataclasses.replace(source, script=Path(os.path.realpath(source.script))))
                    if any(way.concerns(path) for way in ways for path in real):
                        keys.append((workspace, service_rows.service.name))
        return keys

    def _workspaces(self, paths: set[str]) -> list[str]:
        """Those that services of these files are in: the active one, and what their folders say."""
        workspaces: dict[str, None] = {}
        asked: list[Callable[[], str]] = [lambda: self._context.active().id]
        for folder in {Path(path).parent for path in paths}:
            asked.append(lambda folder=folder: self._context.workspaces.resolve(folder).id)  # type: ignore[misc]
        for ask in asked:
            with contextlib.suppress(ScoredockError):
                workspaces[ask()] = None
        return list(workspaces)

    # ------------------------------------------------------------------------------------------ one service

    def _ask(self, key: Key) -> None:
        """Begin, or see to it that what is under way is followed by another look; older content is given up."""
        workspace, name = key
        with self._condition:
            if self._stopped.is_set():
                return
            work = self._work.get(key)
            if work is None:
                work = self._work[key] = _Work()
                threads.start(self._reload, key, work, name=f"reload-{name}", at_fault=lambda _: self._forget(key))
                return
            work.again = True
            started, cancel = work.content, work.cancel
        if started:
            with contextlib.suppress(ScoredockError):
                if self._context.deployments(workspace).content(name) != started:
                    cancel.cancel()

    def _forget(self, key: Key) -> None:
        """The next change of its files begins anew."""
        with self._condition:
            self._work.pop(key, None)
            self._condition.notify_all()

    def _reload(self, key: Key, work: _Work) -> None:
        workspace, name = key
        while True:
            again = False
            try:
                again = self._once(workspace, name, work)
            except Exception:
                logger.exception("service %s: the reload failed", name)
            self._changed()
            with self._condition:
                if self._stopped.is_set() or not (again or work.again):
                    del self._work[key]
                    self._condition.notify_all()
                    return
                work.again, work.content, work.cancel = False, "", CancelToken()

    def _once(self, workspace: str, name: str, work: _Work) -> bool:
        """One attempt; whether there is to be another one."""

        def begun(content: str) -> None:
            work.content = content

        began = time.monotonic()
        try:
            reload_outcome = self._context.deployments(workspace).reload(
                name, cancel=work.cancel, on_save=True, on_start=begun
            )
        except ServiceBusy:
            # Whoever works at it may have read the files before this change.
            self._stopped.wait(work.pause)
            work.pause = min(_LONGEST_PAUSE, work.pause * 1.5)
            return True
        except (Cancelled, ServiceStateInvalid, ServiceNotFound) as error:
            logger.info("service %s: %s", name, error)
            return isinstance(error, Cancelled)
        except ScoredockError as error:
            logger.info("service %s: reload refused: %s", name, error)
            return self._is_news(workspace, name)
        if reload_outcome.outcome == "unchanged":
            return False
        logger.info(
            "service %s: reloaded as revision %d in %.0f ms",
            name,
            reload_outcome.service.revision,
            (time.monotonic() - began) * 1000,
        )
        for note in reload_outcome.notes:
            logger.info("service %s: %s", name, note)
        return self._is_news(workspace, name)

    def _is_news(self, workspace: str, name: str) -> bool:
        """True if a file has changed while, or since, it was read."""
        with contextlib.suppress(ScoredockError):
            return self._context.deployments(workspace).is_news(name)
        return False
