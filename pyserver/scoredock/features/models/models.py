"""Models: find, show, change, compare, the trash, aliases and favourites."""

from __future__ import annotations

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.features.arguments import MODEL_OR_ID, REFERENCE
from scoredock.features.context import Context, Operation
from scoredock.features.models.records import alias_change, details, file_record, record, records, resources
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.blobs import texts
from scoredock.registry.models.compare import Difference
from scoredock.registry.models.compare import compare as differences
from scoredock.registry.models.conditions import Among, Query, query
from scoredock.registry.records import ModelFile
from scoredock.verb import Argument, CliCommand, EditorCommand, argument, head, rows, verb

_FILTERS: tuple[Argument, ...] = (
    argument(
        "--tag", help="only with this tag; KEY or KEY=VALUE, all must hold", action="append", metavar="KEY[=VALUE]"
    ),
    argument(
        "--property",
        help="only with this property; KEY or KEY=VALUE, all must hold",
        action="append",
        metavar="KEY[=VALUE]",
    ),
    argument("--framework", "--model-framework", help="only of this framework", names="", default="", metavar="NAME"),
    argument("--run-id", help="only from this run", names="", default="", metavar="ID"),
)

LONGEST_PAGE = 1_000
"""Rows that one answer holds, whatever was asked for."""
_FARTHEST = 1 << 40
_TEXTS_LOOKED_INTO = 500
"""Files of a comparison that are opened to tell text from bytes."""


# ------------------------------------------------------------------------------------------ finding


@verb("model/groups", progress="Reading models")
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


@verb("model/versions", progress="Reading models")
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


@verb(
    "model/list",
    progress="Reading models",
    terminal=CliCommand(
        "model list",
        "List the registered models.",
        (
            argument("-n", "--name", "--model-name", help="only this model", names="", default="", dest="name"),
            argument(
                "-s",
                "--search",
                help='words, key=value, "Tag : value", tag:, framework:, alias:, run:, experiment:, by:, pickle:',
                default="",
                metavar="TEXT",
            ),
            *_FILTERS,
            argument("--favourites", help="only favourites", action="store_true"),
            argument(
                "--latest", "-l", help="only the newest version of each model; filters apply to it", action="store_true"
            ),
            argument("--deleted", help="show the trash instead, last deleted first", action="store_true"),
            argument(
                "--order",
                help="sort by name, newest or largest first",
                choices=("name", "newest", "largest"),
                default="name",
            ),
            argument("--limit", help="maximum number of models", type=int, default=None, metavar="COUNT"),
        ),
        (
            "scoredock model list --latest",
            "scoredock model list --tag stage=champion --json",
            'scoredock model list --search "diabetes stage=champion framework:onnx"',
        ),
    ),
)
def list_models(params: messages.ModelListParams, context: Context, operation: Operation) -> messages.ModelList:
    """Versions without groups, or those in the trash."""
    registry = context.registry(params.workspace_id)
    asked = _query(params.query, params.name, "trash" if params.deleted else "live")
    offset, limit = _page(params.offset, params.limit, longest=_FARTHEST)
    found = registry.page(asked, order=params.query.order, offset=offset, limit=limit or -1)
    return messages.ModelList(records(found.models, registry.used_by()), found.total)


@verb(
    "model/show",
    progress="Reading model",
    terminal=CliCommand(
        "model show",
        "Show all details of one version; with filters, of the newest version that matches.",
        (
            argument("model", help=REFERENCE, names="model", nargs="?", default=""),
            argument("-i", "--model-id", help="the same as MODEL", names="model", default="", metavar="MODEL"),
            argument("-n", "--name", "--model-name", help="name of the model", names="model", default="", dest="name"),
            argument("--version", help="with --name: the version", type=int, default=None, metavar="NUMBER"),
            *_FILTERS,
        ),
        ("scoredock model show diabetes:3", "scoredock model show diabetes@champion --json"),
    ),
    editor=(
        EditorCommand(
            "showModel",
            "Show Details",
            "models/models",
            icon="info",
            menus=(
                rows("models", "version", "inline@2"),
                rows("models", "version|group", "2_show@1"),
            ),
        ),
    ),
)
def show(params: messages.ModelRef, context: Context, operation: Operation) -> messages.ModelDetails:
    """One version with everything."""
    registry = context.registry(params.workspace_id)
    return details(registry, registry.model(params.id))


@verb("model/files", progress="Reading model")
def files(params: messages.ModelFilesParams, context: Context, operation: Operation) -> messages.ModelFiles:
    """Files of one version, by path."""
    registry = context.registry(params.workspace_id)
    offset, limit = _page(params.offset, params.limit)
    found, total = registry.files(registry.summary(params.id), offset=offset, limit=limit)
    return messages.ModelFiles([file_record(file) for file in found], total)


