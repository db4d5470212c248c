"""What *Try It* asks the server for, where there is nothing to be tried."""

from __future__ import annotations

from pathlib import Path

from lsp.client import Client

BATCH = """
from pathlib import Path


def init():
    pass


def run(mini_batch):
    return [len(Path(path).read_bytes()) for path in mini_batch]
"""


def test_a_batch_script_is_told_as_one_with_what_is_missing(client: Client, project: Path) -> None:
    """A text would run through its run() letter by letter, and the list of answers would look like success."""
    script = project / "score.py"
    script.write_text(BATCH)
    error = client.error("scoredock/document/try", {"path": str(script)})
    assert error["data"]["code"] == "try-batch-script"
    assert "score.py is a batch script" in error["message"]
    assert "files for a mini-batch are missing" in error["message"]
    assert "with a list of files" in error["data"]["fix"]
    assert error["data"]["place"]["path"] == str(script)
