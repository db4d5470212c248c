"""A conda channel in a folder, with packages of our own making: what a test needs of conda-forge, without a network."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moved_python import files_of, version_of

PLACEHOLDER = "/opt/placeholder_" + "x" * 180
"""The prefix that packages are built with; as long as conda's own, so that any real prefix fits into its room."""
WAS_RUN = "was-run"
"""A file that the scripts of the package `hooked` write, should anybody run them."""
PYTHON_VERSION = ".".join(map(str, sys.version_info[:3]))
MINOR = ".".join(map(str, sys.version_info[:2]))
_LEFT_OUT = ("site-packages", "dist-packages", "test", "idlelib", "tkinter", "turtledemo", "__pycache__", "lib2to3")


@dataclass
class Channel:
    """Packages by subdir, written as repodata.json."""

    folder: Path
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def add(
        self,
        name: str,
        version: str,
        files: dict[str, bytes | Path],
        *,
        depends: tuple[str, ...] = (),
        constrains: tuple[str, ...] = (),
        noarch: str = "",
        prefixed: dict[str, str] | None = None,
        links: dict[str, str] | None = None,
        build: str = "0",
    ) -> Path:
        """A package of these files; `prefixed` names those that hold the placeholder, as `text` or `binary`."""
        subdir = "noarch" if noarch else "linux-64"
        index: dict[str, Any] = {
            "name": name,
            "version": version,
            "build": build,
            "build_number": 0,
            "depends": list(depends),
            "constrains": list(constrains),
            "subdir": subdir,
        }
        if noarch:
            index["noarch"] = noarch
        paths = [_path(path, content, (prefixed or {}).get(path)) for path, content in files.items()]
        paths += [
            {"_path": path, "path_type": "softlink", "sha256": _digest(b""), "size_in_bytes": 0} for path in links or {}
        ]
        info = {
            "info/index.json": json.dumps(index),
            "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
        }
        if noarch == "python":
            info["info/link.json"] = json.dumps({"noarch": {"type": "python"}, "package_metadata_version": 1})
        archive = self.folder / subdir / f"{name}-{version}-{build}.tar.bz2"
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, "w:bz2", compresslevel=1) as stream:
            for path, text in info.items():
                _write(stream, path, text.encode())
            for path, content in files.items():
                if isinstance(content, Path):
                    stream.add(content, path)
                else:
                    _write(stream, path, content, 0o755 if path.startswith("bin/") else 0o644)
            for path, target in (links or {}).items():
                link = tarfile.TarInfo(path)
                link.type, link.linkname = tarfile.SYMTYPE, target
                stream.addfile(link)
        content = archive.read_bytes()
        record = {**index, "sha256": _digest(content), "md5": hashlib.md5(content).hexdigest(), "size": len(content)}
        self.records.setdefault(subdir, {})[archive.name] = record
        return archive

    def write(self) -> None:
        """The index of both subdirs."""
        for subdir in ("noarch", "linux-64"):
            folder = self.folder / subdir
            folder.mkdir(parents=True, exist_ok=True)
            told = {
                "info": {"subdir": subdir},
                "packages": self.records.get(subdir, {}),
                "packages.conda": {},
                "repodata_version": 1,
            }
            (folder / "repodata.json").write_text(json.dumps(told))


def with_python(folder: Path, *, old: bool = False) -> Channel:
    """A channel with a Python made of this machine's, a noarch package, a program and a library of C."""
    channel = Channel(folder)
    add_python(channel)
    channel.add(
        "greeting",
        "1.2.0",
        {
            "site-packages/greeting/__init__.py": b"def greet(name):\n    return f'hello {name}'\n",
            "site-packages/greeting-1.2.0.dist-info/METADATA": (
                b"Metadata-Version: 2.1\nName: greeting\nVersion: 1.2.0\n"
            ),
            "site-packages/greeting-1.2.0.dist-info/RECORD": (
                b"greeting/__init__.py,,\ngreeting-1.2.0.dist-info/METADATA,,\ngreeting-1.2.0.dist-info/RECORD,,\n"
            ),
            "site-packages/greeting-1.2.0.dist-info/INSTALLER": b"conda\n",
        },
        depends=("python >=3.9", "ffmpeg >=6"),
        noarch="python",
    )
    add_program(channel)
    script = f'#!/bin/sh\n: > "${{PREFIX:-$CONDA_PREFIX}}/{WAS_RUN}"\n'.encode()
    channel.add("hooked", "1.0", {"bin/.hooked-post-link.sh": script, "etc/conda/activate.d/hooked.sh": script})
    channel.add("only-of-a-channel", "1.0", {"share/only.txt": b"1\n"})
    channel.add("r-base", "4.3.1", {"lib/R/nothing": b""}, depends=("missing-thing >=2",))
    channel.write()
    return channel


