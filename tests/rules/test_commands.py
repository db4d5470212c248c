"""Few commands to find: how many the palette and the menus have, and that each is reached and described somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANIFEST: dict[str, Any] = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["contributes"]
TEXTS: dict[str, str] = json.loads((ROOT / "package.nls.json").read_text(encoding="utf-8"))
COMMANDS = [command["command"] for command in MANIFEST["commands"]]
MENUS: dict[str, list[dict[str, str]]] = MANIFEST["menus"]

MOST_IN_THE_PALETTE = 28
MOST_IN_A_MENU = 8

ROWS = {
    "a model": ("models", "group aliased several"),
    "a version": ("models", "version used consent aliased"),
    "a value of a tag": ("models", "value"),
    "a file": ("models", "file"),
    "the datasets": ("models", "dataset"),
    "a dataset": ("models", "asset one rows"),
    "a dataset of several versions": ("models", "asset name rows"),
    "the runs": ("models", "runs"),
    "a run": ("models", "run parent ofWorkspace"),
    "an artifact": ("models", "artifact logged"),
    "the trash": ("models", "trash"),
    "a deleted version": ("models", "deleted deletedModel"),
    "a deleted dataset": ("models", "deleted deletedAsset"),
    "a healthy service": (
        "services",
        "service can-debug can-reload healthy answering addressed stoppable restartable keyed returnable",
    ),
    "a service of a cluster": (
        "services",
        "service can-reload can-export healthy answering addressed stoppable restartable keyed returnable",
    ),
    "a service that is being stopped": ("services", "service healthy answering addressed stopping restartable"),
    "a service with tokens": ("services", "service unhealthy answering addressed stoppable restartable tokened"),
    "a stopped service": ("services", "service stopped addressed startable keyed returnable elsewhere"),
    "an endpoint": ("services", "endpoint routing"),
    "a stopped endpoint": ("services", "endpoint halted"),
    "a version of an endpoint": ("services", "endpointVersion served promotable withdrawable deletable"),
    "an address": ("services", "detail scoringUri"),
    "a Swagger document": ("services", "detail swaggerUri"),
    "a rule": ("services", "deploymentRule active settled attended"),
    "a paused rule": ("services", "deploymentRule paused installed"),
    "a batch job that runs": ("jobs", "job running pausable"),
    "a batch job with failures": ("jobs", "job resumable deletable written"),
    "an environment": ("environments", "asset one buildable cloneable buildLog removable"),
    "an environment that is built just now": ("environments", "asset one buildable cloneable building buildLog"),
    "an environment of several versions": ("environments", "asset name buildable cloneable"),
    "an environment of services": ("environments", "made removable"),
    "the images": ("environments", "image"),
    "an image": ("environments", "asset one exportable deployable created"),
    "an image of several versions": ("environments", "asset name exportable deployable"),
    "the default workspace": ("workspaces", "workspace active default"),
    "another workspace": ("workspaces", "workspace azure"),
    "the workspace of a folder that left things elsewhere": ("workspaces", "workspace active left"),
    "an offer": ("workspaces", "offer"),
    "the compute targets": ("workspaces", "computes"),
    "a compute target": ("workspaces", "compute"),
    "a compute target to confirm": ("workspaces", "compute unconfirmed"),
    "the events": ("workspaces", "eventHeading"),
    "a subscription": ("workspaces", "subscription pausable"),
    "a subscription that gets nothing": ("workspaces", "subscription paused"),
}
"""Kinds of rows with as many flags as they can have at a time: the node builders of extension/views write them."""

ELSEWHERE = {
    "scoredock.showMore": "a click on the last row of a long list",
    "scoredock.deleteRow": "the key Delete, which runs what the menu of the row has",
    "scoredock.editRow": "F2, which runs what the menu of the row has",
    "scoredock.deployConfiguration": "Deploy, with a configuration that the Explorer or the lens names",
    "scoredock.deployFiles": "a file that the Explorer names, and the line above it",
    "scoredock.showServices": "Service…, which lists them as well",
    "scoredock.showServiceActions": "Service…, and then the service",
    "scoredock.openFullLog": "a button of the log page",
    "scoredock.exportDrift": "a button of the page of a comparison",
    "scoredock.exportLineage": "a button of the page of a lineage",
    "scoredock.resumeDrift": "a button of the page of a comparison",
    "scoredock.filterAuditLog": "a button of the page of an audit log",
    "scoredock.retrain": "a button of the page of a comparison",
    "scoredock.scheduleDrift": "a button of the page of a comparison",
    "scoredock.goToFailure": "the Problems view, and Open Log, which links the line",
    "scoredock.sendFileRequest": "the line above a request of an .http file, and Open Request… in the request panel",
    "scoredock.runAzLine": "the light bulb of a line of `az ml`",
    "scoredock.saveAsUtf8": "the light bulb of a file that is not in UTF-8, and `check --fix`",
    "scoredock.runSdkCells": "Run with Scoredock, of the whole notebook",
    "scoredock.writeWorkspaceConfig": "the light bulb at from_config(), and the message after a run without the file",
    "scoredock.checkFolder": "Check All, of one folder of the Explorer",
    "scoredock.useServiceSize": "the page of a search, which knows the size",
    "scoredock.migrate": "the Explorer, on a folder of Azure ML v1",
    "scoredock.createPipeline": "the Explorer, on a folder",
    "scoredock.rewritePipeline": "the Explorer, on the file of a pipeline",
    "scoredock.runPipeline": "the Explorer, on the file of a pipeline",
}
"""Commands that neither the palette nor a picker has, and what is used in their place."""


PIPELINES = (
    ".github/workflows/deploy-environments.yml",
    *("azure-pipelines.yml", "azure-pipelines-v1.yml", ".pipelines/build.yml", ".gitlab-ci.yml"),
)
FILES = (
    *("score.py", "conda.yml", "requirements.txt", "inferenceconfig.json", "deploymentconfig.json", "config.json"),
    *("model.pkl", "model.onnx", "MLmodel", "rows.jsonl", "rows.txt", "swagger.json", "notebook.ipynb", "folder/"),
    *("deploy.py", *PIPELINES),
)
"""Of each kind that the Explorer has entries for."""


def meets(clause: str, name: str) -> bool:
    """Whether the Explorer's row of a file or folder meets one condition of ours."""
    if clause.startswith("!"):
        return not meets(clause[1:], name)
    key, operator, wanted = [*clause.split(" ", 2), "", ""][:3]
    folder = name.endswith("/")
    if operator == "in":  # what the extension finds in a file; none of these has been looked into
        return False
    if key == "explorerResourceIsFolder":
        return folder
    if key in ("isWorkspaceTrusted", "resourceScheme"):
        return True
    known = {
        "resourceFilename": Path(name).name,
        "resourceExtname": "" if folder else Path(name).suffix,
        "resourcePath": f"/home/person/project/{name}",
    }
    assert key in known, f"a condition that this test does not know: {clause}"
    if operator == "==":
        return known[key] == wanted
    found = re.fullmatch(r"/(.+)/(i?)", wanted)
    assert found is not None, clause
    return re.search(found[1], known[key], re.IGNORECASE if found[2] else 0) is not None


