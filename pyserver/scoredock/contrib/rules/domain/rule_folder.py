"""Folders of deployment rules: one for each name below `rules` of a workspace.

`rule.json` is what a person said, `state.json` what has become of it; each is replaced in one step. Whoever writes the
state holds the lock of the rule for as long as its steps take, whoever writes the rule a lock of its own for a moment,
so that a rule can be paused while a candidate is deployed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.contrib.rules.domain.rule import (
    DeploymentRule,
    require_rule_name,
    rule_from_json,
    rule_to_json,
)
from scoredock.contrib.rules.domain.state import RuleState, state_from_json, state_to_json
from scoredock.data_folder import make_private
from scoredock.errors import Place, ScoredockError
from scoredock.registry.store.durable import replace_file
from scoredock.registry.store.faults import storing

FOLDER = "rules"
"""Of a workspace."""
RULE_FILE, STATE_FILE = "rule.json", "state.json"
_LOCK, _WRITING = "lock", "rule.lock"
_LIST_LOCK = ".lock"
_PATIENCE = 10.0


class RuleFolder:
    """Folder of one name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @property
    def is_there(self) -> bool:
        return (self.path / RULE_FILE).is_file()

    def rule(self) -> DeploymentRule:
        """Raises ScoredockError `rule-missing`, `rule-damaged`."""
        document = self._read(RULE_FILE)
        if document is None:
            raise missing(self.name)
        try:
            return rule_from_json(document)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._damaged(RULE_FILE) from None

    def state(self) -> RuleState:
        """State of the rule; a new one if nothing has happened. Raises ScoredockError `rule-damaged`."""
        document = self._read(STATE_FILE)
        try:
            return state_from_json(document) if document is not None else RuleState()
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._damaged(STATE_FILE) from None

    def write_rule(self, rule: DeploymentRule) -> None:
        """Raises ScoredockError `disk-full`, `io-failed`."""
        self._write(RULE_FILE, rule_to_json(rule))

    def write_state(self, state: RuleState) -> None:
        """Raises ScoredockError `disk-full`, `io-failed`."""
        self._write(STATE_FILE, state_to_json(state))

    def remove(self) -> None:
        """The caller holds both locks."""
        with storing(self.path):
            (self.path / RULE_FILE).unlink(missing_ok=True)
            shutil.rmtree(self.path, ignore_errors=True)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Raises ScoredockError `rule-running` while another process or thread carries the rule out."""
        with _locked(
            self.path / _LOCK,
            0.0,
            l10n.t("Another process carries out the rule {name} at the moment.", name=self.name),
        ):
            yield

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the lock for a change of what the person said."""
        message = l10n.t("Another process changes the rule {name} at the moment.", name=self.name)
        with _locked(self.path / _WRITING, _PATIENCE, message):
            yield

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            document = json.loads((self.path / name).read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError):
            raise self._damaged(name) from None
        if not isinstance(document, dict):
            raise self._damaged(name)
        return document

    def _write(self, name: str, document: dict[str, Any]) -> None:
        content = json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
        with storing(self.path):
            replace_file(self.path / name, content)

    def _damaged(self, name: str) -> ScoredockError:
        path = self.path / name
        return ScoredockError("rule-damaged", l10n.t("{path} cannot be read.", path=path), place=Place(str(path)))


class RuleFiles:
    """Tells if rules of a workspace have come, gone or gone on, or what carries them out with no editor open has
    changed.
    """

    def __init__(self) -> None:
        self._times: tuple[tuple[str, int], ...] = ()

    def has_changed(self, workspace: Path) -> bool:
        """True if they have changed since the last call."""
        times = rule_times(workspace, (RULE_FILE, STATE_FILE))
        with contextlib.suppress(OSError):
            path = workspace.parent.parent / "unattended"
            times += ((str(path), path.stat().st_mtime_ns),)
        before, self._times = self._times, times
        return before != times


def rule_times(workspace: Path, names: Sequence[str] = (RULE_FILE,)) -> tuple[tuple[str, int], ...]:
    """The files of these names of all rules, with when each was written (nanoseconds); empty where there is no rule."""
    times = []
    try:
        with os.scandir(workspace / FOLDER) as entries:
            folders = sorted(each.path for each in entries if each.is_dir())
        for path in (os.path.join(folder, name) for folder in folders for name in names):  # noqa: PTH118 (looks often)
            with contextlib.suppress(FileNotFoundError):
                times.append((path, os.stat(path).st_mtime_ns))  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(times)


def missing_files(rule: DeploymentRule) -> list[str]:
    """Files that the conditions of a rule name and this machine does not have, as after it was restored on
    another one.
    """
    conditions = rule.conditions
    return [each for each in (*conditions.tests, conditions.folder) if each and not Path(each).exists()]


def missing(name: str) -> ScoredockError:
    """`rule-missing`."""
    return ScoredockError("rule-missing", l10n.t("There is no rule “{name}”.", name=name[:64]))


def rule_names(workspace: Path) -> list[str]:
    """All that there are, sorted."""
    try:
        return sorted(each.name for each in (workspace / FOLDER).iterdir() if RuleFolder(each).is_there)
    except (FileNotFoundError, NotADirectoryError):
        return []


def rule_folder(workspace: Path, name: str) -> RuleFolder:
    """Folder of a rule that is there. Raises ScoredockError `rule-name-invalid`, `rule-missing`."""
    require_rule_name(name)
    folder = RuleFolder(workspace / FOLDER / name)
    if not folder.is_there:
        raise missing(name)
    return folder


@contextlib.contextmanager
def making_rules(workspace: Path) -> Iterator[Path]:
    """Holds the lock for making a rule, one at a time, so that two for one service are seen. Yields the folder of all
    of them.
    """
    folder = workspace / FOLDER
    with storing(folder):
        make_private(folder)
    with _locked(folder / _LIST_LOCK, _PATIENCE, l10n.t("Another process makes a rule at the moment.")):
        yield folder


@contextlib.contextmanager
def _locked(path: Path, patience: float, message: str) -> Iterator[None]:
    lock = FileLock(str(path), mode=0o600)
    try:
        lock.acquire(timeout=patience, poll_interval=0.05)
    except Timeout:
        raise ScoredockError("rule-running", message) from None
    except OSError:
        raise missing(path.parent.name) from None
    try:
        yield
    finally:
        lock.release()
