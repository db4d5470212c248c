"""Carries a version over: reads it where it was made, builds it for newer packages, compares, and registers."""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.carry_over.domain.comparison import TOLERANCE, Compared, ResponseDifference, compared
from scoredock.contrib.carry_over.domain.planning import (
    SKLEARN,
    Crossing,
    Form,
    crossing,
    pickle_among,
    require_carriable,
    target_path,
)
from scoredock.contrib.carry_over.domain.samples import Samples
from scoredock.contrib.carry_over.domain.steps import CarrySteps, ProcessLimits
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.formats.recognise import pickle_facts, propose
from scoredock.registry.scratch import scratch_folder
from scoredock.registry.store.faults import storing

_MADE_SAMPLES = 200


@dataclass(frozen=True, slots=True)
class CarryRequest:
    """Request to carry a model over: its form, file, environment and samples."""

    form: Form = "resaved"
    file: str = ""
    """The pickle in the version; empty where there is one only."""
    environment: EnvironmentSpec | None = None
    """Where it loads; None for what the pickle says it was saved with."""
    release: str = ""
    """Of scikit-learn, for which it is saved; empty for the newest."""
    samples: Samples | None = None
    """None makes some of what the model says of its input."""
    samples_source: str = ""
    """What they are called."""
    limits: ProcessLimits = field(default_factory=ProcessLimits)


@dataclass(frozen=True, slots=True)
class Conversion:
    """A new version with its proof."""

    model: ModelVersion
    source: str
    """`name:version` that it was made of."""
    old: str
    """`scikit-learn 0.24.2, Python 3.7.16`."""
    new: str
    samples_source: str
    compared: Compared
    notes: tuple[str, ...]
    """Parts that the newer release makes by itself."""


def carry_over(
    request: CarryRequest,
    version: ModelVersion,
    registry: Registry,
    environments: EnvironmentCache,
    progress: Progress,
    cancel: CancelToken,
) -> Conversion:
    """Blocks until the new version is registered; whoever asks has the person's yes, as the pickle's code runs.

    Raises ScoredockError `model-carry-…`, and what building environments and registering raise; nothing is registered
    then, and nothing stays but the environments.
    """
    path = pickle_among([file.path for file in version.files], version.id, request.file)
    file = next(each for each in version.files if each.path == path)
    facts = require_carriable(pickle_facts(registry.blob(file.sha256)), version.id)
    plan = crossing(facts, version.id, request.form, request.release, request.environment)
    with scratch_folder(registry.folder, "carry") as folder, storing(folder):
        old = _prepared(plan.old, environments, progress, cancel)
        new = _prepared(plan.new, environments, progress, cancel)
        work = _ModelConversion(
            request, version, path, folder, CarrySteps(version.id, folder, request.limits, cancel), plan
        )
        return work.done(registry, old, new, progress)


def _prepared(
    spec: EnvironmentSpec, environments: EnvironmentCache, progress: Progress, cancel: CancelToken
) -> BuiltEnvironment:
    try:
        return environments.prepare(spec, progress, cancel)
    except ScoredockError as error:
        if error.code == "python-not-found" and spec.source == "default":
            newest = str(spec.python or "").rpartition("<3.")[2]
            version = f"3.{int(newest) - 1}" if newest.isdigit() else "3.9"
            error.fix = l10n.t(
                "Looked in the setting scoredock.environment.interpreter, pyenv, conda, the PATH and uv. Install a"
                " Python, for example with `uv python install {version}`, or name an environment with"
                " --environment or --environment-file.",
                version=version,
            )
        raise


