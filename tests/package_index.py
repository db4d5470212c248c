"""A wheel of our own making, and an index that has one, over HTTP."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


def write_wheel(folder: Path, name: str, version: str = "1.0") -> Path:
    """A wheel for every Python, with one empty module."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    about = f"{module}-{version}.dist-info"
    wheel = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{module}.py", "")
        archive.writestr(
            f"{about}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        )
        archive.writestr(
            f"{about}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{about}/RECORD", "")
    return wheel


@dataclass
class Index:
    """An index that answers."""

    address: str
    """Without `http://`."""
    asked: list[str] = field(default_factory=list)
    """Paths of the requests so far."""


@contextmanager
def index_with(folder: Path, name: str) -> Iterator[Index]:
    """An index with one package, whose files lie in `folder`."""
    wheel = write_wheel(folder / name, name)
    (wheel.parent / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    told = Index("")

    class Counting(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            told.asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=str(folder)))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    told.address = f"127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
