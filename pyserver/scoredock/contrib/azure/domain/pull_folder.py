"""The plan of a pull and its journal, in a folder of the workspace: a pull that was cut off is gone on with.

The plan is replaced in one step. The journal gets a line when something has come or has failed for good; a line that is
cut off by a kill is not one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.contrib.azure.domain.account import AzureWorkspace
from scoredock.data_folder import make_private
from scoredock.errors import DiskFull, Place, ScoredockError
from scoredock.late_dataclass import dataclass

Item = dict[str, Any]
_PLAN, _CHOICE = "plan.json", "choice.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class PullPlan:
    """Plan of a pull: the items that were chosen."""

    workspace: AzureWorkspace
    output: str
    """Folder for endpoints and runs."""
    items: Sequence[Item]
    journal: str
    """Name of its journal."""
    created: float


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """Outcome of one item."""

    key: str
    outcome: str
    """`registered`, `present` (the same was here), `written`, or `failed`."""
    here: str = ""
    """What it is here: `name:version`, or a folder."""
    code: str = ""
    message: str = ""
    notes: Sequence[str] = ()
    commands: Sequence[str] = ()
    """Which deploy it here."""
    files: int = 0
    bytes: int = 0

    def to_json(self) -> dict[str, Any]:
        facts = {name: getattr(self, name) for name in self.__slots__}
        return {**facts, "notes": list(self.notes), "commands": list(self.commands)}


class PullFolder:
    """Folder of the pulls from one workspace in Azure."""

    def __init__(self, workspace_folder: Path, workspace: AzureWorkspace) -> None:
        mark = hashlib.sha256(workspace.identity.encode()).hexdigest()[:8]
        safe = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in workspace.name)[:40]
        self.path = workspace_folder / "azure" / f"{safe}-{mark}"
        self.workspace = workspace

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the lock: one pull at a time. Raises ScoredockError `azure-pull-running`."""
        with writing(self.path):
            make_private(self.path)
        lock = FileLock(str(self.path / "lock"), mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise ScoredockError(
                "azure-pull-running", l10n.t("The workspace {name} is being fetched already.", name=self.workspace.name)
            ) from None
        try:
            yield
        finally:
            lock.release()

    def plan(self) -> PullPlan | None:
        """Plan of the pull; None if nothing was chosen yet, or the plan cannot be read."""
        try:
            document = json.loads((self.path / _PLAN).read_text("utf-8"))
            if document["format"] != _FORMAT:
                return None
            return PullPlan(
                self.workspace,
                str(document["output"]),
                [dict(each) for each in document["items"]],
                str(document["journal"]),
                float(document["created"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @contextlib.contextmanager
    def choosing(self, choice: Mapping[str, Any]) -> Iterator[None]:
        """Keeps what a pull is to fetch until its plan is written: a pull that is killed meanwhile goes on as well."""
        with writing(self.path):
            _replace(self.path / _CHOICE, json.dumps(dict(choice)))
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                (self.path / _CHOICE).unlink()

    def choice(self) -> dict[str, Any]:
        """Choice of a pull that was killed before it had a plan; empty if there is none."""
        try:
            document = json.loads((self.path / _CHOICE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def write_plan(self, items: Sequence[Mapping[str, Any]], output: str) -> PullPlan:
        """Writes a plan in place of the one before, whose journal goes with it."""
        before = self.plan()
        number = int(before.journal.split("-")[1].split(".")[0]) + 1 if before is not None else 1
        plan = PullPlan(self.workspace, output, [dict(each) for each in items], f"journal-{number}.jsonl", time.time())
        document = {
            "format": _FORMAT,
            "workspace": self.workspace.to_json(),
            "output": output,
            "items": plan.items,
            "journal": plan.journal,
            "created": plan.created,
        }
        with writing(self.path):
            (self.path / plan.journal).unlink(missing_ok=True)
            _replace(self.path / _PLAN, json.dumps(document))
        if before is not None:
            with contextlib.suppress(OSError):
                (self.path / before.journal).unlink(missing_ok=True)
        return plan

    def outcomes(self, plan: PullPlan) -> dict[str, ItemOutcome]:
        """The last one of each item that has one."""
        outcomes: dict[str, ItemOutcome] = {}
        with (
            contextlib.suppress(OSError),
            (self.path / plan.journal).open(encoding="utf-8", errors="replace") as stream,
        ):
            for line in stream:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    outcome = ItemOutcome(**json.loads(line))
                    outcomes[outcome.key] = outcome
        return outcomes

    def record(self, plan: PullPlan, outcome: ItemOutcome) -> None:
        """Appends it, safe from a power cut, and lets what was fetched for it go."""
        line = json.dumps(outcome.to_json()) + "\n"
        path = self.path / plan.journal
        with writing(path), path.open("a+b") as stream:
            # A line that a kill has cut off must not swallow this one.
            stream.seek(0, os.SEEK_END)
            if stream.tell() > 0:
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":
                    stream.write(b"\n")
            stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())
        if outcome.outcome != "failed":
            shutil.rmtree(self.item_folder(outcome.key), ignore_errors=True)

    def item_folder(self, key: str) -> Path:
        """Path of the folder where an item lies until it is in its place."""
        return self.path / self.item_name(key)

    @staticmethod
    def item_name(key: str) -> str:
        """Name of an item's folder below this one."""
        return f"items/{hashlib.sha256(key.encode()).hexdigest()[:24]}"

    def drop(self, keys: Iterable[str]) -> None:
        """Deletes what was fetched of these items."""
        for key in keys:
            shutil.rmtree(self.item_folder(key), ignore_errors=True)

    def sweep(self, plan: PullPlan) -> None:
        """Removes what was fetched of items that have come, or that are no longer in the plan: a kill may have left
        it."""
        outcomes = self.outcomes(plan)
        came = {key for key, each in outcomes.items() if each.outcome != "failed"}
        wanted = {self.item_folder(item["key"]).name for item in plan.items if item["key"] not in came}
        items = self.path / "items"
        for folder in items.iterdir() if items.is_dir() else ():
            if folder.name not in wanted:
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises ScoredockError `disk-full`, `io-failed` for what a disk refuses."""
    try:
        yield
    except OSError as error:
        if error.errno == 28:
            raise DiskFull(l10n.t("The disk of {folder} is full.", folder=path), place=Place(str(path))) from None
        raise ScoredockError(
            "io-failed",
            l10n.t("{path} cannot be written: {reason}.", path=path, reason=error.strerror or str(error)),
            place=Place(str(path)),
        ) from None


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
