"""Changing what is known of models: labels, aliases, favourites, permissions and the trash."""

from __future__ import annotations

from scoredock.context import Context, Operation
from scoredock.features.arguments import MODEL_OR_ID
from scoredock.features.model_messages import alias_change, record, resources
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb


def _edit(id: str, title: str, handler: str, place: str, flags: str = "version|group") -> EditorCommand:
    """A command of the menu Edit of a model."""
    return EditorCommand(id, title, handler, menus=(rows("models", flags, place, menu="scoredock.model.edit"),))


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
        _edit("addModelProperties", "Add Properties…", "models/edit", "1_edit@3"),
        _edit("editModelResources", "Set Resources…", "models/edit", "1_edit@4"),
        _edit("setModelSample", "Set Sample Dataset…", "models/edit", "1_edit@5"),
        _edit("editModelTags", "Edit Tags…", "models/edit", "1_edit@2"),
        _edit("editModelDescription", "Edit Description…", "models/edit", "1_edit@1"),
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
        _edit("setModelAlias", "Set Alias…", "models/aliases", "2_alias@1"),
        _edit("removeModelAlias", "Remove Alias…", "models/aliases", "2_alias@2", "aliased"),
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
        _edit("allowModel", "Allow Deployment…", "models/consent", "3_consent@1", "consent"),
        _edit("withdrawModelConsent", "Withdraw Permission to Deploy", "models/consent", "3_consent@2", "consent"),
    ),
)
def consent(params: messages.ModelConsentParams, context: Context, operation: Operation) -> messages.Model:
    """Allows a version with known-bad pickle names or Python code to be deployed, or not any more."""
    registry = context.registry(params.workspace_id)
    if not params.withdraw:
        registry.scan_pickles(params.id, cancel=operation.cancel)  # one of an earlier release was not looked into yet
    return record(registry.changes.consent(params.id, withdraw=params.withdraw), registry.used_by())


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
            menus=(head("models", "2_trash@1"), rows("models", "deleted", "inline@1", "1_main@1")),
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
