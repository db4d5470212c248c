"""Services live on when the extension host, the window and the editor's server end, and are found again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from restarted import end_as_by_a_restart
from test_services import NAME, deploy_by_quick_pick, post
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

pytestmark = pytest.mark.chance


@pytest.mark.long(
    "loads three windows, the dearest step of these tests; tests/deploy kills server and editor at the gate"
    " (test_docker_kills.py, test_docker_kills_editor.py), tests/lsp closes them"
)
def test_a_service_outlives_extension_host_window_and_editor(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes, own=True)
    window = desk.window
    desk.scoredock("model", "register", str(diabetes / f"{NAME}.pkl"), "--name", NAME)
    # Deployed from the editor, so that its language server is the one that started it.
    deploy_by_quick_pick(window, "diabetes")
    uri = desk.scoredock("service", "show", "diabetes")["scoringUri"]
    before = post(uri)
    running = {process.pid for process in desk.service_processes()}

    desk.server.kill_extension_hosts()
    until(
        lambda: not desk.server.processes("scoredock.server"),
        "the language server to end",
        timeout=30,
    )
    assert post(uri) == before

    desk.close_window()
    assert post(uri) == before

    desk.server.stop()
    assert post(uri) == before
    assert running <= {process.pid for process in desk.service_processes()}

    # The next window finds the very same processes.
    desk.server.start()
    window = desk.open_window()
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Healthy", timeout=60)
    assert running <= {process.pid for process in desk.service_processes()}
    window.side.press_inline("Services", "diabetes", "Stop")
    window.side.wait_row("Services", "diabetes", "Stopped")


@pytest.mark.long("notices that are told once are tested in tests/lsp")
def test_a_crash_while_the_editor_was_closed_is_told_once(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes, own=True)
    desk.scoredock("model", "register", str(diabetes / f"{NAME}.pkl"), "--name", NAME)
    desk.scoredock("service", "deploy", "diabetes", "--model", NAME, "--inference-config", "inferenceconfig.json")
    desk.close_window()
    desk.server.stop()
    for process in desk.service_processes():
        process.kill()

    desk.server.start()
    window = desk.open_window()
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Failed", timeout=60)
    window.notices.wait("diabetes")
    window.notices.clear()
    window.open()
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Failed", timeout=60)
    window.status.wait("local")
    assert not any("diabetes" in text for text in window.notices.texts())


@pytest.mark.long("that what ran is told, and started by one request, is tested in tests/lsp; the window only asks")
def test_what_a_restart_of_the_machine_ended_is_started_with_one_click(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    (tmp_path / "score.py").write_text("def init():\n    print('up')\n\n\ndef run(data):\n    return data\n")
    desk = open_desk(tmp_path, own=True)
    for name in ("adder", "echo"):
        desk.scoredock("service", "deploy", name, "--entry-script", str(tmp_path / "score.py"))
    desk.close_window()
    desk.server.stop()
    services = desk.home / "workspaces" / "local" / "services"
    end_as_by_a_restart(services / "adder", in_order=True)
    end_as_by_a_restart(services / "echo", in_order=False)

    desk.server.start()
    window = desk.open_window()
    window.side.show("Scoredock")
    for name in ("adder", "echo"):
        window.side.wait_row("Services", name, "Failed", timeout=60)
    window.notices.wait("Stopped by a restart of the machine or Docker: adder, echo")
    window.notices.press("Stopped by a restart", "Start")
    for name in ("adder", "echo"):
        window.side.wait_row("Services", name, "Healthy", timeout=60)
    window.notices.wait("Started adder, echo")
    window.notices.clear()
    window.quick.do("Service", "", "Start Services Stopped by a Restart")
    window.notices.wait("No service was stopped by a restart.")
    desk.scoredock("service", "stop-all")