@verb(
    "model/text",
    progress="Reading model",
    terminal=CliCommand(
        "model text",
        "Print a text file of a version.",
        (
            argument("model", help=REFERENCE, names="model"),
            argument("path", help="path of the file, as `model show` prints it"),
        ),
        ("scoredock model text sentiment:2 sentiment/MLmodel",),
    ),
    editor=(
        EditorCommand(
            "openModelFile",
            "Open File…",
            "models/models",
            icon="go-to-file",
            menus=(rows("models", "file", "1_main@1"),),
        ),
    ),
)
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


@verb(
    "model/compare",
    progress="Comparing models",
    terminal=CliCommand(
        "model compare",
        "Show the differences between two versions of one model or of two models.",
        (argument("first", help=REFERENCE, names="model"), argument("second", help=REFERENCE, names="model")),
        ("scoredock model compare diabetes:2 diabetes:3", "scoredock model compare diabetes@champion diabetes"),
    ),
    editor=(
        EditorCommand(
            "compareModels",
            "Compare…",
            "models/compare",
            icon="diff",
            menus=(rows("models", "version|several", "2_show@2"),),
        ),
    ),
)
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


@verb(
    "model/update",
    progress="Changing model",
    changes=True,
    terminal=CliCommand(
        "model update",
        "Change description, tags, resources and samples, or add properties. The files never change.",
        (
            *MODEL_OR_ID,
            argument("-d", "--description", help="new description", default=None),
            argument("--tag", "--add-tag", help="set this tag; may be repeated", action="append", metavar="KEY=VALUE"),
            argument("--remove-tag", help="remove this tag; may be repeated", action="append", metavar="KEY"),
            argument(
                "--property",
                "--add-property",
                help="add this property; may be repeated",
                action="append",
                metavar="KEY=VALUE",
            ),
            argument(
                "--cc", "--cpu-cores", help="default number of CPU cores", dest="cpu_cores", type=float, metavar="CORES"
            ),
            argument("--gb", "--memory-gb", help="default memory in GB", dest="memory_gb", type=float, metavar="GB"),
            argument("--gc", "--gpu-cores", help="default number of GPUs", dest="gpu_cores", type=int, metavar="GPUS"),
            argument(
                "--no-resources", help="remove the default resources that are not given here", action="store_true"
            ),
            argument(
                "--sample-input-dataset",
                "--sample-input-dataset-id",
                help="dataset of sample requests; empty for none",
                names="dataset",
                dest="sample_input_dataset",
                metavar="NAME:VERSION",
            ),
            argument(
                "--sample-output-dataset",
                "--sample-output-dataset-id",
                help="dataset of sample responses; empty for none",
                names="dataset",
                dest="sample_output_dataset",
                metavar="NAME:VERSION",
            ),
        ),
        (
            "scoredock model update diabetes:3 --tag stage=champion --remove-tag draft",
            "scoredock model update diabetes@champion --cc 0.5 --gb 1",
        ),
    ),
    editor=(
        EditorCommand(
            "addModelProperties",
            "Add Properties…",
            "models/edit",
            menus=(rows("models", "version|group", "1_edit@3", menu="scoredock.model.edit"),),
        ),
        EditorCommand(
            "editModelResources",
            "Set Resources…",
            "models/edit",
            menus=(rows("models", "version|group", "1_edit@4", menu="scoredock.model.edit"),),
        ),
        EditorCommand(
            "setModelSample",
            "Set Sample Dataset…",
            "models/edit",
            menus=(rows("models", "version|group", "1_edit@5", menu="scoredock.model.edit"),),
        ),
        EditorCommand(
            "editModelTags",
            "Edit Tags…",
            "models/edit",
            menus=(rows("models", "version|group", "1_edit@2", menu="scoredock.model.edit"),),
        ),
        EditorCommand(
            "editModelDescription",
            "Edit Description…",
            "models/edit",
            menus=(rows("models", "version|group", "1_edit@1", menu="scoredock.model.edit"),),
        ),
    ),
)
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


@verb(
    "model/alias",
    progress="Changing alias",
    changes=True,
    terminal=CliCommand(
        "model alias",
        "Point an alias to a version, remove it, or undo its last change.",
        (
            argument("model", help="name:version; with --remove or --return only the name", names="model"),
            argument("alias", help="champion, staging, …"),
            argument("--remove", help="remove the alias", action="store_true"),
            argument(
                "--return",
                help="undo the last change; repeat the command to undo earlier ones",
                dest="step_back",
                action="store_true",
            ),
        ),
        (
            "scoredock model alias diabetes:3 champion",
            "scoredock model alias diabetes champion --return",
            "scoredock model alias diabetes champion --remove",
        ),
    ),
    editor=(
        EditorCommand(
            "setModelAlias",
            "Set Alias…",
            "models/aliases",
            menus=(rows("models", "version|group", "2_alias@1", menu="scoredock.model.edit"),),
        ),
        EditorCommand(
            "removeModelAlias",
            "Remove Alias…",
            "models/aliases",
            menus=(rows("models", "aliased", "2_alias@2", menu="scoredock.model.edit"),),
        ),
    ),
)
def alias(params: messages.ModelAliasParams, context: Context, operation: Operation) -> messages.Model:
    """Points an alias to a version, or takes it away; gives the version it points or pointed to."""
    registry = context.registry(params.workspace_id)
    if params.remove:
        version = registry.changes.remove_alias(params.id, params.alias)
    else:
        version = registry.changes.alias(params.id, params.alias)
    return record(version, registry.used_by())


