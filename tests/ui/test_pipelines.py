"""A pipeline is written for a folder in the Explorer; a file that is there is shown beside the new one first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)['data']\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    inner = folder / "prices"
    inner.mkdir(parents=True)
    (inner / "score.py").write_text(SCRIPT)
    (inner / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py"}))
    (folder / ".git").mkdir()
    return folder


def test_a_pipeline_is_written_and_an_old_one_is_shown_first(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    window.side.choose_for_file("prices", "Create Pipeline…")
    window.quick.wait("Create Pipeline for prices")
    window.quick.choose("GitHub Actions")
    window.notices.wait("Wrote scoredock.yml", timeout=60)
    written = project / ".github" / "workflows" / "scoredock.yml"
    assert "working-directory: prices" in written.read_text()
    desk.picture("pipeline-written")
    old = written.read_text().replace('CANARY_PERCENT: "10"', 'CANARY_PERCENT: "50"')
    written.write_text(old)
    window.side.choose_for_file("prices", "Create Pipeline…")
    window.quick.wait("Create Pipeline for prices")
    window.quick.choose("GitHub Actions")
    window.notices.wait("Nothing is written yet", timeout=60)
    desk.picture("pipeline-difference")
    assert written.read_text() == old
    window.notices.press("Nothing is written yet", "Replace")
    until(lambda: 'CANARY_PERCENT: "10"' in written.read_text(), "the new file")
