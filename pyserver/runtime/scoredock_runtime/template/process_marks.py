"""Marks that a process shows to others (/proc/PID/cmdline and environ), changed in place after a fork.

A forked worker would else show the command line and environment of the program it was forked from, and nobody could
tell what belongs to which worker. Linux only; standard library only.
"""

from __future__ import annotations

import os
from typing import Dict, List, Optional, Tuple

Block = Tuple[int, int]
"""First address and the one after the last."""


def own_blocks() -> Optional[Tuple[Block, Block]]:
    """Addresses of command line and environment of this process, each its start and end, where the kernel reads them;
    None where it does not tell."""
    try:
        with open("/proc/self/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
        arguments, environment = (int(fields[45]), int(fields[46])), (int(fields[47]), int(fields[48]))
    except (OSError, ValueError, IndexError):
        return None
    return (arguments, environment) if 0 < arguments[0] < arguments[1] and environment[0] < environment[1] else None


def room_for(text: bytes) -> bool:
    """True if the environment's block holds the text."""
    blocks = own_blocks()
    return blocks is not None and blocks[1][1] - blocks[1][0] > len(text)


def set_environment(environment: Dict[str, str]) -> None:
    """Makes it the environment of this process. Every string is stored anew, so nothing uses the old block."""
    os.environ.clear()
    os.environ.update(environment)


def show(arguments: List[str], variable: str) -> None:
    """Overwrites what others see; call `set_environment` before. Raises OSError when it did not take."""
    blocks = own_blocks()
    entry = os.fsencode(variable)
    if blocks is None or not room_for(entry):
        raise OSError("The block of the environment is too small.")
    _overwrite(blocks[0], b"\0".join(os.fsencode(each) for each in arguments))
    _overwrite(blocks[1], entry)
    with open("/proc/self/environ", "rb") as environ:
        if environ.read().split(b"\0", 1)[0] != entry:
            raise OSError("The environment that others see could not be changed.")


def _overwrite(block: Block, text: bytes) -> None:
    import ctypes

    size = block[1] - block[0]
    # The last byte stays zero: the kernel takes another one for a sign that the text goes on behind the block.
    ctypes.memmove(block[0], text[: size - 1].ljust(size, b"\0"), size)
