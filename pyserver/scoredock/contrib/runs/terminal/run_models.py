"""`scoredock model register --run-id …`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, UsageError, pairs
from scoredock.cli.models.metadata_file import write_metadata
from scoredock.cli.models.registering import registered
from scoredock.cli.session import Session
from scoredock.contrib.runs import messages
from scoredock.contrib.runs.verbs import runs
from scoredock.protocol.messages.models import Model, ResourceConfiguration, ScenarioDataset


def register(options: Namespace, paths: list[str], session: Session) -> int:
    """The cloud way of v1: a path inside the outputs of a run."""
    if paths or options.unpack or options.child_path:
        raise UsageError(
            l10n.t("--run-id registers a model from a run. Use it with --asset-path, not with local paths.")
        )
    if not options.run_id:
        raise UsageError(l10n.t("--asset-path and --experiment-name need --run-id."))
    store = options.store or _store_of(options.run_id, session)
    if options.experiment_name:
        wish = messages.RunProposeParams(store, options.run_id, path=options.asset_path)
        proposal = runs.propose(wish, session.context, session.exact(), typed=True)
        if proposal.experiment != options.experiment_name:
            raise UsageError(
                l10n.t("The run belongs to the experiment “{experiment}”.", experiment=proposal.experiment)
            )
    params = messages.RunRegisterParams(
        store,
        options.run_id,
        path=options.asset_path,
        name=options.name,
        description=options.description,
        tags=pairs(options.tag),
        properties=pairs(options.property),
        framework=options.framework,
        framework_version=options.framework_version,
        resources=ResourceConfiguration(options.cpu_cores, options.memory_gb, options.gpu_cores),
        sample_input_dataset=options.sample_input_dataset_id,
        sample_output_dataset=options.sample_output_dataset_id,
        datasets=[ScenarioDataset(*each) for each in pairs(options.dataset).items()],
    )
    model = runs.register(params, session.context, session.operation(), typed=True)
    if options.output_metadata_file:
        write_metadata(Path(options.output_metadata_file), model.id)
    session.result(model, registered_from_run(model))
    return OK


def _store_of(run_id: str, session: Session) -> str:
    """Raises UsageError."""
    if store := runs.store_beside(run_id, session.context, session.exact()):
        return store
    raise UsageError(l10n.t("No tracking store found here has this run. Name the store with --store."))


def registered_from_run(model: Model) -> str:
    """Sentence on what was registered, and from which run."""
    return l10n.t(
        "{registered}, from run {run} of {experiment}",
        registered=registered(model),
        run=model.run_id,
        experiment=model.experiment,
    )
