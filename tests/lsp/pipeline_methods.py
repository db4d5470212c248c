"""Methods of pipelines: one good call each on a small project, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker_daemon

WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo it runs\n"
V1 = "steps:\n  - task: AzureCLI@2\n    inputs: {inlineScript: az ml model list}\n"


def _folder(world: Any) -> Path:
    folder: Path = world.project.parent / "pipelines"
    folder.mkdir(exist_ok=True)
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (folder / "w.yml").write_text(WORKFLOW)
    (folder / "azure-pipelines.yml").write_text(V1)
    return folder


def create(world: Any) -> None:
    folder = _folder(world)
    params = {"platform": "gitlab", "path": str(folder), "outputPath": str(folder / "new.yml"), "overwrite": True}
    created = world.ask("scoredock/pipeline/create", params)
    assert Path(created.path).read_text() == created.text


def show(world: Any) -> None:
    shown = world.ask("scoredock/pipeline/show", {"path": str(_folder(world) / "w.yml")})
    assert [(step.kind, step.line) for step in shown.jobs[0].steps] == [("script", 6)]


def run(world: Any) -> None:
    run_result = world.ask("scoredock/pipeline/run", {"path": str(_folder(world) / "w.yml")})
    assert (run_result.result, run_result.counts) == ("success", {"success": 1})


def rewrite(world: Any) -> None:
    rewritten = world.ask("scoredock/pipeline/rewrite", {"path": str(_folder(world) / "azure-pipelines.yml")})
    assert [each.kind for each in rewritten.changes] == ["changed"]


def image(world: Any) -> None:
    """On a base of the daemon, saved as a file."""
    docker = docker_daemon.docker()
    folder = world.project.parent
    with (folder / "base.tar").open("wb") as stream:
        for piece in docker.patient.get_image(docker_daemon.base_image(docker)):
            stream.write(piece)
    params = {"to": [f"archive:{folder / 'tool.tar'}"], "base": f"archive:{folder / 'base.tar'}"}
    made = world.ask("scoredock/pipeline/image", params)
    assert Path(made.path).stat().st_size > made.size > 1_000_000


GOOD = {
    "scoredock/pipeline/create": create,
    "scoredock/pipeline/show": show,
    "scoredock/pipeline/run": run,
    "scoredock/pipeline/rewrite": rewrite,
    "scoredock/pipeline/image": image,
}
REFUSED = (
    ("scoredock/pipeline/create", {"platform": "github", "path": "/nowhere"}, "pipeline-file-missing"),
    ("scoredock/pipeline/show", {"path": "/nowhere"}, "pipeline-file-missing"),
    ("scoredock/pipeline/run", {"path": "/nowhere"}, "pipeline-file-missing"),
    ("scoredock/pipeline/rewrite", {"path": "/nowhere"}, "pipeline-file-missing"),
    ("scoredock/pipeline/image", {}, "package-kind-wrong"),
)
