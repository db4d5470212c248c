"""Open documents: files and cells of notebooks, where a cell may itself be the text of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pygls.uris import to_fs_path

from scoredock.lsp.notebooks import Notebook
from scoredock.protocol.documents import Document

_WRITES = re.compile(r"\s*%%(?:writefile|file)[ \t]+(?:-a[ \t]+)?[\"']?(?P<name>[^\r\n\"']*?)[\"']?[ \t]*(?=[\r\n]|\Z)")


def path_of(uri: str) -> Path | None:
    """Path of the file of a URI; None for what has not been saved yet or lies elsewhere."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None


def place_of(document: Document, notebooks: Iterable[Notebook]) -> tuple[Document, Path] | None:
    """The text and the path to look at. Positions are those of the document in any case.

    A cell that begins with `%%writefile` is the file that it names, with an empty line for the magic; any other cell is
    code of its notebook.
    """
    path = path_of(document.uri)
    if path is not None:
        return document, path
    book = next((one for one in notebooks if any(cell.uri == document.uri for cell in one.cells)), None)
    path = path_of(book.uri) if book is not None else None
    if path is None:
        return None
    magic = _WRITES.match(document.text)
    name = PurePosixPath(magic["name"].replace("\\", "/")) if magic is not None else PurePosixPath()
    if magic is None or not name.name:
        return document, path
    # A folder that only the kernel knows ($folder, {folder}) is taken for the notebook's own.
    inside = name.name if re.search(r"[${]", str(name)) else str(name)
    blank = re.sub(r"[^\r\n]", " ", magic[0])
    text = blank + document.text[magic.end() :]
    return Document(document.uri, document.version, text, document.encoding), path.parent / inside
