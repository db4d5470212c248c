"""Lists the contributions: nouns that the core works without, each a folder of `contrib`. What one adds to the core is
said in its `contribution.py` (`features/contribution.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

NAMES: tuple[str, ...] = (
    "request_tests",
    "exports",
    "runs",
    "batch",
    "carry_over",
    "lineage",
    "azure",
    "pipelines",
    "migration",
    "drift",
    "rules",
    "events",
    "profiling",
    "sdk",
    "az",
    "model_images",
)
"""In the order of the help."""
_PACKAGE = "scoredock.contrib"
_FOLDER = Path(__file__).parent


@cache
def present() -> tuple[str, ...]:
    """Names of those whose folder is there: any of them can be left out."""
    return tuple(name for name in NAMES if (_FOLDER / name / "__init__.py").is_file())


def is_present(name: str) -> bool:
    """True if what leads to it leads anywhere."""
    return name in present()


@cache
def with_part(folder: str) -> tuple[str, ...]:
    """Names of those that have a folder of that name: `checks`."""
    return tuple(name for name in present() if (_FOLDER / name / folder / "__init__.py").is_file())


def module_of(name: str, part: str) -> str:
    """`scoredock.contrib.drift.messages` for the messages of drift."""
    return f"{_PACKAGE}.{name}.{part}"


def program_of(words: Sequence[str]) -> Callable[[Sequence[str]], int] | None:
    """Function that carries out a line of `az` such as `az ml model list`; None for other lines and for our own `az
    install`, `az uninstall` and help.
    """
    if words[:1] != ["az"] or words[1:2] in ([], ["install"], ["uninstall"], ["-h"], ["--help"]):
        return None
    return import_module(module_of("az", "lines.main")).main if "az" in present() else None


def is_there(place: str) -> bool:
    """True if a module, or `module:function`, is of the core or of a contribution that was not left out."""
    return not place.startswith(f"{_PACKAGE}.") or place.split(".")[2] in present()


def there(places: Mapping[str, str]) -> dict[str, str]:
    """Places that are not in an absent contribution, by name."""
    return {name: place for name, place in places.items() if is_there(place)}
