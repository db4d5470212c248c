"""Follows the opcodes of one pickle as the unpickler does, without importing, calling or making anything.

Stack, marks and memo are kept as the unpickler keeps them, so that the operands of every opcode that names something
are the ones that it would take. Where they are unknown, the name is reported as one that is not known.
"""

from __future__ import annotations

from typing import Protocol

from scoredock.pickles.budget import Budget, Damaged, NotRead
from scoredock.pickles.reading import Input
from scoredock.pickles.values import OTHER, WRAPPERS, MadeObject, Name, Table, Value

UNTOLD = "a name that only shows when it is unpickled"
_MOST_VALUES = 3_000_000
"""Values on the stack, and those in the memo that matter."""
_MOST_CONTAINERS = 1_000_000
_MOST_MARKS = 20_000
_GETATTR = frozenset(("builtins.getattr", "__builtin__.getattr"))
_BY_TEXT = frozenset(("numpy.core._ufunc_reconstruct", "numpy._core._ufunc_reconstruct"))
"""Called with module and attribute as texts."""
_NEW = frozenset(("copyreg.__newobj__", "copy_reg.__newobj__"))
_RECONSTRUCTOR = frozenset(("copyreg._reconstructor", "copy_reg._reconstructor"))
_OBJECT = frozenset(("builtins.object", "__builtin__.object"))
UNSEEN = "gives something arguments that cannot be told"


_CODE = frozenset(("types.CodeType", "builtins.code"))
_BY_KIND = "._builtin_type"
"""cloudpickle's way to types without a name of their own."""


class Listener(Protocol):
    """Gets what the machine meets."""

    def name(self, name: Name, protocol: int) -> None:
        """Something is imported."""

    def untold(self, what: str) -> None:
        """Something is imported whose name is unknown."""

    def coded(self, arguments: int) -> None:
        """A code object of Python is made of so many arguments."""

    def odd(self, what: str) -> None:
        """Something that pickles of models never do; a clause."""

    def effect(self) -> None:
        """Something that was imported is called or changed."""

    def text_value(self, key: str, value: str) -> None:
        """A text attribute or entry of a dictionary."""

    def number(self, key: str, value: int, depth: int) -> None:
        """A whole number as attribute or entry of a dictionary, inside of so many others."""

    def texts(self, items: list[Value]) -> None:
        """Items that a list gets at once."""

    def built(self, machine: Machine, target: Value) -> None:
        """An object was given its state. May read on, as joblib does. Raises NotRead."""


