"""Services in a cluster in Chinese: what is asked, rows, tooltips, pages and messages, each pictured for a reader."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cluster.deploying import CONFIGURATION, TARGET, surroundings
from cluster.running import Cluster
from desks import SHOTS
from gallery import ROOT, Words
from packages.test_without_docker import CONDA
from test_cluster_services import NAME, SCRIPT
from workbench import until
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600 * STRETCH)]
WORDS = Words("zh-cn")
_STATES = json.loads((ROOT / "pyserver/scoredock/l10n/zh-cn/base.json").read_text(encoding="utf-8"))
SERVICES, WORKSPACES = WORDS.title("view.services"), WORDS.title("view.workspaces")
ENGLISH = re.compile(r"[A-Za-z][a-z]+ [a-z]+ [a-z]+\b")
"""Three words in a row: what nobody has translated. Names and messages of others have fewer."""


@pytest.fixture
def desk(open_desk: Callable[..., Desk], cluster: Cluster, namespace: str, tmp_path: Path) -> Desk:
    folder = tmp_path / "project"
    folder.mkdir()
    files = {"score.py": SCRIPT, "conda.yml": CONDA, "factor.txt": "10", "aks.json": json.dumps(CONFIGURATION)}
    for name, text in files.items():
        (folder / name).write_text(text)
    variables, _ = surroundings(cluster, namespace, tmp_path)
    config = cluster.kubeconfig  # which may list namespaces
    env = {**variables, "KUBECONFIG": str(config), "SCOREDOCK_START_TIMEOUT": "30"}
    settings = {"scoredock.deploy.opens": "message", "scoredock.services.reloadOnSave": False}
    desk = open_desk(folder, env=env, settings=settings, language="zh-cn")
    desk.scoredock("model", "register", "factor.txt", "--name", "factor")
    return desk


def picture(desk: Desk, name: str) -> None:
    """These are not committed."""
    if os.environ.get("SCOREDOCK_SHOTS"):
        desk.window.page.screenshot(path=str(SHOTS / f"chinese-cluster-{name}.png"))


def picture_and_answer(desk: Desk, name: str, answer: str | None = None) -> None:
    """A question of the wizard, pictured and answered."""
    desk.window.quick.wait()
    picture(desk, name)
    if answer is not None:
        desk.window.quick.answer(answer)


def deploy(desk: Desk, configuration: str = "aks.json") -> None:
    window, quick = desk.window, desk.window.quick
    window.editor.open("score.py")
    question = WORDS.say("Press Enter to continue, or select what to change")
    quick.ask(WORDS.command("deploy"), question, timeout=60)
    quick.pick(WORDS.say("Where It Runs"))
    picture_and_answer(desk, "where")
    quick.pick(TARGET)
    quick.pick(WORDS.say("Deployment Configuration"))
    quick.pick(configuration)
    quick.pick(WORDS.say("Name of the Service"))
    quick.answer(NAME)
    picture_and_answer(desk, "summary")
    quick.pick(WORDS.say("Deploy"))


@pytest.mark.long("an editor of its own; that each text has a translation is a rule of the gate")
def test_services_in_a_cluster_speak_chinese(desk: Desk, cluster: Cluster, namespace: str) -> None:
    window, side, quick = desk.window, desk.window.side, desk.window.quick
    side.show("Scoredock")
    side.open_pane(WORKSPACES)
    side.expand(WORKSPACES, WORDS.say("Compute"))
    attach = WORDS.title("command.attachCompute")
    side.press_inline(WORKSPACES, WORDS.say("Compute"), attach)
    quick.wait(WORDS.say("Attach Compute"))
    picture_and_answer(desk, "contexts")
    quick.pick(cluster.context)
    picture_and_answer(desk, "name", TARGET)
    picture_and_answer(desk, "namespace")
    until(lambda: "kube-system" in quick.labels(), "the namespaces, which this account may list")
    quick.pick(namespace)
    picture_and_answer(desk, "registry", f"{cluster.registry}/tests/services")
    picture_and_answer(desk, "secret", "")
    picture_and_answer(desk, "expose")
    quick.accept()
    side.wait_row(WORKSPACES, TARGET, namespace)
    window.notices.wait(WORDS.say("{0} has all that services need.").format(TARGET))
    picture(desk, "attached")
    window.notices.clear()
    side.tooltip(WORKSPACES, TARGET, namespace)
    picture(desk, "target-tooltip")
    side.choose(WORKSPACES, TARGET, WORDS.title("command.checkCompute"))
    window.notices.press(WORDS.say("{0} has all that services need.").format(TARGET), WORDS.say("Show Report"))
    until(lambda: window.page.locator(".part.editor .view-line", has_text="✓").count(), "the report")
    picture(desk, "report")
    for view in ("workspaces", "models", "environments"):
        side.fold_pane(WORDS.title(f"view.{view}"))

    # init() fails at first.
    (desk.folder / "score.py").write_text(SCRIPT.replace("    global factor", '    int("ten")\n    global factor'))
    deploy(desk)
    side.show("Scoredock")
    side.wait_row(SERVICES, NAME, _STATES["Failed"], timeout=90)
    window.notices.wait("'ten'", timeout=60)
    picture(desk, "init-failed")
    window.panel.wait_problem("init-failed")
    picture(desk, "init-failed-problem")
    window.notices.clear()
    window.panel.close()

    # No node has room.
    (desk.folder / "score.py").write_text(SCRIPT)
    wants = {**CONFIGURATION, "containerResourceRequirements": {"cpu": 64, "memoryInGB": 0.1}, "numReplicas": 1}
    (desk.folder / "large.json").write_text(json.dumps(wants))
    deploy(desk, "large.json")
    side.show("Scoredock")
    side.wait_row(SERVICES, NAME, "64", timeout=90)
    side.expand(SERVICES, NAME)
    picture(desk, "no-room")
    side.tooltip(SERVICES, NAME, TARGET)
    picture(desk, "no-room-tooltip")
    side.press_row(SERVICES, NAME, "Enter")
    window.page_about(WORDS.say("Overview"), TARGET)
    window.page.mouse.move(700, 700)  # no tooltip over the page
    picture(desk, "no-room-page")
    side.wait_row(SERVICES, NAME, _STATES["Failed"], timeout=120)
    window.notices.wait("64 个", timeout=60)
    picture(desk, "no-room-failed")
    window.notices.clear()
    quick.run_command("View: Close All Editors")

    deploy(desk)
    side.show("Scoredock")
    side.wait_row(SERVICES, NAME, _STATES["Healthy"], timeout=90)
    window.notices.clear()
    side.expand(SERVICES, NAME)
    ready = WORDS.say("{0} of {1} replicas ready").format(2, 2)
    side.wait_row(SERVICES, ready)
    picture(desk, "healthy")
    side.tooltip(SERVICES, NAME, TARGET)
    picture(desk, "service-tooltip")
    below = side.rows(SERVICES)
    first = next(number for number, row in enumerate(below) if row.label == ready)
    side.tooltip(SERVICES, below[first + 1].label, cluster.node_names[0][:4])
    picture(desk, "replica-tooltip")
    side.press_row(SERVICES, NAME, "Enter")
    page = window.page_about(WORDS.say("Overview"), TARGET)
    picture(desk, "page")
    assert not ENGLISH.search(page), ENGLISH.findall(page)
    quick.run_command("View: Close All Editors")
    spoken = " ".join(f"{row.text} {row.spoken}" for row in side.rows(SERVICES))
    assert not ENGLISH.search(spoken), ENGLISH.findall(spoken)
    side.row(SERVICES, NAME).click(button="right")
    window.page.locator(".context-view .monaco-menu").first.wait_for()
    picture(desk, "menu")
    window.page.keyboard.press("Escape")
    side.choose(SERVICES, NAME, WORDS.title("command.deleteService"))
    picture(desk, "delete")
    window.notices.dialog(WORDS.say("Delete"))
    side.wait_gone(SERVICES, NAME, timeout=60)
