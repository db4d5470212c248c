"""Rounds for a workspace with no editor open: one by cron and the task scheduler, or a loop that sleeps until something
has changed.

A round is made when the store or what a person wishes has changed, which a look at the times of a few files tells,
every few seconds while something is under way, and once a minute in any case. What a round does is said by the
contributions.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.data_folder import make_private
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.contribution import Round, contributions
from scoredock.protocol import messages
from scoredock.registry.audit.announcing import is_delivering
from scoredock.registry.store.faults import storing
from scoredock.verb import CliCommand, argument, verb
from scoredock.workspace.unattended.launcher import launcher_stamp

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
"""Between two looks at the files."""
BUSY_SECONDS = 2.0
"""Between two rounds while something is under way."""
IDLE_SECONDS = 60.0
"""Between two rounds while nothing changes: schedules come due, and an engine may be back."""
_LOCK = "rules/.watch"
"""Of a workspace, held by the one process that loops."""

Tell = Callable[[messages.RuleRuns], None]
Duty = Callable[[Round], None]
_Fingerprint = tuple[tuple[str, int, int], ...]


@verb(
    "workspace/run",
    progress="Attending to the workspace",
    changes=True,
    errors=("rule-watched",),
    terminal=CliCommand(
        "workspace run",
        "Carry out rules, make the comparisons that are due and deliver events: once, or with --watch for as long as"
        " the command runs. What `workspace install` sets up starts this.",
        (
            argument(
                "--watch",
                help="go on until Ctrl+C or SIGTERM, or until another release of Scoredock is there",
                action="store_true",
            ),
        ),
        ("scoredock workspace run",),
    ),
)
def run_once(
    params: messages.UnattendedRoundParams, context: Context, operation: Operation
) -> messages.UnattendedRound:
    """Make one round, one part after the other; one that fails does not keep the others from their turn."""
    workspace = context.workspace(params.workspace_id)
    now = Round(workspace.id, context, operation)
    problems = [str(error) for error in make_round(now, {}).values()]
    return messages.UnattendedRound(now.rules, now.comparisons, is_delivering(workspace.path), problems)


def run_on(params: messages.UnattendedRoundParams, context: Context, operation: Operation, tell: Tell) -> None:
    """Round after round. Ends as well when the launcher starts another program: this one's files go with its release.
    Raises as `watch`."""
    begin = launcher_stamp(context.home)
    workspace_id = context.workspace(params.workspace_id).id
    watch(
        workspace_id,
        context,
        operation,
        tell,
        duties={},
        is_over=lambda: begin not in ("", launcher_stamp(context.home)),
    )


def make_round(now: Round, duties: Mapping[str, Duty]) -> dict[str, ScoredockError]:
    """Make a round, one contribution after the other; one that fails does not keep the others from their turn. `duties`
    are done in the place of what those of these nouns do. Returns what went wrong, by noun. Raises Cancelled."""
    problems = {}
    for each in contributions():
        try:
            duties.get(each.noun, each.attend)(now)
        except Cancelled:
            raise
        except ScoredockError as error:
            problems[each.noun] = error
    return problems


def watch(
    workspace_id: str,
    context: Context,
    operation: Operation,
    tell: Tell,
    *,
    duties: Mapping[str, Duty],
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Until it is cancelled, which is its end and no failure, or until it is over between two rounds. `duties` as in
    `make_round`.

    Raises ScoredockError `rule-watched`, `workspace-read-only`, and for a workspace that is deleted meanwhile.
    """
    workspace = context.workspace(workspace_id)
    context.registry(workspace.id).store.require_writable()
    with _watching(workspace.path):
        fingerprint, due = None, 0.0
        while not operation.cancel.cancelled and not is_over():
            seen = _fingerprint(workspace.path)
            if seen != fingerprint or time.monotonic() >= due:
                _require_folder(workspace.path)
                now = Round(workspace.id, context, operation)
                _round(now, duties, tell)
                fingerprint = seen
                due = time.monotonic() + (BUSY_SECONDS if now.is_busy else IDLE_SECONDS)
            operation.cancel.wait(LOOK_SECONDS)


def is_watched(workspace: Path) -> bool:
    """True if a process attends to a workspace by itself."""
    path = workspace / _LOCK
    if not path.exists():
        return False
    lock = FileLock(str(path), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    lock.release()
    return False


@contextlib.contextmanager
def _watching(workspace: Path) -> Iterator[None]:
    """Raises ScoredockError `rule-watched` while another process does."""
    path = workspace / _LOCK
    with storing(path.parent):
        make_private(path.parent)
        lock = FileLock(str(path), mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise ScoredockError(
                "rule-watched", l10n.t("Another process watches the rules of this workspace.")
            ) from None
    try:
        yield
    finally:
        lock.release()


def _require_folder(workspace: Path) -> None:
    if not workspace.is_dir():
        raise ScoredockError(
            "workspace-not-found", l10n.t("The folder {path} of the workspace no longer exists.", path=workspace)
        )


def _round(now: Round, duties: Mapping[str, Duty], tell: Tell) -> None:
    with contextlib.suppress(Cancelled):
        for noun, error in make_round(now, duties).items():
            logger.warning("%s: %s", noun, error)
    for each in now.comparisons:
        if each.error:
            logger.warning("drift %s: %s", each.name, each.error)
    tell(messages.RuleRuns(now.rules))


def _fingerprint(workspace: Path) -> _Fingerprint:
    """Another one after each change of the store and of what a person wishes."""
    return (
        *((name, *_times(workspace / name)) for name in ("store.sqlite3", "store.sqlite3-wal")),
        *((path, written, 0) for each in contributions() for path, written in each.instruction_times(workspace)),
    )


def _times(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