class Machine:
    """One pickle, from where the input stands to its STOP."""

    def __init__(self, source: Input, listener: Listener, budget: Budget) -> None:
        self.source = source
        self.listener = listener
        self.budget = budget
        self.protocol = 0
        self.frame_end = 0
        """Position where the frame ends that is being read; 0 outside of frames."""
        self.stack: list[Value] = []
        self.below: list[list[Value]] = []
        self._memo: dict[int, Value] = {}
        self.dense = 0
        self.sparse: set[int] = set()
        self._values = 0
        self.lookups: dict[int, tuple[Name, int]] = {}
        """Ways to import by text that were named, and how many uses of each were not followed to what they give."""
        self.wrappers = 0
        """How many uses of joblib's wrapper of arrays were not followed to an object."""
        self.containers = 0
        """Tuples, dictionaries and objects made so far: each may hold others."""
        self.running = True

    def bound_memory(self) -> None:
        """Raises NotRead."""
        kept = len(self.stack) + sum(map(len, self.below)) + self._values + len(self.sparse)
        if len(self.below) > _MOST_MARKS or kept > _MOST_VALUES or self.containers > _MOST_CONTAINERS:
            raise NotRead("it holds more values than are kept in mind")

    def tell_lookups(self) -> None:
        """Tells those ways to import by text whose uses could not all be followed."""
        for name, uses in self.lookups.values():
            if uses:
                self.listener.name(name, self.protocol)

    def fork(self, source: Input, listener: Listener) -> Machine:
        """Another one in the same condition that reads from elsewhere."""
        other = Machine(source, listener, self.budget)
        other.protocol = self.protocol
        other.stack = list(self.stack)
        other.below = [list(each) for each in self.below]
        other._memo = dict(self._memo)
        other.lookups, other.wrappers = dict(self.lookups), self.wrappers
        other.dense, other.sparse, other._values = self.dense, set(self.sparse), self._values
        return other

    # ------------------------------------------------------------------------------------------ stack and memo

    def push(self, value: Value) -> None:
        self.stack.append(value)
        if type(value) is Name:
            if id(value) in self.lookups:
                self.count(value, 1)
            elif str(value) in WRAPPERS:
                self.wrappers += 1

    def items(self) -> list[Value]:
        """Items above the last mark, which is removed."""
        items = self.stack
        self.stack = self.below.pop()
        return items

    def remember(self, index: int) -> None:
        value = self.stack[-1]
        if index == self.dense and not self.sparse:
            self.dense += 1
        elif index >= self.dense:
            self.sparse.add(index)
        if value is not OTHER:
            self._memo[index] = value
            self._values += 1 + (len(value) if type(value) is tuple else 0)
        else:
            self._memo.pop(index, None)

    def recall(self, index: int) -> None:
        if index < 0:
            raise Damaged("its memo has no negative places")
        if index >= self.dense and index not in self.sparse:
            raise Damaged("it recalls what it never kept")
        self.push(self._memo.get(index, OTHER))

    # ------------------------------------------------------------------------------------------ names

    def named(self, module: Value, attribute: Value) -> Value:
        if not isinstance(module, str) or not isinstance(attribute, str):
            self.listener.untold(UNTOLD)
            return OTHER
        name = Name(module, attribute)
        if str(name) in _GETATTR or str(name) in _BY_TEXT:
            # Reported at the end, unless every use of it could be followed to the name that it gives.
            self.lookups[id(name)] = (name, 0)
            self.containers += 1
        else:
            self.listener.name(name, self.protocol)
        return name

    def count(self, name: Name, change: int) -> None:
        kept, uses = self.lookups[id(name)]
        self.lookups[id(name)] = (kept, uses + change)

    def _looked_up(self, function: Name, arguments: Value) -> Value | None:
        """Value that `getattr` and its like give for arguments that are plain to see; None when they are not."""
        if not isinstance(arguments, tuple) or len(arguments) != 2:
            return None
        owner, attribute = arguments
        if not isinstance(attribute, str):
            return None
        if str(function) in _BY_TEXT:
            name = Name(owner, attribute) if isinstance(owner, str) else None
        elif isinstance(owner, Name) and id(owner) not in self.lookups:
            name = Name(owner.module, f"{owner.attribute}.{attribute}")
        elif isinstance(owner, MadeObject):
            name = Name(owner.maker.module, f"{owner.maker.attribute}.{attribute}")
        else:
            name = None
        if name is not None:
            self.listener.name(name, self.protocol)
        return name

    def call(self, function: Value, arguments: Value) -> Value:
        self.listener.effect()
        if isinstance(arguments, tuple) and _makes_code(function):
            self.listener.coded(len(arguments))
        if not isinstance(function, Name):
            self.listener.odd("calls something that it made itself")
            return OTHER
        if id(function) in self.lookups:
            found = self._looked_up(function, arguments)
            if found is not None:
                self.count(function, -1)
                return found
        given = arguments if isinstance(arguments, tuple) else None
        text = str(function)
        if text in _NEW or text in _RECONSTRUCTOR:
            return self._made_new(given, plain=text in _NEW)
        return MadeObject(function, given)

    def _made_new(self, arguments: tuple[Value, ...] | None, *, plain: bool) -> Value:
        """Value that copyreg's two functions make: `plain` of (class, …), else of (class, base, state of the base)."""
        kind = arguments[0] if arguments else None
        if arguments is None or not isinstance(kind, Name):
            self.listener.odd(UNSEEN)
            return OTHER
        if plain:
            return self.made(kind, arguments[1:])
        base = arguments[1] if len(arguments) == 3 else None
        empty = isinstance(base, Name) and str(base) in _OBJECT and arguments[2] is None
        return self.made(kind, () if empty else None)

    def made(self, kind: Name, arguments: tuple[Value, ...] | None) -> MadeObject:
        if str(kind) in WRAPPERS:
            self.wrappers -= 1
        return MadeObject(kind, arguments)

    def changes(self, target: Value) -> None:
        if isinstance(target, Name):
            self.listener.effect()
            self.listener.odd(f"changes {target} itself")

    def entry(self, table: Value, key: Value, value: Value) -> None:
        if isinstance(table, Table) and table.put(key, value):
            self._values += 1
        if isinstance(key, str) and isinstance(value, str):
            self.listener.text_value(key, value)
        elif isinstance(key, str) and type(value) is int:
            self.listener.number(key, value, len(self.below))


def _makes_code(function: Value) -> bool:
    if isinstance(function, Name):
        return str(function) in _CODE
    if not isinstance(function, MadeObject) or not str(function.maker).endswith(_BY_KIND):
        return False
    return function.arguments == ("CodeType",)
