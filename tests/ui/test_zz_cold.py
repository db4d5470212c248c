from __future__ import annotations
import time
import pytest
from workbench import until, until_contains

@pytest.mark.long("by hand")
def test_cold(open_desk, textbook, tmp_path):
    cache = tmp_path / "uv-cache"
    cache.mkdir()
    desk = open_desk(textbook, own=True, env={"UV_CACHE_DIR": str(cache)})
    window = desk.window
    window.editor.open("score.py")
    until_contains(window.editor.lenses, "Deploy")
    window.editor.press_lens("Deploy")
    window.quick.wait("Press Enter to continue", timeout=60)
    window.side.show("Scoredock")
    window.quick.accept() if window.quick.is_open() else None
    if not any("Deploying" in one for one in window.notices.texts()):
        window.quick.run_command("Scoredock: Deploy") if not window.quick.is_open() else None
        if window.quick.is_open():
            window.quick.go_on()
    seen = []
    for number in range(200):
        texts = window.notices.texts()
        if texts and (not seen or texts != seen[-1]):
            seen.append(texts)
            print(round(time.time() % 1000, 1), texts, flush=True)
            window.page.screenshot(path=f"/tmp/h17shots/cold-{len(seen):02}.png")
        if len(seen) > 8 and any("ownload" in one or "nstall" in one for one in texts):
            break
        time.sleep(0.1)
        if any("Healthy" in one for one in texts):
            break
    window.notices.press("Deploying", "Cancel")
    window.notices.wait("cancelled")
    window.page.screenshot(path="/tmp/h17shots/cold-cancelled.png")