def in_the_explorer(name: str) -> list[str]:
    def applies(when: str) -> bool:
        first, *rest = re.split(r" && (?![^(]*\)$)", when)
        both = [first, *rest]
        return all(any(meets(one, name) for one in re.split(r" \|\| ", each.strip("()"))) for each in both)

    return [one["command"] for one in MENUS["explorer/context"] if applies(one["when"])]


def holds(when: str, view: str, flags: str) -> bool:
    """As the editor reads the conditions of our rows; a context key holds."""
    for clause in when.split(" && "):
        if found := re.fullmatch(r"view == scoredock\.(\w+)", clause):
            if found[1] != view:
                return False
        elif found := re.fullmatch(r"viewItem =~ /(.+)/", clause):
            if not re.search(found[1], flags):
                return False
        else:
            assert re.fullmatch(r"!?[\w.]+", clause), f"the palette does not understand {clause!r}"
    return True


def entries(view: str, flags: str) -> list[dict[str, str]]:
    """The first level of a row's menu."""
    items = MENUS["view/item/context"]
    return [one for one in items if not one["group"].startswith("inline") and holds(one["when"], view, flags)]


def offered(view: str, flags: str) -> set[str]:
    """All that a row can do, by its menu, its icons and its submenus, as the pickers of the palette offer it."""
    items = [one for one in MENUS["view/item/context"] if holds(one["when"], view, flags)]
    below = [one for item in items for one in MENUS.get(item.get("submenu", ""), []) if holds(one["when"], view, flags)]
    return {one["command"] for one in items + below if "command" in one}


