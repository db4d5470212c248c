"""A service in a cluster that an Ingress leads to: its row says that it has no address yet, and *Export…* writes its
objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from cluster.deploying import CONFIGURATION, TARGET, bring_layers, surroundings
from cluster.running import Cluster
from packages.test_without_docker import CONDA, SCRIPT
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600 * STRETCH)]
NAME = "prices"


@pytest.fixture
def desk(open_desk: Callable[..., Desk], cluster: Cluster, namespace: str, tmp_path: Path) -> Desk:
    folder = tmp_path / "project"
    folder.mkdir()
    configuration = {**CONFIGURATION, "numReplicas": 1}
    files = {"score.py": SCRIPT, "conda.yml": CONDA, "factor.txt": "10", "aks.json": json.dumps(configuration)}
    for name, text in files.items():
        (folder / name).write_text(text)
    variables, config = surroundings(cluster, namespace, tmp_path, "ingress")
    desk = open_desk(folder, env={**variables, "KUBECONFIG": str(config)})
    desk.scoredock("model", "register", "factor.txt", "--name", "factor")
    bring_layers(cluster, variables, desk.home)
    place = ("--context", cluster.context, "--namespace", namespace, "--registry", f"{cluster.registry}/tests/services")
    desk.scoredock("compute", "attach", TARGET, *place, "--expose", "ingress", "--host", "models.example.com")
    files_of = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
    desk.scoredock("service", "deploy", NAME, *files_of, "--dc", "aks.json", "--compute", TARGET)
    return desk


@pytest.mark.long("test_cluster_services.py goes by mouse at the gate, tests/cluster/test_objects_for_git.py exports")
def test_a_service_is_exported_from_its_row(desk: Desk) -> None:
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", NAME, "Healthy", timeout=60)
    for view in ("Workspaces", "Models", "Environments"):
        window.side.fold_pane(view)
    window.side.expand("Services", NAME)
    note = "The Ingress for prices.models.example.com has no address yet: no controller has taken it up."
    window.side.wait_row("Services", "Not reached from outside yet", note, timeout=30)
    desk.picture("kubernetes-ingress")
    window.side.choose("Services", NAME, "Export…")
    window.quick.wait("Export prices")
    window.quick.choose("Kubernetes")
    window.quick.wait("New Folder: Kubernetes")
    target = desk.folder / "manifests"
    window.quick.choose_path(str(target), proposed=f"{NAME}-kubernetes")
    window.notices.wait("The Secret prices-secrets has to be there before", timeout=60)
    desk.picture("kubernetes-export")
    files = sorted(each.name for each in target.iterdir())
    assert files == ["deployment.yaml", "ingress.yaml", "service.yaml"]
    assert yaml.safe_load((target / "ingress.yaml").read_text())["spec"]["rules"][0]["host"] == (
        "prices.models.example.com"
    )
    desk.scoredock("service", "delete", NAME)
