"""Contributions: what each adds to the core.

Each has a `contribution.py` with one `CONTRIBUTION`, whose methods import what they need when they are called: to load
it costs nothing. What is not said adds nothing, and one whose folder is not there is as if nobody had thought of it.
"""

from __future__ import annotations

from dataclasses import field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from scoredock import l10n
from scoredock.contrib.table import module_of, present
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence, Set
    from pathlib import Path

    from scoredock.context import Context, Operation
    from scoredock.protocol.messages.automation.unattended import DriftRun, RuleRun
    from scoredock.protocol.messages.documents import DocumentTried, DocumentTryParams
    from scoredock.protocol.messages.notifications import Notification
    from scoredock.registry import Registry
    from scoredock.registry.upkeep.carried_part import CarriedPart
    from scoredock.scripts.run_faults import RunFault


@dataclass(frozen=True, slots=True)
class LineageFact:
    """A thing of a contribution as lineage has it. Others are named as there: `model:diabetes:3`, and `data:PATH` for
    what is not registered."""

    name: str
    created: float
    state: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    """What it was made of."""
    files: tuple[tuple[str, str, int], ...] = ()
    """Path, SHA-256 and size of each."""
    ended: float = 0.0
    """Of what takes time."""
    outputs: tuple[str, ...] = ()
    """What it made."""


@dataclass(frozen=True, slots=True)
class AzHandler:
    """Function that carries out a line of `az ml`."""

    place: str
    """`module:function`."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Options whose value names something in a workspace, and the kind of it, empty where it looks like that."""


class Round:
    """One round of what is attended to with no editor open: each contribution adds the results of its part."""

    def __init__(self, workspace_id: str, context: Context, operation: Operation) -> None:
        self.workspace_id, self.context, self.operation = workspace_id, context, operation
        self.rules: list[RuleRun] = []
        self.comparisons: list[DriftRun] = []
        self.is_busy = False
        """Whether the next one should not wait long."""


class FolderWatch(Protocol):
    """Looks at the files of a workspace, for one client."""

    def has_changed(self, workspace: Path) -> bool:
        """Since the last call."""


class ClientPart(Protocol):
    """State and verbs of a contribution for one client of the language server."""

    @property
    def verbs(self) -> Sequence[Callable[..., Any]]:
        """Its methods that are declared as verbs."""

    def stop(self) -> None:
        """The client is gone."""


class ShowFaults(Protocol):
    """Shows an editor where a run of a file has failed; no faults when the next run begins."""

    def __call__(self, path: str, faults: Sequence[RunFault], /) -> None: ...


class Condition(Protocol):
    """Condition of a deployment rule, about one thing."""

    def require(self, name: str, workspace: Path) -> None:
        """Raises ScoredockError where there is no such thing."""

    def holds(self, name: str, workspace_id: str, context: Context, operation: Operation) -> tuple[bool, str]:
        """True if it holds, and a sentence with the reason. Raises ScoredockError."""


