"""What the editor shows of a batch job, by the extension's own modules in one process of Node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Editor:
    """Row, page and message of a job."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def shown(self, details: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
        """Of what `batch show` and `batch outputs` say."""
        writing, reading = self._process.stdin, self._process.stdout
        assert writing is not None
        assert reading is not None
        writing.write(json.dumps({"details": details, "outputs": outputs}) + "\n")
        writing.flush()
        return dict(json.loads(reading.readline()))


@contextmanager
def editor(folder: Path) -> Iterator[Editor]:
    """`folder` gets the bundle."""
    bundle = folder / "shownJob.cjs"
    options = [
        "--bundle",
        "--platform=node",
        "--format=cjs",
        "--target=node20",
        "--main-fields=module,main",
        "--log-level=warning",
    ]
    command = [str(ROOT / "node_modules" / ".bin" / "esbuild"), "tests/extension/shownJob.ts", *options]
    subprocess.run([*command, f"--outfile={bundle}"], cwd=ROOT, check=True, timeout=100)
    with subprocess.Popen(["node", str(bundle)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Editor(process)
