"""`CopyFiles` of Azure Pipelines as a program: patterns of minimatch below a folder, `!` for what is left out."""

from __future__ import annotations

from collections.abc import Mapping

_PROGRAM = """\
import os
import re
import shutil

source = {source} or "."
target = {target}
patterns = [line.strip() for line in {contents}.splitlines() if line.strip()] or ["**"]
is_flat = {flatten}.lower() == "true"


def expression(pattern):
    parts = re.split(r"(\\*\\*/|\\*\\*|\\*|\\?)", pattern)
    signs = {{"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}}
    return "".join(signs.get(part, re.escape(part)) for part in parts) + r"\\Z"


def is_chosen(path):
    chosen = False
    for pattern in patterns:
        if re.match(expression(pattern.lstrip("!").strip("/")), path):
            chosen = not pattern.startswith("!")
    return chosen


if {clean}.lower() == "true":
    shutil.rmtree(target, ignore_errors=True)
chosen = []
for folder, folders, names in os.walk(source):
    folders[:] = [name for name in folders if os.path.abspath(os.path.join(folder, name)) != os.path.abspath(target)]
    paths = [os.path.relpath(os.path.join(folder, name), source).replace(os.sep, "/") for name in names]
    chosen += [path for path in paths if is_chosen(path)]
for path in sorted(chosen):
    place = os.path.join(target, os.path.basename(path) if is_flat else path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    shutil.copy2(os.path.join(source, path), place)
print(len(chosen), "files copied to", target)
"""


def copy_program(inputs: Mapping[str, str]) -> str:
    """For Python. What stands in the inputs as `$(name)` is filled in before it runs."""
    return _PROGRAM.format(
        source=repr(inputs.get("sourcefolder", "")),
        target=repr(inputs.get("targetfolder", "")),
        contents=repr(inputs.get("contents", "")),
        flatten=repr(inputs.get("flattenfolders", "")),
        clean=repr(inputs.get("cleantargetfolder", "")),
    )
