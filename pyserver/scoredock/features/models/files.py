"""Files of a project as models: what is proposed for a script, and how they are registered on the way to a service."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.checks.models.model_needs import ModelNeeds, model_needs
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.features.guide.project_files import DeployableFiles
from scoredock.features.models.choice import FilesToRegister, ModelsAround, RegisteredFiles
from scoredock.features.scripts.texts import read_text
from scoredock.progress import CancelToken
from scoredock.protocol import messages
from scoredock.registry import ModelVersion, Registry

_PLACES = (".", "model", "models", "outputs")
"""Folders in which people keep the models of a project."""
_NOTEBOOK_LINE = re.compile(r"^[%!].*$", re.MULTILINE)
_MOST_COMPARED_BYTES = 512 << 20
"""Of files that a proposal reads to compare them; larger ones count as the same when their sizes are."""


def needs_of(script: Path, source_directory: str, context: Context) -> ModelNeeds:
    """What an entry script and the modules that it brings along load. Nothing where they cannot be read."""
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
    """What there is to choose a model from, seen from the folder of a script."""
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


def holds_exactly(registry: Registry, reference: str, paths: Sequence[str], most: int = _MOST_COMPARED_BYTES) -> bool:
    """Whether a registered version holds these files and no others, byte by byte."""
    from scoredock.registry.models.survey import survey

    try:
        model = registry.model(reference)
        source = survey([Path(path) for path in paths], registry.limits, CancelToken())
    except (ScoredockError, OSError):
        return False
    return _same_bytes(model, {file.stored: (file.path, file.size) for file in source.files}, most)


def _same_bytes(model: ModelVersion, files: dict[str, tuple[Path, int]], most: int) -> bool:
    from scoredock.registry.blobs.hashing import digest_of

    sizes = {file.path: file.size for file in model.files}
    if sizes != {stored: size for stored, (_, size) in files.items()}:
        return False
    if sum(sizes.values()) > most:
        return True
    try:
        return all(digest_of(files[file.path][0]) == file.sha256 for file in model.files)
    except OSError:
        return False


def as_message(files: FilesToRegister, registry: Registry) -> messages.ModelToRegister:
    """With the version that it will be."""
    return messages.ModelToRegister(files.name, list(files.paths), registry.next_version(files.name))


class Registrations:
    """What was registered on the way to one service."""

    def __init__(self, registry: Registry, operation: Operation) -> None:
        self._registry = registry
        self._operation = operation
        self.models: list[str] = []
        self.new: list[str] = []
        """Those of `models` that were not there before."""

    def register(self, models: Sequence[messages.ModelToRegister]) -> None:
        """Files that the newest version of their model holds already are not registered again: asking twice, as after
        a failure, changes nothing. Raises what registering raises."""
        from scoredock.registry.formats.recognise import propose

        for each in models:
            paths = [absolute(path) for path in each.paths]
            known = self._newest(each.name)
            if known and holds_exactly(self._registry, known, list(map(str, paths)), most=1 << 62):
                self.models.append(known)
                continue
            proposal = propose(paths)
            model = self._registry.register(
                paths,
                each.name,
                framework=proposal.framework,
                framework_version=proposal.framework_version,
                progress=self._operation.progress,
                cancel=self._operation.cancel,
            )
            self.models.append(model.id)
            self.new.append(model.id)

    def _newest(self, name: str) -> str:
        try:
            return self._registry.summary(name).id
        except ScoredockError:
            return ""

    def tell(self, error: ScoredockError) -> None:
        """Says of a deployment that failed what stays of it."""
        if self.new:
            kept = (
                l10n.t("The model {model} stays registered.", model=self.new[0])
                if len(self.new) == 1
                else l10n.t("The models {models} stay registered.", models=", ".join(self.new))
            )
            error.fix = f"{error.fix} {kept}"
            error.details = {**error.details, "registered": self.new}
