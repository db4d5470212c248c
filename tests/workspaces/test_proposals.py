"""What the steps of Deploy are filled in with, of the models of a workspace."""

from __future__ import annotations

import json
from pathlib import Path

from scoredock.context import Context, Operation
from scoredock.features.services.proposals import propose
from scoredock.protocol import messages
from scoredock.registry import ModelVersion
from scoredock.registry.store import rows
from scoredock.settings import Values


def _proposed(context: Context, folder: Path) -> messages.ServiceProposal:
    return propose(messages.ServiceProposeParams(str(folder)), context, Operation())


def _fill(context: Context, count: int) -> None:
    with context.registry("").store.write() as connection:
        for number in range(1, count + 1):
            model = ModelVersion("ridge", number, "", {}, {}, "", "", float(number), "", False, 0, 0, "")
            rows.insert(connection, model)


def test_the_newest_models_are_offered_and_the_last_choice_is_kept(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    context = Context(Values({}, {}), home=tmp_path / "home")
    assert (
        _proposed(context, folder).models,
        _proposed(context, folder).model_choices,
    ) == ([], [])
    _fill(context, 600)
    found = _proposed(context, folder)
    assert (found.models, found.model_state) == ([], "missing"), "what happens to be registered is not proposed"
    assert found.model_choices == ["ridge:600"], "older versions can be searched for"
    script = folder / "score.py"
    script.write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    registry = context.registry("")
    registry.changes.alias("ridge:2", "champion")
    asked = ["ridge:1", "ridge@champion", "ridge@nobody", "ridge:601", "gone:1"]
    request = {
        "name": "svc-one",
        "models": asked,
        "entry_script": str(script),
        "environment_variables": {"LEVEL": "3"},
        "tags": {},
        "auth": "keys",
    }
    with registry.store.write() as connection:
        connection.execute(
            "INSERT INTO last_deployments(folder, entry_script, request, updated) VALUES(?, ?, ?, 0)",
            (str(folder), str(script), json.dumps(request)),
        )
    again = _proposed(context, folder)
    assert again.models == ["ridge:1", "ridge@champion"], "also those that are not the newest"
    assert again.model_state == "missing", "some of them are gone, which is not passed over"
    assert (found.auth, again.auth) == ("", "keys"), "so that Deploy does not open what was closed by hand"
    assert again.environment_variables == {"LEVEL": "3"}
