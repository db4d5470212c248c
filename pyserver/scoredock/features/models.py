"""Models: list, show, edit, compare, delete, restore."""

from __future__ import annotations

from scoredock.features.context import Context, Operation
from scoredock.features.model_records import details, record, records
from scoredock.protocol import messages


def list_models(params: messages.ModelListParams, context: Context, operation: Operation) -> messages.ModelList:
    """Versions by name, newest first."""
    registry = context.registry(params.workspace_id)
    query = params.query
    found = registry.models(name=params.name, tags=query.tags, properties=query.properties, latest=query.latest)
    return messages.ModelList(records(found, registry.used_by()), len(found))


def show(params: messages.ModelRef, context: Context, operation: Operation) -> messages.ModelDetails:
    """One version with everything."""
    registry = context.registry(params.workspace_id)
    return details(registry, registry.model(params.id))


def update(params: messages.ModelUpdateParams, context: Context, operation: Operation) -> messages.Model:
    """Changes description and tags; adds properties."""
    registry = context.registry(params.workspace_id)
    version = registry.update(
        params.id,
        description=params.description,
        set_tags=params.set_tags,
        remove_tags=params.remove_tags,
        add_properties=params.add_properties,
    )
    return record(version, registry.used_by())


def compare(params: messages.ModelCompareParams, context: Context, operation: Operation) -> messages.ModelComparison:
    """What differs between two versions, of one model or of two."""
    from scoredock.registry.compare import compare as differences

    registry = context.registry(params.workspace_id)
    first, second = registry.model(params.first), registry.model(params.second)
    found = [messages.ModelDifference(each.what, each.before, each.after) for each in differences(first, second)]
    return messages.ModelComparison(first.id, second.id, found)


def delete(params: messages.ModelRef, context: Context, operation: Operation) -> messages.Model:
    """Moves a version to the trash."""
    return record(context.registry(params.workspace_id).delete(params.id), {})


def restore(params: messages.ModelRef, context: Context, operation: Operation) -> messages.Model:
    """Takes a version out of the trash."""
    return record(context.registry(params.workspace_id).restore(params.id), {})
