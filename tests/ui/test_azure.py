"""Fetch from Azure by mouse: what a workspace has is listed, chosen and fetched; the report says what did not come."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azure_pull import azure_shelf
from azure_pull.azure_shelf import DOMAIN, GROUP, SUBSCRIPTION, WORKSPACE
from azure_pull.login_server import CODE, HOST
from azure_pull.test_services import add_houses
from certificates import authority, issued
from desks import take_picture
from migration.conftest import azure_python as azure_python
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

HOSTS = f"DNS:management.{DOMAIN},DNS:account.blob.{DOMAIN},DNS:mms.{DOMAIN},DNS:{HOST}"
VIEW = "Workspaces"


@pytest.mark.long("tests/azure_pull fetches at the gate")
@pytest.mark.timeout(600)
def test_what_is_chosen_comes_and_the_report_is_shown(
    open_desk: Callable[..., Desk], tmp_path: Path, azure_python: Path
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    config = {"subscription_id": SUBSCRIPTION, "resource_group": GROUP, "workspace_name": WORKSPACE}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "score.py").write_text("def init(): ...\n\n\ndef run(data):\n    return data\n")
    with azure_shelf.serving(tmp_path, *issued(tmp_path, authority(tmp_path), HOSTS)) as (shelf, variables):
        for version in ("1", "2"):
            shelf.add_model("diabetes", version, {"model.pkl": version.encode()}, description="Disease progression")
        shelf.add_model("prices (old)", "1", {"model.txt": b"prices"})
        shelf.add_model("lost", "4", {}, tail="model")
        shelf.add(
            "environments/scoring/versions/3", {"image": "python:3.11", "tags": {}, "properties": {}, "condaFile": None}
        )
        shelf.services.add("prices-aci", "ACI", models=[{"id": "diabetes:2"}])
        shelf.services.add("prices-aks", "AKS", state="Failed", models=[{"id": "diabetes:1"}])
        settings = {"scoredock.environment.interpreter": str(azure_python)}
        desk = open_desk(folder, settings=settings, env=variables)
        desk.scoredock("workspace", "connect", "config.json")
        window, side = desk.window, desk.window.side
        side.show("Scoredock")
        side.open_pane(VIEW)
        side.wait_row(VIEW, WORKSPACE, timeout=60)
        for _ in range(2):
            side.choose(VIEW, WORKSPACE, "Fetch from Azure…")
            window.quick.wait("What to fetch", timeout=120)
            if os.environ.get("SCOREDOCK_SHOTS"):
                take_picture(window, "azure-choice")
            window.quick.cancel()
            window.toggle_theme()
        side.choose(VIEW, WORKSPACE, "Fetch from Azure…")
        window.quick.wait("What to fetch", timeout=120)
        for label in ("diabetes:2", "prices (old):1", "lost:4", "scoring:3"):
            window.quick.row(label).click()
        window.quick.press_ok()
        window.notices.wait("Not everything came from shelf", timeout=120)
        desk.picture("azure-fetched")
        window.notices.press("Not everything came from shelf", "Show Report")
        until(lambda: any("report.md" in tab for tab in window.tabs()), "the report", timeout=20)
        assert "no longer in Azure" in window.webview("What did not come").locator("body").inner_text()
        desk.picture("azure-report")
        models = {each["id"] for each in desk.scoredock("model", "list")["models"]}
        assert models == {"diabetes:1", "prices-old:1"}


@pytest.mark.long("tests/azure_pull signs in at the gate")
@pytest.mark.timeout(600)
def test_a_person_signs_in_with_a_code_and_fetches_a_service(
    open_desk: Callable[..., Desk], tmp_path: Path, azure_python: Path
) -> None:
    """The machine has no sign-in of its own: that is told, and one code opens the list and the pull."""
    folder = tmp_path / "project"
    folder.mkdir()
    config = {"subscription_id": SUBSCRIPTION, "resource_group": GROUP, "workspace_name": WORKSPACE}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "score.py").write_text("def init(): ...\n\n\ndef run(data):\n    return data\n")
    with azure_shelf.serving(tmp_path, *issued(tmp_path, authority(tmp_path), HOSTS)) as (shelf, variables):
        add_houses(shelf)
        settings = {"scoredock.environment.interpreter": str(azure_python)}
        kept = {name: value for name, value in variables.items() if not name.startswith("IDENTITY_")}
        desk = open_desk(folder, settings=settings, env=kept)
        desk.scoredock("workspace", "connect", "config.json")
        window, side = desk.window, desk.window.side
        side.show("Scoredock")
        side.open_pane(VIEW)
        side.wait_row(VIEW, WORKSPACE, timeout=60)
        side.choose(VIEW, WORKSPACE, "Fetch from Azure…")
        window.notices.wait("Signing in to Azure", timeout=120)
        window.notices.press("Signing in to Azure", "Sign In with a Code")
        window.quick.wait(f"enter the code {CODE}", timeout=60)
        if os.environ.get("SCOREDOCK_SHOTS"):
            take_picture(window, "azure-code")
        window.quick.pick("Copy Code")
        desk.picture("azure-code-in-progress")
        shelf.login.answer = "allowed"
        window.quick.wait("What to fetch", timeout=120)
        window.quick.row("houses").click()
        window.quick.press_ok()
        window.quick.wait("Folder for Services", timeout=60)
        window.quick.choose_path(str(folder))
        window.notices.wait("Fetched from shelf", timeout=120)
        assert shelf.login.codes == 1
        assert (folder / f"azure-{WORKSPACE}" / "services" / "houses" / "inferenceconfig.json").is_file()
        window.notices.press("Fetched from shelf", "Show Report")
        until(lambda: any("report.md" in tab for tab in window.tabs()), "the report", timeout=20)
        assert "service deploy houses" in window.webview("What came").locator("body").inner_text()
        desk.picture("azure-service-report")
