"""Scripts that a line submits: the one that its run configuration names, and the folder `outputs`, which such a script
finds beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.rule import quoted_names

_LARGEST = 1 << 20
_SUBMITS = (("run", "submit-script"), ("run", "submit"), ("experiment", "submit"))
_NAMING = ("-c", "--run-configuration-name")
_FOLDERS = ("", ".azureml", "aml_config")
_ENDINGS = ("", ".runconfig", ".yml")
_OUTPUTS = "outputs"
_RUN = re.compile(r"`(?:\((?:set [^&]*&& )*(?:cd ([^ &]+) && )?)?(?:\w+=\S+ )*scoredock sdk run ([^ `)]+\.py)")
_WRITES = re.compile(
    r"(?:(?:dump|open|save\w*|savefig|to_\w+|write_\w+)\([^\n]*|^\s*\w+\s*=\s*(?:[\w.]+join\()?|default\s*=\s*)"
    r"[\"'](?:\./)?outputs[\"'/]",
    re.MULTILINE,
)
_MAKES = re.compile(r"mkdir|makedirs|copytree")
_REGISTERS = re.compile(r"^[^#\n]*(?:\bmlflow\.register_model[ \t]*\(|\bregistered_model_name[ \t]*=)", re.MULTILINE)
_CHOOSES_STORE = re.compile(r"set_(?:tracking|registry)_uri[ \t]*\(")
_STORE = "MLFLOW_TRACKING_URI"


def with_script(words: Sequence[str]) -> list[str]:
    """The words of a line with the script and the arguments of its configuration, where they name no script."""
    values = dict(reversed([*pairwise(words)]))
    at = next((at for at, word in enumerate(words[:-1]) if word in _NAMING), None)
    if tuple(words[:2]) not in _SUBMITS or at is None or any(word.endswith(".py") for word in words):
        return list(words)
    above = Path(values.get("--path", ""))
    places = (above / folder / f"{words[at + 1]}{ending}" for folder in _FOLDERS for ending in _ENDINGS)
    file = next((each for each in places if each.is_file() and each.stat().st_size <= _LARGEST), None)
    return [*words, *(_script(file) if file else ())]


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


def outputs_note(advice: str) -> str:
    """Note on folders to make before the scripts of an advice run; empty if none are missing."""
    scripts: dict[str, list[str]] = {}
    for folder, script in dict.fromkeys(_RUN.findall(advice)):
        outputs = Path(folder or ".") / _OUTPUTS
        text = "" if outputs.exists() else _text(Path(folder or ".") / script)
        if _WRITES.search(text) is not None and _MAKES.search(text) is None:
            scripts.setdefault(outputs.as_posix(), []).append(script)
    return " ".join(
        l10n.t(
            "Make the folder {folder} first, for {scripts}: only a run that is submitted finds it there.",
            folder=folder,
            scripts=quoted_names(names),
        )
        for folder, names in scripts.items()
    )


def registers_note(advice: str) -> str:
    """Note on models that the scripts of an advice register with MLflow, in whose store of its own they stay; empty
    where none do, or where something chooses the store."""
    if _STORE in os.environ or f"{_STORE}=" in advice:
        return ""
    scripts = dict.fromkeys(_RUN.findall(advice))
    texts = {script: _text(Path(folder or ".") / script) for folder, script in scripts}
    names = [name for name, text in texts.items() if _REGISTERS.search(text) and not _CHOOSES_STORE.search(text)]
    if not names:
        return ""
    return l10n.t(
        "What {scripts} registers with MLflow does not come into the workspace here, and MLflow 1 refuses it: its store"
        " is one of the folder in which the script runs. In that folder `{list}` shows the run, and `{register}`"
        " registers the model that it logged.",
        scripts=quoted_names(names),
        list="scoredock run list",
        register="scoredock run register STORE RUN --name NAME",
    )


def _text(script: Path) -> str:
    """Text of a script; empty where it cannot be read, or is too large."""
    try:
        if not script.is_file() or script.stat().st_size > _LARGEST:
            return ""
        return script.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
