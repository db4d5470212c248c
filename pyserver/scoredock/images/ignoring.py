"""Files that never go into an image: by `.dockerignore` of a folder, and by default what holds secrets or is not a
source. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from scoredock.late_dataclass import dataclass

FILE = ".dockerignore"
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Ignored:
    """Rules in order; the last that fits decides, as Docker has it."""

    rules: tuple[tuple[bool, re.Pattern[str]], ...]
    """Whether it leaves out (else it brings back), and for which paths."""
    denied: tuple[re.Pattern[str], ...] = ()
    """What is left out whatever the rules say of the folders above it."""

    def leaves_out(self, path: PurePosixPath) -> bool:
        """True if a file or folder, relative to the folder with the rules, is left out, by itself or with one above
        it."""
        if self.holds_secret(path):
            return True
        steps = _steps(path)
        out = False
        for leaves, pattern in self.rules:
            if any(pattern.fullmatch(step) for step in steps):
                out = leaves
        return out

    def holds_secret(self, path: PurePosixPath) -> bool:
        """True if its name, or that of a folder above it, is denied by default and no line brings it back."""
        steps = _steps(path)
        return any(
            any(each.fullmatch(step) for each in self.denied) and not self._means(steps[: number + 1])
            for number, step in enumerate(steps)
        )

    def takes_along(self, path: PurePosixPath) -> bool:
        """True if a line brings back this very file or folder by its own name."""
        return self._means(_steps(path)[:1])

    def _means(self, steps: Sequence[str]) -> bool:
        """True if a line brings back one of these by its own name: `!app` says nothing of `app/.env`."""
        return any(not leaves and any(each.fullmatch(step) for step in steps) for leaves, each in self.rules)

    @property
    def brings_back(self) -> bool:
        """True if something in a folder that is left out may still be wanted."""
        return any(not leaves for leaves, _ in self.rules)


def _steps(path: PurePosixPath) -> list[str]:
    """A path and those above it."""
    return [str(path), *(str(parent) for parent in path.parents if str(parent) != ".")]


def ignored(folder: Path) -> Ignored:
    """The rules for a folder: the default ones, then those of its `.dockerignore`. An unreadable file has none."""
    try:
        with (folder / FILE).open("rb") as stream:
            lines = stream.read(_LARGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    from scoredock.formats.secrets import SECRET_FILES
    from scoredock.formats.signs import NEVER_PACKAGED

    # A line `!name` in the file that means one of them, and not only a folder that it lies in, brings it back.
    names = [f"**/{name}" for name in (*sorted(NEVER_PACKAGED), *SECRET_FILES)]
    return replace(parsed(lines), denied=tuple(pattern for _, pattern in parsed(names).rules))


def parsed(lines: Sequence[str]) -> Ignored:
    """The rules of lines as Docker reads them; what is not a pattern is passed over."""
    rules: list[tuple[bool, re.Pattern[str]]] = []
    for line in lines:
        written = line.lstrip("\ufeff").strip()
        if not written or line.startswith("#"):
            continue
        leaves = not written.startswith("!")
        cleaned = str(PurePosixPath("/" + written.removeprefix("!").strip())).lstrip("/")
        if cleaned in ("", "."):
            continue
        try:
            rules.append((leaves, re.compile(_expression(cleaned))))
        except re.error:
            continue
    return Ignored(tuple(rules))


def _expression(pattern: str) -> str:
    """`*` and `?` stay within a name, `**` is any number of folders, `[…]` a set of characters."""
    expression = ""
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if pattern.startswith("**/", at):
            expression, at = expression + "(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            expression, at = expression + ".*", at + 2
        elif sign == "[" and (end := pattern.find("]", at + 2)) > 0:
            inner = pattern[at + 1 : end].replace("\\", "\\\\")
            expression, at = expression + f"[{inner}]", end + 1
        elif sign == "\\" and at + 1 < len(pattern):
            expression, at = expression + re.escape(pattern[at + 1]), at + 2
        else:
            expression, at = expression + {"*": "[^/]*", "?": "[^/]"}.get(sign, re.escape(sign)), at + 1
    return expression
