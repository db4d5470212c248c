"""Follows the opcodes of one pickle as the unpickler does, without importing, calling or making anything.

Stack, marks and memo are kept as the unpickler keeps them, so that the operands of every opcode that names something are
the ones that it would take. Where they cannot be told, the name is told as one that is not known.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable
from typing import Protocol

from scoredock.registry.pickle_budget import CHECK_EVERY, Budget, Damaged, NotRead
from scoredock.registry.pickle_input import Input
from scoredock.registry.pickle_values import LONGEST_TEXT, OTHER, WRAPPERS, Made, Name, Table, Value, text_of, tuple_of

PROTOCOLS = range(6)
UNTOLD = "a name that only shows when it is unpickled"
_LINE = 4096
"""Bytes of a line that are kept; no name is longer."""
_MOST_VALUES = 2_000_000
"""Values on the stack, and those in the memo that matter."""
_MOST_MARKS = 20_000
_GETATTR = frozenset(("builtins.getattr", "__builtin__.getattr"))
_BY_TEXT = frozenset(("numpy.core._ufunc_reconstruct", "numpy._core._ufunc_reconstruct"))
"""Called with module and attribute as texts."""
_NEW = frozenset(("copyreg.__newobj__", "copy_reg.__newobj__"))
_RECONSTRUCTOR = frozenset(("copyreg._reconstructor", "copy_reg._reconstructor"))
_OBJECT = frozenset(("builtins.object", "__builtin__.object"))
_UNSEEN = "gives something arguments that cannot be told"


class Listener(Protocol):
    """Who is told what is met."""

    def name(self, name: Name, protocol: int) -> None:
        """Something is imported."""

    def untold(self, what: str) -> None:
        """Something is imported whose name cannot be told."""

    def odd(self, what: str) -> None:
        """Something that pickles of models never do; a clause."""

    def effect(self) -> None:
        """Something that was imported is called or changed."""

    def text_value(self, key: str, value: str) -> None:
        """A text attribute or entry of a dictionary."""

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
        """Position of the end of the last frame that was announced."""
        self.stack: list[Value] = []
        self._below: list[list[Value]] = []
        self._memo: dict[int, Value] = {}
        self._dense = 0
        self._sparse: set[int] = set()
        self._values = 0
        self._lookups: dict[int, tuple[Name, int]] = {}
        """Ways to import by text that were named, and how many uses of each were not followed to what they give."""
        self._wrappers = 0
        """How many uses of joblib's wrapper of arrays were not followed to an object."""
        self._running = True

    def run(self) -> None:
        """Follows it to its end. Raises NotRead or Damaged where that is not possible, `cancelled`.

        What was met until then has been told.
        """
        source, handlers = self.source, _HANDLERS
        left = CHECK_EVERY
        try:
            while self._running:
                handler = handlers[source.byte()]
                if handler is None:
                    raise Damaged("a byte is no opcode")
                handler(self)
                left -= 1
                if not left:
                    self.budget.spend_opcodes(CHECK_EVERY)
                    left = CHECK_EVERY
                    self._bound_memory()
        except (IndexError, ValueError, struct.error, OverflowError, AttributeError, TypeError) as error:
            raise Damaged("its opcodes do not fit together") from error
        finally:
            self.budget.opcodes -= CHECK_EVERY - left
            for name, uses in self._lookups.values():
                if uses:
                    self.listener.name(name, self.protocol)

    def _bound_memory(self) -> None:
        kept = len(self.stack) + self._values + len(self._sparse)
        if len(self._below) > _MOST_MARKS or kept + sum(map(len, self._below)) > _MOST_VALUES:
            raise NotRead("it holds more values than are kept in mind")

    def fork(self, source: Input, listener: Listener) -> Machine:
        """Another one in the same condition that reads from elsewhere."""
        other = Machine(source, listener, self.budget)
        other.protocol = self.protocol
        other.stack = list(self.stack)
        other._below = [list(each) for each in self._below]
        other._memo = dict(self._memo)
        other._lookups, other._wrappers = dict(self._lookups), self._wrappers
        other._dense, other._sparse, other._values = self._dense, set(self._sparse), self._values
        return other

    # ------------------------------------------------------------------------------------------ stack and memo

    def push(self, value: Value) -> None:
        self.stack.append(value)
        if type(value) is Name:
            if id(value) in self._lookups:
                self._count(value, 1)
            elif str(value) in WRAPPERS:
                self._wrappers += 1

    def _items(self) -> list[Value]:
        """What stands above the last mark; the mark goes."""
        items = self.stack
        self.stack = self._below.pop()
        return items

    def _remember(self, index: int) -> None:
        value = self.stack[-1]
        if index == self._dense and not self._sparse:
            self._dense += 1
        elif index >= self._dense:
            self._sparse.add(index)
        if value is not OTHER:
            self._memo[index] = value
            self._values += 1 + (len(value) if type(value) is tuple else 0)
        else:
            self._memo.pop(index, None)

    def _recall(self, index: int) -> None:
        if index < 0:
            raise Damaged("its memo has no negative places")
        if index >= self._dense and index not in self._sparse:
            raise Damaged("it recalls what it never kept")
        self.push(self._memo.get(index, OTHER))

    # ------------------------------------------------------------------------------------------ names

    def _named(self, module: Value, attribute: Value) -> Value:
        if not isinstance(module, str) or not isinstance(attribute, str):
            self.listener.untold(UNTOLD)
            return OTHER
        name = Name(module, attribute)
        if str(name) in _GETATTR or str(name) in _BY_TEXT:
            # Told at the end, unless every use of it could be followed to the name that it gives.
            self._lookups[id(name)] = (name, 0)
        else:
            self.listener.name(name, self.protocol)
        return name

    def _count(self, name: Name, change: int) -> None:
        kept, uses = self._lookups[id(name)]
        self._lookups[id(name)] = (kept, uses + change)

    def _looked_up(self, function: Name, arguments: Value) -> Value | None:
        """What `getattr` and its like give for arguments that are plain to see; None when they are not."""
        if not isinstance(arguments, tuple) or len(arguments) != 2:
            return None
        owner, attribute = arguments
        if not isinstance(attribute, str):
            return None
        if str(function) in _BY_TEXT:
            found = Name(owner, attribute) if isinstance(owner, str) else None
        elif isinstance(owner, Name) and id(owner) not in self._lookups:
            found = Name(owner.module, f"{owner.attribute}.{attribute}")
        elif isinstance(owner, Made):
            found = Name(owner.maker.module, f"{owner.maker.attribute}.{attribute}")
        else:
            found = None
        if found is not None:
            self.listener.name(found, self.protocol)
        return found

    def _call(self, function: Value, arguments: Value) -> Value:
        self.listener.effect()
        if not isinstance(function, Name):
            self.listener.odd("calls something that it made itself")
            return OTHER
        if id(function) in self._lookups:
            found = self._looked_up(function, arguments)
            if found is not None:
                self._count(function, -1)
                return found
        given = arguments if isinstance(arguments, tuple) else None
        told = str(function)
        if told in _NEW or told in _RECONSTRUCTOR:
            return self._made_new(given, plain=told in _NEW)
        return Made(function, given)

    def _made_new(self, given: tuple[Value, ...] | None, *, plain: bool) -> Value:
        """What copyreg's two functions make: `plain` of (class, …), else of (class, base, state of the base)."""
        kind = given[0] if given else None
        if given is None or not isinstance(kind, Name):
            self.listener.odd(_UNSEEN)
            return OTHER
        if plain:
            return self._made(kind, given[1:])
        base = given[1] if len(given) == 3 else None
        empty = isinstance(base, Name) and str(base) in _OBJECT and given[2] is None
        return self._made(kind, () if empty else None)

    def _made(self, kind: Name, arguments: tuple[Value, ...] | None) -> Made:
        if str(kind) in WRAPPERS:
            self._wrappers -= 1
        return Made(kind, arguments)

    def _changes(self, target: Value) -> None:
        if isinstance(target, Name):
            self.listener.effect()
            self.listener.odd(f"changes {target} itself")

    def _entry(self, table: Value, key: Value, value: Value) -> None:
        if isinstance(table, Table) and table.put(key, value):
            self._values += 1
        if isinstance(key, str) and isinstance(value, str):
            self.listener.text_value(key, value)

    # ------------------------------------------------------------------------------------------ opcodes: plain values

    def _push_none(self) -> None:
        self.stack.append(None)

    def _push_true(self) -> None:
        self.stack.append(True)

    def _push_false(self) -> None:
        self.stack.append(False)

    def _push_other(self) -> None:
        self.stack.append(OTHER)

    def _push_table(self) -> None:
        self.stack.append(Table())

    def _push_empty_tuple(self) -> None:
        self.stack.append(())

    def _int_line(self) -> None:
        line = self.source.line(_LINE)
        if line is None:
            self.stack.append(OTHER)
        elif line in (b"00", b"01"):
            self.stack.append(line == b"01")
        else:
            self.stack.append(int(line, 0))

    def _long_line(self) -> None:
        line = self.source.line(_LINE)
        if line is None:
            self.stack.append(OTHER)
        else:
            self.stack.append(int(line[:-1] if line[-1:] == b"L" else line, 0))

    def _float_line(self) -> None:
        line = self.source.line(_LINE)
        if line is not None:
            float(line)
        self.stack.append(OTHER)

    def _int_4(self) -> None:
        self.stack.append(int.from_bytes(self.source.take(4), "little", signed=True))

    def _int_1(self) -> None:
        self.stack.append(self.source.byte())

    def _int_2(self) -> None:
        self.stack.append(int.from_bytes(self.source.take(2), "little"))

    def _float_8(self) -> None:
        self.source.take(8)
        self.stack.append(OTHER)

    def _long(self, size: int) -> None:
        if size <= 16:
            self.stack.append(int.from_bytes(self.source.take(size), "little", signed=True))
        else:
            self.source.skip(size)
            self.stack.append(OTHER)

    def _long_1(self) -> None:
        self._long(self.source.byte())

    def _long_4(self) -> None:
        size = int.from_bytes(self.source.take(4), "little", signed=True)
        if size < 0:
            raise Damaged("a length is negative")
        self._long(size)

    def _size(self, width: int) -> int:
        return int.from_bytes(self.source.take(width), "little")

    def _text(self, width: int) -> None:
        size = self._size(width)
        if size <= LONGEST_TEXT:
            try:
                self.stack.append(self.source.take(size).decode("utf-8", "surrogatepass"))
            except UnicodeDecodeError:
                raise Damaged("a text is not UTF-8") from None
        else:
            self.source.skip(size)
            self.stack.append(OTHER)

    def _text_1(self) -> None:
        self._text(1)

    def _text_4(self) -> None:
        self._text(4)

    def _text_8(self) -> None:
        self._text(8)

    def _unicode_line(self) -> None:
        self.stack.append(text_of(self.source.line(_LINE), "raw-unicode-escape"))

    def _string_line(self) -> None:
        line = self.source.line(_LINE)
        if line is None:
            self.stack.append(OTHER)
            return
        # The two unpicklers differ in what they strip around the quotes.
        line = line.strip(b" \t\r\n")
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b"\"'":
            raise Damaged("a text has no quotes")
        self.stack.append(text_of(codecs.escape_decode(line[1:-1])[0], "latin-1"))

    def _string(self, size: int) -> None:
        # Python 2 text, which is read as text or as bytes; as text it may be part of a name.
        if size <= LONGEST_TEXT:
            self.stack.append(self.source.take(size).decode("latin-1"))
        else:
            self.source.skip(size)
            self.stack.append(OTHER)

    def _string_1(self) -> None:
        self._string(self.source.byte())

    def _string_4(self) -> None:
        size = int.from_bytes(self.source.take(4), "little", signed=True)
        if size < 0:
            raise Damaged("a length is negative")
        self._string(size)

    def _bytes(self, width: int) -> None:
        self.source.skip(self._size(width))
        self.stack.append(OTHER)

    def _bytes_1(self) -> None:
        self._bytes(1)

    def _bytes_4(self) -> None:
        self._bytes(4)

    def _bytes_8(self) -> None:
        self._bytes(8)

    def _readonly(self) -> None:
        self.stack[-1] = OTHER

    # ------------------------------------------------------------------------------------------ opcodes: containers

    def _mark(self) -> None:
        self._below.append(self.stack)
        self.stack = []

    def _pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self._items()

    def _pop_mark(self) -> None:
        self._items()

    def _dup(self) -> None:
        self.push(self.stack[-1])

    def _tuple(self) -> None:
        items = self._items()
        self.stack.append(tuple_of(items))

    def _tuple_1(self) -> None:
        self.stack[-1] = (self.stack[-1],)

    def _tuple_2(self) -> None:
        last = self.stack.pop()
        self.stack[-1] = (self.stack[-1], last)

    def _tuple_3(self) -> None:
        last, middle = self.stack.pop(), self.stack.pop()
        self.stack[-1] = (self.stack[-1], middle, last)

    def _collect(self) -> None:
        self._items()
        self.stack.append(OTHER)

    def _dict(self) -> None:
        items, table = self._items(), Table()
        for key, value in zip(items[::2], items[1::2], strict=False):
            self._entry(table, key, value)
        self.stack.append(table)

    def _append(self) -> None:
        self.stack.pop()
        self._changes(self.stack[-1])

    def _append_all(self) -> None:
        self._items()
        self._changes(self.stack[-1])

    def _set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._changes(self.stack[-1])
        self._entry(self.stack[-1], key, value)

    def _set_items(self) -> None:
        items = self._items()
        table = self.stack[-1]
        self._changes(table)
        for key, value in zip(items[::2], items[1::2], strict=False):
            self._entry(table, key, value)

    # ------------------------------------------------------------------------------------------ opcodes: memo

    def _put_line(self) -> None:
        self._remember(self._place())

    def _place(self) -> int:
        line = self.source.line(_LINE)
        if line is None:
            raise Damaged("a place in the memo is no number")
        place = int(line)
        if place < 0:
            raise Damaged("its memo has no negative places")
        return place

    def _put_1(self) -> None:
        self._remember(self.source.byte())

    def _put_4(self) -> None:
        self._remember(self._size(4))

    def _memoize(self) -> None:
        self._remember(self._dense + len(self._sparse))

    def _get_line(self) -> None:
        self._recall(self._place())

    def _get_1(self) -> None:
        self._recall(self.source.byte())

    def _get_4(self) -> None:
        self._recall(self._size(4))

    # ------------------------------------------------------------------------------------------ opcodes: names and calls

    def _global(self) -> None:
        module = text_of(self.source.line(_LINE), "utf-8")
        attribute = text_of(self.source.line(_LINE), "utf-8")
        self.push(self._named(module, attribute))

    def _stack_global(self) -> None:
        attribute, module = self.stack.pop(), self.stack.pop()
        self.push(self._named(module, attribute))

    def _inst(self) -> None:
        module = text_of(self.source.line(_LINE), "utf-8")
        attribute = text_of(self.source.line(_LINE), "utf-8")
        arguments = self._items()
        function = self._named(module, attribute)
        if isinstance(function, Name) and id(function) in self._lookups:
            self._count(function, 1)
        self.stack.append(self._call(function, tuple_of(arguments)))

    def _obj(self) -> None:
        arguments = self._items()
        function = arguments.pop(0)
        self.stack.append(self._call(function, tuple_of(arguments)))

    def _newobj(self) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        self.stack.append(self._new(kind, arguments))

    def _newobj_ex(self) -> None:
        self.stack.pop()
        arguments, kind = self.stack.pop(), self.stack.pop()
        self.stack.append(self._new(kind, arguments))

    def _new(self, kind: Value, arguments: Value) -> Value:
        self.listener.effect()
        if not isinstance(kind, Name):
            self.listener.odd("makes an object of something that it made itself")
            return OTHER
        if not isinstance(arguments, tuple):
            self.listener.odd(_UNSEEN)
            return OTHER
        return self._made(kind, arguments)

    def _reduce(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        made = self._call(function, arguments)
        self.stack.append(made)

    def _build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if self._wrappers:
            # Something else may have made a wrapper, and then an array follows that nothing here tells of.
            raise NotRead("it uses joblib's wrapper of arrays in a way that joblib does not")
        if isinstance(target, Made):
            target.state = state
            target.built += 1
        self._changes(target)
        self.listener.effect()
        self.listener.built(self, target)

    def _extension(self, width: int) -> None:
        code = self._size(width)
        if not 0 < code < 1 << 31:
            raise Damaged("an extension code is not positive")
        self.listener.untold(f"copyreg extension {code}")
        self.stack.append(OTHER)

    def _extension_1(self) -> None:
        self._extension(1)

    def _extension_2(self) -> None:
        self._extension(2)

    def _extension_4(self) -> None:
        self._extension(4)

    def _persistent_line(self) -> None:
        self.source.line(_LINE)
        self.stack.append(OTHER)

    def _persistent(self) -> None:
        self.stack[-1] = OTHER

    # ------------------------------------------------------------------------------------------ opcodes: the stream

    def _protocol(self) -> None:
        protocol = self.source.byte()
        if protocol not in PROTOCOLS:
            raise Damaged(f"its protocol would be {protocol}, which there is not")
        self.protocol = protocol

    def _frame(self) -> None:
        size = self._size(8)
        self.frame_end = self.source.position + size

    def _stop(self) -> None:
        self.stack.pop()
        self._running = False


_TABLE: dict[bytes, Callable[[Machine], None]] = {
    b"(": Machine._mark,
    b".": Machine._stop,
    b"0": Machine._pop,
    b"1": Machine._pop_mark,
    b"2": Machine._dup,
    b"F": Machine._float_line,
    b"I": Machine._int_line,
    b"J": Machine._int_4,
    b"K": Machine._int_1,
    b"L": Machine._long_line,
    b"M": Machine._int_2,
    b"N": Machine._push_none,
    b"P": Machine._persistent_line,
    b"Q": Machine._persistent,
    b"R": Machine._reduce,
    b"S": Machine._string_line,
    b"T": Machine._string_4,
    b"U": Machine._string_1,
    b"V": Machine._unicode_line,
    b"X": Machine._text_4,
    b"a": Machine._append,
    b"b": Machine._build,
    b"c": Machine._global,
    b"d": Machine._dict,
    b"}": Machine._push_table,
    b"e": Machine._append_all,
    b"g": Machine._get_line,
    b"h": Machine._get_1,
    b"i": Machine._inst,
    b"j": Machine._get_4,
    b"l": Machine._collect,
    b"]": Machine._push_other,
    b"o": Machine._obj,
    b"p": Machine._put_line,
    b"q": Machine._put_1,
    b"r": Machine._put_4,
    b"s": Machine._set_item,
    b"t": Machine._tuple,
    b")": Machine._push_empty_tuple,
    b"u": Machine._set_items,
    b"B": Machine._bytes_4,
    b"C": Machine._bytes_1,
    b"G": Machine._float_8,
    b"\x80": Machine._protocol,
    b"\x81": Machine._newobj,
    b"\x82": Machine._extension_1,
    b"\x83": Machine._extension_2,
    b"\x84": Machine._extension_4,
    b"\x85": Machine._tuple_1,
    b"\x86": Machine._tuple_2,
    b"\x87": Machine._tuple_3,
    b"\x88": Machine._push_true,
    b"\x89": Machine._push_false,
    b"\x8a": Machine._long_1,
    b"\x8b": Machine._long_4,
    b"\x8c": Machine._text_1,
    b"\x8d": Machine._text_8,
    b"\x8e": Machine._bytes_8,
    b"\x8f": Machine._push_other,
    b"\x90": Machine._append_all,
    b"\x91": Machine._collect,
    b"\x92": Machine._newobj_ex,
    b"\x93": Machine._stack_global,
    b"\x94": Machine._memoize,
    b"\x95": Machine._frame,
    b"\x96": Machine._bytes_8,
    b"\x97": Machine._push_other,
    b"\x98": Machine._readonly,
}
_HANDLERS: list[Callable[[Machine], None] | None] = [_TABLE.get(bytes((code,))) for code in range(256)]
OPCODES = frozenset(code[0] for code in _TABLE)