@dataclass(frozen=True, slots=True)
class _ModelConversion:
    """One model on its way."""

    request: CarryRequest
    version: ModelVersion
    path: str
    """The pickle in the version."""
    folder: Path
    steps: CarrySteps
    plan: Crossing

    def done(self, registry: Registry, old: BuiltEnvironment, new: BuiltEnvironment, progress: Progress) -> Conversion:
        model, form = self.version, self.request.form
        progress.report(l10n.t("Loading {model} with {environment}", model=model.id, environment=old.display_name))
        tree = self.folder / "model"
        top = registry.materialise(model, tree, cancel=self.steps.cancel)
        reading = self._read(old, tree / self.path)
        progress.report(l10n.t("Building {model} with {environment}", model=model.id, environment=new.display_name))
        target = tree / target_path(self.path, form)
        (tree / self.path).unlink()
        built = self.steps.run(new, {"do": "build", "form": form, "model": str(target)})
        progress.report(l10n.t("Comparing the responses"))
        self.steps.run(new, {"do": "answer", "form": form, "model": str(target)})
        comparison = compared(self._answers("before"), self._answers("after"))
        # Of one file, that is what is registered; its name may have another ending now.
        registered = target if top == tree / self.path else top
        before, after = _environment_text(reading), _environment_text(built)
        if not comparison.equal:
            raise _differs(model.id, before, after, comparison)
        lineage = _lineage(model.id, before, after, form, comparison)
        new_model = self._register(registry, registered, lineage, built, progress)
        source = self.request.samples_source if self.request.samples is not None else ""
        return Conversion(new_model, model.id, before, after, source, comparison, tuple(built["notes"]))

    def _read(self, old: BuiltEnvironment, pickle: Path) -> dict[str, Any]:
        samples = ""
        if self.request.samples is not None:
            place = self.folder / "given.json"
            place.write_text(json.dumps(self.request.samples.document(named=self.plan.with_frames)), "utf-8")
            samples = str(place)
        job = {"do": "read", "model": str(pickle), "loader": self.plan.loader}
        return self.steps.run(old, {**job, "samples": samples, "count": _MADE_SAMPLES})

    def _answers(self, side: str) -> dict[str, Any]:
        answers: dict[str, Any] = json.loads((self.folder / f"{side}.json").read_text("utf-8"))
        return answers

    def _register(
        self,
        registry: Registry,
        path: Path,
        lineage: dict[str, str],
        built: dict[str, Any],
        progress: Progress,
    ) -> ModelVersion:
        model, form = self.version, self.request.form
        proposal = propose([path])
        resaved = form == "resaved"
        return registry.register(
            [path],
            model.name,
            description=model.description,
            tags=model.tags,
            properties=lineage,
            framework="ScikitLearn" if resaved else proposal.framework,
            framework_version=str(built["release"]) if resaved else proposal.framework_version,
            resources=model.metadata.resources,
            sample_input_dataset=model.metadata.sample_input_dataset,
            sample_output_dataset=model.metadata.sample_output_dataset,
            datasets=model.metadata.datasets,
            progress=progress,
            cancel=self.steps.cancel,
        )


def _environment_text(result: dict[str, Any]) -> str:
    return f"{SKLEARN} {result['release']}, Python {result['python']}"


def _lineage(source: str, old: str, new: str, form: Form, comparison: Compared) -> dict[str, str]:
    """Properties of the new version, which nobody can change later."""
    return {
        "carriedOver.from": source,
        "carriedOver.to": form,
        "carriedOver.savedWith": old,
        "carriedOver.carriedWith": new,
        "carriedOver.samples": str(comparison.samples),
        "carriedOver.largestDifference": f"{comparison.largest:.3g}",
    }


def _differs(model: str, old: str, new: str, comparison: Compared) -> ScoredockError:
    rows = [row_text(each) for each in comparison.differences]
    return ScoredockError(
        "model-carry-differs",
        l10n.t(
            "The responses of {model} with {new} differ from those with {old}: {row}.",
            model=model,
            new=new,
            old=old,
            row=rows[0] if rows else l10n.t("nothing could be compared"),
        ),
        details={"model": model, "differences": rows, "tolerance": f"{TOLERANCE:g}"},
    )


def row_text(each: ResponseDifference) -> str:
    """Text of one difference; samples count from 1."""
    return l10n.t(
        "{method} of sample {sample}, column {column}: {before} before, {after} now",
        method=f"{each.method}()",
        sample=each.sample + 1,
        column=each.column + 1,
        before=each.before,
        after=each.after,
    )
