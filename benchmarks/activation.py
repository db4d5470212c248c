"""What the extension costs the extension host when it wakes up, as the editor itself tells it in Running Extensions."""

from __future__ import annotations

import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from measurement import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "ui"))

from workbench import EditorServer, Installation, Window
from workbench.wait import until

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
WHAT = "extension: activation, of extension-host time"


def activation(base: Path, vsix: Path, installation: Installation) -> float:
    """Milliseconds of one start in a fresh profile."""
    folder, profile = base / "project", base / "profile"
    shutil.copytree(ROOT / "examples" / "diabetes", folder)
    profile.mkdir()
    server = EditorServer(installation, profile, env={"SCOREDOCK_HOME": str(base / "home")}, settings={})
    window: Window | None = None
    try:
        server.install(vsix)
        server.start()
        window = Window(server.port, folder)
        window.open()
        window.wait_files()
        window.status.wait("local", timeout=60)
        window.quick.run_command("Developer: Show Running Extensions")
        row = window.page.locator(".runtime-extensions-editor .monaco-list-row", has_text="Scoredock").first
        row.wait_for()
        found = until(lambda: re.search(r"(\d+)ms", row.inner_text()), "the time of the activation")
        return float(found[1])
    finally:
        if window is not None:
            window.close()
        server.stop()


def main() -> None:
    installation = Installation("newest")
    vsixes = sorted(ROOT.glob("scoredock-*.vsix"))
    if lack := installation.missing():
        Measurement(WHAT, "<= 150 ms", f"not measured: {lack}", None).emit()
        return
    if not vsixes:
        Measurement(WHAT, "<= 150 ms", "not measured: npm run package makes the VSIX", None).emit()
        return
    taken = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="sd-bench-", ignore_cleanup_errors=True) as base:
            taken.append(activation(Path(base), vsixes[-1], installation))
    median = statistics.median(taken)
    Measurement(
        WHAT, "<= 150 ms", f"median {median:.0f} ms of {[round(value) for value in taken]}", median <= 150
    ).emit()


if __name__ == "__main__":
    main()
