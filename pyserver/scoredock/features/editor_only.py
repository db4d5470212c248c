"""Commands that only the editor has: they show, copy and choose, or lead to several verbs."""

from __future__ import annotations

from scoredock.features.file_names import MODEL_OF_A_KNOWN_FRAMEWORK
from scoredock.verb import EditorCommand, Key, Submenu, files, head, rows, title_bar


def _on_selected_rows(command: str, key: str, views: tuple[str, ...], mac: str = "") -> tuple[Key, ...]:
    """A key that works on the focused row of a view: VS Code gives a command of a key no row, so the selection is
    changed before and after, and what changes is that row."""

    def step(view: str, name: str) -> dict[str, object]:
        return {"command": f"scoredock.{command}", "args": {"view": view, "step": name}}

    return tuple(
        Key(
            key,
            f"focusedView == scoredock.{view} && listFocus && !inputFocus",
            mac,
            (
                step(view, "before"),
                "list.toggleSelection",
                step(view, "after"),
                "list.toggleSelection",
                step(view, "run"),
            ),
        )
        for view in views
    )


EDITOR_COMMANDS = (
    EditorCommand(
        "deployWithoutCode",
        "Deploy without Code",
        "services/deployWithoutCode",
        icon="rocket",
        palette="",
        menus=(
            files(
                f"!explorerResourceIsFolder && {MODEL_OF_A_KNOWN_FRAMEWORK}",
                "2_scoredock@2",
            ),
            rows("models", "version|group", "1_deploy@2"),
        ),
    ),
    EditorCommand(
        "sendRequest",
        "Send Request",
        "services/services",
        icon="send",
        palette="",
        menus=(
            title_bar("resourcePath in scoredock.answeringScripts", "navigation@2"),
            rows("services", "answering", "inline@1", "1_main@1"),
            rows("services", "routing", "inline@1", "1_main@1"),
        ),
    ),
    EditorCommand(
        "openLog",
        "Open Log",
        "services/services",
        icon="output",
        palette="",
        menus=(
            title_bar("resourcePath in scoredock.failingScripts", "navigation@1"),
            rows("services", "service", "inline@2", "1_main@2"),
            rows("services", "served", "2_look@1"),
        ),
    ),
    EditorCommand("register", "Register…", "assets/register:registerAnything", icon="add", palette=""),
    EditorCommand("model", "Model…", "things/things:pickModelThenVerb", palette=""),
    EditorCommand("service", "Service…", "things/things:pickServiceThenVerb", palette=""),
    EditorCommand("batchJob", "Batch Job…", "things/things:pickJobThenVerb", palette=""),
    EditorCommand("environment", "Environment…", "things/things:pickEnvironmentThenVerb", palette=""),
    EditorCommand("workspace", "Workspace…", "things/things:pickWorkspaceThenVerb", palette=""),
    EditorCommand("openDocumentation", "Open Documentation", "guide/guide", icon="book", palette=""),
    EditorCommand("restartServer", "Restart Server", "server", palette="", menus=(head("workspaces", "8_server@1"),)),
    EditorCommand("showLog", "Show Scoredock Log", "server", palette="", menus=(head("workspaces", "8_server@3"),)),
    EditorCommand(
        "searchModels", "Search Models…", "models/filter", icon="search", menus=(head("models", "navigation@2"),)
    ),
    EditorCommand(
        "clearModelFilter",
        "Clear Search and Filter",
        "models/filter",
        icon="clear-all",
        menus=(head("models", "navigation@3", when="scoredock.models.filtered"),),
    ),
    EditorCommand(
        "copyAssetId",
        "Copy ID",
        "assets/assets",
        menus=(
            rows("models", "asset", "5_copy@1"),
            rows("environments", "asset", "5_copy@1"),
        ),
    ),
    EditorCommand("chooseRequestEnvironment", "Choose Environment of Requests…", "services/requestFiles", palette=""),
    EditorCommand("forgetAllowedVariables", "Forget Allowed Variables…", "services/requestFiles", palette=""),
    EditorCommand(
        "cloneEnvironment",
        "Clone…",
        "environments/environments",
        menus=(
            rows("environments", "cloneable name", "4_edit@2"),
            rows("environments", "cloneable", "2_clone@1", menu="scoredock.environment.edit"),
        ),
    ),
    EditorCommand(
        "deployImage",
        "Deploy Image…",
        "images/images",
        icon="rocket",
        menus=(rows("environments", "deployable", "inline@1", "1_main@1"),),
    ),
    EditorCommand(
        "updateToImage",
        "Update Service to This Image…",
        "images/images",
        menus=(rows("environments", "deployable", "1_main@2"),),
    ),
    EditorCommand(
        "signOutRegistry",
        "Sign Out of Container Registry…",
        "docker/registries",
        menus=(head("environments", "3_docker@3"),),
    ),
    EditorCommand("showMore", "Show More", "server"),
    EditorCommand(
        "copyModelId",
        "Copy ID",
        "models/models",
        menus=(rows("models", "version|group", "1_copy@1", menu="scoredock.model.copy"),),
    ),
    EditorCommand(
        "openServiceFolder",
        "Open Its Folder",
        "services/showServices",
        icon="folder-opened",
        menus=(rows("services", "elsewhere", "2_look@6", menu="scoredock.service.tools"),),
    ),
    EditorCommand(
        "addToProject",
        "Add to tasks.json or launch.json…",
        "services/addToProject",
        icon="tasklist",
        menus=(rows("services", "service", "3_project@1", menu="scoredock.service.tools"),),
    ),
    EditorCommand("showServices", "Show Services", "services/showServices", icon="list-selection"),
    EditorCommand("showServiceActions", "Show Actions of Service", "services/showServices"),
    EditorCommand("goToFailure", "Go to Line", "services/showServices", icon="go-to-file"),
    EditorCommand(
        "copyServiceName",
        "Copy Name",
        "services/services",
        menus=(rows("services", "service", "1_copy@2", menu="scoredock.service.copy"),),
    ),
    EditorCommand(
        "copyScoringUri",
        "Copy Scoring URI",
        "services/services",
        icon="copy",
        menus=(
            rows("services", "scoringUri", "inline@1"),
            rows("services", "addressed", "1_copy@1", menu="scoredock.service.copy"),
        ),
    ),
    EditorCommand(
        "copyEndpointUri",
        "Copy Scoring URI",
        "endpoints/endpoints",
        icon="copy",
        menus=(rows("services", "routing", "5_copy@1"),),
    ),
    EditorCommand(
        "refresh",
        "Refresh",
        "server",
        icon="refresh",
        menus=(
            head("models", "9_view@1"),
            head("services", "9_view@1"),
            head("environments", "9_view@1"),
            head("workspaces", "9_view@1"),
            rows("models", "runs", "inline@1", "1_main@2"),
        ),
    ),
    EditorCommand("choosePython", "Choose Python for the Server…", "server", menus=(head("workspaces", "8_server@2"),)),
    EditorCommand(
        "arrangeModels", "Group and Sort…", "models/filter", icon="list-filter", menus=(head("models", "navigation@4"),)
    ),
    EditorCommand(
        "deleteRow",
        "Delete Selected Row",
        "things/rowKeys",
        keys=_on_selected_rows(
            "deleteRow", "delete", ("models", "services", "environments", "workspaces"), "cmd+backspace"
        ),
    ),
    EditorCommand(
        "editRow",
        "Edit Description of Selected Row",
        "things/rowKeys",
        keys=_on_selected_rows("editRow", "f2", ("models", "environments")),
    ),
)

SUBMENUS = (
    Submenu("scoredock.model.edit", "Edit", (*rows("models", "version|group", "3_edit@1"),)),
    Submenu("scoredock.model.copy", "Copy and Save", (*rows("models", "version|group", "4_copy@1"),)),
    Submenu("scoredock.environment.build", "Build", (*rows("environments", "buildable", "3_build@1"),)),
    Submenu("scoredock.service.update", "Update and Restart", (*rows("services", "service", "2_change@2"),)),
    Submenu("scoredock.service.tools", "Tools", (*rows("services", "service", "3_tools@1"),)),
    Submenu("scoredock.service.copy", "Copy", (*rows("services", "service", "5_copy@1"),)),
    Submenu("scoredock.workspace.upkeep", "Check and Repair", (*rows("workspaces", "workspace", "4_upkeep@1"),)),
    Submenu("scoredock.dataset.edit", "Edit", (*rows("models", "one", "4_edit@1"),)),
    Submenu("scoredock.environment.edit", "Edit", (*rows("environments", "one", "4_edit@1"),)),
)
