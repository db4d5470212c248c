"""Models and files around a script to choose from, and what the script loads of them."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from scoredock.checks.models.model_needs import ModelNeeds, model_needs
from scoredock.context import Context
from scoredock.registry import Registry
from scoredock.scripts.model_choice import ModelsAround, RegisteredFiles
from scoredock.scripts.project_files import DeployableFiles
from scoredock.scripts.registrations import holds_exactly
from scoredock.scripts.texts import read_text

_PLACES = (".", "model", "models", "outputs")
"""Folders in which people keep the models of a project."""
_NOTEBOOK_LINE = re.compile(r"^[%!].*$", re.MULTILINE)


def needs_of(script: Path, source_directory: str, context: Context) -> ModelNeeds:
    """Files and models that an entry script and the modules that it brings along load. Nothing where they cannot be
    read."""
    from scoredock.checks.script.imported_modules import imported_modules

    overlays = context.overlays()
    text = read_text(script, overlays)
    if text is None:
        return ModelNeeds()
    needs = _needs_in(text, str(script))
    brought = imported_modules(
        script.as_posix(), text, source_directory, os.path.isfile, lambda name: read_text(Path(name), overlays)
    )
    for path in brought:
        needs |= _needs_in(read_text(Path(path), overlays) or "", path)
    return needs


def _needs_in(text: str, path: str) -> ModelNeeds:
    from scoredock.analysis.facts import Facts
    from scoredock.checks.script.script import TooComplex, parse_script

    if "AZUREML_MODEL_DIR" not in text and "get_model_path" not in text:
        return ModelNeeds()
    # A cell of a notebook that was saved as a script is refused for its first line, and repaired.
    for attempt in dict.fromkeys((text, _NOTEBOOK_LINE.sub("", text))):
        with contextlib.suppress(SyntaxError, TooComplex, RecursionError, MemoryError, ValueError):
            return model_needs(parse_script(attempt, Facts(path=path)))
    return ModelNeeds(any_model=True)


def around(folder: Path, project: str, files: DeployableFiles, registry: Registry) -> ModelsAround:
    """Models and files to choose from, seen from the folder of a script."""
    registered = tuple(RegisteredFiles(*each) for each in reversed(registry.trees()))
    places = [os.path.normpath(folder / inner) for inner in _PLACES]
    places += [os.path.normpath(folder.parent / inner) for inner in _PLACES]
    return ModelsAround(
        tuple(files.models),
        registered,
        lambda reference, paths: holds_exactly(registry, reference, paths),
        lambda path: os.path.exists(path),  # noqa: PTH110 (answers False where Path raises)
        tuple(places),
        project,
    )
