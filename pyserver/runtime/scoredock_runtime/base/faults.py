"""Texts about an exception: one line, the places in the person's own files, the traceback for the log.

Read by the interpreter of a script as well (see `script_process`): Python 3.6.
"""

import os
import traceback
from types import TracebackType
from typing import List, NamedTuple, Optional

_PLACE_LIMIT = 50


class CodePlace(NamedTuple):
    """A line of a traceback, as `contract.Frame` has it."""

    file: str
    line: int
    function: str
    text: str = ""


class ForeignFault(Exception):
    """An exception that was raised in the process of a script, as what that process says of it."""

    def __init__(self, line: str, places: List[CodePlace], text: str) -> None:
        super().__init__(line)
        self.line = line
        """As `one_line` gives it there."""
        self.places = places
        self.text = text
        """Its traceback."""
        self.kind = ""
        """Module and name of its class."""
        self.message = ""
        self.misfit = ""
        """What did not fit the sample of its schema, as `schema.mismatch.misfit` has it."""


def in_words(fault: BaseException, sentence: str, app_root: str) -> ForeignFault:
    """The same in a sentence, with the places of the person's own code, and no others."""
    kind, places = type(fault), places_of(fault, app_root)
    lines = [f'  File "{each.file}", line {each.line}, in {each.function}' for each in places]
    said = ForeignFault(sentence, places, "\n".join([sentence, *lines]))
    said.kind = fault.kind if isinstance(fault, ForeignFault) else f"{kind.__module__}.{kind.__qualname__}"
    said.message = sentence
    return said


def is_inside(file: str, app_root: str) -> bool:
    """True if the file belongs to the person's code: below `app_root`, but not in an environment there."""
    # `<frozen importlib._bootstrap>` and `<string>` are not files; as relative paths they would lie in the working
    # directory.
    if file.startswith("<"):
        return False
    path, root = os.path.realpath(file), os.path.realpath(app_root)
    # Compiled code names its sources as they lay where it was compiled (`sklearn/tree/_tree.pyx`), which is below any
    # working directory.
    if not path.startswith(os.path.join(root, "")) or not os.path.isfile(path):
        return False
    return not ({"site-packages", "dist-packages"} & set(path[len(root) :].split(os.sep)))


def places_of(fault: BaseException, app_root: str) -> List[CodePlace]:
    """The places in the person's own files, outermost first; for a syntax error the bad line is the last."""
    if isinstance(fault, ForeignFault):
        return fault.places
    places = [
        CodePlace(os.path.abspath(entry.filename), entry.lineno or 1, entry.name, (entry.line or "")[:500])
        for entry in traceback.extract_tb(fault.__traceback__)
        if is_inside(entry.filename, app_root)
    ]
    if isinstance(fault, SyntaxError) and fault.filename and is_inside(fault.filename, app_root):
        text = (fault.text or "").strip()[:500]
        places.append(CodePlace(os.path.abspath(fault.filename), fault.lineno or 1, "<module>", text))
    return places[-_PLACE_LIMIT:]


def one_line(fault: BaseException) -> str:
    """The exception's type and text."""
    if isinstance(fault, ForeignFault):
        return fault.line
    try:
        text = " ".join(str(fault).split())
    except BaseException:  # SystemExit, too: it is the person's __str__
        text = "its text cannot be made"
    name = type(fault).__name__
    return (f"{name}: {text}" if text else name)[:2000]


def import_line(fault: BaseException) -> str:
    """The same of what ended a start: of a shared library that is missing, which others its package lacks."""
    line = one_line(fault)
    if not isinstance(fault, (ImportError, OSError)):
        return line
    from scoredock_runtime.base.shared_libraries import missing_libraries

    try:
        return line + missing_libraries(fault, line)
    except Exception:  # files of a package that are none, or an exception of the person's
        return line


def traceback_text(fault: BaseException, app_root: str) -> str:
    """The traceback from the person's first frame on, for the log."""
    if isinstance(fault, ForeignFault):
        return fault.text
    start: Optional[TracebackType] = fault.__traceback__
    first = start
    while first is not None and not is_inside(first.tb_frame.f_code.co_filename, app_root):
        first = first.tb_next
    try:
        return "".join(traceback.format_exception(type(fault), fault, first or start)).rstrip()
    except BaseException:  # formatting runs methods of the person's exception
        return one_line(fault)
