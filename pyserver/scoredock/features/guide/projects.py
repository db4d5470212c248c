"""Projects: the files of a new one, which runs as it is, and the example that the walkthrough opens."""

from __future__ import annotations

import base64
import functools
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import Place, ScoredockError
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, verb

_SCRIPT = '''import json
import os
import pickle


def init():
    """Runs once, before the first request. The registered model lies below AZUREML_MODEL_DIR."""
    global model
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"), "rb") as file:
        model = pickle.load(file)


def run(data):
    """Takes the body of the request as text and gives what is sent back as JSON."""
    rows = json.loads(data)["data"]
    return [model["slope"] * x + model["intercept"] for x in rows]
'''
_TRAIN = '''"""Trains the model that score.py answers with: a line through a few points. Put your own training here."""

import pickle
import statistics
from pathlib import Path

HOURS = [1, 2, 3, 4, 5]
SCORES = [12, 14, 16, 18, 20]

slope, intercept = statistics.linear_regression(HOURS, SCORES)
target = Path(__file__).with_name("model.pkl")
target.write_bytes(pickle.dumps({"slope": slope, "intercept": intercept}, protocol=4))
print(f"wrote {target}")
'''
_MODEL = {"slope": 2.0, "intercept": 10.0}
"""What train.py makes of its points."""
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
_DEPLOYMENT = '{\n  "computeType": "local"\n}\n'
FILES = {
    "score.py": _SCRIPT,
    "train.py": _TRAIN,
    "conda.yml": _CONDA,
    "inferenceconfig.json": '{\n  "entryScript": "score.py",\n  "condaFile": "conda.yml"\n}\n',
    "deploymentconfig.json": _DEPLOYMENT,
    "sample-request.json": '{"data": [1, 2, 3]}\n',
    "pyproject.toml": _PROJECT,
}
MODEL_FILE = "model.pkl"
_EXAMPLE_SCRIPT = "score.py"
_MOST_COPIES = 1000


@verb(
    "project/create",
    progress="Writing files",
    errors=("project-exists",),
    terminal=CliCommand(
        "project create",
        "Write an entry script, its configuration files, a model or a training script, and a"
        " pyproject.toml with `strict = true` into a folder.",
        (
            argument(
                "folder", help="folder of the project; it is created if it does not exist", nargs="?", default="."
            ),
            argument(
                "--model",
                help="model file of a supported framework; it is copied, and the entry script is written for it",
                names="",
                metavar="FILE",
                default="",
            ),
        ),
        ("scoredock project create first", "scoredock project create second --model model.onnx"),
    ),
    editor=(EditorCommand("newProject", "New Project…", "guide/projects", palette=""),),
)
def create(params: messages.ProjectCreateParams, context: Context, operation: Operation) -> messages.ProjectCreated:
    """Writes the files into a folder, which is made where it is missing. A file that is there already is never touched.

    Raises ScoredockError `project-exists`, for a model what `eject_path` raises, and OSError for the folder.
    """
    folder = absolute(params.folder)
    if params.model:
        return _with_model(absolute(params.model), folder, context, operation)
    _require_free(folder, [*FILES, MODEL_FILE])
    folder.mkdir(parents=True, exist_ok=True)
    words = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "project"
    for name, text in FILES.items():
        _write(folder / name, text.replace("NAME", words) if name == "conda.yml" else text)
    import pickle

    with (folder / MODEL_FILE).open("xb") as stream:
        stream.write(pickle.dumps(_MODEL, protocol=4))
    return messages.ProjectCreated(str(folder), str(folder / "score.py"), sorted([*FILES, MODEL_FILE]))


@verb(
    "project/example",
    progress="Copying the example",
    errors=("project-exists",),
    terminal=CliCommand(
        "project example",
        "Copy the example, a scikit-learn model with everything to serve it, into a new folder.",
        (argument("folder", help="the new folder", nargs="?", default="scoredock-example"),),
        ("scoredock project example",),
    ),
    editor=(EditorCommand("openExample", "Open the Example…", "guide/projects", palette=""),),
)
def example(params: messages.ProjectExampleParams, context: Context, operation: Operation) -> messages.ProjectExample:
    """Copies the example into a folder, or says whether a copy is there. Raises project-exists, and OSError."""
    folder = absolute(params.folder)
    exists = _is_example(folder)
    if params.write:
        _require_empty(folder)
        folder.mkdir(parents=True, exist_ok=True)
        content = _example()
        for name, text in content["texts"].items():
            _write(folder / name, text)
        (folder / content["model"]["name"]).write_bytes(base64.b64decode(content["model"]["base64"]))
    return messages.ProjectExample(str(folder), str(folder / _EXAMPLE_SCRIPT), exists, str(_free(folder)))


@functools.cache
def _example() -> dict[str, Any]:
    """Made by tools/example_project.py."""
    document: dict[str, Any] = json.loads(Path(__file__).with_name("example.json").read_text("utf-8"))
    return document


def _is_example(folder: Path) -> bool:
    """True if a copy lies there, whatever was changed in it."""
    return all((folder / name).is_file() for name in (_EXAMPLE_SCRIPT, _example()["model"]["name"], "conda.yml"))


def _free(folder: Path) -> Path:
    """The folder, or the first one beside it with a number, in which nothing is yet."""
    names = (folder, *(folder.with_name(f"{folder.name}-{number}") for number in range(2, _MOST_COPIES)))
    return next((each for each in names if not os.path.lexists(each)), names[-1])


def _with_model(model: Path, folder: Path, context: Context, operation: Operation) -> messages.ProjectCreated:
    """The model's file or folder, copied, with the script that is written for it."""
    from scoredock.no_code.ejecting import eject_path

    if not model.exists():
        raise ScoredockError("file-not-found", l10n.t("{model} does not exist.", model=model), place=Place(str(model)))
    target = folder / model.name
    inside = model.parent == folder
    if not inside:
        _require_free(folder, [model.name])
    environments = context.deployments("").environments
    # Refuses what it cannot serve before anything is written.
    new_files = eject_path(model, folder, environments, operation.progress, operation.cancel)
    files = [each.name for each in new_files]
    if not inside:
        operation.progress.report(l10n.t("Copying {name}", name=model.name))
        shutil.copytree(model, target) if model.is_dir() else shutil.copy2(model, target)
        files.append(model.name)
    if not os.path.lexists(folder / "deploymentconfig.json"):
        _write(folder / "deploymentconfig.json", _DEPLOYMENT)
        files.append("deploymentconfig.json")
    return messages.ProjectCreated(str(folder), str(new_files[0]), sorted(files))


def _require_free(folder: Path, names: list[str]) -> None:
    for name in names:
        if os.path.lexists(folder / name):
            raise ScoredockError(
                "project-exists",
                l10n.t("{folder} already has a file {name}.", folder=folder, name=name),
                place=Place(str(folder / name)),
            )


def _require_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if os.path.lexists(folder):
        raise ScoredockError(
            "project-exists", l10n.t("{folder} already exists.", folder=folder), place=Place(str(folder))
        )


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
