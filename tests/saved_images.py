"""What lies in an image: every file of its layers as `docker save` writes them, and what Docker tells of it."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from docker_daemon import docker, docker_host
from pace import patience


def traces(image: str, words: Sequence[str], *, above: str = "", names: Sequence[str] = ()) -> dict[str, list[str]]:
    """Where each word stands in an image, and where files with these names lie; nothing for what is nowhere.

    Looked at are names, bytes and targets of links in every layer, also of what a later layer hides, and what Docker
    tells of the image and its history. Layers of the image `above` which it was made are not looked at.
    """
    api = docker().api
    found: dict[str, list[str]] = {}
    for what, told in (("inspect", api.inspect_image(image)), ("history", api.history(image))):
        for word in words:
            if word in json.dumps(told):
                found.setdefault(word, []).append(what)
    below = len(api.inspect_image(above)["RootFS"]["Layers"]) if above else 0
    wanted = [(word, word.encode()) for word in words]
    for name, held in _files(image, below):
        for word in (word for word, sought in wanted if sought in held or word in name):
            found.setdefault(word, []).append(name)
        if name.rpartition("/")[2] in names:
            found.setdefault(name.rpartition("/")[2], []).append(name)
    return found


def _files(image: str, below: int) -> Iterator[tuple[str, bytes]]:
    """Path and bytes (of a link its target) of each file in the layers from number `below` on."""
    with tempfile.TemporaryDirectory(prefix="scoredock-saved-") as folder:
        archive = Path(folder) / "image.tar"
        command = ["docker", "-H", docker_host(), "save", "--output", str(archive), image]
        subprocess.run(command, check=True, capture_output=True, timeout=patience(110))
        with tarfile.open(archive) as outer:
            (told,) = json.loads(_held(outer, outer.getmember("manifest.json")))
            yield "configuration", _held(outer, outer.getmember(told["Config"]))
            for name in told["Layers"][below:]:
                with tarfile.open(fileobj=outer.extractfile(name)) as layer:
                    for member in layer:
                        yield f"/{member.name}", _held(layer, member)


def _held(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member) if member.isreg() else None
    return stream.read() if stream is not None else member.linkname.encode("utf-8", "surrogateescape")


@contextmanager
def built_by(name: str, folder: Path) -> Iterator[tuple[str, ...]]:
    """As a person of this name with a home folder and a cache of packages in a new `folder`; the words that would tell
    of them."""
    user = f"canary-{name}"
    (folder / "home").mkdir(parents=True)
    kept = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", kept)  # where the index of packages may be named
        for variable in ("USER", "LOGNAME", "USERNAME"):
            patch.setenv(variable, user)
        patch.setenv("HOME", str(folder / "home"))
        patch.setenv("UV_CACHE_DIR", str(folder / "uv"))
        yield user, str(folder)