def with_library(folder: Path) -> Channel:
    """The same and `libpython`, without which the Python of some machines does not start in an image."""
    channel = with_python(folder)
    library = Path(str(sysconfig.get_config_var("LIBDIR"))) / str(sysconfig.get_config_var("INSTSONAME"))
    if library.name.endswith(".so.1.0") and library.is_file():
        channel.add("libpython", "1.0", {f"lib/{library.name}": library})
    else:
        channel.add("libpython", "1.0", {"share/libpython/none.txt": b"not needed\n"})
    channel.write()
    return channel


def add_program(channel: Channel) -> None:
    """`ffmpeg`: a compiled program and a script, both with the prefix they were built for inside."""
    source = channel.folder / "tool.c"
    source.write_text(
        '#include <stdio.h>\nconst char *home = "'
        + PLACEHOLDER
        + '/share/tool";\nint main(void) { puts(home); return 0; }\n'
    )
    program = channel.folder / "tool"
    subprocess.run(["cc", "-O0", "-o", program, source], check=True)
    channel.add(
        "ffmpeg",
        "6.1.0",
        {
            "bin/ffmpeg": program,
            "bin/ffmpeg-config": f"#!/bin/sh\necho {PLACEHOLDER}/share\n".encode(),
            "share/tool/data.txt": b"42\n",
        },
        depends=("__glibc >=2.17",),
        prefixed={"bin/ffmpeg": "binary", "bin/ffmpeg-config": "text"},
    )


def add_python(channel: Channel) -> None:
    """This machine's interpreter and its standard library as the package `python`."""
    home = Path(sysconfig.get_path("stdlib"))
    staged = channel.folder / "python"
    library = staged / f"lib/python{MINOR}"
    shutil.copytree(home, library, ignore=_ignored, symlinks=True)
    # Debian's look elsewhere. The `site` that counts is compiled into the interpreter, hence the last one.
    for name in ("site.py", "sysconfig.py"):
        text = (library / name).read_text()
        (library / name).write_text(
            text.replace("dist-packages", "site-packages")
            .replace("'posix_local'", "'posix_prefix'")
            .replace("base}/local", "base}")
        )
    (library / "sitecustomize.py").unlink(missing_ok=True)
    (library / "sitecustomize.py").write_text(
        f"import site, sys\n\nsite.addsitedir(sys.prefix + '/lib/python{MINOR}/site-packages')\n"
    )
    (library / "site-packages").mkdir()
    (library / "site-packages/README.txt").write_text("Packages go here.\n")
    base = getattr(sys, "_base_executable", sys.executable)
    files: dict[str, bytes | Path] = {f"bin/python{MINOR}": Path(base).resolve()}
    links = {"bin/python": f"python{MINOR}", "bin/python3": f"python{MINOR}"}
    for path in sorted(staged.rglob("*")):
        name = path.relative_to(staged).as_posix()
        if path.is_symlink():
            continue
        if path.is_file():
            files[name] = path
    channel.add("python", PYTHON_VERSION, files, links=links)
    shutil.rmtree(staged)


def add_old_python(channel: Channel, python: Path) -> str:
    """A Python of pyenv's as the package `python`; its version."""
    version = version_of(python)
    minor = ".".join(version.split(".")[:2])
    files: dict[str, bytes | Path] = {name: content for name, content, _ in files_of(python)}
    files[f"lib/python{minor}/site-packages/README.txt"] = b"Packages go here.\n"
    channel.add("python", version, files, links={"bin/python3": "python", f"bin/python{minor}": "python"})
    channel.write()
    return version


def _ignored(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in _LEFT_OUT or name.startswith("config-") or name.endswith((".a", ".pyc"))}


def _path(path: str, content: bytes | Path, mode: str | None) -> dict[str, Any]:
    data = content.read_bytes() if isinstance(content, Path) else content
    told: dict[str, Any] = {"_path": path, "path_type": "hardlink", "sha256": _digest(data), "size_in_bytes": len(data)}
    if mode:
        told |= {"file_mode": mode, "prefix_placeholder": PLACEHOLDER}
    return told


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(stream: tarfile.TarFile, path: str, data: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode = len(data), mode
    stream.addfile(member, io.BytesIO(data))
