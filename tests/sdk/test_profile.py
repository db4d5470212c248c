"""`Model.profile` in a script: models, configuration and dataset, with no service that runs."""

from __future__ import annotations

import json

from cli.conftest import Terminal

from .conftest import PYTHON

SCORE = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"
SCRIPT = """
import json
from azureml.core import Dataset, Workspace
from azureml.core.model import InferenceConfig, Model

ws = Workspace.from_config('.file-path/ws_config.json')
model = Model.register(ws, "model.bin", "m")
store = ws.get_default_datastore()
store.upload_files(["rows.txt"], target_path="sample")
rows = Dataset.Tabular.from_delimited_files([(store, "sample/rows.txt")], separator="\\n", header=False)
rows = rows.register(ws, "sample_requests")
profile = Model.profile(ws, "first", [model], InferenceConfig("score.py"), rows, cpu=0.5, memory_in_gb=0.5)
profile.wait_for_completion()
print(json.dumps(profile.get_details()))
"""


def test_a_model_is_profiled_without_a_service(terminal: Terminal) -> None:
    folder = terminal.folder
    (folder / "score.py").write_text(SCORE)
    (folder / "model.bin").write_bytes(b"1")
    (folder / "rows.txt").write_text('{"data": [1, 2]}\n{"data": [3, 4]}\n')
    (folder / "profile.py").write_text(SCRIPT)
    done = terminal.run("sdk", "run", *PYTHON, "profile.py")
    assert done.returncode == 0, done.stderr
    details = json.loads(done.stdout.splitlines()[-1])
    assert (details["state"], details["totalQueries"], details["successRate"]) == ("Succeeded", 200, 100.0)
    assert (details["requestedCpu"], details["requestedMemoryInGB"], details["requestedMemoryInGb"]) == (0.5, 0.5, 0.5)
    assert 0 < details["latencyPercentile50InMs"] <= details["latencyPercentile999InMs"]
    assert details["recommendedCpu"] >= 0.1
    workspace = json.loads((folder / ".file-path" / "ws_config.json").read_text())["workspace_name"]
    assert terminal.json("model", "list", "-w", workspace)["models"], "it is the workspace of the script"
    assert terminal.json("service", "list", "-w", workspace)["services"] == []