class Contribution:
    """Parts that a contribution adds; the defaults are those of one that adds nothing."""

    noun = ""
    """Of its commands and methods, and the kind of its things; empty for one that has none."""
    help = ""
    """What the command line says of the noun, in a line."""
    references: ClassVar[Mapping[str, str]] = {}
    """Fields of its params that name things which are there → the kinds that they may be."""
    nameless: tuple[str, ...] = ()
    """Verbs that name nothing that is there: they make something new, or list."""
    az_lines: ClassVar[Mapping[str, AzHandler]] = {}
    """Lines of `az ml` (`model profile`) that it carries out."""
    command_ways: ClassVar[Mapping[str, str]] = {}
    """How a command of the core begins that is carried out here (`model push --to mlflow:`) → `module:function`."""
    condition: Condition | None = None
    """By which a rule asks one of its things."""

    def notifications(self) -> Sequence[Notification]:
        """Messages that it sends to a client by itself."""
        return ()

    def for_client(self, push: Callable[[Any], None], show_faults: ShowFaults) -> Sequence[ClientPart]:
        """Parts that it keeps for a client; `push` sends the record of a notification."""
        return ()

    def names(self, workspace: Path) -> Sequence[str]:
        """Names of its things."""
        return ()

    def names_of_folder(self, workspace: Path, folder: Path, services: Set[str]) -> Set[str]:
        """Names of those of its things that are a folder's, with these services."""
        return frozenset()

    def backup(self) -> Sequence[CarriedPart]:
        """Its parts of the backup of a workspace, which also say what of them cannot be read."""
        return ()

    def model_of(self, reference: str, workspace_id: str, context: Context, operation: Operation) -> str:
        """The id of the version that a reference to another registry means, which is registered here first; empty for
        what is not a reference of its. Raises ScoredockError."""
        return ""

    def attend(self, now: Round) -> None:
        """Does what is due with no editor open. Raises ScoredockError."""

    def instruction_times(self, workspace: Path) -> Sequence[tuple[str, int]]:
        """Files that hold what a person wishes, each with when it was written (nanoseconds): after a change of one the
        next round does not wait."""
        return ()

    def state_topics(self) -> Mapping[str, FolderWatch]:
        """Fields of `RegistryChanged` that it answers for, or names for its `others` → what tells that what a client
        shows is old."""
        return {}

    def command_ended(self, registry: Registry) -> None:
        """A command of the terminal has ended, in a workspace where somebody has subscribed to events. Never raises."""

    def values(self, kind: str) -> Sequence[str]:
        """Values for completion of an argument that names nothing of a workspace, such as `event-type`."""
        return ()

    def environment_keys(self, workspace: Path) -> Sequence[tuple[str, str]]:
        """Names of its things, each with the key of a built environment that it works with or may go on with."""
        return ()

    def left_over(self, workspace: Path) -> Sequence[Path]:
        """Paths that its commands left when they were killed. Never raises."""
        return ()

    def clear_left_over(self, workspace: Path) -> None:
        """Removes that. Never raises."""

    def try_script(self, params: DocumentTryParams, context: Context, operation: Operation) -> DocumentTried | None:
        """Result of Try It for a script that takes inputs; None where it runs no such scripts."""
        return None

    def lineage(self, workspace: Path) -> Iterator[LineageFact]:
        """Its things with what each was made of; what cannot be read is left out."""
        return iter(())


@cache
def contributions() -> tuple[Contribution, ...]:
    """Contributions that are there, in the order of the table."""
    return tuple(import_module(module_of(name, "contribution")).CONTRIBUTION for name in present())


@cache
def notifications() -> tuple[Notification, ...]:
    """The core's, then those of contributions."""
    from scoredock.protocol.messages.notifications import NOTIFICATIONS

    return (*NOTIFICATIONS, *(note for each in contributions() for note in each.notifications()))


def state_topics() -> dict[str, FolderWatch]:
    """Topics of all contributions, each with a watch that has not looked yet."""
    return {topic: watch for each in contributions() for topic, watch in each.state_topics().items()}


def environment_keys(workspace: Path) -> list[tuple[str, str]]:
    """Things that contributions keep in a workspace, each with the key of a built environment that it may use."""
    return [pair for each in contributions() for pair in each.environment_keys(workspace)]


def contribution_of(noun: str) -> Contribution:
    """The one with the noun; one that adds nothing where there is none."""
    return next((each for each in contributions() if each.noun == noun), Contribution())


def condition_of(noun: str) -> Condition:
    """Condition of a contribution. Raises ScoredockError `contribution-absent`."""
    condition = contribution_of(noun).condition
    if condition is None:
        raise absent(noun)
    return condition


def way_of(command: str) -> Callable[..., Any] | None:
    """Function that carries out a command of the core that begins like this; None where no contribution does."""
    places = (
        place
        for each in contributions()
        for beginning, place in each.command_ways.items()
        if command.startswith(beginning)
    )
    module, _, function = next(places, "").partition(":")
    return getattr(import_module(module), function) if module else None


def required_way(command: str) -> Callable[..., Any]:
    """Function that carries out a command of the core that begins like this. Raises ScoredockError
    `contribution-absent`."""
    way = way_of(command)
    if way is None:
        raise absent(command)
    return way


def require_contribution(name: str) -> None:
    """Refuse the use of the `api` of a contribution that is not there. Raises ScoredockError
    `contribution-absent`."""
    if name not in present():
        raise absent(name)


def absent(name: str) -> ScoredockError:
    """`contribution-absent`, for what is named and not there."""
    return ScoredockError(
        "contribution-absent", l10n.t("This installation of Scoredock has no part “{name}”.", name=name)
    )