def palette() -> set[str]:
    hidden = {item["command"] for item in MENUS["commandPalette"] if item["when"] == "false"}
    return set(COMMANDS) - hidden


def test_the_palette_has_few_commands_of_one_category() -> None:
    assert len(palette()) <= MOST_IN_THE_PALETTE
    assert {command["category"] for command in MANIFEST["commands"]} == {"%category.general%"}
    assert TEXTS["category.general"] == "Scoredock"


def test_deploy_is_the_first_of_those_that_deploy() -> None:
    """The palette sorts by title, where a space comes before an ellipsis."""
    titles = {command["command"]: TEXTS[command["title"].strip("%")] for command in MANIFEST["commands"]}
    deploying = sorted(titles[command] for command in palette() if "deploy" in titles[command].lower())
    assert deploying[0] == titles["scoredock.deploy"] == "Deploy"


@pytest.mark.parametrize("name", FILES)
def test_the_explorer_offers_what_fits_a_file_and_no_more(name: str) -> None:
    found = in_the_explorer(name)
    assert 1 <= len(found) <= 6, found
    is_model = name in ("model.pkl", "model.onnx", "MLmodel", "rows.txt", "folder/")
    assert ("scoredock.registerModel" in found) == is_model, "it was once offered on scripts and configurations"
    assert ("scoredock.registerDataset" in found) == name.startswith("rows")
    assert {"scoredock.runPipeline", "scoredock.rewritePipeline"} <= set(found) or name not in PIPELINES
    assert "scoredock.runPipeline" not in found or name in PIPELINES


@pytest.mark.parametrize("kind", ROWS)
def test_the_menu_of_a_row_is_short(kind: str) -> None:
    found = entries(*ROWS[kind])
    assert len(found) <= MOST_IN_A_MENU, [one.get("command") or one.get("submenu") for one in found]


def test_a_menu_has_an_entry_once_and_a_submenu_that_is_never_empty() -> None:
    submenus = [one["submenu"] for one in MENUS["view/item/context"] if "submenu" in one]
    # The editor shows none that is named twice.
    assert len(submenus) == len(set(submenus))
    assert set(submenus) == {one["id"] for one in MANIFEST["submenus"]}
    for kind, (view, flags) in ROWS.items():
        for one in entries(view, flags):
            if "submenu" in one:
                assert any(holds(item["when"], view, flags) for item in MENUS[one["submenu"]]), (kind, one)


def test_every_command_is_reached_from_the_palette() -> None:
    rows = set().union(*(offered(view, flags) for view, flags in ROWS.values()))
    heads = {item["command"] for item in MENUS["view/title"]}
    assert set(COMMANDS) - palette() - rows - heads == set(ELSEWHERE)


def test_alias_verbs_stand_only_where_there_is_an_alias() -> None:
    assert "scoredock.removeModelAlias" not in offered("models", "version")
    assert "scoredock.removeModelAlias" not in offered("models", "group several")


def test_every_command_has_its_place_in_the_guide() -> None:
    guide = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")
    for command in MANIFEST["commands"]:
        title = TEXTS[command["title"].strip("%")]
        assert re.search(rf"^\| {re.escape(title)} \| \S", guide, re.MULTILINE), title


def test_views_stand_in_order_of_use() -> None:
    views = [view["id"] for view in MANIFEST["views"]["scoredock"] if view.get("type") != "webview"]
    assert views == [f"scoredock.{name}" for name in ("models", "services", "jobs", "environments", "workspaces")]
    # Shown once their rows have somewhere to come from.
    assert all(view["when"].endswith("scoredock.activated") for view in MANIFEST["views"]["scoredock"])


def test_what_a_page_says_to_run_is_in_the_palette() -> None:
    """In every language: whoever types a title that a page names finds the command."""
    for language, folders in (("", ("docs", ".")), (".zh-cn", ("docs/zh-cn",)), (".zh-tw", ("docs/zh-tw",))):
        texts = json.loads((ROOT / f"package.nls{language}.json").read_text(encoding="utf-8"))
        titles = {texts[one["title"].strip("%")] for one in MANIFEST["commands"] if one["command"] in palette()}
        pages = [page for folder in folders for page in (ROOT / folder).glob("*.md")]
        named = {title for page in pages for title in re.findall(r"\*Scoredock: ([^*]+)\*", page.read_text("utf-8"))}
        assert named, f"pages in {folders} name no command"
        assert named - titles == set(), f"{folders} name commands that the palette does not have"
