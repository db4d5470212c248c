"""An old model becomes a new version that newer packages load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.carry_over import messages
from scoredock.errors import ScoredockError
from scoredock.features.arguments import REFERENCE
from scoredock.features.model_messages import record
from scoredock.scripts.environment import OverlayReader
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.contrib.carry_over.domain.samples import Samples
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.registry import ModelVersion, Registry

_CODES = ("unconfirmed", "unsupported", "classes", "release-unknown", "failed", "samples", "differs", "stopped")
_GIGABYTE = 1 << 30


@verb(
    "model/convert",
    progress="Carrying over model",
    changes=True,
    errors=tuple(f"model-carry-{code}" for code in _CODES),
    terminal=CliCommand(
        "model convert",
        "Save an old scikit-learn model for newer packages as a new version, with a comparison of the responses.",
        (
            argument("model", help=REFERENCE, names="model"),
            argument(
                "--to",
                help="a pickle of a newer scikit-learn, an ONNX file, or a skops file",
                choices=("resaved", "onnx", "skops"),
                default="resaved",
                dest="form",
            ),
            argument("--yes", help="run the code in the pickle without asking", action="store_true"),
            argument("--file", help="path of the pickle, in a version with several", default="", metavar="PATH"),
            argument(
                "--environment",
                help="registered environment that loads the model; by default the packages and the Python that the"
                " pickle was saved with",
                names="environment",
                default="",
                metavar="NAME",
            ),
            argument(
                "--environment-file",
                help="the same as a conda, requirements or JSON file",
                default="",
                metavar="FILE",
            ),
            argument(
                "--release", help="version of scikit-learn to save for; the newest by default", default="", metavar="N"
            ),
            argument("--samples", help="CSV or JSON file with rows to compare on", default="", metavar="FILE"),
            argument(
                "--dataset",
                help="dataset of request bodies to compare on; by default the sample dataset of the model, or rows"
                " that are generated",
                names="dataset",
                default="",
                metavar="DATASET",
            ),
            argument(
                "--collected",
                help="service whose collected data to compare on",
                names="service",
                default="",
                metavar="SERVICE",
            ),
            argument("--timeout", help="seconds for each process", type=float, default=600.0, metavar="SECONDS"),
            argument("--memory-gb", help="memory limit of each process", type=float, default=8.0, metavar="GB"),
        ),
        (
            "scoredock model convert iris:1 --yes",
            "scoredock model convert iris:1 --to onnx --yes",
        ),
    ),
    editor=(
        EditorCommand(
            "carryOver",
            "Carry Over…",
            "contrib/carry_over/carryOver",
            menus=(rows("models", "version|group", "2_save@3", menu="scoredock.model.copy"),),
        ),
    ),
)
def convert(params: messages.ModelConvertParams, context: Context, operation: Operation) -> messages.ModelConverted:
    """Runs the pickle's code in processes of their own, after a yes; registers a new version when both answer alike.

    Raises `model-carry-…`, `model-not-found`, `model-known-bad`, and what building environments raises.
    """
    from scoredock.contrib.carry_over.domain.conversion import CarryRequest, carry_over
    from scoredock.contrib.carry_over.domain.steps import ProcessLimits
    from scoredock.services.planning.consent import require_consent

    deployments = context.deployments(params.workspace_id)
    registry = deployments.registry
    version = registry.model(params.id)
    require_consent([version])
    if not params.confirmed:
        raise ScoredockError(
            "model-carry-unconfirmed",
            l10n.t("Carrying {model} over runs the code in its pickle.", model=version.id),
        )
    registry.store.require_writable()
    samples, source = _samples(params, version, registry)
    request = CarryRequest(
        params.form,
        params.file,
        _environment(params, registry, context),
        params.release,
        samples,
        source,
        ProcessLimits(max(0.1, params.timeout), max(64 << 20, int(params.memory_gb * _GIGABYTE))),
    )
    conversion = carry_over(request, version, registry, deployments.environments, operation.progress, operation.cancel)
    comparison = conversion.compared
    return messages.ModelConverted(
        model=record(conversion.model, {}),
        source=conversion.source,
        before=conversion.old,
        after=conversion.new,
        samples=comparison.samples,
        samples_from=conversion.samples_source,
        methods=list(comparison.methods),
        numbers=comparison.numbers,
        largest_difference=comparison.largest,
        differences=[
            messages.AnswerDifference(each.method, each.sample, each.column, each.before, each.after, each.relative)
            for each in comparison.differences
        ],
    )


def _environment(params: messages.ModelConvertParams, registry: Registry, context: Context) -> EnvironmentSpec | None:
    """The one that loads it, where it was named. Raises what reading it raises."""
    from scoredock.services.planning.environment import environment_of_file
    from scoredock.services.planning.registered_environment import named_environment

    if params.environment_path:
        reader = OverlayReader(registry, context.overlays())
        return environment_of_file(absolute(params.environment_path), reader)
    if params.environment:
        return named_environment(registry.assets, params.environment, contained=False).spec
    return None


def _samples(
    params: messages.ModelConvertParams, version: ModelVersion, registry: Registry
) -> tuple[Samples | None, str]:
    """The named ones, else the model's own dataset; and what they are called. Raises `model-carry-samples`,
    `asset-not-found`."""
    from scoredock.contrib.carry_over.domain.samples import of_collected, of_file, of_texts
    from scoredock.registry.assets.datasets import every_row
    from scoredock_runtime.contract import COLLECTED_FOLDER, DATA_FOLDER

    if params.samples:
        path = absolute(params.samples)
        return of_file(path), path.name
    if params.collected:
        folder = registry.folder / "services" / params.collected / DATA_FOLDER / COLLECTED_FOLDER
        return of_collected(folder, params.collected), params.collected
    dataset = params.dataset or version.metadata.sample_input_dataset
    if not dataset:
        return None, ""
    asset = registry.assets.get("dataset", dataset)
    return of_texts(every_row(registry.assets, asset), dataset), dataset
