"""The script that a run configuration names, for a line that submits it without one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

_LARGEST = 1 << 20
_SUBMITS = (("run", "submit-script"), ("run", "submit"), ("experiment", "submit"))
_NAMING = ("-c", "--run-configuration-name")
_FOLDERS = ("", ".azureml", "aml_config")
_ENDINGS = ("", ".runconfig", ".yml")


def with_script(words: Sequence[str]) -> list[str]:
    """The words of a line with the script and the arguments of its configuration, where they name no script."""
    values = dict(reversed([*pairwise(words)]))
    at = next((at for at, word in enumerate(words[:-1]) if word in _NAMING), None)
    if tuple(words[:2]) not in _SUBMITS or at is None or any(word.endswith(".py") for word in words):
        return list(words)
    above = Path(values.get("--path", ""))
    places = (above / folder / f"{words[at + 1]}{ending}" for folder in _FOLDERS for ending in _ENDINGS)
    file = next((each for each in places if each.is_file() and each.stat().st_size <= _LARGEST), None)
    return [*words[: at + 2], *(_script(file) if file else ()), *words[at + 2 :]]


def _script(file: Path) -> list[str]:
    """A script and its arguments; nothing where the file cannot be read."""
    import yaml

    try:
        values = yaml.safe_load(file.read_text("utf-8-sig", errors="replace"))
    except (OSError, yaml.YAMLError):
        return []
    script = values.get("script") if isinstance(values, dict) else None
    if not isinstance(script, str) or not script.endswith(".py"):
        return []
    arguments = values.get("arguments")
    return [script, *map(str, arguments if isinstance(arguments, list) else ())]
