"""Gathers what a first request can be made of: files beside the script, its text, datasets and models."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scoredock.analysis.facts import Facts
from scoredock.checks.requests.request_shape import RequestShape, shape_of
from scoredock.checks.script.script import TooComplex, parse_script
from scoredock.errors import ScoredockError
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.formats.recognise import pickled_features, recognise
from scoredock.services.access.bodies import BodyFacts, ScoringRequest
from scoredock.services.access.dataset_samples import sample_of_models
from scoredock.services.access.model_rows import ModelInputs
from scoredock.services.planning.reading import SCRIPT_BYTES, read_text

SAMPLE_FILES = ("sample-request.json", "sample_request.json", "sample-input.json", "sample_input.json")
"""Beside an entry script: a body that it answers."""
_SAMPLE_BYTES = 1_000_000
_EXAMPLE = "input_example.json"
_EXAMPLE_BYTES = 64 << 10
_MOST_FILES = 50


def body_facts(
    registry: Registry,
    models: Sequence[str],
    script: Path | None,
    *,
    schema: Any = None,
    answered: ScoringRequest | None = None,
) -> BodyFacts:
    """`models` are ids; one that is gone, and a file that cannot be read, say nothing. Never raises."""
    versions: list[ModelVersion] = []
    for each in models:
        with contextlib.suppress(ScoredockError):
            versions.append(registry.model(each))
    return BodyFacts(
        answered=answered,
        files=tuple(_sample_files(script)) if script is not None else (),
        schema=schema,
        dataset=sample_of_models(registry, models),
        models=tuple(inputs_of(version, registry) for version in versions),
        model_names=tuple(dict.fromkeys(version.name for version in versions)),
        shape=_shape(script) if script is not None else None,
    )


def _sample_files(script: Path) -> Iterable[tuple[str, str]]:
    for name in SAMPLE_FILES:
        path = script.parent / name
        with contextlib.suppress(ScoredockError):
            if path.is_file():
                yield name, read_text(path, _SAMPLE_BYTES)


def _shape(script: Path) -> RequestShape | None:
    try:
        parsed = parse_script(read_text(script, SCRIPT_BYTES), Facts(path=str(script)))
        return shape_of(parsed)
    except (ScoredockError, SyntaxError, TooComplex, RecursionError):
        return None


def inputs_of(version: ModelVersion, registry: Registry) -> ModelInputs:
    """Inputs that the files of a model describe, read without loading the model."""
    files = sorted(version.files, key=lambda file: (file.path.count("/"), file.path))[:_MOST_FILES]
    for file in files:
        if file.path.rpartition("/")[2] == _EXAMPLE and file.size <= _EXAMPLE_BYTES:
            example = _example(registry.blob(file.sha256))
            if example is not None:
                return ModelInputs(file.path, example=example)
    for file in files:
        place, name = registry.blob(file.sha256), file.path.rpartition("/")[2]
        known = recognise(place, name)
        if known is None:
            continue
        if known.inputs:
            return ModelInputs(name, tensors=known.inputs)
        features, names = pickled_features(place) if known.form == "pickle" else (0, ())
        if features or names:
            return ModelInputs(name, features=features or len(names), names=names)
    return ModelInputs()


def _example(path: Path) -> Any:
    """The first row of an example as MLflow writes it; None for any other form."""
    try:
        document = json.loads(read_text(path, _EXAMPLE_BYTES))
    except (ScoredockError, ValueError, RecursionError):
        return None
    if isinstance(document, dict) and isinstance(document.get("data"), list) and document["data"]:
        first, columns = document["data"][0], document.get("columns")
        if isinstance(columns, list) and isinstance(first, list) and len(columns) == len(first):
            return [dict(zip(map(str, columns), first, strict=True))]
        return [first]
    if isinstance(document, dict) and isinstance(document.get("inputs"), list) and document["inputs"]:
        return document["inputs"][:1]
    return document[:1] if isinstance(document, list) and document else None
