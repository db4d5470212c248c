"""Chooses what of a run is registered, and as what: the artifact, the name, the framework, each with the reason."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.artifacts import Artifact, ArtifactTree, history_paths
from scoredock.contrib.runs.domain.mlflow.children import choose, has_best
from scoredock.contrib.runs.domain.mlflow.records import ExperimentRecord, RunRecord, TrackingStore, artifact_parts
from scoredock.errors import ArtifactMissing
from scoredock.late_dataclass import dataclass
from scoredock.registry.formats.readers import FileSample, read_mlmodel
from scoredock.registry.grammar import fit_name, printable

MLMODEL_BYTES = 256 << 10
WHOLE = "."
"""The path that means all artifacts of a run."""
_NAME_TAGS = ("model_name", "model_id", "azureml.model_name")
_RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+-[0-9]{1,4}")
"""What MLflow calls a run that nobody named."""
_GENERAL = frozenset(("model", "models", "mlflow-model", "artifacts", "best_estimator", "outputs", "sklearn-model"))
"""Names of logged models that say nothing."""
_FOLDERS = ("outputs", "", "model", "models")
"""Where models lie that were logged as plain files; automated ML and the documents write to `outputs`."""
_SUFFIXES = ("pkl", "joblib", "onnx", "pt", "pth", "keras", "h5", "safetensors", "ubj", "skops", "sav", "bin", "zip")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Artifact of a run that is chosen."""

    run: RunRecord
    experiment: ExperimentRecord
    tree: ArtifactTree
    path: str
    """Empty for all artifacts of the run."""
    is_folder: bool
    name: str
    """A model name inside the grammar."""
    framework: str
    """From an MLmodel file; empty when the bytes have to say."""
    framework_version: str
    reason: str
    """One or two sentences."""


def choose_model(store: TrackingStore, run_id: str, path: str, metric: str, iteration: int | None) -> ModelChoice:
    """Model that registering would take. Raises run-not-found, run-choice-invalid, run-artifact-missing and what
    reading raises.

    A path that the run itself has is taken from it unless a metric or iteration was given.
    """
    requested_run = store.run(run_id)
    is_whole = path.rstrip("/") == WHOLE
    model_path = "" if is_whole else "/".join(artifact_parts(path))
    tree = ArtifactTree(store, requested_run)
    reasons = []
    is_there = is_whole or bool(model_path and tree.has(model_path))
    if metric or iteration is not None or (has_best(requested_run) and not is_there):
        chosen = choose(requested_run, store.children(requested_run), metric, iteration)
        if chosen.run is not requested_run:
            tree = ArtifactTree(store, chosen.run)
            reasons.append(chosen.reason)
    run = tree.run
    if model_path or is_whole:
        is_folder = tree.find(model_path).is_folder
    else:
        model_path, is_folder, reason = _model_of(tree)
        reasons.append(reason)
    experiment = store.experiment(run.experiment_id)
    framework = version = ""
    content = tree.read_small(f"{model_path}/MLmodel".lstrip("/"), MLMODEL_BYTES) if is_folder else None
    if content is not None:
        try:
            recognised = read_mlmodel(FileSample("MLmodel", content[:4096], io.BytesIO(content)))
        except ValueError:
            recognised = None
        if recognised is not None:
            framework, version = recognised.framework, recognised.version
            reasons.append(l10n.t("MLmodel is {what}.", what=recognised.what))
    name = _name(run, requested_run, experiment, model_path)
    return ModelChoice(run, experiment, tree, model_path, is_folder, name, framework, version, " ".join(reasons))


def _name(run: RunRecord, requested_run: RunRecord, experiment: ExperimentRecord, path: str) -> str:
    """The first that says something: the run's own tag, the logged model's name, a name that a person gave to the run,
    the experiment, whatever the run is called, the file.
    """
    tags = [each.tags.get(key, "") for each in (run, requested_run) for key in _NAME_TAGS]
    logged = path.rpartition("/")[2]
    proposals = [
        *tags,
        logged
        if logged.lower() not in _GENERAL and not re.fullmatch(r"m-[0-9a-f]{32}", logged) and "." not in logged
        else "",
        run.name if not _RANDOM_NAME.fullmatch(run.name) else "",
        experiment.name.rpartition("/")[2] if experiment.name != "Default" else "",
        run.name,
        logged.partition(".")[0],
    ]
    return next((name for text in proposals if (name := fit_name(text))), "model")


def _model_of(tree: ArtifactTree) -> tuple[str, bool, str]:
    """Path, whether it is a folder, and why, of the model that a run is about."""
    logged = list(tree.models())
    if logged:
        path = printable(logged[0])
        if len(logged) == 1:
            return logged[0], True, l10n.t("{path} is its logged model.", path=path)
        reason = l10n.t("{path} is the newest of its {count} logged models.", path=path, count=len(logged))
        return logged[0], True, reason
    top: tuple[Artifact, ...] = tree.list("")
    folders = {artifact.path for artifact in top if artifact.is_folder}
    for path in history_paths(tree.run):
        if path.partition("/")[0] in folders and tree.has(path):
            return path, True, l10n.t("{path} is its logged model.", path=printable(path))
    artifacts: list[Artifact] = []
    for folder in _FOLDERS:
        if folder and folder not in folders:
            continue
        here = top if not folder else tree.list(folder)
        artifacts += [artifact for artifact in here if artifact not in artifacts]
        for artifact in here:
            if artifact.is_model:
                reason = l10n.t("{path} is a folder with an MLmodel file.", path=printable(artifact.path))
                return artifact.path, True, reason
        if file := _best_file(here):
            reason = l10n.t("{path} is the model file among its artifacts.", path=printable(file.path))
            return file.path, False, reason
    offered = sorted(artifact.path for artifact in artifacts)[:20]
    raise ArtifactMissing(
        l10n.t("The run {id} has no artifacts.", id=tree.run.id)
        if not offered
        else l10n.t(
            "It is not clear which artifact of the run {id} is the model: {artifacts}.",
            id=tree.run.id,
            artifacts=", ".join(offered),
        ),
        "" if not offered else l10n.t("Name the path of the artifact to register."),
        details={"artifacts": offered},
    )


def _best_file(entries: Sequence[Artifact]) -> Artifact | None:
    """A file that is called model first, then any with the suffix of a model format."""
    ranked = []
    for artifact in entries:
        stem, _, suffix = artifact.path.rpartition("/")[2].lower().rpartition(".")
        if not artifact.is_folder and suffix in _SUFFIXES and stem:
            ranked.append((stem != "model", _SUFFIXES.index(suffix), artifact.path, artifact))
    return min(ranked)[3] if ranked else None
