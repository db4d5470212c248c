"""The syntax tree of the script that is being looked at, kept for the next question about the same text."""

from __future__ import annotations

import gc
import threading

from scoredock.analysis.facts import Facts
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script

_lock = threading.Lock()
_last: list[tuple[str, ParsedScript | None]] = []
_KEPT = 2
_LONGEST = 400_000
"""Characters of a text that is kept; larger trees take too much memory."""


def parsed(text: str, facts: Facts) -> ParsedScript | None:
    """The script, or None when it cannot be parsed. Its facts are those of whoever asked first."""
    with _lock:
        for known, script in _last:
            if known == text:
                return script
    # A syntax tree is tens of thousands of small objects; looking for garbage amid them takes longer than parsing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        new_script: ParsedScript | None = parse_script(text, facts)
    except (SyntaxError, TooComplex, RecursionError, MemoryError):
        new_script = None
    finally:
        if collecting:
            gc.enable()
    if len(text) <= _LONGEST:
        with _lock:
            _last.insert(0, (text, new_script))
            del _last[_KEPT:]
    return new_script
