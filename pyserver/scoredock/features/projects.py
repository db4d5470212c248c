"""Projects: the files of a new one, which runs as it is."""

from __future__ import annotations

import os
import re

from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.protocol import messages

_SCRIPT = '''import json


def init():
    """Runs once, before the first request. A model lies in os.environ["AZUREML_MODEL_DIR"]."""
    print("ready")


def run(data):
    """Takes the body of the request as text and gives what is sent back as JSON."""
    rows = json.loads(data)["data"]
    return {"count": len(rows)}
'''
_CONDA = """name: NAME
channels:
  - conda-forge
dependencies:
  - pip
  - pip:
      - azureml-defaults
"""
_PROJECT = """# What Scoredock does in this folder.
[tool.scoredock]
# Services answer correctly where Azure's inference server is faulty. Remove it when clients rely on those faults.
strict = true
"""
FILES = {
    "score.py": _SCRIPT,
    "conda.yml": _CONDA,
    "inferenceconfig.json": '{\n  "entryScript": "score.py",\n  "condaFile": "conda.yml"\n}\n',
    "deploymentconfig.json": '{\n  "computeType": "local"\n}\n',
    "sample-request.json": '{"data": [1, 2, 3]}\n',
    "pyproject.toml": _PROJECT,
}


def create(params: messages.ProjectCreateParams, context: Context, operation: Operation) -> messages.ProjectCreated:
    """Writes the files into a folder, which is made where it is missing. A file that is there already is never touched.

    Raises ScoredockError `project-exists`, and OSError for the folder.
    """
    folder = absolute(params.folder)
    for name in FILES:
        if os.path.lexists(folder / name):
            raise ScoredockError(
                "project-exists", f"{folder} has a file {name} already.", place=Place(str(folder / name))
            )
    folder.mkdir(parents=True, exist_ok=True)
    words = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "project"
    for name, text in FILES.items():
        with (folder / name).open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text.replace("NAME", words) if name == "conda.yml" else text)
    return messages.ProjectCreated(str(folder), str(folder / "score.py"), sorted(FILES))
