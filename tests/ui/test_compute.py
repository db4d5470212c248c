"""Compute targets in the Workspaces view: attached by a few questions, one grey row while the cluster is silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kubeconfigs import NOBODY, write_kubeconfig
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

VIEW = "Workspaces"
SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"
LOGIN = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "Never"}}


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    login = tmp_path / "login"
    login.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\nexit 1\n")
    login.chmod(0o755)
    write_kubeconfig(tmp_path / "kubeconfig", {"prod": NOBODY, "test": NOBODY}, LOGIN)
    desk = open_desk(folder, env={"KUBECONFIG": str(tmp_path / "kubeconfig")})
    window = desk.window
    window.side.show("Scoredock")
    window.side.open_pane(VIEW)
    window.side.wait_row(VIEW, "local", timeout=60)
    return desk


@pytest.mark.long("test_cluster_services.py attaches a cluster by mouse at the gate")
def test_a_cluster_is_attached_looked_at_and_detached(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    side, quick = window.side, window.quick
    side.expand(VIEW, "Compute")
    side.wait_row(VIEW, "Attach Compute…")
    side.press_inline(VIEW, "Compute", "Attach Compute…")
    quick.wait("Attach Compute")
    assert "prod" in quick.labels()
    quick.pick("prod")
    assert not (tmp_path / "ran").exists(), "what a context runs is shown before it is run"
    assert f"program: {tmp_path / 'login'}" in window.notices.dialog("Attach")
    quick.answer("aks")
    quick.answer("models")
    quick.answer("registry.example.com/team")
    quick.answer("")
    quick.pick("By an Ingress")
    quick.answer("models.example.com")
    quick.answer("nginx")
    quick.answer("")
    window.notices.wait("Attached aks, though services cannot run there now")
    window.notices.clear()
    row = side.wait_row(VIEW, "aks", "prod / models")
    assert "does not answer" in row.description
    assert "registry.example.com/team" in side.tooltip(VIEW, "aks", "Namespace: models")

    assert "ingresses" in str(desk.scoredock("compute", "role", "aks")), "the Role has what that way in needs"
    side.choose(VIEW, "aks", "Copy Role")
    window.notices.wait("The Role for aks was copied")
    window.notices.clear()
    side.choose(VIEW, "aks", "Check")
    window.notices.press("aks: cluster: ", "Show Report")
    report = window.page.locator(".part.editor .view-line", has_text="✗ cluster: ")
    until(lambda: report.count(), "the report")
    window.notices.clear()
    side.choose(VIEW, "aks", "Detach…")
    assert "Nothing is changed in the cluster." in window.notices.dialog("Detach")
    side.wait_gone(VIEW, "aks")
    side.wait_row(VIEW, "Attach Compute…")
