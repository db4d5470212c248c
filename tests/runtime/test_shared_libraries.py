"""An import that fails for a library of the system names all that its package lacks, read from the files themselves."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="libraries of Linux")
SCRIPT = """
import os, sys
sys.path.append(os.path.join(os.path.dirname(__file__), "site-packages"))
import {}

def init():
    pass

def run(data):
    return data
"""


@pytest.fixture
def library(require: Callable[..., None]) -> bytes:
    """A real one, whose two libraries are called as none is."""
    files = [*Path(sysconfig.get_config_var("DESTSHARED")).glob("_ssl.*.so")]
    require(bool(files), "a Python whose _ssl is a file", "tools")
    content = files[0].read_bytes()
    for name, other in ((b"libssl.so", b"libao.so"), (b"libcrypto.so", b"libxymn.so")):
        assert name in content
        before = next(part for part in content.split(b"\0") if part.startswith(name))
        content = content.replace(before + b"\0", (other + b".99").ljust(len(before), b"\0") + b"\0")
    return content


def lay_out(service: Any, files: dict[str, bytes | str]) -> None:
    for name, content in files.items():
        path = service.app / "site-packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize(
    ("files", "rest"),
    [
        ({"mine/__init__.py": "from mine import _ssl", "mine/_ssl.so": b""}, "needs it, libxymn.so.99"),
        (
            {"mine/__init__.py": "from mine import _ssl", "mine/_ssl.so": b"", "mine.libs/libxymn.so.99": b"no ELF"},
            "needs it",
        ),
        (
            {
                "mine/__init__.py": "import ctypes, os\nctypes.CDLL(os.path.dirname(__file__) + '/lib_x.so')",
                "mine/lib_x.so": b"",
            },
            "needs it, libxymn.so.99",
        ),
    ],
    ids=["two of a module", "one that the wheel brings", "loaded by ctypes"],
)
def test_all_that_a_package_lacks_is_named(
    files: dict[str, bytes | str], rest: str, library: bytes, service: Any
) -> None:
    lay_out(service, {name: content or library for name, content in files.items()})
    service.write(SCRIPT.format("mine"))
    service.start()
    message = service.settle().failure.message
    assert message.endswith(
        f"Error: libao.so.99: cannot open shared object file: No such file or directory (mine {rest})"
    ), message


def test_a_module_without_a_folder_is_a_package_too(library: bytes, service: Any) -> None:
    lay_out(service, {"_ssl.so": library})
    service.write(SCRIPT.replace("import {}", "sys.modules.pop('_ssl', None)\nsys.path.reverse()\nimport _ssl"))
    service.start()
    assert service.settle().failure.message.endswith("(_ssl needs it, libxymn.so.99)")


def test_a_script_that_loads_a_library_itself_says_what_the_linker_says(service: Any) -> None:
    service.write("import ctypes\nctypes.CDLL('libao.so.99')\ndef init(): pass\ndef run(d): pass\n")
    service.start()
    message = service.settle().failure.message
    assert message == "OSError: libao.so.99: cannot open shared object file: No such file or directory"
