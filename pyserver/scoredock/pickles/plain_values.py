"""Opcodes of a pickle that push a number, a text or bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from scoredock.pickles.budget import Damaged
from scoredock.pickles.machine import Machine
from scoredock.pickles.values import LONGEST_TEXT, OTHER, Table, Value, text_of, unescaped

Handler = Callable[[Machine], None]
LINE = 4096
"""Bytes of a line that are kept; no name is longer."""


def _pushing(value: Value) -> Handler:
    def push(machine: Machine) -> None:
        machine.stack.append(value)

    return push


def _push_table(machine: Machine) -> None:
    machine.containers += 1
    machine.stack.append(Table())


def _int_line(machine: Machine) -> None:
    line = machine.source.line(LINE)
    if line is None:
        machine.stack.append(OTHER)
    elif line in (b"00", b"01"):
        machine.stack.append(line == b"01")
    else:
        machine.stack.append(int(line, 0))


def _long_line(machine: Machine) -> None:
    line = machine.source.line(LINE)
    if line is None:
        machine.stack.append(OTHER)
    else:
        machine.stack.append(int(line[:-1] if line[-1:] == b"L" else line, 0))


def _float_line(machine: Machine) -> None:
    line = machine.source.line(LINE)
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


def read_size(machine: Machine, width: int) -> int:
    return int.from_bytes(machine.source.take(width), "little")


def _text(machine: Machine, width: int) -> None:
    size = read_size(machine, width)
    if size <= LONGEST_TEXT:
        try:
            machine.stack.append(machine.source.take(size).decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise Damaged("a text is not UTF-8") from None
    else:
        machine.source.skip(size)
        machine.stack.append(OTHER)


def _unicode_line(machine: Machine) -> None:
    machine.stack.append(text_of(machine.source.line(LINE), "raw-unicode-escape"))


def _string_line(machine: Machine) -> None:
    line = machine.source.line(LINE)
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
    machine.source.skip(read_size(machine, width))
    machine.stack.append(OTHER)


def _readonly(machine: Machine) -> None:
    machine.stack[-1] = OTHER


VALUES: dict[bytes, Handler] = {
    b"F": _float_line,
    b"I": _int_line,
    b"J": _int_4,
    b"K": _int_1,
    b"L": _long_line,
    b"M": _int_2,
    b"N": _pushing(None),
    b"S": _string_line,
    b"T": _string_4,
    b"U": _string_1,
    b"V": _unicode_line,
    b"X": partial(_text, width=4),
    b"}": _push_table,
    b"]": _pushing(OTHER),
    b")": _pushing(()),
    b"B": partial(_bytes, width=4),
    b"C": partial(_bytes, width=1),
    b"G": _float_8,
    b"\x88": _pushing(True),
    b"\x89": _pushing(False),
    b"\x8a": _long_1,
    b"\x8b": _long_4,
    b"\x8c": partial(_text, width=1),
    b"\x8d": partial(_text, width=8),
    b"\x8e": partial(_bytes, width=8),
    b"\x8f": _pushing(OTHER),
    b"\x96": partial(_bytes, width=8),
    b"\x97": _pushing(OTHER),
    b"\x98": _readonly,
}
