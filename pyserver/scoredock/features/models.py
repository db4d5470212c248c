"""Models: find, show, change, compare, the trash, aliases and favourites."""

from __future__ import annotations

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.features.model_records import alias_change, details, file_record, record, records, resources
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.blobs import texts
from scoredock.registry.models.compare import Difference
from scoredock.registry.models.compare import compare as differences
from scoredock.registry.models.conditions import Among, Query, query
from scoredock.registry.records import ModelFile

LONGEST_PAGE = 1_000
"""Rows that one answer holds, whatever was asked for."""
_FARTHEST = 1 << 40
_TEXTS_LOOKED_INTO = 500
"""Files of a comparison that are opened to tell text from bytes."""


# ------------------------------------------------------------------------------------------ finding


def groups(params: messages.ModelGroupsParams, context: Context, operation: Operation) -> messages.ModelGroups:
    """The first level of the view."""
    registry = context.registry(params.workspace_id)
    asked = params.query
    offset, limit = _page(params.offset, params.limit)
    found = registry.groups(
        _query(asked), by=asked.group_by, tag=asked.group_tag, order=asked.order, offset=offset, limit=limit
    )
    used = registry.used_by()
    rows = [
        messages.ModelGroup(each.key, each.versions, record(each.newest, used), each.favourite) for each in found.groups
    ]
    return messages.ModelGroups(rows, found.total, found.versions)


def versions(params: messages.ModelVersionsParams, context: Context, operation: Operation) -> messages.ModelList:
    """Versions of one group."""
    registry = context.registry(params.workspace_id)
    asked = params.query
    offset, limit = _page(params.offset, params.limit)
    found = registry.group(
        _query(asked),
        params.group,
        by=asked.group_by,
        tag=asked.group_tag,
        order=asked.order,
        offset=offset,
        limit=limit,
    )
    return messages.ModelList(records(found.models, registry.used_by()), found.total)


def list_models(params: messages.ModelListParams, context: Context, operation: Operation) -> messages.ModelList:
    """Versions without groups, or those in the trash."""
    registry = context.registry(params.workspace_id)
    asked = _query(params.query, params.name, "trash" if params.deleted else "live")
    offset, limit = _page(params.offset, params.limit, longest=_FARTHEST)
    found = registry.page(asked, order=params.query.order, offset=offset, limit=limit or -1)
    return messages.ModelList(records(found.models, registry.used_by()), found.total)


def show(params: messages.ModelRef, context: Context, operation: Operation) -> messages.ModelDetails:
    """One version with everything."""
    registry = context.registry(params.workspace_id)
    return details(registry, registry.model(params.id))


def files(params: messages.ModelFilesParams, context: Context, operation: Operation) -> messages.ModelFiles:
    """Files of one version, by path."""
    registry = context.registry(params.workspace_id)
    offset, limit = _page(params.offset, params.limit)
    found, total = registry.files(registry.summary(params.id), offset=offset, limit=limit)
    return messages.ModelFiles([file_record(file) for file in found], total)


def text(params: messages.ModelTextParams, context: Context, operation: Operation) -> messages.ModelText:
    """A file of a version for the editor; for bytes a sentence that says so."""
    registry = context.registry(params.workspace_id)
    model = registry.summary(params.id)
    file = registry.file(model, params.path)
    found = texts.read(registry.blobs, file)
    if found is not None:
        return messages.ModelText(found, True)
    sentence = (
        l10n.t(
            "{path} of {model} is too large to show: {size:,} bytes, sha256 {digest}",
            path=file.path,
            model=model.id,
            size=file.size,
            digest=file.sha256,
        )
        if file.size > texts.LARGEST
        else l10n.t(
            "{path} of {model} is not a text file: {size:,} bytes, sha256 {digest}",
            path=file.path,
            model=model.id,
            size=file.size,
            digest=file.sha256,
        )
    )
    return messages.ModelText(f"{sentence}\n", False)


