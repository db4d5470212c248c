"""Files of images with a Python as whoever judges a base image reads them; none of them runs."""

from __future__ import annotations

import posixpath
import struct

SITE = "def getsitepackages(prefixes=None):\n    return sitepackages\n\nx = 1\n"
_MODULES = ("os", "encodings/__init__", "json/__init__", "platform", "sysconfig/__init__")
GLIBC = "GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\n"
LOADER = "/lib64/ld-linux-x86-64.so.2"
LOADERS = {"amd64": LOADER, "arm64": "/lib/ld-linux-aarch64.so.1"}
_MACHINES = {"amd64": 62, "arm64": 183}


def program(loader: str = LOADER, *texts: str, machine: str = "amd64") -> bytes:
    """The head of a program that needs no library, and texts in it."""
    named = loader.encode() + b"\0"
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, _MACHINES[machine], 1, 0, 64, 0, 0, 64, 56, 1 if loader else 0, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, len(named), len(named), 1)
    return head + segment + named + b"".join(b"\0" + text.encode() + b"\0" for text in texts)


def python_files(
    prefix: str, minor: str, content: bytes, site: str = SITE, loader: str = LOADER
) -> dict[str, str | bytes]:
    """Of a Python whose program is `content`, and of a C library."""
    library = f"{prefix}/lib/python{minor}"
    modules = {f"{library}/{module}.py": "" for module in _MODULES}
    places = {f"{library}/site.py": site, f"{library}/site-packages/x.py": ""}
    places[f"{posixpath.dirname(loader).strip('/')}/libc.so.6"] = GLIBC
    return {f"{prefix}/bin/python{minor}": content, loader: "", **modules, **places}
