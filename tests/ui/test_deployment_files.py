"""Online deployments of Azure ML v2 by mouse: from the menu of a file and from the line above it, to an endpoint."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import take_picture
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCHEMAS = "https://azuremlschemas.azureedge.net/latest/"
SCRIPT = "import os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return os.environ['WHO']\n"
ENDPOINT = f"""\
$schema: {SCHEMAS}managedOnlineEndpoint.schema.json
name: prices
auth_mode: key
traffic:
  blue: 70
  green: 30
"""
DEPLOYMENT = f"""\
$schema: {SCHEMAS}managedOnlineDeployment.schema.json
name: NAME
endpoint_name: prices
model:
  path: model.bin
code_configuration:
  code: src
  scoring_script: score.py
environment:
  conda_file: conda.yml
  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest
environment_variables:
  WHO: NAME
instance_type: Standard_DS3_v2
instance_count: 1
egress_public_network_access: disabled
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "prices"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "score.py").write_text(SCRIPT)
    (folder / "model.bin").write_bytes(b"12345")
    (folder / "conda.yml").write_text("dependencies:\n  - python\n  - pip:\n      - azureml-defaults\n")
    (folder / "endpoint.yml").write_text(ENDPOINT)
    for name in ("blue", "green"):
        (folder / f"{name}-deployment.yml").write_text(DEPLOYMENT.replace("NAME", name))
    return folder


def test_an_endpoint_is_deployed_from_its_files_by_mouse(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window, side = desk.window, desk.window.side
    side.choose_for_file("blue-deployment.yml", "Deploy Files of Azure ML v2…")
    window.quick.wait("Deploy blue-deployment.yml", timeout=60)
    told = "\n".join(window.quick.texts())
    assert "blue-deployment.yml, endpoint.yml, green-deployment.yml" in told
    assert "prices (new) · blue 70%, green 30%" in told
    assert "prices-blue:1 is registered" in told
    assert "egress_public_network_access is not used" in told
    if os.environ.get("SCOREDOCK_SHOTS"):  # in one theme only: changing it would close the question
        take_picture(window, "deploy-v2-files")
    window.quick.pick("Deploy")
    side.show("Scoredock")
    until(lambda: desk.scoredock("endpoint", "list")["endpoints"] != [], "the endpoint", timeout=180)
    side.wait_row("Services", "prices-green", "Healthy", timeout=60)

    def shares() -> dict[str, int]:
        return {each["name"]: each["share"] for each in desk.scoredock("endpoint", "show", "prices")["versions"]}

    # Both deployments are there before the endpoint divides its requests.
    until(lambda: shares() == {"blue": 70, "green": 30}, "the traffic of the file", timeout=60)
    made = desk.scoredock("endpoint", "show", "prices")
    key = desk.scoredock("service", "keys", "prices-blue")["primaryKey"]
    request = urllib.request.Request(
        made["scoringUri"], b"{}", {"authorization": f"Bearer {key}", "azureml-model-deployment": "green"}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        assert json.loads(response.read()) == "green"

    # From the line above the file, which says now that it replaces what is there.
    window.editor.open("green-deployment.yml")
    window.editor.press_lens("Deploy")
    window.quick.wait("Deploy green-deployment.yml", timeout=60)
    assert "replaces what prices-green serves" in "\n".join(window.quick.texts())
    window.quick.cancel()


def test_what_a_deployment_lacks_is_registered_from_the_message(open_desk: Callable[..., Desk], project: Path) -> None:
    deployment = project / "blue-deployment.yml"
    lines = deployment.read_text().replace("model:\n  path: model.bin\n", "model: azureml:weights:1\n")
    before, _, rest = lines.partition("environment:\n")
    after = rest.partition("ubuntu22.04:latest\n")[2]
    deployment.write_text(f"{before}environment: azureml:small:1\n{after}")
    (project / "conda-small.yml").write_text(
        f"$schema: {SCHEMAS}environment.schema.json\nname: small\nversion: '1'\ndescription: Few packages.\n"
        "conda_file: conda.yml\nimage: python:3.11\n"
    )
    (project / "model.yml").write_text(
        f"$schema: {SCHEMAS}model.schema.json\nname: weights\nversion: '1'\npath: model.bin\ndescription: Five bytes.\n"
    )
    desk = open_desk(project)
    window, side = desk.window, desk.window.side
    side.choose_for_file("blue-deployment.yml", "Deploy Files of Azure ML v2…")
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.notices.wait("model.yml describes it")
        take_picture(window, "deploy-v2-unregistered")
    window.notices.press("model.yml describes it", "Register model.yml…")
    window.quick.wait("Name of the model")
    assert window.quick.value() == "weights"
    window.quick.answer("weights")
    window.notices.wait("Registered weights:1")
    window.notices.clear()
    side.choose_for_file("blue-deployment.yml", "Deploy Files of Azure ML v2…")
    window.notices.press("conda-small.yml describes it", "Register conda-small.yml…")
    window.quick.wait("Name of the environment")
    assert window.quick.value() == "small"
    window.quick.answer("small")
    window.quick.wait("Description")
    window.quick.press_button("Register with These Values")
    window.notices.wait("Registered small:1")
    (model,) = desk.scoredock("model", "list")["models"]
    assert (model["id"], model["description"]) == ("weights:1", "Five bytes.")
    side.choose_for_file("blue-deployment.yml", "Deploy Files of Azure ML v2…")
    window.quick.wait("Deploy blue-deployment.yml", timeout=60)
    window.quick.cancel()
