"""Variables of the shell in requests of `.http` files: they leave for a service after a yes, which holds for one folder
and for the names that were shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from desks import SHOTS
from workbench import until, until_contains, until_equal

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = '''"""Says what it was sent."""

import json


def init():
    pass


def run(raw_data):
    return json.loads(raw_data)
'''
REQUEST = """@service = http://127.0.0.1:6789

### {name}
POST {{{{service}}}}/score
Content-Type: application/json

{{"tenant": "{{{{$processEnv TENANT}}}}"{more}}}
"""
QUESTION = "Send variables of your environment to {}?"


def open_both(open_desk: Callable[..., Desk], base: Path) -> Desk:
    """A window on two folders, each with a service and a request that sends a variable."""
    for name in ("north", "south"):
        folder = base / name
        folder.mkdir()
        (folder / "score.py").write_text(SCRIPT)
        (folder / f"{name}.http").write_text(REQUEST.format(name=name, more=""))
    both = base / "both.code-workspace"
    both.write_text(json.dumps({"folders": [{"path": "north"}, {"path": "south"}]}))
    desk = open_desk(both, env={"TENANT": "contoso-1", "REGION": "west"})
    desk.folder = base / "north"  # for the command line
    for name in ("north", "south"):
        desk.scoredock("service", "deploy", name, "--entry-script", str(base / name / "score.py"))
    desk.window.side.show("Scoredock")
    for name in ("north", "south"):
        desk.window.side.wait_row("Services", name, "Healthy", timeout=60)
    return desk


def send(desk: Desk, name: str) -> None:
    desk.window.editor.open(f"{name}/{name}.http")
    desk.window.editor.press_lens(f"Send to {name}")


def answer_of(desk: Desk, name: str) -> str:
    """What the service of a folder has answered, in its panel."""
    page = desk.window.webview(f"“{name}” of")
    until_contains(page.locator("#summary").inner_text, "200 OK")
    return page.locator("#answer").inner_text()


def test_a_variable_leaves_after_a_yes_that_is_remembered_for_the_folder(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = open_both(open_desk, tmp_path)
    window = desk.window
    dialog = window.page.locator(".monaco-dialog-box")

    # No: nothing is sent, and nothing is said of it.
    send(desk, "north")
    dialog.wait_for()
    told = dialog.inner_text()
    assert QUESTION.format("north") in told
    assert "TENANT" in told
    assert str(tmp_path / "north") in told
    # Not by desk.picture: the themes are changed by the palette, which waits below the question.
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.screenshot(SHOTS / "gallery" / "request-variables-question-dark.png")
    window.notices.dialog("Cancel")
    assert window.page.locator(".tab", has_text="Request: north").count() == 0
    assert window.notices.texts() == []

    # It is asked again, and the yes is for that folder.
    send(desk, "north")
    window.notices.dialog("Allow")
    assert "contoso-1" in answer_of(desk, "north")
    send(desk, "south")
    assert QUESTION.format("south") in window.notices.dialog("Cancel")

    # After a reload the yes still holds; another name is asked for by itself.
    window.quick.run_command("View: Close All Editors")
    window.reload()
    window.side.show("Scoredock")
    window.side.wait_row("Services", "north", "Healthy", timeout=60)
    send(desk, "north")
    assert "contoso-1" in answer_of(desk, "north")
    assert dialog.count() == 0
    more = ', "region": "{{$processEnv REGION}}"'
    (tmp_path / "north" / "north.http").write_text(REQUEST.format(name="north", more=more))
    window.quick.run_command("View: Close All Editors")
    send(desk, "north")
    told = window.notices.dialog("Allow")
    assert "REGION" in told
    assert "TENANT" not in told
    page = window.webview("“north” of")
    until(lambda: "west" in page.locator("#answer").inner_text(), "both values at the service")

    # One is taken back: it is asked for again, alone.
    window.quick.run_command("Scoredock: Forget Allowed Variables…")
    window.quick.wait("Forget Allowed Variables")
    until_equal(window.quick.labels, ["REGION", "TENANT"])
    window.quick.pick("TENANT")
    window.quick.accept()
    window.quick.closed()
    window.quick.run_command("View: Close All Editors")
    send(desk, "north")
    told = window.notices.dialog("Cancel")
    assert "TENANT" in told
    assert "REGION" not in told
