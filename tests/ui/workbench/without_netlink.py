"""Runs a program that cannot watch the machine's network interfaces: `without_netlink.py PROGRAM ARGUMENT…`.

Chromium gives up all its connections (ERR_NETWORK_CHANGED) when an interface comes or goes, also those to this machine.
Every container that another test starts or stops is such a change, and the editor in the browser then lacks whatever
was being loaded: a grammar, a script, the service worker of its web views. Where the kernel does not let it open the
socket that tells of changes (AF_NETLINK), Chromium takes the network as it is.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
"""Instructions of classic BPF: a word of the call, a comparison, the end."""
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Where they are in struct seccomp_data."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
_SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: its AUDIT_ARCH and the number of socket(2)."""


def refuse_netlink() -> None:
    """For this process and whatever it becomes or starts. Raises OSError; does nothing on machines it does not know."""
    if sys.platform != "linux" or platform.machine() not in _SOCKET_CALLS:
        return
    architecture, number = _SOCKET_CALLS[platform.machine()]
    instructions = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 0, 5, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_EQUAL, 0, 3, number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_IF_EQUAL, 0, 1, socket.AF_NETLINK),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in instructions))
    described = ctypes.create_string_buffer(struct.pack("HP", len(instructions), ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _FILTER, described, 0, 0)):
        if libc.prctl(*call):
            raise OSError(ctypes.get_errno(), "The kernel does not take the filter.")


if __name__ == "__main__":
    refuse_netlink()
    os.execv(sys.argv[1], sys.argv[1:])
