"""Models in and out: what registering would fill in, register, download, export."""

from __future__ import annotations

import os

from scoredock.features.context import Context, Operation, absolute
from scoredock.features.model_records import PICKLE_STATES, record, resources
from scoredock.protocol import messages
from scoredock.registry.grammar import printable

_MOST_NAMES = 1_000


def propose(params: messages.ModelProposeParams, context: Context, operation: Operation) -> messages.ModelProposal:
    """What the register steps are filled in with; one file or folder has the name that Deploy gives it."""
    return _proposal(params, context, operation, as_deployed=True)


def propose_by_file(
    params: messages.ModelProposeParams, context: Context, operation: Operation
) -> messages.ModelProposal:
    """The same with the name of the file or folder, whatever lies around it: command lines rely on that."""
    return _proposal(params, context, operation, as_deployed=False)


def _proposal(
    params: messages.ModelProposeParams, context: Context, operation: Operation, *, as_deployed: bool
) -> messages.ModelProposal:
    from scoredock.features.proposals import model_name
    from scoredock.registry.models.proposing import offer

    registry = context.registry(params.workspace_id)
    paths = [absolute(path) for path in params.paths]
    found = offer(paths, params.child_paths, registry.limits, operation.cancel)
    is_one = as_deployed and len(paths) == 1 and not found.archive and paths[0].exists()
    name = model_name(paths[0], params.workspace_id, context) if is_one else found.name
    return messages.ModelProposal(
        name=name,
        reason=found.contents.reason,
        framework=found.contents.framework,
        framework_version=found.contents.version,
        next_version=registry.next_version(name),
        files=found.files,
        size=found.size,
        existing_names=registry.names(_MOST_NAMES),
        archive=found.archive,
        exported=found.exported,
        children=[child for child in found.children if printable(child) == f"'{child}'"],
        pickle=messages.PickleReport(
            PICKLE_STATES[found.pickle],
            list(found.findings.unknown),
            list(found.findings.bad),
            list(found.findings.notes),
            list(found.findings.code),
        )
        if not found.archive
        else None,
        description=found.description,
        tags=dict(found.tags),
        properties=dict(found.properties),
    )


def register(params: messages.ModelRegisterParams, context: Context, operation: Operation) -> messages.Model:
    """Copies the bytes in and gives the new version."""
    version = context.registry(params.workspace_id).register(
        [absolute(path) for path in params.paths],
        params.name,
        child_paths=params.child_paths,
        unpack=params.unpack,
        description=params.description,
        tags=params.tags,
        properties=params.properties,
        framework=params.framework,
        framework_version=params.framework_version,
        resources=resources(params.resources),
        sample_input_dataset=params.sample_input_dataset,
        sample_output_dataset=params.sample_output_dataset,
        datasets=[(each.scenario, each.dataset) for each in params.datasets],
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return record(version, {})


def download(params: messages.ModelDownloadParams, context: Context, operation: Operation) -> messages.ModelDownloaded:
    """Copies the files out."""
    path = context.registry(params.workspace_id).download(
        params.id,
        absolute(params.target),
        overwrite=params.overwrite,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return messages.ModelDownloaded(str(path))


def export(params: messages.ModelExportParams, context: Context, operation: Operation) -> messages.ModelDownloaded:
    """Writes a version and all that is known of it to one file."""
    path = context.registry(params.workspace_id).export(
        params.id,
        absolute(params.target),
        overwrite=params.overwrite,
        into=params.target.endswith(("/", os.sep)),
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return messages.ModelDownloaded(str(path))
