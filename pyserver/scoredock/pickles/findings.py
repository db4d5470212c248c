"""Findings of looking into pickles: of one stream, and of all files of a version."""

from __future__ import annotations

import unicodedata
from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.pickles.names import names
from scoredock.pickles.report import PickleFindings
from scoredock.pickles.values import Name, Value

_MOST_NAMES = 200
_MOST_OBJECTS = 1_000
_MOST_KEPT = 5_000
_MOST_NOTES = 50
_LONGEST = 300
_FEATURES = frozenset(("n_features_in_", "_n_features_in", "_n_features", "n_features_"))
_MOST_FEATURES = 1_000_000
_RECONSTRUCTORS = frozenset(("copyreg", "copy_reg", "builtins", "__builtin__", "_codecs"))
"""Modules whose objects only rebuild others; they say nothing about the model."""


@dataclass(slots=True)
class Features:
    """Inputs that a model of scikit-learn, or one with its interface, records. Of nested models the outermost counts,
    and of a pipeline the first step."""

    count: int = 0
    depth: int = 1 << 30
    """Where the count stood."""
    names: tuple[str, ...] = ()
    names_depth: int = 1 << 30
    texts: tuple[str, ...] = ()
    """The items of the newest list of texts."""
    classes: str = ""
    """NumPy's code of the type of the classes that it tells apart: `i8`, `O`, …"""
    classes_depth: int = 1 << 30

    def classify(self, code: str, depth: int) -> None:
        """The classes of one model are of this type."""
        if depth < self.classes_depth:
            self.classes, self.classes_depth = code, depth

    def name_them(self, depth: int) -> None:
        """The newest texts are the names of the features."""
        if self.texts and depth < self.names_depth:
            self.names, self.names_depth = self.texts, depth


@dataclass(slots=True)
class Met:
    """Names, calls and values in the opcodes of one stream."""

    unknown: dict[str, None] = field(default_factory=dict)
    bad: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    """Clauses."""
    effects: int = 0
    """Calls and changes of what was imported."""
    named: int = 0
    telling: bool = False
    """A known-bad name was met whose parts could be imported, which no text holds by chance."""
    modules: dict[str, None] = field(default_factory=dict)
    """Top-level packages of the objects, in the order they are met."""
    first: str = ""
    """The first object that is more than a way to rebuild another."""
    objects: dict[str, None] = field(default_factory=dict)
    """All that is imported, `module.attribute`."""
    code: int = 0
    """With how many arguments code objects are made; 0 where there are none."""
    protocol: int = 0
    padded: bool = False
    """Arrays stand at multiples of 16 bytes, as joblib writes them from release 1.2 on."""
    versions: dict[str, str] = field(default_factory=dict)
    features: Features = field(default_factory=lambda: Features())

    def name(self, name: Name, protocol: int) -> None:
        """Notes an import, in a pickle of this protocol."""
        self.named += 1
        self.protocol = max(self.protocol, protocol)
        lists = names()
        module, attribute = lists.imported_name(name.module, name.attribute, protocol)
        kind = lists.kind(module, attribute)
        if kind != "bad" and (module, attribute) != (name.module, name.attribute):
            # Whoever unpickles may have switched the renaming off.
            kind = "bad" if lists.kind(name.module, name.attribute) == "bad" else kind
        if kind == "bad":
            _keep(self.bad, _plain(f"{module}.{attribute}"))
            self.telling |= all(part.isidentifier() for part in f"{module}.{attribute}".split("."))
        elif kind == "unknown":
            _keep(self.unknown, _plain(f"{module}.{attribute}"))
        if len(self.objects) < _MOST_OBJECTS:
            self.objects.setdefault(f"{module}.{attribute}")
        if module not in _RECONSTRUCTORS and len(self.modules) < _MOST_NAMES:
            self.modules.setdefault(module.partition(".")[0])
            self.first = self.first or f"{module}.{attribute}"

    def untold(self, what: str) -> None:
        """Notes an import whose name is unknown."""
        self.named += 1
        _keep(self.unknown, what)

    def coded(self, arguments: int) -> None:
        """A code object is made of so many arguments."""
        self.code = self.code or arguments

    def odd(self, what: str) -> None:
        """Notes what pickles of models never do; a clause without its subject."""
        _keep(self.notes, f"it {_plain(what)}")

    def effect(self) -> None:
        self.effects += 1

    def text_value(self, key: str, value: str) -> None:
        """An entry of a dictionary."""
        if value and key.endswith("_version") and len(self.versions) < _MOST_NAMES:
            self.versions.setdefault(key, value)

    def number(self, key: str, value: int, depth: int) -> None:
        """An entry of a dictionary."""
        if key in _FEATURES and 0 < value <= _MOST_FEATURES and depth < self.features.depth:
            self.features.count, self.features.depth = value, depth

    def texts(self, items: list[Value]) -> None:
        """Items of a list."""
        self.features.texts = tuple(each for each in items if isinstance(each, str)) if _all_texts(items) else ()

    def take(self, other: Met) -> None:
        """Adds what another one met."""
        for mine, theirs in ((self.unknown, other.unknown), (self.bad, other.bad), (self.notes, other.notes)):
            for each in theirs:
                _keep(mine, each)
        self.effects += other.effects
        self.named += other.named


