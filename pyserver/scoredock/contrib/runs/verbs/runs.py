"""Runs of MLflow, and those that a workspace keeps itself: stores, experiments, runs, artifacts, and a model from one
of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.runs import messages
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.arguments import DESCRIBED, METADATA_FILE
from scoredock.features.model_messages import record, resources
from scoredock.protocol.messages.models import Model
from scoredock.registry.grammar import printable
from scoredock.registry.records import Resources
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.contrib.runs.domain.mlflow.find import FoundStore
    from scoredock.contrib.runs.domain.mlflow.records import RunRecord, TrackingStore
    from scoredock.workspace import WorkspaceInfo

EDITOR_COMMANDS = (
    EditorCommand("copyRunId", "Copy Run ID", "contrib/runs/runs", menus=(rows("models", "run", "5_copy@1"),)),
)
_STORE_HELP = "workspace for the runs that it keeps, or an mlruns folder, SQLite file, or HTTP address of a server"
_STORE = argument("store", help=_STORE_HELP, names="")
_PAGE = argument("--page", help="continue after the previous page", default="", metavar="TOKEN")
_ANY_STORE = argument(
    "store", help=f"{_STORE_HELP}; all that are found here by default", names="", nargs="?", default=""
)
_RUN = argument("run_id", help="id of the run", names="run", metavar="run")
_PATH = argument(
    "--path",
    "--asset-path",
    help="artifact to register, or . for all of them; by default the logged model of the run, or a model file in its"
    " outputs",
    default="",
)
_METRIC = argument(
    "--metric",
    help="for a parent run: the child with the best value of this metric instead of the primary metric",
    default="",
)
_ITERATION = argument("--iteration", help="for a parent run: the child of this iteration", type=int, metavar="N")

SETTING = "scoredock.mlflow.trackingUris"
RUNS = "runs"
"""Folder of a workspace with the runs that scripts of the SDK logged."""
OF_WORKSPACE = "workspace"
"""What a person types for them."""
_MOST_A_PAGE = 1_000
_MOST_METRICS = 100
_MOST_TEXT = 1_000
"""Characters of a parameter or tag that a list shows."""
_MOST_TAGS = 20
_LONGEST_TAG = 256
_PIECE = 1 << 20
_MOST_PARENTS = 20
"""Parent runs of one page whose best child is looked for."""


@verb(
    "run/stores",
    progress="Looking for tracking stores",
    terminal=CliCommand(
        "run stores",
        "List the MLflow tracking stores in this folder and in the settings.",
        (argument("folder", help="folders to search; the working directory by default", nargs="*"),),
        ("scoredock run stores",),
    ),
)
def stores(params: messages.RunStoresParams, context: Context, operation: Operation) -> messages.RunStores:
    """Stores in the folders and in the settings, each with what is wrong with it."""
    from scoredock.contrib.runs.domain.mlflow.find import look

    folders = tuple(absolute(folder) for folder in params.folders) or context.folders
    own = _of_workspaces([context.workspace(params.workspace_id)])
    found = look([*own, *_found(context, folders)], operation.cancel)
    return messages.RunStores([messages.RunStore(one.uri, one.title, one.kind, one.problem) for one in found])


@verb(
    "run/experiments",
    progress="Reading experiments",
    terminal=CliCommand(
        "run experiments",
        "List the experiments of a tracking store.",
        (_STORE, _PAGE),
        ("scoredock run experiments mlruns", "scoredock run experiments http://127.0.0.1:5000"),
    ),
)
def experiments(
    params: messages.ExperimentsParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.Experiments:
    """Active ones, newest first. `typed`: a person wrote the store down, so that it need not be one of those
    offered."""
    with _opened(params.store, context, operation, typed) as store:
        found, following = store.experiments(params.page)
        return messages.Experiments([messages.Experiment(one.id, one.name, one.runs) for one in found], following)


@verb(
    "run/list",
    progress="Reading runs",
    terminal=CliCommand(
        "run list",
        "List the runs of an experiment, newest first; without one the newest runs of all stores.",
        (
            _ANY_STORE,
            argument("experiment", help="id of the experiment", names="", nargs="?", default=""),
            argument("--parent", help="only the children of this run", names="run", default="", metavar="RUN"),
            argument("--limit", help="number of runs per page", type=int, default=100, metavar="N"),
            _PAGE,
        ),
        (
            "scoredock run list",
            "scoredock run list workspace my-experiment",
            "scoredock run list mlflow.db 1",
            "scoredock run list mlflow.db 1 --parent 0f3ad60a9ba54fd1a6bf6c1df8a9c8f4",
        ),
    ),
)
def list_runs(
    params: messages.RunsParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.Runs:
    """Runs without a parent, or the children of one; newest first."""
    from scoredock.contrib.runs.domain.mlflow.artifacts import model_paths
    from scoredock.contrib.runs.domain.mlflow.children import best_known, has_best, primary_metric

    with _opened(params.store, context, operation, typed) as store:
        limit = max(1, min(params.limit, _MOST_A_PAGE))
        found, following = store.runs(params.experiment_id, params.parent, params.page, limit)
        parents = store.parents(params.experiment_id, [run.id for run in found]) if found else set()
        logged = store.logged_models(params.experiment_id, [run.id for run in found]) if found else []
        listed = []
        looks = _MOST_PARENTS
        for run in found:
            best = ""
            if run.id in parents and has_best(run) and looks > 0:
                looks -= 1
                known = best_known(run, store.children(run))
                best = known.id if known is not None else ""
            primary = primary_metric(run) if run.id in parents else ""
            listed.append(message(run, run.id in parents, primary, best, model_paths(run, logged)))
        return messages.Runs(listed, following)


@verb(
    "run/show",
    progress="Reading run",
    terminal=CliCommand(
        "run show",
        "Show a run: status, times, metrics, parameters, tags and the models that it logged.",
        (_ANY_STORE, _RUN),
        ("scoredock run show mlruns 0f3ad60a9ba54fd1a6bf6c1df8a9c8f4",),
    ),
    editor=(
        EditorCommand(
            "showRun", "Show Details", "contrib/runs/runs", icon="info", menus=(rows("models", "run", "2_show@1"),)
        ),
    ),
)
def show(
    params: messages.RunRef, context: Context, operation: Operation, *, typed: bool = False
) -> messages.RunDetails:
    """Details of a run by its id."""
    from scoredock.contrib.runs.domain.mlflow.artifacts import model_paths
    from scoredock.contrib.runs.domain.mlflow.children import best_known, primary_metric

    with _opened(params.store, context, operation, typed) as store:
        run = store.run(params.run_id)
        experiment = store.experiment(run.experiment_id)
        has_children = bool(store.parents(run.experiment_id, [run.id]))
        best = best_known(run, store.children(run)) if has_children else None
        paths = model_paths(run, store.logged_models(run.experiment_id, [run.id]))
        title = store.uri if store.kind == "server" else Path(store.uri).name
        return messages.RunDetails(
            store=messages.RunStore(params.store, title, store.kind),
            experiment=messages.Experiment(experiment.id, experiment.name, experiment.runs),
            run=message(
                run, has_children, primary_metric(run) if has_children else "", "" if best is None else best.id, paths
            ),
        )


def newest(limit: int, context: Context, operation: Operation) -> messages.NewestRuns:
    """Runs of every store that is found and can be read, the newest first."""
    listed = []
    for store in stores(messages.RunStoresParams(), context, operation).stores:
        if store.problem:
            continue
        page = ""
        while True:
            some = experiments(messages.ExperimentsParams(store.uri, page), context, operation)
            for each in some.experiments:
                found = list_runs(messages.RunsParams(store.uri, each.id, limit=limit), context, operation).runs
                listed += [messages.NewestRun(store, each, run) for run in found]
            page = some.next_page
            if not page:
                break
    listed.sort(key=lambda one: -(one.run.started or 0))
    return messages.NewestRuns(listed[:limit])


def store_of(run_id: str, context: Context, operation: Operation) -> str:
    """The store that has a run. Raises run-not-found."""
    for store in stores(messages.RunStoresParams(), context, operation).stores:
        with contextlib.suppress(ScoredockError):
            show(messages.RunRef(store.uri, run_id), context, operation)
            return store.uri
    raise ScoredockError(
        "run-not-found", l10n.t("No tracking store that is found here has the run {id}.", id=printable(run_id))
    )


def store_beside(run_id: str, context: Context, operation: Operation) -> str:
    """The tracking store that has the run, among those of the working directory and of the settings; empty for none."""
    for store in stores(messages.RunStoresParams([str(Path.cwd())]), context, operation).stores:
        try:
            artifacts(messages.RunArtifactsParams(store.uri, run_id), context, operation)
        except ScoredockError as error:
            if isinstance(error, Cancelled):
                raise
        else:
            return store.uri
    return ""


@verb(
    "run/artifacts",
    progress="Reading artifacts",
    terminal=CliCommand(
        "run artifacts",
        "List the artifacts of a run and the models that it logged.",
        (_STORE, _RUN, argument("path", help="folder of artifacts", nargs="?", default="")),
        ("scoredock run artifacts mlruns 0f3ad60a9ba54fd1a6bf6c1df8a9c8f4 outputs",),
    ),
)
def artifacts(
    params: messages.RunArtifactsParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.RunArtifacts:
    """Artifacts on one level of a run, its logged models among them."""
    from scoredock.contrib.runs.domain.mlflow.artifacts import ArtifactTree

    with _opened(params.store, context, operation, typed) as store:
        tree = ArtifactTree(store, store.run(params.run_id))
        return messages.RunArtifacts(
            [messages.RunArtifact(one.path, one.size, one.is_folder, one.is_model) for one in tree.list(params.path)]
        )


@verb(
    "run/download",
    progress="Downloading artifact",
    errors=("run-artifact-missing", "run-artifact-unsupported", "io-failed"),
)
def download(
    params: messages.RunDownloadParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.RunDownloaded:
    """Writes one artifact to a file."""
    from scoredock.contrib.runs.domain.mlflow.artifacts import ArtifactTree
    from scoredock.temporary.fresh_files import FreshFile

    target = absolute(params.target)
    with _opened(params.store, context, operation, typed) as store:
        tree = ArtifactTree(store, store.run(params.run_id))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tree.open(params.path) as stream, FreshFile.beside(target) as fresh:
                while piece := stream.read(_PIECE):
                    operation.cancel.raise_if_cancelled()
                    fresh.write(piece)
                fresh.publish(target)
        except OSError as error:
            raise ScoredockError(
                "io-failed", l10n.t("{path} could not be written: {reason}.", path=target, reason=error.strerror)
            ) from error
    return messages.RunDownloaded(str(target))


@verb(
    "run/propose",
    progress="Looking at the run",
    terminal=CliCommand(
        "run propose",
        "Show what registering a run would do: which child, artifact, name and framework, and why.",
        (_STORE, _RUN, _PATH, _METRIC, _ITERATION),
        ("scoredock run propose mlflow.db 0f3ad60a9ba54fd1a6bf6c1df8a9c8f4",),
    ),
)
def propose(
    params: messages.RunProposeParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.RunProposal:
    """Proposal of what registering would do."""
    from scoredock.contrib.runs.domain.mlflow import model_registration
    from scoredock.contrib.runs.domain.mlflow.choice import WHOLE

    with _opened(params.store, context, operation, typed) as store:
        wish = model_registration.Wish(params.run_id, params.path, metric=params.metric, iteration=params.iteration)
        choice = model_registration.propose(store, wish, operation.cancel)
        existing = context.registry(params.workspace_id).models(include_deleted=True)
        versions = [version.version for version in existing if version.name == choice.name]
        return messages.RunProposal(
            run_id=choice.run.id,
            path=choice.path or WHOLE,
            name=choice.name,
            reason=choice.reason,
            framework=choice.framework,
            framework_version=choice.framework_version,
            experiment=choice.experiment.name,
            next_version=max(versions, default=0) + 1,
            existing_names=sorted({version.name for version in existing if version.deleted is None}),
            tags=_own_tags(choice.run),
        )


@verb(
    "run/register",
    progress="Registering model",
    changes=True,
    terminal=CliCommand(
        "run register",
        "Register the model of a run; for a parent run, the model of its best child.",
        (
            _STORE,
            _RUN,
            _PATH,
            argument("-n", "--name", help="name of the model; taken from the run by default", names="", default=""),
            _METRIC,
            _ITERATION,
            *DESCRIBED,
            METADATA_FILE,
        ),
        (
            "scoredock run register mlruns 0f3ad60a9ba54fd1a6bf6c1df8a9c8f4 --name diabetes -t model.json",
            "scoredock run register http://127.0.0.1:5000 0f3ad60a9ba54fd1a6bf6c1df8a9c8f4 --metric accuracy",
        ),
        makes="model",
    ),
    editor=(
        EditorCommand(
            "registerModelFromRun",
            "Register Model from Run…",
            "contrib/runs/runs",
            icon="add",
            menus=(
                head("models", "1_register@1"),
                rows("models", "runs", "1_main@1"),
                rows("models", "run", "inline@1", "1_main@1"),
                rows("models", "logged", "inline@1"),
                rows("models", "artifact", "1_main@1"),
            ),
        ),
    ),
)
def register(
    params: messages.RunRegisterParams, context: Context, operation: Operation, *, typed: bool = False
) -> Model:
    """Streams the artifact in and gives the new version, which remembers the run."""
    from scoredock.contrib.runs.domain.mlflow import model_registration
    from scoredock.registry.models.registration import NewModel

    with _opened(params.store, context, operation, typed) as store:
        wish = model_registration.Wish(params.run_id, params.path, params.metric, params.iteration)
        new_model = NewModel(
            params.name,
            params.description,
            params.tags,
            params.properties,
            params.framework,
            params.framework_version,
            resources(params.resources) or Resources(),
            params.sample_input_dataset,
            params.sample_output_dataset,
            [(each.scenario, each.dataset) for each in params.datasets],
        )
        registry = context.registry(params.workspace_id)
        return record(
            model_registration.register(store, wish, new_model, registry, operation.progress, operation.cancel), {}
        )


def _found(context: Context, folders: tuple[Path, ...]) -> list[FoundStore]:
    from scoredock.contrib.runs.domain.mlflow.find import find_stores

    return find_stores(folders, tuple(context.settings.get(SETTING)))


def _of_workspaces(infos: Iterable[WorkspaceInfo]) -> list[FoundStore]:
    """The runs that workspaces keep themselves; one without any is not listed."""
    return [workspace_store(info) for info in infos if os.path.isdir(info.path / RUNS)]  # noqa: PTH112 (answers False where Path raises)


def workspace_store(info: WorkspaceInfo) -> FoundStore:
    """Store of one workspace."""
    from scoredock.contrib.runs.domain.mlflow.find import FoundStore

    return FoundStore(str(info.path / RUNS), info.name, "workspace")


@contextlib.contextmanager
def _opened(uri: str, context: Context, operation: Operation, typed: bool) -> Iterator[TrackingStore]:
    """Only what `stores` offers, or what a person typed: a client's text alone opens nothing.

    Raises run-store-unknown.
    """
    from scoredock.contrib.runs.domain.mlflow.find import named_store, open_store

    offered = (*_found(context, context.folders), *_of_workspaces(context.workspaces.list()))
    location = next((one for one in offered if one.uri == uri), None)
    if location is None and typed and uri == OF_WORKSPACE:
        location = workspace_store(context.active())
    if location is None and typed:
        location = named_store(uri, context.folders[0] if context.folders else Path.cwd())
    if location is None:
        raise ScoredockError(
            "run-store-unknown",
            l10n.t(
                "{uri} is neither in an open folder nor among the tracking stores of the settings.", uri=printable(uri)
            ),
        )
    with contextlib.closing(open_store(location, operation.cancel)) as store:
        yield store


def message(run: RunRecord, has_children: bool, primary: str, best: str, models: list[str]) -> messages.Run:
    """A run as lists show it."""
    return messages.Run(
        id=run.id,
        name=run.name,
        status=run.status,
        started=run.started,
        ended=run.ended,
        metrics=dict(list(run.metrics.items())[:_MOST_METRICS]),
        params=_cut(run.params),
        tags=_cut(run.tags),
        parent=run.parent,
        has_children=has_children,
        primary_metric=primary,
        best_child=best,
        models=models,
        error=run.error,
    )


def _cut(labels: Mapping[str, str]) -> dict[str, str]:
    """For a list: short, and without what MLflow keeps for itself."""
    return {key: value[:_MOST_TEXT] for key, value in labels.items() if not key.startswith("mlflow.")}


def _own_tags(run: RunRecord) -> dict[str, str]:
    """Tags that a person gave to the run and that a model can have, too."""
    fitting = {
        key: value
        for key, value in run.tags.items()
        if not key.startswith(("mlflow.", "azureml.")) and "=" not in key and key.strip() and len(key) <= _LONGEST_TAG
        if len(value) <= _LONGEST_TAG and key.isprintable() and value.isprintable()
    }
    return dict(list(fitting.items())[:_MOST_TAGS])
