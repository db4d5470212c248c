"""Shared libraries that a package needs and the system lacks, all at once: the dynamic linker names one at a time.

Read by the interpreter of a script as well (see `script_process`): Python 3.6.
"""

import os
import re
import struct
from typing import BinaryIO, Dict, Iterator, List, Set, Tuple

_MISSING = re.compile(r"\b(lib[\w+.-]*\.so(?:\.\d+)*): cannot open shared object file")
_MOST = 4000
"""Libraries of a package that are looked at."""
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRINGS, _RPATH, _RUNPATH = 1, 5, 15, 29


def missing_libraries(fault: BaseException, line: str) -> str:
    """Shared libraries that a failed import lacks, for the end of the sentence `line` about it; empty where it failed
    by something else, or nothing more can be said."""
    match = _MISSING.search(line)
    file = _file_of(fault)
    if match is None or not file:
        return ""
    site, package = _package_of(file)
    if not package:
        return ""
    others = sorted(set(_lacking(site, package, file)) - {match.group(1)})
    return f" ({package} needs {', '.join(['it', *others])})"


def _file_of(fault: BaseException) -> str:
    """The library that could not be loaded, or else the code of a package that loaded one; empty where none did."""
    path = getattr(fault, "path", None)
    step = fault.__traceback__
    files = [str(path)] if path else []
    while step is not None and not path:
        files.append(step.tb_frame.f_code.co_filename)
        step = step.tb_next
    return next((file for file in reversed(files) if _package_of(file)[1]), "")


def _package_of(file: str) -> Tuple[str, str]:
    """The folder of packages, and the name of the one in it that has the file."""
    parts = file.split(os.sep)
    for folder in ("site-packages", "dist-packages"):
        if folder in parts:
            at = len(parts) - parts[::-1].index(folder)
            if at < len(parts):
                return os.sep.join(parts[:at]), parts[at].split(".")[0]
    return "", ""


def _lacking(site: str, package: str, file: str) -> Iterator[str]:
    """Names that nothing has, of what the package's modules need, and what they need in turn."""
    own = {**_libraries(os.path.join(site, package)), os.path.basename(file): file}
    brought = dict(own)
    for name in os.listdir(site):
        if name.endswith(".libs"):
            brought.update(_libraries(os.path.join(site, name)))
    is_module = ".so" in file
    waiting = [path for name, path in own.items() if not (is_module and name.startswith("lib"))]
    looked_up: Set[str] = set()
    while waiting and len(looked_up) < _MOST:
        names, folders = _needed(waiting.pop())
        for name in names:
            if name in looked_up:
                continue
            looked_up.add(name)
            beside = [os.path.join(folder, name) for folder in folders]
            path = next(filter(os.path.exists, beside), brought.get(name))
            if path is not None:
                waiting.append(path)
            elif not _is_there(name):
                yield name


def _libraries(folder: str) -> Dict[str, str]:
    """Those below a folder, by name."""
    return {name: os.path.join(place, name) for place, _, names in os.walk(folder) for name in names if ".so" in name}


def _is_there(name: str) -> bool:
    """True if the linker finds it; one that it finds and that lacks another one is there."""
    try:
        import ctypes

        ctypes.CDLL(name)
    except ImportError:
        return True  # a Python without ctypes: nobody can say
    except OSError as fault:
        match = _MISSING.search(str(fault))
        return match is None or match.group(1) != name
    return True


def _needed(path: str) -> Tuple[List[str], List[str]]:
    """The names that a library asks the linker for, and the folders of its own where the linker looks for them."""
    try:
        with open(path, "rb") as stream:
            entries, strings = _dynamic(stream)
    except (OSError, struct.error, ValueError):
        return [], []
    names = [_text(strings, value) for tag, value in entries if tag == _NEEDED]
    folders = [
        folder.replace("$ORIGIN", os.path.dirname(path)).replace("${ORIGIN}", os.path.dirname(path))
        for tag, value in entries
        if tag in (_RPATH, _RUNPATH)
        for folder in _text(strings, value).split(":")
    ]
    return names, folders


def _dynamic(stream: BinaryIO) -> Tuple[List[Tuple[int, int]], bytes]:
    """The table for the linker, and the texts that it points into. Raises ValueError, struct.error for another kind of
    file."""
    head = stream.read(64)
    if head[:4] != b"\x7fELF":
        raise ValueError("no library")
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    table, size, count = struct.unpack_from(order + ("32xQ14xHH" if wide else "28xI10xHH"), head)
    segments = []
    for number in range(count):
        stream.seek(table + number * size)
        form = order + ("I4xQQ8xQ" if wide else "IIIxxxxI")
        segments.append(struct.unpack(form, stream.read(struct.calcsize(form))))
    entries: List[Tuple[int, int]] = []
    for kind, offset, _, length in segments:
        if kind == _DYNAMIC:
            stream.seek(offset)
            content = stream.read(length)
            step = struct.Struct(order + ("QQ" if wide else "II"))
            entries = [(tag, value) for tag, value in step.iter_unpack(content[: length // step.size * step.size])]
    address = next((value for tag, value in entries if tag == _STRINGS), 0)
    for kind, offset, start, length in segments:
        if kind == _LOAD and start <= address < start + length:
            stream.seek(offset + address - start)
            return entries, stream.read(start + length - address)
    raise ValueError("no texts")


def _text(strings: bytes, at: int) -> str:
    return os.fsdecode(strings[at : strings.index(b"\0", at)])
