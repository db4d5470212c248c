"""Files that the cells of a notebook make or fetch before others use them: they need not lie there yet."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence

from scoredock.contrib.sdk.checks.notebooks.cells import CellSource

_FILE = re.compile(r"[\w./\\-]*\w\.[A-Za-z]\w{0,7}\b")
"""What may be a file in a line for the shell, the end of an address included."""
_AZ_LINE = re.compile(r"^[ \t]*az[ \t](?:[^\r\n]*\\\r?\n)*[^\r\n]*", re.MULTILINE)
"""A command that only reads the files that it names."""
_FETCHES = re.compile(
    r"(?:^|[\s;&|(])(?:git[ \t]+clone|unzip|tar[ \t]+-?\w*x|7z|gsutil|azcopy|kaggle|dvc|gdown|aws[ \t]+s3"
    r"|(?:wget|curl)\b[^\n]*[${]|az[ \t][^\n]*\bdownload|(?:python3?|bash|sh|make)[ \t]+(?!-)[\w./-]*\w|\./\w)",
    re.MULTILINE,
)
"""Commands that leave files of which the line does not tell the names: they fetch, unpack or run something."""
_MAKING = re.compile(
    r"urlretrieve$|(?:.*_)?(?:download|fetch)|get_file$|save|dump|write|export|convert|copy|move$|rename$|to_(?!list)"
    r"|check_call$|check_output$|call$|run$|system$|Popen$",
    re.IGNORECASE,
)
_MAKING_ANY = re.compile(
    r"(?:.*_)?(?:download|fetch)(?:_(?!state|openml|california|20)|er?s?$|$)|snapshot|extract_?all$|unpack|clone",
    re.IGNORECASE,
)
_COPIES = re.compile(r"copy(?:file|2|tree)?$|move$")
"""Where no argument is a name, as in a loop over what a pattern finds, the files are not known."""
_HINT = re.compile(
    r"urlretrieve|download|fetch|get_file|sav|dump|writ|export|convert|copy|move|renam|to_|call|run|clone|unpack|extract|system|Popen|open|snapshot",
    re.IGNORECASE,
)


def existing(cells: Sequence[CellSource], exists: Callable[[str], bool]) -> Callable[[str], bool]:
    """Function that tells if a path exists, wherever the notebook is when the cells make it. Code is never made up: a
    module that is imported must be there, or be written by a cell.
    """
    shell = [cell.body for cell in cells if cell.kind == "shell"]
    shell += [command for cell in cells for _, command in cell.commands]
    made = {cell.target for cell in cells if cell.kind == "file"}
    made |= {word for text in shell for word in _FILE.findall(_AZ_LINE.sub("", text))}
    calls = [call for cell in cells if cell.kind == "python" for call in _calls(cell.body)]
    made |= {word for call in calls if _MAKING.match(_called(call)) or _writes(call) for word in _files(call)}
    names = {posixpath.basename(name.replace("\\", "/")) for name in made} - {""}
    anything = any(_FETCHES.search(text) for text in shell) or any(_MAKING_ANY.match(_called(call)) for call in calls)
    copies = any(_COPIES.match(_called(call)) and len(call.args) > 1 and not [*_files(call)] for call in calls)
    if not names and not anything and not copies:
        return exists
    return lambda path: (
        copies or posixpath.basename(path) in names or (anything and not path.endswith(".py")) or exists(path)
    )


def _calls(body: str) -> Iterator[ast.Call]:
    if not _HINT.search(body):
        return
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _writes(call: ast.Call) -> bool:
    """`open(…, "w")`."""
    modes = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
    return _called(call) == "open" and any(set(text) & set("wax") for text in texts)


def _files(call: ast.Call) -> Iterator[str]:
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        for node in ast.walk(value):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 1_000:
                yield from _FILE.findall(node.value)
