"""What each opcode of a pickle does to the machine that follows it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial

from scoredock.pickles.budget import CHECK_EVERY, Damaged, NotRead
from scoredock.pickles.machine import UNSEEN, Machine
from scoredock.pickles.values import LONGEST_TEXT, OTHER, MadeObject, Name, Table, Value, text_of, tuple_of, unescaped

Handler = Callable[[Machine], None]
PROTOCOLS = range(6)
_LINE = 4096
"""Bytes of a line that are kept; no name is longer."""


def follow(machine: Machine) -> None:
    """Follows one pickle to its STOP. Raises NotRead or Damaged where that is not possible, `cancelled`.

    The listener has heard what was met until then.
    """
    handlers, source, byte, budget = _HANDLERS, machine.source, machine.source.byte, machine.budget
    remaining = CHECK_EVERY
    try:
        while machine.running:
            handler = handlers[byte()]
            if handler is None:
                raise Damaged("a byte is no opcode")
            handler(machine)
            if machine.frame_end and source.position >= machine.frame_end:
                if source.position > machine.frame_end:
                    # Of the unpicklers one stops here, and one may lose bytes when it reads from a file.
                    machine.listener.odd("reads over the end of a frame, which is not read alike everywhere")
                machine.frame_end = 0
            remaining -= 1
            if not remaining:
                budget.spend_opcodes(CHECK_EVERY)
                remaining = CHECK_EVERY
                machine.bound_memory()
    except (IndexError, ValueError, struct.error, OverflowError, AttributeError, TypeError) as error:
        raise Damaged("its opcodes do not fit together") from error
    finally:
        budget.opcodes -= CHECK_EVERY - remaining
        machine.tell_lookups()


# ---------------------------------------------------------------------------------------------- plain values


def _pushing(value: Value) -> Handler:
    def push(machine: Machine) -> None:
        machine.stack.append(value)

    return push


def _push_table(machine: Machine) -> None:
    machine.containers += 1
    machine.stack.append(Table())


def _int_line(machine: Machine) -> None:
    line = machine.source.line(_LINE)
    if line is None:
        machine.stack.append(OTHER)
    elif line in (b"00", b"01"):
        machine.stack.append(line == b"01")
    else:
        machine.stack.append(int(line, 0))


def _long_line(machine: Machine) -> None:
    line = machine.source.line(_LINE)
    if line is None:
        machine.stack.append(OTHER)
    else:
        machine.stack.append(int(line[:-1] if line[-1:] == b"L" else line, 0))


def _float_line(machine: Machine) -> None:
    line = machine.source.line(_LINE)
    if line is not None:
        float(line)
    machine.stack.append(OTHER)


def _int_4(machine: Machine) -> None:
    machine.stack.append(int.from_bytes(machine.source.take(4), "little", signed=True))


def _int_1(machine: Machine) -> None:
    machine.stack.append(machine.source.byte())


def _int_2(machine: Machine) -> None:
    machine.stack.append(int.from_bytes(machine.source.take(2), "little"))


def _float_8(machine: Machine) -> None:
    machine.source.take(8)
    machine.stack.append(OTHER)


def _long(machine: Machine, size: int) -> None:
    if size <= 16:
        machine.stack.append(int.from_bytes(machine.source.take(size), "little", signed=True))
    else:
        machine.source.skip(size)
        machine.stack.append(OTHER)


def _long_1(machine: Machine) -> None:
    _long(machine, machine.source.byte())


def _long_4(machine: Machine) -> None:
    _long(machine, _signed_size(machine))


def _signed_size(machine: Machine) -> int:
    size = int.from_bytes(machine.source.take(4), "little", signed=True)
    if size < 0:
        raise Damaged("a length is negative")
    return size


def _size(machine: Machine, width: int) -> int:
    return int.from_bytes(machine.source.take(width), "little")


def _text(machine: Machine, width: int) -> None:
    size = _size(machine, width)
    if size <= LONGEST_TEXT:
        try:
            machine.stack.append(machine.source.take(size).decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise Damaged("a text is not UTF-8") from None
    else:
        machine.source.skip(size)
        machine.stack.append(OTHER)


def _unicode_line(machine: Machine) -> None:
    machine.stack.append(text_of(machine.source.line(_LINE), "raw-unicode-escape"))


def _string_line(machine: Machine) -> None:
    line = machine.source.line(_LINE)
    if line is None:
        machine.stack.append(OTHER)
        return
    # The two unpicklers differ in what they strip around the quotes.
    line = line.strip(b" \t\r\n")
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b"\"'":
        raise Damaged("a text has no quotes")
    machine.stack.append(text_of(unescaped(line[1:-1]), "latin-1"))


def _string(machine: Machine, size: int) -> None:
    # Python 2 text, which is read as text or as bytes; as text it may be part of a name.
    if size <= LONGEST_TEXT:
        machine.stack.append(machine.source.take(size).decode("latin-1"))
    else:
        machine.source.skip(size)
        machine.stack.append(OTHER)


def _string_1(machine: Machine) -> None:
    _string(machine, machine.source.byte())


def _string_4(machine: Machine) -> None:
    _string(machine, _signed_size(machine))


def _bytes(machine: Machine, width: int) -> None:
    machine.source.skip(_size(machine, width))
    machine.stack.append(OTHER)


def _readonly(machine: Machine) -> None:
    machine.stack[-1] = OTHER


# ---------------------------------------------------------------------------------------------- containers


def _mark(machine: Machine) -> None:
    machine.below.append(machine.stack)
    machine.stack = []


def _pop(machine: Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.items()


def _pop_mark(machine: Machine) -> None:
    machine.items()


def _dup(machine: Machine) -> None:
    machine.push(machine.stack[-1])


def _tuple(machine: Machine) -> None:
    items = machine.items()
    machine.containers += 1
    machine.stack.append(tuple_of(items))


def _tuple_1(machine: Machine) -> None:
    machine.containers += 1
    machine.stack[-1] = (machine.stack[-1],)


def _tuple_2(machine: Machine) -> None:
    last = machine.stack.pop()
    machine.containers += 1
    machine.stack[-1] = (machine.stack[-1], last)


def _tuple_3(machine: Machine) -> None:
    last, middle = machine.stack.pop(), machine.stack.pop()
    machine.containers += 1
    machine.stack[-1] = (machine.stack[-1], middle, last)


def _collect(machine: Machine) -> None:
    machine.items()
    machine.stack.append(OTHER)


def _dict(machine: Machine) -> None:
    items, table = machine.items(), Table()
    for key, value in zip(items[::2], items[1::2], strict=False):
        machine.entry(table, key, value)
    machine.stack.append(table)


def _append(machine: Machine) -> None:
    machine.listener.texts([machine.stack.pop()])
    machine.changes(machine.stack[-1])


def _append_all(machine: Machine) -> None:
    machine.listener.texts(machine.items())
    machine.changes(machine.stack[-1])


def _set_item(machine: Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.changes(machine.stack[-1])
    machine.entry(machine.stack[-1], key, value)


def _set_items(machine: Machine) -> None:
    items = machine.items()
    table = machine.stack[-1]
    machine.changes(table)
    for key, value in zip(items[::2], items[1::2], strict=False):
        machine.entry(table, key, value)


# ---------------------------------------------------------------------------------------------- memo


def _put_line(machine: Machine) -> None:
    machine.remember(_place(machine))


def _place(machine: Machine) -> int:
    line = machine.source.line(_LINE)
    if line is None:
        raise Damaged("a place in the memo is no number")
    place = int(line)
    if place < 0:
        raise Damaged("its memo has no negative places")
    return place


def _put_1(machine: Machine) -> None:
    machine.remember(machine.source.byte())


def _put_4(machine: Machine) -> None:
    machine.remember(_size(machine, 4))


def _memoize(machine: Machine) -> None:
    machine.remember(machine.dense + len(machine.sparse))


def _get_line(machine: Machine) -> None:
    machine.recall(_place(machine))


def _get_1(machine: Machine) -> None:
    machine.recall(machine.source.byte())


def _get_4(machine: Machine) -> None:
    machine.recall(_size(machine, 4))


# ---------------------------------------------------------------------------------------------- names and calls


def _global(machine: Machine) -> None:
    module = text_of(machine.source.line(_LINE), "utf-8")
    attribute = text_of(machine.source.line(_LINE), "utf-8")
    machine.push(machine.named(module, attribute))


def _stack_global(machine: Machine) -> None:
    attribute, module = machine.stack.pop(), machine.stack.pop()
    machine.push(machine.named(module, attribute))


def _inst(machine: Machine) -> None:
    module = text_of(machine.source.line(_LINE), "utf-8")
    attribute = text_of(machine.source.line(_LINE), "utf-8")
    function = machine.named(module, attribute)  # before the mark is looked for, as the unpickler does
    arguments = machine.items()
    if isinstance(function, Name) and id(function) in machine.lookups:
        machine.count(function, 1)
    machine.stack.append(machine.call(function, tuple_of(arguments)))


def _obj(machine: Machine) -> None:
    arguments = machine.items()
    function = arguments.pop(0)
    machine.stack.append(machine.call(function, tuple_of(arguments)))


def _newobj(machine: Machine) -> None:
    arguments, kind = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(_new(machine, kind, arguments))


def _newobj_ex(machine: Machine) -> None:
    machine.stack.pop()
    arguments, kind = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(_new(machine, kind, arguments))


def _new(machine: Machine, kind: Value, arguments: Value) -> Value:
    machine.listener.effect()
    if not isinstance(kind, Name):
        machine.listener.odd("makes an object of something that it made itself")
        return OTHER
    if not isinstance(arguments, tuple):
        machine.listener.odd(UNSEEN)
        return OTHER
    return machine.made(kind, arguments)


def _reduce(machine: Machine) -> None:
    arguments, function = machine.stack.pop(), machine.stack.pop()
    machine.containers += 1
    machine.stack.append(machine.call(function, arguments))


def _build(machine: Machine) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if machine.wrappers:
        # Something else may have made a wrapper, and then an array follows that nothing here tells of.
        raise NotRead("it uses joblib's wrapper of arrays in a way that joblib does not")
    if isinstance(target, MadeObject):
        target.state = state
        target.built += 1
    machine.changes(target)
    machine.listener.effect()
    machine.listener.built(machine, target)


def _extension(machine: Machine, width: int) -> None:
    code = _size(machine, width)
    if not 0 < code < 1 << 31:
        raise Damaged("an extension code is not positive")
    machine.listener.untold(f"copyreg extension {code}")
    machine.stack.append(OTHER)


def _persistent_line(machine: Machine) -> None:
    machine.source.line(_LINE)
    machine.stack.append(OTHER)


def _persistent(machine: Machine) -> None:
    machine.stack[-1] = OTHER


# ---------------------------------------------------------------------------------------------- the stream


def _protocol(machine: Machine) -> None:
    protocol = machine.source.byte()
    if protocol not in PROTOCOLS:
        raise Damaged(f"its protocol would be {protocol}, which there is not")
    machine.protocol = protocol


def _frame(machine: Machine) -> None:
    size = _size(machine, 8)
    if machine.frame_end:
        machine.listener.odd("begins a frame inside another one, which is not read alike everywhere")
    machine.frame_end = machine.source.position + size


def _stop(machine: Machine) -> None:
    machine.stack.pop()
    machine.running = False


_TABLE: dict[bytes, Handler] = {
    b"(": _mark,
    b".": _stop,
    b"0": _pop,
    b"1": _pop_mark,
    b"2": _dup,
    b"F": _float_line,
    b"I": _int_line,
    b"J": _int_4,
    b"K": _int_1,
    b"L": _long_line,
    b"M": _int_2,
    b"N": _pushing(None),
    b"P": _persistent_line,
    b"Q": _persistent,
    b"R": _reduce,
    b"S": _string_line,
    b"T": _string_4,
    b"U": _string_1,
    b"V": _unicode_line,
    b"X": partial(_text, width=4),
    b"a": _append,
    b"b": _build,
    b"c": _global,
    b"d": _dict,
    b"}": _push_table,
    b"e": _append_all,
    b"g": _get_line,
    b"h": _get_1,
    b"i": _inst,
    b"j": _get_4,
    b"l": _collect,
    b"]": _pushing(OTHER),
    b"o": _obj,
    b"p": _put_line,
    b"q": _put_1,
    b"r": _put_4,
    b"s": _set_item,
    b"t": _tuple,
    b")": _pushing(()),
    b"u": _set_items,
    b"B": partial(_bytes, width=4),
    b"C": partial(_bytes, width=1),
    b"G": _float_8,
    b"\x80": _protocol,
    b"\x81": _newobj,
    b"\x82": partial(_extension, width=1),
    b"\x83": partial(_extension, width=2),
    b"\x84": partial(_extension, width=4),
    b"\x85": _tuple_1,
    b"\x86": _tuple_2,
    b"\x87": _tuple_3,
    b"\x88": _pushing(True),
    b"\x89": _pushing(False),
    b"\x8a": _long_1,
    b"\x8b": _long_4,
    b"\x8c": partial(_text, width=1),
    b"\x8d": partial(_text, width=8),
    b"\x8e": partial(_bytes, width=8),
    b"\x8f": _pushing(OTHER),
    b"\x90": _append_all,
    b"\x91": _collect,
    b"\x92": _newobj_ex,
    b"\x93": _stack_global,
    b"\x94": _memoize,
    b"\x95": _frame,
    b"\x96": partial(_bytes, width=8),
    b"\x97": _pushing(OTHER),
    b"\x98": _readonly,
}
_HANDLERS: list[Handler | None] = [_TABLE.get(bytes((code,))) for code in range(256)]
OPCODES = frozenset(code[0] for code in _TABLE)
