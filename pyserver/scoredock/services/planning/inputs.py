"""Reads what a request names: models, configurations, the entry script and what it will be called with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.checks.configs.inference.check import InferenceConfig, base_folder, parse_inference
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import ModelVersion
from scoredock.services.entry_script import EntryScript
from scoredock.services.planning.consent import require_consent
from scoredock.services.planning.files import Files
from scoredock.services.planning.findings import require_checked
from scoredock.services.planning.reading import require_there
from scoredock.services.request import DeployRequest

if TYPE_CHECKING:
    from scoredock.no_code.generating import Generated

_MOST_MODELS = 1_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """Models and files that a request names, read."""

    request: DeployRequest
    models: tuple[ModelVersion, ...]
    config: InferenceConfig | None
    base: Path | None
    """The folder that the paths of the inference configuration are relative to."""
    generated: Generated | None
    """The script that is made for a model without one."""
    script: EntryScript
    text: str
    """Of the entry script."""


def read_inputs(request: DeployRequest, files: Files) -> Inputs:
    """Raises ScoredockError with the place: files that are missing or unreadable, models that are not registered,
    `model-known-bad`, `check-failed` for a configuration that names no script, `no-code-…`, `deploy-input-missing`.
    """
    models = _models(request.models or (), files)
    files.notes += require_consent(models)
    config, base = _inference(request, files)
    generated = _without_code(request, models, files)
    try:
        script = (
            _script(request, config, base)
            if generated is None
            else EntryScript(generated.script, generated.source_directory)
        )
    except ScoredockError:
        # A path that a configuration names wrongly is better reported as a finding at its line.
        require_checked(files.findings, request.skip_checks)
        raise
    text = files.script_text(script.path)
    return Inputs(request, tuple(models), config, base, generated, script, text)


def _models(references: Sequence[str], files: Files) -> list[ModelVersion]:
    """The versions that are meant now; what was said by alias is noted, as the alias may move."""
    if len(references) > _MOST_MODELS:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "A service takes up to {limit:,} models, not {count:,}.",
                limit=_MOST_MODELS,
                count=len(references),
            ),
        )
    models_by_id: dict[str, ModelVersion] = {}
    for reference in references:
        model = files.registry.model(reference)
        if model.pickle == "unread":  # registered by an earlier release
            model = files.registry.scan_pickles(model.id)
        models_by_id[model.id] = model
        if "@" in reference:
            files.notes.append(l10n.t("{reference} is {model}.", reference=reference, model=model.id))
    return list(models_by_id.values())


def _inference(request: DeployRequest, files: Files) -> tuple[InferenceConfig | None, Path | None]:
    """The inference configuration and the folder its paths are relative to."""
    if not request.inference_config:
        return None, None
    path = Path(request.inference_config)
    facts = replace(files.facts(path), serves=True)
    config, findings = parse_inference(files.text(path), facts)
    files.add(path, findings)
    if config is None:
        if not request.entry_script:
            require_checked(files.findings, skip_checks=False)
            raise ScoredockError(
                "deploy-input-missing", l10n.t("{path} names no entry script.", path=path), place=Place(str(path))
            )
        return None, path.parent
    return config, Path(base_folder(config.entry_script, config.source_directory, facts))


def _without_code(request: DeployRequest, models: Sequence[ModelVersion], files: Files) -> Generated | None:
    """The script that is made for the model of a deployment that names none. Raises ScoredockError `no-code-…`."""
    if request.entry_script or request.inference_config:
        return None
    from scoredock.no_code.generating import prepare, prepare_path

    if request.model_path:
        if models:
            raise ScoredockError(
                "no-code-models",
                l10n.t(
                    "The deployment of {name} names a registered model and a path; give one of them.", name=request.name
                ),
            )
        generated = prepare_path(Path(request.model_path), files.registry)
    elif models and not request.source_directory:
        generated = prepare(models, files.registry)
    else:
        return None
    files.notes += generated.notes
    return generated


def _script(request: DeployRequest, config: InferenceConfig | None, base: Path | None) -> EntryScript:
    folder: Path | None = None
    if request.source_directory:
        folder = Path(os.path.realpath(request.source_directory))
    elif config is not None and base is not None and config.source_directory and not request.entry_script:
        folder = Path(os.path.realpath(base / config.source_directory))
    if request.entry_script:
        path = Path(os.path.abspath(request.entry_script))  # noqa: PTH100 (links keep the name the person knows)
    elif config is not None and base is not None:
        path = Path(os.path.abspath((folder or base) / config.entry_script))  # noqa: PTH100
    else:
        raise ScoredockError(
            "deploy-input-missing", l10n.t("The deployment of {name} names no entry script.", name=request.name)
        )
    if folder is not None:
        require_there(folder, l10n.t("source directory"), folder=True)
    require_there(path, l10n.t("entry script"), folder=False)
    if folder is not None and folder not in path.parents:
        path = Path(os.path.realpath(path))  # the folder was given through a link
    return EntryScript(path, folder)
