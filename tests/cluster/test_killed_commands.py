"""A command for a cluster is killed while it has something temporary: the next command takes it away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import at_a_folder
from cli.conftest import Terminal
from cluster.credentials import write_config
from cluster.deploying import DEPLOY, TARGET, attached
from cluster.running import Cluster
from cluster.test_side_loading import COMMAND, attach_by_containerd, prepared
from clusters.test_logins import Login
from depth import rounds

pytestmark = [pytest.mark.docker, pytest.mark.chance, pytest.mark.timeout(900)]


def previewed(cluster: Cluster, namespace: str, folder: Path) -> tuple[Terminal, tuple[str, ...]]:
    terminal = attached(cluster, namespace, folder)
    return terminal, ("service", "deploy", "prices", *DEPLOY, *FOR_CLUSTER, "--dry-run")


def logged_in(cluster: Cluster, namespace: str, folder: Path) -> tuple[Terminal, tuple[str, ...]]:
    """By a program that gives a certificate."""
    papers = cluster.place.folder / "credentials"
    pem = {"clientCertificateData": papers / "admin.crt", "clientKeyData": papers / "admin.key"}
    user = Login(folder).writes({name: file.read_text() for name, file in pem.items()})
    trust = {"server": cluster.place.server, "certificate-authority": str(papers / "authority.pem")}
    file = write_config(folder / "by-program.conf", "by-program", trust, user)
    (folder / "made").mkdir()
    terminal = Terminal(folder / "home", folder / "made")
    place = ("--context", "by-program", "--namespace", namespace, "--kubeconfig", str(file))
    return terminal, ("compute", "attach", TARGET, *place, "--yes")


def loaded(cluster: Cluster, namespace: str, folder: Path) -> tuple[Terminal, tuple[str, ...]]:
    terminal, config = prepared(cluster, namespace, folder)
    attach_by_containerd(terminal, cluster, namespace, config)
    return terminal, (*COMMAND, "--compute", TARGET)


FOR_CLUSTER = ("--deploy-config-file", "aks.json", "--compute", TARGET)
CASES: dict[str, Callable[[Cluster, str, Path], tuple[Terminal, tuple[str, ...]]]] = {
    "preview": previewed,
    "certificate": logged_in,
    "side-load": loaded,
}


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
@pytest.mark.parametrize("purpose", CASES)
def test_nothing_is_left_of_a_command_that_was_killed(
    cluster: Cluster, namespace: str, tmp_path: Path, purpose: str, number: int
) -> None:
    terminal, words = CASES[purpose](cluster, namespace, tmp_path)
    at_a_folder.require_nothing_left(at_a_folder.with_own_folders(terminal, tmp_path), purpose, number, words)
