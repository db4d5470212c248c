"""Contents of a base image, decided from its files alone, as `pythons.look_around` finds them by running it.

Where files cannot tell, a Python is left out and a sentence says why; only running the image tells then:

- a script or shim stands in place of the interpreter (pyenv's), or a program of an unusual name or more than 64 MB,
- the interpreter is for another machine than the image, is linked statically, or one of its libraries lies at none of
  the places where loaders look,
- no standard library lies above it as files (one that was moved, or whose library is a zip file),
- its exact version stands nowhere, or two sources contradict each other,
- its site.py is missing or is patched in another way than Debian's,
- its C library is neither glibc nor musl, or says no version.

The same holds for `/etc/passwd` and `/etc/group` when they are links to files of other names: they are empty then.

Files say nothing of what a program does when it starts: a `.pth` file or `sitecustomize` that fails, a kernel that is
too old, libraries that its libraries need. `machine` is that of the image; run on a 64-bit kernel, a 32-bit one tells
the kernel's.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from scoredock import l10n
from scoredock.images.elf import ElfHead, NotElf, read_head, versions_in
from scoredock.images.python_files import UnknownSite, site_folders, version_of
from scoredock.images.pythons import ENVIRONMENTS, PLACES, BasePython, ImageContents
from scoredock.late_dataclass import dataclass
from scoredock.oci.tree import Entry, ImageTree, MissingFile, NotKept

RULE: Final = "base-1"
"""Name of `keeps` and `judge` in what is kept of layers and bases; another one whenever one of them changes."""
LARGEST_PROGRAM: Final = 64 << 20
"""Bytes of an interpreter or library."""
_LARGEST_TEXT = 32 << 20
_PROGRAM = re.compile(
    r"(?:^|/)(?:(?:platform-)?python(?:3(?:\.\d+)?)?[dmtu]*|libpython3[^/]*\.so[^/]*|libc(?:\.so\.6|-2\.\d+\.so))$"
)
_TEXT = re.compile(
    r"(?:^|/)(?:passwd|group)$|^etc/ld\.so\.conf(?:\.d/[^/]+)?$"
    r"|^var/lib/dpkg/status(?:\.d/[^/]+)?$|^(?:usr/)?lib/apk/db/installed$"
    r"|(?:^|/)pyvenv\.cfg$|(?:^|/)lib(?:64)?/python3\.\d+t?/site\.py$|(?:^|/)include/python3[^/]*/patchlevel\.h$"
)
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "arm": "armv7l", "386": "i686"}
_OTHER_PYTHONS = re.compile(r"^(?:pypy|graalpy|jython|micropython)")
_LANDMARK = re.compile(r"^python(3\.\d+)(t?)$")
_MINOR = re.compile(r"python(3\.\d+)")
_GLIBC = re.compile(rb"(?:stable|development) release version (\d+\.\d+)")
_NEEDED_MODULES = ("encodings", "json", "platform", "site", "sysconfig")
"""Without one of them it does not start, or could not tell what `pythons` asks."""
_LIBRARY_FOLDERS = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64")


@dataclass(frozen=True, slots=True)
class BaseJudgement:
    """Contents of an image as its files show them."""

    contents: ImageContents
    doubts: tuple[str, ...]
    """A sentence for each Python that is left out though it may run, and for each table of accounts that was not read:
    running the image tells."""


class _Doubt(Exception):
    """Only running tells; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class _Library:
    """Place of a Python's standard library."""

    prefix: str
    """`sys.prefix` of the Python itself, as it would write it."""
    folder: str
    """`lib` or `lib64`."""
    minor: str
    threads: str
    """`t` for a build without the global lock."""

    @property
    def path(self) -> str:
        return posixpath.join(self.prefix, self.folder, f"python{self.minor}{self.threads}")


def keeps(path: str, size: int) -> bool:
    """True if the bytes of a file are needed to judge; for `read_tree`, and as RULE for records of layers."""
    if _PROGRAM.search(path):
        return size <= LARGEST_PROGRAM
    return size <= _LARGEST_TEXT and bool(_TEXT.search(path))


def judge(tree: ImageTree, config: Mapping[str, Any], further: Sequence[str] = ()) -> BaseJudgement:
    """Judgement of what an image offers. `tree` was read with `keeps`; `config` is the image's configuration as OCI has
    it (`architecture`, and `config` with `Env`); `further` are paths of Pythons to look at first."""
    variables = _variables(config)
    search = [each for each in (variables.get("PATH") or _DEFAULT_PATH).split(":") if each.startswith("/")]
    image = _Image(tree, str(config.get("architecture") or ""), variables)
    pythons: dict[str, BasePython] = {}
    doubts: dict[str, str] = {}
    for name in _candidates(tree, further):
        path = _command(tree, name, search)
        if path and path not in pythons and path not in doubts:
            try:
                python = image.python(path)
            except _Doubt as doubt:
                doubts[path] = str(doubt)
            else:
                if python is not None:
                    pythons[path] = python
    for table in ("/etc/passwd", "/etc/group"):
        entry = tree.lookup(table)
        if entry is not None and entry.kind == "file" and not entry.has_bytes:
            doubts[table] = l10n.t("{path} is {file}, which was not read.", path=table, file=entry.path)
    contents = ImageContents(
        tuple(pythons.values()), _table(tree, "/etc/passwd"), _table(tree, "/etc/group"), _command(tree, "java", search)
    )
    return BaseJudgement(contents, tuple(doubts.values()))