@dataclass(slots=True)
class VersionReport:
    """Report on all files of one version."""

    pickles: int = 0
    unknown: dict[str, None] = field(default_factory=dict)
    bad: dict[str, None] = field(default_factory=dict)
    code: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, stored: str, met: Met) -> None:
        """A pickle was met in the file of this path."""
        self.pickles += 1
        for mine, theirs in ((self.unknown, met.unknown), (self.bad, met.bad)):
            for each in theirs:
                _keep(mine, each)
        for note in met.notes:
            self.note(stored, note)

    def add_code(self, stored: str, clause: str) -> None:
        """The file brings Python code along that is not a pickle; `clause` says which."""
        _keep(self.code, visible_text(f"{visible_text(stored)}: {clause}"))

    def note(self, stored: str, clause: str) -> None:
        """Notes that something about the file was not looked at; `clause` says why."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.setdefault(f"{visible_text(stored)}: {clause}.")

    @property
    def state(self) -> Literal["none", "known", "unknown", "code", "bad"]:
        if self.bad:
            return "bad"
        if self.code:
            return "code"
        if self.unknown or self.notes:
            return "unknown"
        return "known" if self.pickles else "none"

    def findings(self) -> PickleFindings:
        """Sorted and cut to what a page can show."""
        notes = list(self.notes)
        for what, entries in (
            ("unknown names", self.unknown),
            ("known-bad names", self.bad),
            ("pieces of code", self.code),
        ):
            if len(entries) > _MOST_NAMES:
                notes.append(f"There are {len(entries) - _MOST_NAMES:,} more {what}.")
        unknown, bad, code = (tuple(sorted(each)[:_MOST_NAMES]) for each in (self.unknown, self.bad, self.code))
        return PickleFindings(unknown, bad, tuple(notes), code)


def visible_text(text: str) -> str:
    """Text on one line, without characters that are not seen or that turn the reading direction, not too long."""
    if not text.isascii() or not text.isprintable():
        text = "".join(
            each if each.isprintable() and unicodedata.category(each) != "Cf" else f"\\u{ord(each):04x}"
            for each in text
        )
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _all_texts(items: list[Value]) -> bool:
    return bool(items) and all(isinstance(each, str) for each in items)


def _plain(name: str) -> str:
    """Letters that only look like others are written as escapes."""
    return visible_text(name.encode("ascii", "backslashreplace").decode())


def _keep(names: dict[str, None], name: str) -> None:
    if len(names) < _MOST_KEPT:
        names.setdefault(name)
