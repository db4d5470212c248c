"""Scripts of the first services, of the Workbench: `az ml service create realtime` laid script, model and schema into
one folder, and made the arguments of `run()` by the schema."""

from __future__ import annotations

import json
import pickle

import pytest

from cli.conftest import Terminal

pytestmark = pytest.mark.usefixtures("shared_environments")

INIT = (
    "import pickle\n\nfrom azureml.api.realtime.services import generate_schema\n{imports}\n\n"
    "def init():\n    global model\n    with open('model.pkl', 'rb') as file:\n        model = pickle.load(file)\n\n\n"
)
PANDAS = INIT.format(imports="import pandas\n") + (
    "def run(input_df):\n    assert isinstance(input_df, pandas.DataFrame)\n"
    "    return [model * each for each in input_df['length']]\n"
)
NUMPY = INIT.format(imports="") + "def run(rows, scale):\n    return (model * scale * rows.sum(axis=1)).tolist()\n"
TEXT = INIT.format(imports="import json\n") + "def run(data):\n    return model * json.loads(data)[0]\n"
TABLE = {"type": 3, "version": "1.0.1", "swagger": {"type": "array", "example": [{"length": 1.5, "width": 2.5}]}}
ROWS = {"type": 1, "internal": "gANj", "swagger": {"type": "array", "example": [[1.5, 2.5]]}}
NUMBER = {"type": 2, "swagger": {"type": "integer", "example": 1}}


@pytest.mark.parametrize("with_folder", [False, True])
@pytest.mark.parametrize(
    ("script", "described", "body", "answer"),
    [
        (PANDAS, {"input_df": TABLE}, {"input_df": [{"length": 3.0, "width": 1}]}, [6.0]),
        (NUMPY, {"rows": ROWS, "scale": NUMBER}, {"rows": [[1, 2], [3, 4]], "scale": 10}, [60.0, 140.0]),
        (TEXT, {"of_another": TABLE}, [4], 8),
    ],
)
def test_a_service_of_the_workbench(
    terminal: Terminal, script: str, described: dict[str, object], body: object, answer: object, *, with_folder: bool
) -> None:
    project = terminal.folder / "project"
    project.mkdir()
    (project / "score.py").write_text(script)
    (project / "conda.yml").write_text("dependencies:\n  - python\n")
    (project / "service_schema.json").write_text(json.dumps({"input": described}))
    (terminal.folder / "model.pkl").write_bytes(pickle.dumps(2))
    if with_folder:  # of an earlier training; the one that is registered counts
        (project / "model.pkl").write_bytes(pickle.dumps(100))
    model = ("--register-model", "model.pkl")
    folder = ("--source-directory", "project") if with_folder else ()
    terminal.ok("service", "deploy", "iris", *model, *folder, "--es", "project/score.py", "--cf", "project/conda.yml")
    call = ("service", "call", "iris", "-d", json.dumps(body))
    assert json.loads(terminal.ok(*call)) == answer
    terminal.ok("service", "update", "iris", "--env", "A=1")
    terminal.ok("service", "rollback", "iris")
    assert json.loads(terminal.ok(*call)) == answer, "the files of a revision that is taken up again are whole"


def test_a_file_that_is_not_registered_is_told(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(TEXT)
    (terminal.folder / "model.pkl").write_bytes(pickle.dumps(2))
    refused = terminal.refused("service", "deploy", "iris", "--es", "score.py")
    assert refused["code"] == "check-failed"