@verb("model/aliasReturn", progress="Changing alias", changes=True)
def alias_return(
    params: messages.ModelAliasReturnParams, context: Context, operation: Operation
) -> messages.AliasChange:
    """Undoes the newest move of an alias that was not undone yet."""
    return alias_change(context.registry(params.workspace_id).changes.return_alias(params.name, params.alias))


@verb(
    "model/favourite",
    progress="Changing favourites",
    changes=True,
    terminal=CliCommand(
        "model favourite",
        "Show a model first in the view.",
        (
            argument("name", help="name of the model", names="model"),
            argument("--remove", help="remove it from the favourites", action="store_true"),
        ),
        ("scoredock model favourite diabetes",),
    ),
)
def favourite(params: messages.ModelFavouriteParams, context: Context, operation: Operation) -> messages.Empty:
    """Puts a name first in the view, or not any more."""
    context.registry(params.workspace_id).changes.favourite(params.name, params.favourite)
    return messages.Empty()


@verb(
    "model/consent",
    progress="Recording consent",
    changes=True,
    terminal=CliCommand(
        "model consent",
        "Allow a version with known-bad names or Python code to be deployed. Your name and the findings are recorded.",
        (*MODEL_OR_ID, argument("--withdraw", help="withdraw the consent", action="store_true")),
        ("scoredock model consent diabetes:3", "scoredock model consent diabetes:3 --withdraw"),
    ),
    editor=(
        EditorCommand(
            "allowModel",
            "Allow Deployment…",
            "models/consent",
            menus=(rows("models", "consent", "3_consent@1", menu="scoredock.model.edit"),),
        ),
        EditorCommand(
            "withdrawModelConsent",
            "Withdraw Permission to Deploy",
            "models/consent",
            menus=(rows("models", "consent", "3_consent@2", menu="scoredock.model.edit"),),
        ),
    ),
)
def consent(params: messages.ModelConsentParams, context: Context, operation: Operation) -> messages.Model:
    """Allows a version with known-bad pickle names or Python code to be deployed, or not any more."""
    registry = context.registry(params.workspace_id)
    if not params.withdraw:
        registry.scan_pickles(params.id, cancel=operation.cancel)  # one of an earlier release was not looked into yet
    return record(registry.changes.consent(params.id, withdraw=params.withdraw), registry.used_by())


# ------------------------------------------------------------------------------------------ trash


@verb(
    "model/delete",
    progress="Deleting model",
    changes=True,
    terminal=CliCommand(
        "model delete", "Move a version to the trash for 30 days.", MODEL_OR_ID, ("scoredock model delete diabetes:2",)
    ),
    editor=(
        EditorCommand(
            "deleteModel", "Delete", "models/models", icon="trash", menus=(rows("models", "version", "9_delete@1"),)
        ),
    ),
)
def delete(params: messages.ModelRef, context: Context, operation: Operation) -> messages.Model:
    """Moves a version to the trash."""
    return record(context.registry(params.workspace_id).delete(params.id), {})


@verb(
    "model/restore",
    progress="Restoring model",
    changes=True,
    terminal=CliCommand(
        "model restore", "Restore a version from the trash.", MODEL_OR_ID, ("scoredock model restore diabetes:2",)
    ),
    editor=(
        EditorCommand(
            "restoreDeleted",
            "Restore from Trash",
            "workspaces/trash",
            icon="discard",
            menus=(
                head("models", "2_trash@1"),
                rows("models", "deleted", "inline@1", "1_main@1"),
            ),
        ),
    ),
)
def restore(params: messages.ModelRef, context: Context, operation: Operation) -> messages.Model:
    """Takes a version out of the trash."""
    return record(context.registry(params.workspace_id).restore(params.id), {})


@verb(
    "model/purge",
    progress="Emptying the trash",
    changes=True,
    terminal=CliCommand(
        "model purge",
        "Permanently delete versions in the trash. Their numbers are never used again.",
        (
            argument("model", help="name:version", names="model", nargs="*"),
            argument("--all", help="the whole trash, except what a service uses", action="store_true"),
        ),
        ("scoredock model purge diabetes:2", "scoredock model purge --all"),
    ),
    editor=(
        EditorCommand(
            "purgeDeleted",
            "Delete Permanently…",
            "workspaces/trash",
            menus=(rows("models", "deletedModel", "9_delete@1"),),
        ),
        EditorCommand(
            "emptyTrash", "Empty Trash…", "workspaces/trash", icon="trash", menus=(rows("models", "trash", "1_main@1"),)
        ),
    ),
)
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
