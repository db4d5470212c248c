"""What the extension makes of an engine that is a row of the table: its generated table is all that it needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from third_engine import third_row


def test_rows_menus_and_pages_have_it(root: Path, tmp_path: Path) -> None:
    from tools import engines

    with third_row.added(tmp_path):
        (tmp_path / "engines.ts").write_text(engines.module(), encoding="utf-8")
    command = ["node", "tests/extension/run.mjs", "--engines", str(tmp_path / "engines.ts")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "# pass 4" in done.stdout
