"""Memory of the server, idle, with 1,000 open documents and after a check of 1,000 files. `python
benchmarks/memory.py`"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil

from check_command import CONDA, CONFIGURATION, HELPER
from checks import script
from measurement import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lsp.client import COMMAND, Client

FOLDERS = 200
"""Of five files each."""
IDLE, MOST = 80.0, 120.0
"""Megabytes."""
DEPLOYMENT = '{"computeType": "aks", "autoScaler": {"autoscaleEnabled": true, "minReplicas": 1, "maxReplicas": 3}}\n'


def files(folder: Path) -> dict[Path, str]:
    """A workspace of 1,000 files: two scripts, an environment and two configurations in each of its folders."""
    texts: dict[Path, str] = {}
    for number in range(FOLDERS):
        project = folder / f"project-{number:03}"
        texts[project / "score.py"] = script(60 + number % 7 * 60)
        texts[project / "helper.py"] = HELPER
        texts[project / "conda.yml"] = CONDA
        texts[project / "inferenceconfig.json"] = CONFIGURATION
        texts[project / "deploymentconfig.json"] = DEPLOYMENT
    return texts


def memory(client: Client) -> float:
    """Megabytes that the server itself holds now."""
    return float(psutil.Process(client.process.pid).memory_info().rss) / 1e6


def told(what: str, megabytes: float, goal: float) -> None:
    Measurement(
        f"server: memory {what}",
        f"<= {goal:.0f} MB",
        f"{megabytes:.0f} MB",
        megabytes <= goal,
    ).emit()


def main() -> None:
    """One line for each state."""
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "work", Path(name) / "home"
        texts = files(folder)
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        with Client(home, command=COMMAND) as client:
            client.initialize(folder)
            client.ask("scoredock/document/explain", {"code": "SD101"})
            time.sleep(1)  # what the start does in the background
            told("when idle", memory(client), IDLE)
            begun = time.perf_counter()
            uris = [client.open(path, text, language(path)) for path, text in texts.items()]
            for uri in uris:
                client.diagnostics(uri, 1)
            print(f"{len(uris):,} documents opened and checked in {time.perf_counter() - begun:.1f} s")
            told(f"with {len(uris):,} open documents", memory(client), MOST)
        with Client(home, command=COMMAND) as client:
            client.initialize(folder)
            begun = time.perf_counter()
            found = client.ask("scoredock/document/check", {"paths": [str(folder)]}, 300.0)
            print(f"{len(found['checked']):,} files checked in {time.perf_counter() - begun:.1f} s")
            told(
                f"after a check of {len(found['checked']):,} files",
                memory(client),
                MOST,
            )


def language(path: Path) -> str:
    """As an editor calls it."""
    return {".py": "python", ".json": "json", ".yml": "yaml"}[path.suffix]


if __name__ == "__main__":
    main()