def compare(params: messages.ModelCompareParams, context: Context, operation: Operation) -> messages.ModelComparison:
    """What differs between two versions, of one model or of two."""
    registry = context.registry(params.workspace_id)
    first, second = registry.model(params.first), registry.model(params.second)
    looked = 0
    told = []
    for each in differences(first, second):
        pair = [file for file in each.files if file is not None and file.sha256]
        looked += bool(pair)
        is_text = bool(pair) and looked <= _TEXTS_LOOKED_INTO and all(_is_text(registry, file) for file in pair)
        told.append(messages.ModelDifference(each.what, each.before, each.after, _path(each), is_text))
        operation.cancel.raise_if_cancelled()
    return messages.ModelComparison(first.id, second.id, told)


def _path(difference: Difference) -> str:
    return next((file.path for file in difference.files if file is not None and file.sha256), "")


def _is_text(registry: Registry, file: ModelFile) -> bool:
    try:
        return texts.looks_like_text(registry.blobs, file)
    except ScoredockError:  # damaged; the comparison of the digests is still true
        return False


# ------------------------------------------------------------------------------------------ changing


def update(params: messages.ModelUpdateParams, context: Context, operation: Operation) -> messages.Model:
    """Changes description, tags, resources and samples; adds properties."""
    registry = context.registry(params.workspace_id)
    version = registry.update(
        params.id,
        description=params.description,
        set_tags=params.set_tags,
        remove_tags=params.remove_tags,
        add_properties=params.add_properties,
        resources=resources(params.resources),
        sample_input_dataset=params.sample_input_dataset,
        sample_output_dataset=params.sample_output_dataset,
    )
    return record(version, registry.used_by())


def alias(params: messages.ModelAliasParams, context: Context, operation: Operation) -> messages.Model:
    """Points an alias to a version, or takes it away; gives the version it points or pointed to."""
    registry = context.registry(params.workspace_id)
    if params.remove:
        version = registry.changes.remove_alias(params.id, params.alias)
    else:
        version = registry.changes.alias(params.id, params.alias)
    return record(version, registry.used_by())


def alias_return(
    params: messages.ModelAliasReturnParams, context: Context, operation: Operation
) -> messages.AliasChange:
    """Undoes the newest move of an alias that was not undone yet."""
    return alias_change(context.registry(params.workspace_id).changes.return_alias(params.name, params.alias))


def favourite(params: messages.ModelFavouriteParams, context: Context, operation: Operation) -> messages.Empty:
    """Puts a name first in the view, or not any more."""
    context.registry(params.workspace_id).changes.favourite(params.name, params.favourite)
    return messages.Empty()


def consent(params: messages.ModelConsentParams, context: Context, operation: Operation) -> messages.Model:
    """Allows a version with known-bad pickle names or Python code to be deployed, or not any more."""
    registry = context.registry(params.workspace_id)
    if not params.withdraw:
        registry.scan_pickles(params.id, cancel=operation.cancel)  # one of an earlier release was not looked into yet
    return record(registry.changes.consent(params.id, withdraw=params.withdraw), registry.used_by())


# ------------------------------------------------------------------------------------------ trash


def delete(params: messages.ModelRef, context: Context, operation: Operation) -> messages.Model:
    """Moves a version to the trash."""
    return record(context.registry(params.workspace_id).delete(params.id), {})


def restore(params: messages.ModelRef, context: Context, operation: Operation) -> messages.Model:
    """Takes a version out of the trash."""
    return record(context.registry(params.workspace_id).restore(params.id), {})


def purge(params: messages.ModelPurgeParams, context: Context, operation: Operation) -> messages.ModelIds:
    """Removes versions from the trash for ever."""
    return messages.ModelIds(context.registry(params.workspace_id).changes.purge(params.ids))


# ------------------------------------------------------------------------------------------ what was asked


def _query(asked: messages.ModelQuery, name: str = "", among: Among = "live") -> Query:
    return query(
        name=name,
        search=asked.search,
        framework=asked.framework,
        tags=asked.tags,
        properties=asked.properties,
        run_id=asked.run_id,
        favourites=asked.favourites,
        latest=asked.latest,
        among=among,
    )


def _page(offset: int, limit: int, longest: int = LONGEST_PAGE) -> tuple[int, int]:
    """Both within bounds. Raises request-invalid for numbers below zero."""
    if offset < 0 or limit < 0:
        raise ScoredockError("request-invalid", l10n.t("A page begins at 0 or later and has 0 or more rows."))
    return min(offset, _FARTHEST), min(limit, longest)
