"""The methods about files of Azure ML v2, in and out, for test_methods."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

_ENDPOINT = {"name": "house", "auth_mode": "key", "traffic": {"blue": 100}}


def _files(world: Any) -> list[str]:
    folder: Path = world.project / "v2"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    deployment = {
        "name": "blue",
        "endpoint_name": "house",
        "code_configuration": {"code": "./src", "scoring_script": "score.py"},
        "environment": {
            "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest",
            "conda_file": {"dependencies": ["python=3.11", {"pip": ["azureml-defaults"]}]},
        },
        "instance_type": "Standard_DS3_v2",
        "instance_count": 1,
    }
    files = {"endpoint.yml": _ENDPOINT, "blue-deployment.yml": deployment}
    for name, document in files.items():
        (folder / name).write_text(yaml.safe_dump(document))
    return [str(folder / name) for name in files]


def files_beside(world: Any) -> None:
    endpoint, deployment = _files(world)
    found = world.ask("scoredock/service/filesBeside", {"path": deployment})
    assert (sorted(found.files), found.others) == (sorted([endpoint, deployment]), [])


def plan_files(world: Any) -> None:
    plan = world.ask("scoredock/service/planFiles", {"files": _files(world)})
    assert (plan.endpoint, plan.exists, [each.name for each in plan.deployments]) == ("house", False, ["blue"])


def deploy_files(world: Any) -> None:
    made = world.ask("scoredock/service/deployFiles", {"files": _files(world)})
    assert [each.name for each in made.services] == ["house-blue"]
    assert made.endpoint.name == "house"
    world.ask("scoredock/endpoint/delete", {"name": "house"})
    world.ask("scoredock/service/delete", {"name": "house-blue"})


def migrate(world: Any) -> None:
    folder: Path = world.project / "v1"
    folder.mkdir(exist_ok=True)
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (folder / "inference.json").write_text('{"entryScript": "score.py", "condaFile": "conda.yml"}')
    (folder / "conda.yml").write_text("dependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n")
    out = world.project.parent / "migrated"
    made = world.ask("scoredock/migration/write", {"path": str(folder), "outputPath": str(out)})
    assert made.is_written
    assert (out / "report.md").is_file()
    assert list(out.glob("endpoints/*/blue-deployment.yml"))


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/service/filesBeside": files_beside,
    "scoredock/service/planFiles": plan_files,
    "scoredock/service/deployFiles": deploy_files,
    "scoredock/migration/write": migrate,
}
NEVER_REFUSED = {"scoredock/service/filesBeside"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/service/planFiles", {"files": ["/nowhere/blue.yml"]}, "file-not-found"),
    ("scoredock/service/deployFiles", {"files": ["/nowhere/blue.yml"]}, "file-not-found"),
    ("scoredock/migration/write", {"path": "/nowhere", "outputPath": "/nowhere/out"}, "file-not-found"),
]
