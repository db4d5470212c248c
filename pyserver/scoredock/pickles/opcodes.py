"""Effects of each opcode of a pickle on the machine that follows it."""

from __future__ import annotations

import struct
from functools import partial

from scoredock.pickles.budget import CHECK_EVERY, Damaged, NotRead
from scoredock.pickles.machine import UNSEEN, Machine
from scoredock.pickles.plain_values import LINE, VALUES, Handler, read_size
from scoredock.pickles.values import OTHER, MadeObject, Name, Table, Value, text_of, tuple_of

PROTOCOLS = range(6)


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
                raise Damaged("a byte is not an opcode")
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
    line = machine.source.line(LINE)
    if line is None:
        raise Damaged("a place in the memo is not a number")
    place = int(line)
    if place < 0:
        raise Damaged("its memo has no negative places")
    return place


def _put_1(machine: Machine) -> None:
    machine.remember(machine.source.byte())


def _put_4(machine: Machine) -> None:
    machine.remember(read_size(machine, 4))


def _memoize(machine: Machine) -> None:
    machine.remember(machine.dense + len(machine.sparse))


def _get_line(machine: Machine) -> None:
    machine.recall(_place(machine))


def _get_1(machine: Machine) -> None:
    machine.recall(machine.source.byte())


def _get_4(machine: Machine) -> None:
    machine.recall(read_size(machine, 4))


# ---------------------------------------------------------------------------------------------- names and calls


def _global(machine: Machine) -> None:
    module = text_of(machine.source.line(LINE), "utf-8")
    attribute = text_of(machine.source.line(LINE), "utf-8")
    machine.push(machine.named(module, attribute))


def _stack_global(machine: Machine) -> None:
    attribute, module = machine.stack.pop(), machine.stack.pop()
    machine.push(machine.named(module, attribute))


def _inst(machine: Machine) -> None:
    module = text_of(machine.source.line(LINE), "utf-8")
    attribute = text_of(machine.source.line(LINE), "utf-8")
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
    code = read_size(machine, width)
    if not 0 < code < 1 << 31:
        raise Damaged("an extension code is not positive")
    machine.listener.untold(f"copyreg extension {code}")
    machine.stack.append(OTHER)


def _persistent_line(machine: Machine) -> None:
    machine.source.line(LINE)
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
    size = read_size(machine, 8)
    if machine.frame_end:
        machine.listener.odd("begins a frame inside another one, which is not read alike everywhere")
    machine.frame_end = machine.source.position + size


def _stop(machine: Machine) -> None:
    machine.stack.pop()
    machine.running = False


_TABLE: dict[bytes, Handler] = {
    **VALUES,
    b"(": _mark,
    b".": _stop,
    b"0": _pop,
    b"1": _pop_mark,
    b"2": _dup,
    b"P": _persistent_line,
    b"Q": _persistent,
    b"R": _reduce,
    b"a": _append,
    b"b": _build,
    b"c": _global,
    b"d": _dict,
    b"e": _append_all,
    b"g": _get_line,
    b"h": _get_1,
    b"i": _inst,
    b"j": _get_4,
    b"l": _collect,
    b"o": _obj,
    b"p": _put_line,
    b"q": _put_1,
    b"r": _put_4,
    b"s": _set_item,
    b"t": _tuple,
    b"u": _set_items,
    b"\x80": _protocol,
    b"\x81": _newobj,
    b"\x82": partial(_extension, width=1),
    b"\x83": partial(_extension, width=2),
    b"\x84": partial(_extension, width=4),
    b"\x85": _tuple_1,
    b"\x86": _tuple_2,
    b"\x87": _tuple_3,
    b"\x90": _append_all,
    b"\x91": _collect,
    b"\x92": _newobj_ex,
    b"\x93": _stack_global,
    b"\x94": _memoize,
    b"\x95": _frame,
}
_HANDLERS: list[Handler | None] = [_TABLE.get(bytes((code,))) for code in range(256)]
OPCODES = frozenset(code[0] for code in _TABLE)
