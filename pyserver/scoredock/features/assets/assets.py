"""Datasets, environments and images: list, show, register, change, delete, restore."""

from __future__ import annotations

import json

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.features.arguments import NEWEST
from scoredock.features.asset_messages import asset_record
from scoredock.features.file_names import ENVIRONMENT_FILE, SAMPLE_REQUESTS
from scoredock.progress import WARNING
from scoredock.protocol import messages
from scoredock.registry.assets import curated, datasets, environment_json
from scoredock.registry.assets.assets import Assets
from scoredock.registry.records import AssetRecord
from scoredock.verb import CliCommand, EditorCommand, argument, files, head, rows, verb

_DESCRIPTION = argument("-d", "--description", help="description", default="")
_TAG = argument("--tag", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE")

_SHOWN_CHARACTERS = 200_000
"""Of the text of one record; a dataset has pages for the rest."""
_SHOWN_ROWS = 100


@verb("asset/list", progress="Reading assets")
def list_assets(params: messages.AssetListParams, context: Context, operation: Operation) -> messages.AssetList:
    """Records by kind and name, newest first."""
    assets = context.registry(params.workspace_id).assets
    found = assets.records(params.kind or "", name=params.name, latest=params.latest, include_deleted=params.deleted)
    used = assets.used_by()
    return messages.AssetList([asset_record(each, used) for each in found])


@verb(
    "asset/show",
    progress="Reading asset",
    editor=(
        EditorCommand(
            "showAsset",
            "Show Content",
            "assets/assets",
            menus=(
                rows("models", "asset", "1_main@2"),
                rows("environments", "asset !exportable", "2_show@2"),
            ),
        ),
    ),
)
def show(params: messages.AssetRef, context: Context, operation: Operation) -> messages.AssetDetails:
    """One version with what it holds, as text."""
    assets = context.registry(params.workspace_id).assets
    record = assets.get(params.kind, params.id)
    text, language, complete = _text(assets, record)
    return messages.AssetDetails(
        asset=asset_record(record, assets.used_by()),
        text=text[:_SHOWN_CHARACTERS],
        language=language,
        truncated=not complete or len(text) > _SHOWN_CHARACTERS,
    )


@verb(
    "asset/update",
    progress="Changing asset",
    changes=True,
    editor=(
        EditorCommand(
            "editAssetTags",
            "Edit Tags…",
            "assets/assets",
            menus=(
                rows("models", "one", "1_edit@2", menu="scoredock.dataset.edit"),
                rows("environments", "one", "1_edit@2", menu="scoredock.environment.edit"),
            ),
        ),
        EditorCommand(
            "editAssetDescription",
            "Edit Description…",
            "assets/assets",
            menus=(
                rows("models", "one", "1_edit@1", menu="scoredock.dataset.edit"),
                rows("environments", "one", "1_edit@1", menu="scoredock.environment.edit"),
            ),
        ),
    ),
)
def update(params: messages.AssetUpdateParams, context: Context, operation: Operation) -> messages.Asset:
    """Changes description and tags."""
    assets = context.registry(params.workspace_id).assets
    record = assets.update(
        params.kind,
        params.id,
        description=params.description,
        set_tags=params.set_tags,
        remove_tags=params.remove_tags,
    )
    return asset_record(record, assets.used_by())


@verb(
    "asset/delete",
    progress="Deleting asset",
    changes=True,
    editor=(
        EditorCommand(
            "deleteAsset",
            "Delete",
            "assets/assets",
            icon="trash",
            menus=(
                rows("models", "one", "9_delete@1"),
                rows("environments", "one", "9_delete@1"),
            ),
        ),
    ),
)
def delete(params: messages.AssetRef, context: Context, operation: Operation) -> messages.Asset:
    """Moves a version to the trash."""
    return asset_record(context.registry(params.workspace_id).assets.delete(params.kind, params.id), {})


@verb("asset/restore", progress="Restoring asset", changes=True)
def restore(params: messages.AssetRef, context: Context, operation: Operation) -> messages.Asset:
    """Takes a version out of the trash."""
    assets = context.registry(params.workspace_id).assets
    return asset_record(assets.restore(params.kind, params.id), assets.used_by())


@verb(
    "dataset/register",
    progress="Registering dataset",
    changes=True,
    terminal=CliCommand(
        "dataset register",
        "Copy sample requests into the workspace as a new version of a dataset, one request body per row.",
        (
            argument(
                "path",
                help="text file with one request body per line (.jsonl, .txt), a JSON list of request bodies, a folder"
                " of such files, or a table (.csv, .tsv), whose rows become JSON objects",
            ),
            argument("-n", "--name", help="name of the dataset; the name of the file by default", names="", default=""),
            _DESCRIPTION,
            _TAG,
        ),
        ("scoredock dataset register requests.jsonl --name diabetes-requests",),
        makes="dataset",
    ),
    editor=(
        EditorCommand(
            "registerDataset",
            "Register Dataset…",
            "assets/registerAssets",
            icon="add",
            menus=(
                files(
                    f"!explorerResourceIsFolder && {SAMPLE_REQUESTS}",
                    "2_scoredock@6",
                ),
                head("models", "1_register@2"),
                rows("models", "dataset", "inline@1", "1_main@1"),
            ),
        ),
    ),
)
def register_dataset(params: messages.DatasetRegisterParams, context: Context, operation: Operation) -> messages.Asset:
    """Copies sample requests in and gives the new version."""
    record = datasets.register(
        context.registry(params.workspace_id).assets,
        absolute(params.path),
        params.name,
        description=params.description,
        tags=params.tags,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return asset_record(record, {})


@verb(
    "dataset/rows",
    progress="Reading dataset",
    terminal=CliCommand(
        "dataset rows",
        "Print the request bodies of a dataset; with --json as a list, which keeps line ends.",
        (
            argument("reference", help=NEWEST, names="dataset", metavar="NAME[:VERSION]"),
            argument("--offset", help="first row, counted from 0", type=int, default=0, metavar="ROW"),
            argument("--limit", help="number of rows", type=int, default=100, metavar="ROWS"),
        ),
        ("scoredock dataset rows diabetes-requests --limit 5",),
    ),
    editor=(
        EditorCommand(
            "sendDatasetRow",
            "Send as Request…",
            "assets/assets",
            icon="send",
            menus=(rows("models", "rows", "inline@1", "1_main@1"),),
        ),
    ),
)
def dataset_rows(params: messages.DatasetRowsParams, context: Context, operation: Operation) -> messages.DatasetRows:
    """Some rows; fewer than asked for at the end, or where they are large."""
    assets = context.registry(params.workspace_id).assets
    page = datasets.rows(assets, assets.get("dataset", params.id), params.offset, params.limit)
    return messages.DatasetRows(list(page.rows), page.total)


@verb(
    "environment/register",
    progress="Registering environment",
    changes=True,
    terminal=CliCommand(
        "environment register",
        "Register an environment. If the newest version is the same, no new version is created.",
        (
            argument(
                "path",
                help=(
                    "conda YAML, pip requirements, azureml_environment.json, or the folder that contains one of them;"
                    " or the YAML of an environment of Azure ML v2"
                ),
                nargs="?",
                default="",
            ),
            argument("-f", "--file", "--directory", help="the same as PATH", default="", metavar="PATH"),
            argument(
                "-n", "--name", help="name of the environment; the name of the file by default", names="", default=""
            ),
            argument(
                "--image", help="Docker image that contains the environment", names="", default="", metavar="REFERENCE"
            ),
            argument(
                "--clone",
                help="registered or curated environment to copy",
                names="environment",
                default="",
                metavar="NAME[:VERSION]",
            ),
            _DESCRIPTION,
            _TAG,
        ),
        (
            "scoredock environment register conda.yml --name diabetes-env",
            "scoredock environment register --clone AzureML-Minimal --name my-minimal",
            "scoredock environment register environment.yml",
        ),
        makes="environment",
    ),
    editor=(
        EditorCommand(
            "registerEnvironment",
            "Register Environment…",
            "assets/registerAssets",
            icon="add",
            menus=(
                files(
                    f"!explorerResourceIsFolder && {ENVIRONMENT_FILE}",
                    "2_scoredock@6",
                ),
                head("environments", "navigation@1"),
            ),
        ),
    ),
)
def register_environment(
    params: messages.EnvironmentRegisterParams, context: Context, operation: Operation
) -> messages.Asset:
    """Adds a version, or gives the newest one back when it is the same already."""
    from scoredock.registry.assets import environments as environment_records
    from scoredock.services.v2_files.asset_files import described_environment, plain_environment, tell_version

    registry = context.registry(params.workspace_id)
    assets = registry.assets
    path = absolute(params.path) if params.path else None

    def tell(fault: str) -> None:
        operation.progress.report(f"{WARNING}{fault}")

    described = None
    if path is not None and not params.image and not params.clone:
        described = described_environment(path, registry, tell) or plain_environment(path, tell)
    if described is not None:
        record = environment_records.add(
            assets,
            params.name or described.file.name,
            described.definition,
            description=params.description or described.file.description,
            tags={**described.file.tags, **params.tags},
            cancel=operation.cancel,
        )
        tell_version(described.file, record.version, operation.progress)
        return asset_record(record, assets.used_by())
    record = environment_records.register(
        assets,
        params.name,
        path=path,
        image=params.image,
        clone=params.clone,
        description=params.description,
        tags=params.tags,
        cancel=operation.cancel,
    )
    return asset_record(record, assets.used_by())


@verb("environment/propose", progress="Reading environment", errors=("asset-file-invalid",))
def propose_environment(
    params: messages.EnvironmentProposeParams, context: Context, operation: Operation
) -> messages.EnvironmentProposal:
    """Proposed name, description and tags of an environment in a file. Raises asset-file-invalid, check-failed, and
    what reading the file raises."""
    from scoredock.services.v2_files.asset_files import environment_labels

    labels = environment_labels(absolute(params.path), context.registry(params.workspace_id))
    return messages.EnvironmentProposal(labels.name, labels.description, dict(labels.tags))


@verb(
    "environment/definition",
    progress="Reading environment",
    errors=("environment-source-invalid", "asset-not-found"),
)
def environment_definition(
    params: messages.EnvironmentDefinitionParams, context: Context, operation: Operation
) -> messages.EnvironmentDefinition:
    """Definition of an environment in the form of azureml_environment.json. Raises environment-source-invalid, file-*,
    asset-not-found."""
    from scoredock.environments.inline import packages
    from scoredock.registry.assets.environment_definition import sections
    from scoredock.registry.assets.environment_files import from_path

    if bool(params.id) == bool(params.path):
        raise ScoredockError(
            "environment-source-invalid", l10n.t("An environment is read from a file or by its name: give one of them.")
        )
    if params.path:
        read = from_path(absolute(params.path), stays_here=True)
        nearest, reason = "", ""
        if params.python and read.conda is not None:
            from scoredock.environments.python.fitting import nearest_python  # of scripts that name none

            lines = packages(read.conda, params.path).requirements
            index = str(context.settings.get("scoredock.environment.indexUrl"))
            nearest, reason = nearest_python(lines, params.python, index, operation.cancel)
        return messages.EnvironmentDefinition(json.dumps(sections(read)), nearest, reason)
    found = environment_json.definition(params.id, context.registry(params.workspace_id).assets)
    return messages.EnvironmentDefinition(json.dumps(found))


@verb(
    "environment/curated",
    progress="Reading environments",
    terminal=CliCommand(
        "environment curated",
        "List the curated environments, which can be cloned, or deployed by name.",
        (),
        ("scoredock environment curated",),
    ),
)
def curated_environments(
    params: messages.Empty, context: Context, operation: Operation
) -> messages.CuratedEnvironments:
    """Environments that can be cloned, and deployed by their names."""
    return messages.CuratedEnvironments(
        [messages.CuratedEnvironment(each.name, l10n.t(each.summary)) for each in curated.ENVIRONMENTS]
    )


@verb(
    "image/register",
    progress="Registering image",
    changes=True,
    terminal=CliCommand(
        "image register",
        "Record the location and content of a Docker image. The image itself is not inspected.",
        (
            argument("name", help="3 to 32 lowercase letters, digits, dashes and periods", names=""),
            argument("reference", help="registry/repository:tag, or with @digest", names="", metavar="REFERENCE"),
            argument(
                "-m",
                "--model",
                help="name:version of a model in the image; may be repeated",
                names="model",
                action="append",
                default=[],
                metavar="MODEL",
            ),
            argument(
                "-e",
                "--environment",
                help="name:version of the environment of the image",
                names="environment",
                default="",
                metavar="ENVIRONMENT",
            ),
            _DESCRIPTION,
            _TAG,
        ),
        ("scoredock image register diabetes registry.example.com/team/diabetes:3 --model diabetes:3",),
        makes="image",
    ),
    editor=(
        EditorCommand(
            "registerImage",
            "Register Image…",
            "assets/registerAssets",
            icon="add",
            menus=(
                head("environments", "1_image@1"),
                rows("environments", "image", "inline@1", "1_main@1"),
            ),
        ),
    ),
)
def register_image(params: messages.ImageRegisterParams, context: Context, operation: Operation) -> messages.Asset:
    """Records where an image lies and what it holds."""
    from scoredock.registry.assets import images

    record = images.register(
        context.registry(params.workspace_id),
        params.name,
        params.reference,
        models=params.models,
        environment=params.environment,
        description=params.description,
        tags=params.tags,
    )
    return asset_record(record, {})


def _text(assets: Assets, record: AssetRecord) -> tuple[str, str, bool]:
    """Text of what a record holds, its language, and whether that is all of it."""
    if record.kind == "dataset":
        page = datasets.rows(assets, record, 0, _SHOWN_ROWS)
        return "\n".join(page.rows), "jsonl", len(page.rows) == page.total
    if record.kind == "image":
        return json.dumps(dict(record.content), indent=2, ensure_ascii=False) + "\n", "json", True
    from scoredock.registry.assets import environments as environment_records
    from scoredock.registry.assets.environment_definition import shown_text

    definition = environment_records.of_record(assets, record)
    language = "yaml" if definition.conda is not None else "pip-requirements" if definition.text else "dockerfile"
    return shown_text(definition), language, True
