"""Parts of a script's ModelDataCollector (data collection) that whoever runs the script has to provide.

Read by the interpreter of a script as well (see `script_process`): Python 3.6.
"""

import functools
from typing import Any

ENABLED_VARIABLE = "AML_MODEL_DC_STORAGE_ENABLED"

collector: Any = None
"""Takes the rows, in a process of the script's own Python; None where the worker's own collector does."""

_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = frozenset(("con", "prn", "aux", "nul"))
_SEGMENT_LIMIT = 100


@functools.lru_cache(maxsize=256)
def segment(name: str) -> str:
    """A name as one part of a path, on every system and never outside of the folder."""
    text = "".join("_" if each in _FORBIDDEN or not each.isprintable() else each for each in name)
    text = text.strip(" .")[:_SEGMENT_LIMIT].strip(" .")
    return f"_{text}" if text.lower() in _RESERVED else text or "default"
