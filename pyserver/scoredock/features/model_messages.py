"""Model versions as messages: rows, details, files, resources."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from scoredock import l10n
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.models.conditions import query
from scoredock.registry.models.pickle_upkeep import consent_of
from scoredock.registry.records import AliasMove, ModelFile, ModelSummary, ModelVersion, Resources

_FILES = 1_000
"""Files in the details of a version; `model/files` gives all of them."""
_VERSIONS = 200


def records(versions: Sequence[ModelSummary], used: Mapping[str, Sequence[str]]) -> list[messages.Model]:
    """Versions as messages, in the order given; `used` says which services use which version."""
    return [record(version, used) for version in versions]


def record(version: ModelSummary, used: Mapping[str, Sequence[str]]) -> messages.Model:
    """One version as a message."""
    return messages.Model(
        id=version.id,
        name=version.name,
        version=version.version,
        description=version.description,
        tags=dict(version.tags),
        properties=dict(version.properties),
        framework=version.framework,
        framework_version=version.framework_version,
        created=version.created,
        created_by=version.created_by,
        size=version.size,
        file_count=version.file_count,
        is_folder=version.is_folder,
        digest=version.digest,
        aliases=list(version.aliases),
        used_by=list(used.get(version.id, ())),
        pickle=PICKLE_STATES[version.pickle],
        run_id=version.run_id,
        experiment=version.experiment,
        deleted=version.deleted,
    )


PICKLE_STATES: dict[str, messages.PickleState] = {
    "none": "none",
    "known": "known",
    "unknown": "unknown",
    "code": "code",
    "bad": "bad",
    "unread": "unread",
}


def details(registry: Registry, version: ModelVersion) -> messages.ModelDetails:
    """Everything about one version."""
    used = registry.used_by()
    metadata = version.metadata
    return messages.ModelDetails(
        model=record(version, used),
        files=[file_record(file) for file in registry.files(version, limit=_FILES)[0]],
        pickle=messages.PickleReport(
            PICKLE_STATES[version.pickle],
            list(metadata.pickle.unknown),
            list(metadata.pickle.bad),
            list(metadata.pickle.notes),
            list(metadata.pickle.code),
            _consent(version),
        ),
        resources=messages.ResourceConfiguration(
            metadata.resources.cpu, metadata.resources.memory_in_gb, metadata.resources.gpu
        ),
        source=messages.SourceControl(metadata.source.commit, metadata.source.branch, metadata.source.dirty)
        if metadata.source is not None
        else None,
        run_store=metadata.run.store if metadata.run is not None else "",
        run_name=metadata.run.run_name if metadata.run is not None else "",
        sample_input_dataset=metadata.sample_input_dataset,
        sample_output_dataset=metadata.sample_output_dataset,
        datasets=[messages.ScenarioDataset(scenario, dataset) for scenario, dataset in metadata.datasets],
        recognised=metadata.recognised,
        inputs=[messages.ModelTensor(each.name, each.type, each.shape) for each in metadata.inputs],
        outputs=[messages.ModelTensor(each.name, each.type, each.shape) for each in metadata.outputs],
        versions=records(registry.page(query(name=version.name), limit=_VERSIONS).models, used),
        alias_history=[alias_change(move) for move in registry.alias_history(version.name)],
        images=registry.assets.images_with(version.id),
    )


def _consent(version: ModelVersion) -> str:
    """Who allowed it and when, as the clock of this machine shows it."""
    given = consent_of(version)
    if given is None:
        return l10n.t("an earlier consent does not cover everything in this version") if version.consent else ""
    return f"{given.by or l10n.t('somebody')}, {time.strftime('%Y-%m-%d %H:%M', time.localtime(given.time))}"


def file_record(file: ModelFile) -> messages.ModelFile:
    """One file, or an empty folder, as a message."""
    return messages.ModelFile(file.path, file.size, file.sha256)


def alias_change(move: AliasMove) -> messages.AliasChange:
    """One move of an alias as a message."""
    return messages.AliasChange(move.alias, move.version, move.previous, move.changed, move.changed_by)


def resources(configuration: messages.ResourceConfiguration | None) -> Resources | None:
    """Resources of a message; None when it says nothing."""
    return (
        None if configuration is None else Resources(configuration.cpu, configuration.memory_in_g_b, configuration.gpu)
    )