class _Image:
    """An image, looked through for one Python after the other."""

    def __init__(self, tree: ImageTree, architecture: str, variables: Mapping[str, str]) -> None:
        self._tree = tree
        self._architecture = architecture
        self._variables = variables

    def python(self, path: str) -> BasePython | None:
        """The Python that starts at a path; None for whatever is not CPython or surely does not start. Raises
        _Doubt."""
        entry = self._tree.lookup(path)
        if entry is None or _OTHER_PYTHONS.match(posixpath.basename(entry.path)):
            return None
        content = self._program(path, entry)
        head = self._head(path, content)
        if self._tree.lookup(head.interpreter) is None:
            return None  # the kernel refuses it
        settings = self._environment(path)
        library = self._library(path, entry, content, settings.get("home", ""))
        if library is None or not all(self._has_module(library, module) for module in _NEEDED_MODULES):
            return None
        libraries = [self._shared(path, entry, head, name) for name in head.libraries]
        version = version_of(
            self._tree,
            library.minor,
            library.prefix,
            [
                content,
                *(self._tree.read(each.path) for each in libraries if "libpython" in each.path and each.has_bytes),
            ],
            self._variables.get("PYTHON_VERSION", ""),
        )
        if not version:
            raise _Doubt(l10n.t("No file says which version of Python {path} is.", path=path))
        real = self._real(path, entry, library, settings)
        return BasePython(
            path,
            version,
            posixpath.dirname(real),
            real,
            self._sites(path, library, settings),
            self._libc(path, head),
            _MACHINES.get(self._architecture, self._architecture),
        )

    def _program(self, path: str, entry: Entry) -> bytes:
        if not entry.has_bytes:
            raise _Doubt(
                l10n.t("{path} is {file}, which is not what an interpreter is called.", path=path, file=entry.path)
            )
        content = self._tree.read(entry.path)
        if content.startswith(b"#!"):
            raise _Doubt(l10n.t("{path} is a script that starts another program.", path=path))
        return content

    def _head(self, path: str, content: bytes) -> ElfHead:
        try:
            head = read_head(content)
        except NotElf:
            raise _Doubt(l10n.t("{path} is not a program of Linux.", path=path)) from None
        if head.machine != self._architecture:
            raise _Doubt(l10n.t("{path} is for another machine than the image.", path=path))
        if not head.interpreter:
            raise _Doubt(l10n.t("{path} is linked statically.", path=path))
        return head

    def _environment(self, path: str) -> dict[str, str]:
        """Settings of the virtual environment that it belongs to; empty for none."""
        folder = posixpath.dirname(path)
        for place in (folder, posixpath.dirname(folder)):
            entry = self._tree.lookup(f"{place}/pyvenv.cfg")
            if entry is not None and entry.kind == "file":
                lines = (line.partition("=") for line in _text(self._tree, entry.path).splitlines() if "=" in line)
                return {"home": "", **{name.strip().lower(): value.strip() for name, _, value in lines}}
        return {}

    def _library(self, path: str, entry: Entry, content: bytes, home: str) -> _Library | None:
        """Standard library of the interpreter: looked for in the folders above it, the root excepted."""
        starts = [posixpath.dirname(self._last_link(path)), posixpath.dirname(entry.path), home]
        minor = _MINOR.match(posixpath.basename(entry.path))
        for start in starts:
            above = start
            while above not in ("", "/"):
                libraries = self._libraries_in(above)
                if any(not library.minor for library in libraries):
                    return None  # PyPy's
                fitting = [each for each in libraries if not minor or each.minor == minor[1]]
                if len(fitting) > 1:
                    fitting = [each for each in fitting if versions_in(content, each.minor)]
                if len(fitting) == 1:
                    return fitting[0]
                if libraries and not minor:
                    raise _Doubt(l10n.t("Several Pythons have their modules above {path}.", path=path))
                above = posixpath.dirname(above)
        raise _Doubt(l10n.t("No standard library lies above {path}.", path=path))

    def _libraries_in(self, prefix: str) -> list[_Library]:
        libraries: dict[str, _Library] = {}
        for folder in ("lib", "lib64"):
            for name in self._tree.names(f"{prefix}/{folder}"):
                entry = self._tree.lookup(f"{prefix}/{folder}/{name}/os.py")
                if entry is None:
                    continue
                if match := _LANDMARK.match(name):
                    libraries.setdefault(name, _Library(prefix, folder, match[1], match[2]))
                elif _OTHER_PYTHONS.match(name):
                    libraries.setdefault(name, _Library(prefix, folder, "", ""))
        return list(libraries.values())

    def _last_link(self, path: str) -> str:
        """The path with links of its last part followed: Python looks from there, whatever links its folders are."""
        for _ in range(40):
            entry = self._tree.lookup(path, follow=False)
            if entry is None or entry.kind != "link":
                break
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), entry.target))
        return path

    def _has_module(self, library: _Library, module: str) -> bool:
        places = (f"{library.path}/{module}.py", f"{library.path}/{module}/__init__.py")
        return any(self._tree.lookup(place) is not None for place in places)

    def _shared(self, path: str, entry: Entry, head: ElfHead, name: str) -> Entry:
        origin = posixpath.dirname(entry.path)
        folders = [each.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for each in head.run_paths]
        folders += [each for each in self._variables.get("LD_LIBRARY_PATH", "").split(":") if each]
        folders += [*self._configured_folders(), *_LIBRARY_FOLDERS, self._loader_folder(head)]
        for folder in folders:
            library = self._tree.lookup(f"{folder}/{name}")
            if library is not None and library.kind == "file":
                return library
        raise _Doubt(
            l10n.t("{path} needs {library}, which is not where it would be looked for.", path=path, library=name)
        )

    def _configured_folders(self) -> Iterator[str]:
        files = ["/etc/ld.so.conf", *(f"/etc/ld.so.conf.d/{name}" for name in self._tree.names("/etc/ld.so.conf.d"))]
        for file in files:
            yield from (line.strip() for line in _text(self._tree, file).splitlines() if line.startswith("/"))

    def _loader_folder(self, head: ElfHead) -> str:
        loader = self._tree.lookup(head.interpreter)
        return posixpath.dirname(loader.path if loader is not None else head.interpreter)

    def _real(self, path: str, entry: Entry, library: _Library, settings: Mapping[str, str]) -> str:
        """The interpreter; of an environment made of copies that of its home, which Python tells from 3.11 on."""
        minor = int(library.minor.partition(".")[2])
        if not settings.get("home") or entry.path != path or minor < 11:
            return entry.path
        for name in (posixpath.basename(path), "python3", f"python{library.minor}"):
            base = self._tree.lookup(f"{settings['home']}/{name}")
            if base is not None and base.kind == "file":
                return base.path
        return entry.path

    def _sites(self, path: str, library: _Library, settings: Mapping[str, str]) -> tuple[str, ...]:
        prefixes = [library.prefix]
        if settings:
            own = posixpath.dirname(posixpath.dirname(path))
            all_packages = settings.get("include-system-site-packages", "true").lower() == "true"
            prefixes = [own, library.prefix] if all_packages else [own]
        try:
            folders = site_folders(
                _text(self._tree, f"{library.path}/site.py"),
                prefixes,
                f"python{library.minor}{library.threads}",
                library.folder,
                environment=bool(settings),
            )
        except UnknownSite:
            raise _Doubt(l10n.t("{path} looks for packages in a way of its own.", path=path)) from None
        entries = ((folder, self._tree.lookup(folder)) for folder in folders)
        return tuple(folder for folder, entry in entries if entry is not None and entry.kind == "folder")

    def _libc(self, path: str, head: ElfHead) -> str:
        if posixpath.basename(head.interpreter).startswith("ld-musl"):
            return "musl"
        try:
            match = _GLIBC.search(self._tree.read(f"{self._loader_folder(head)}/libc.so.6"))
        except (MissingFile, NotKept):
            match = None
        if match is None:
            raise _Doubt(l10n.t("No file says which C library {path} uses.", path=path))
        return f"glibc {match[1].decode()}"


def _variables(config: Mapping[str, Any]) -> dict[str, str]:
    pairs = (str(each).partition("=") for each in (config.get("config") or {}).get("Env") or ())
    return {name: value for name, _, value in pairs}


def _candidates(tree: ImageTree, further: Sequence[str]) -> Iterator[str]:
    yield from further
    yield from PLACES
    for folder in ENVIRONMENTS:
        yield from (f"{folder}/{name}/bin/python" for name in tree.names(folder) if not name.startswith("."))


def _command(tree: ImageTree, name: str, search: Sequence[str]) -> str:
    """Path of the program that a shell starts by that name; empty for none."""
    places = [name] if name.startswith("/") else [posixpath.join(folder, name) for folder in search]
    for place in places:
        entry = tree.lookup(place)
        if entry is not None and entry.runs:
            return place
    return ""


def _table(tree: ImageTree, path: str) -> str:
    return "\n".join(_text(tree, path).splitlines())


def _text(tree: ImageTree, path: str) -> str:
    try:
        return tree.read(path).decode("utf-8", "replace")
    except (MissingFile, NotKept):
        return ""
