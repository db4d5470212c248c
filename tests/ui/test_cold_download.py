"""The first deployment on a machine that has none of the packages: what is downloaded is told, and can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk


@pytest.mark.long("downloads 60 MB; that a build is cancelled is tested in tests/environments and tests/lsp")
def test_what_is_downloaded_is_told_and_a_cancel_as_well(
    open_desk: Callable[..., Desk], textbook: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cold"
    # One after the other, as over a slow line.
    desk = open_desk(
        textbook,
        settings={"scoredock.deploy.opens": "log"},
        env={"UV_CACHE_DIR": str(cache), "UV_CONCURRENT_DOWNLOADS": "1"},
    )
    window = desk.window
    window.editor.open("score.py")
    window.editor.press_lens("Deploy")
    window.quick.go_on()
    window.side.show("Scoredock")
    window.notices.wait("Installing", timeout=60)
    window.panel.wait_output("Downloading", timeout=60)
    desk.picture("download")
    window.notices.press("Deploying diabetes", "Cancel")
    window.notices.wait("The deployment of diabetes was cancelled.", timeout=60)
    until(lambda: not desk.scoredock("service", "list")["services"], "the service to be gone")
    # What was downloaded is kept: the next deployment goes on from there.
    window.notices.clear()
    window.quick.run_command("Scoredock: Deploy")
    window.quick.go_on()
    window.wait_deployed("diabetes", timeout=200)
    assert cache.is_dir()
