"""The graph of a lineage: things of a workspace and what each was made of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass

Kind = Literal[
    "dataset", "data", "run", "model", "environment", "image", "revision", "service", "endpoint", "batch", "drift"
]
KINDS: tuple[Kind, ...] = (
    "data",
    "dataset",
    "run",
    "model",
    "environment",
    "image",
    "revision",
    "service",
    "endpoint",
    "batch",
    "drift",
)


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file of a thing."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Thing:
    """Node of the graph."""

    kind: Kind
    name: str
    """`diabetes:3`; of a revision `service/2`."""
    created: float = 0.0
    by: str = ""
    commit: str = ""
    branch: str = ""
    dirty: bool | None = None
    state: str = ""
    """`deleted` for what is in the trash, `missing` for what is named and no longer there; else its own word."""
    files: tuple[FileFact, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    ended: float = 0.0
    """Of what takes time; 0 for what was made at once, or goes on."""

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` was made of `source`, or uses it."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class LineagePart:
    """Part of a lineage that belongs to one thing."""

    thing: Thing
    before: tuple[Thing, ...]
    """What it was made of, the nearest first."""
    after: tuple[Thing, ...]
    """What was made of it, the nearest first."""
    edges: tuple[Edge, ...]


class Graph:
    """Things by id. What an edge names and nobody has added is there as missing."""

    def __init__(self) -> None:
        self._things: dict[str, Thing] = {}
        self._sources: dict[str, dict[str, None]] = {}
        self._targets: dict[str, dict[str, None]] = {}

    def add(self, thing: Thing) -> None:
        """Adds a thing; it replaces another one with the same id."""
        self._things[thing.id] = thing

    def connect(self, source: tuple[Kind, str], target: tuple[Kind, str]) -> None:
        """Records that `target` was made of `source`; does nothing if one of them has no name."""
        if source[1] and target[1] and source != target:
            one, other = f"{source[0]}:{source[1]}", f"{target[0]}:{target[1]}"
            self._targets.setdefault(one, {})[other] = None
            self._sources.setdefault(other, {})[one] = None
            for kind, name in (source, target):
                self._things.setdefault(f"{kind}:{name}", Thing(kind, name, state="missing"))

    def thing(self, id: str) -> Thing | None:
        return self._things.get(id)

    def things(self) -> Iterable[Thing]:
        return self._things.values()

    def part(self, id: str) -> LineagePart:
        """Part of the graph that leads to a thing, or that it leads to. Raises KeyError."""
        before = self._reached(id, self._sources)
        after = self._reached(id, self._targets)
        of_it = {id, *before, *after}
        edges = [
            Edge(source, target)
            for target in of_it
            for source in self._sources.get(target, ())
            if source in of_it and (target in before or target == id or source in after or source == id)
        ]
        edges.sort(key=lambda edge: (edge.source, edge.target))
        things = self._things
        return LineagePart(
            things[id], tuple(things[each] for each in before), tuple(things[each] for each in after), tuple(edges)
        )

    def whole(self) -> list[Edge]:
        """Edges of the whole graph."""
        return [Edge(source, target) for target, sources in self._sources.items() for source in sources]

    def _reached(self, id: str, next_of: Mapping[str, Mapping[str, None]]) -> list[str]:
        """By distance."""
        reached: dict[str, None] = {}
        level = [id]
        while level:
            level = [each for one in level for each in next_of.get(one, ()) if each != id and each not in reached]
            level = list(dict.fromkeys(level))
            reached.update(dict.fromkeys(level))
        return list(reached)
