"""Verbs that look at models: groups, versions, files, texts, what differs between two."""

from __future__ import annotations

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.features.arguments import REFERENCE
from scoredock.features.model_messages import details, file_record, record, records
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.blobs.blobs import LARGEST_TEXT, looks_like_text, whole_text
from scoredock.registry.models.compare import Difference
from scoredock.registry.models.compare import compare as differences
from scoredock.registry.models.conditions import Among, Query, query
from scoredock.registry.records import ModelFile
from scoredock.verb import Argument, CliCommand, EditorCommand, argument, rows, verb

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
"""Rows that one answer holds at most."""
_FARTHEST = 1 << 40
_TEXTS_LOOKED_INTO = 500
"""Files of a comparison that are opened to tell text from bytes."""


@verb("model/groups", progress="Reading models")
def groups(params: messages.ModelGroupsParams, context: Context, operation: Operation) -> messages.ModelGroups:
    """The first level of the view."""
    registry = context.registry(params.workspace_id)
    filters = params.query
    offset, limit = _page(params.offset, params.limit)
    page = registry.groups(
        _query(filters), by=filters.group_by, tag=filters.group_tag, order=filters.order, offset=offset, limit=limit
    )
    used = registry.used_by()
    groups = [
        messages.ModelGroup(each.key, each.versions, record(each.newest, used), each.favourite) for each in page.groups
    ]
    return messages.ModelGroups(groups, page.total, page.versions)


@verb("model/versions", progress="Reading models")
def versions(params: messages.ModelVersionsParams, context: Context, operation: Operation) -> messages.ModelList:
    """Versions of one group."""
    registry = context.registry(params.workspace_id)
    filters = params.query
    offset, limit = _page(params.offset, params.limit)
    page = registry.group(
        _query(filters),
        params.group,
        by=filters.group_by,
        tag=filters.group_tag,
        order=filters.order,
        offset=offset,
        limit=limit,
    )
    return messages.ModelList(records(page.models, registry.used_by()), page.total)


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
    conditions = _query(params.query, params.name, "trash" if params.deleted else "live")
    offset, limit = _page(params.offset, params.limit, longest=_FARTHEST)
    page = registry.page(conditions, order=params.query.order, offset=offset, limit=limit or -1)
    return messages.ModelList(records(page.models, registry.used_by()), page.total)


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
            menus=(rows("models", "version", "inline@2"), rows("models", "version|group", "2_show@1")),
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
    page, total = registry.files(registry.summary(params.id), offset=offset, limit=limit)
    return messages.ModelFiles([file_record(file) for file in page], total)


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
    content = whole_text(registry.blobs, file)
    if content is not None:
        return messages.ModelText(content, True)
    facts = {"path": file.path, "model": model.id, "size": file.size, "digest": file.sha256}
    sentence = (
        l10n.t("{path} of {model} is too large to show: {size:,} bytes, sha256 {digest}", **facts)
        if file.size > LARGEST_TEXT
        else l10n.t("{path} of {model} is not a text file: {size:,} bytes, sha256 {digest}", **facts)
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
    """Differences between two versions, of one model or of two."""
    registry = context.registry(params.workspace_id)
    first, second = registry.model(params.first), registry.model(params.second)
    looked = 0
    rows = []
    for each in differences(first, second):
        pair = [file for file in each.files if file is not None and file.sha256]
        looked += bool(pair)
        is_text = bool(pair) and looked <= _TEXTS_LOOKED_INTO and all(_is_text(registry, file) for file in pair)
        rows.append(messages.ModelDifference(each.what, each.before, each.after, _path(each), is_text))
        operation.cancel.raise_if_cancelled()
    return messages.ModelComparison(first.id, second.id, rows)


def _path(difference: Difference) -> str:
    return next((file.path for file in difference.files if file is not None and file.sha256), "")


def _is_text(registry: Registry, file: ModelFile) -> bool:
    try:
        return looks_like_text(registry.blobs, file)
    except ScoredockError:  # damaged; the comparison of the digests is still true
        return False


def _query(filters: messages.ModelQuery, name: str = "", among: Among = "live") -> Query:
    return query(
        name=name,
        search=filters.search,
        framework=filters.framework,
        tags=filters.tags,
        properties=filters.properties,
        run_id=filters.run_id,
        favourites=filters.favourites,
        latest=filters.latest,
        among=among,
    )


def _page(offset: int, limit: int, longest: int = LONGEST_PAGE) -> tuple[int, int]:
    """Both within bounds. Raises request-invalid for numbers below zero."""
    if offset < 0 or limit < 0:
        raise ScoredockError("request-invalid", l10n.t("A page begins at 0 or later and has 0 or more rows."))
    return min(offset, _FARTHEST), min(limit, longest)
