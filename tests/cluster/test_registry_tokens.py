"""A registry that lets nobody in without a token, which lasts shorter than what is done with images: the push, and the
pulls of nodes, each at its time."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from cluster.deploying import DEPLOY, TARGET, answer, attached, ready_nodes, with_configuration
from cluster.running import Cluster, wait_for
from oci_registry.real_registry import PASSWORD, USER, real_registry
from oci_registry.token_server import token_server

SECONDS = 60
"""Of a token: the least that registries give."""


@pytest.mark.docker
@pytest.mark.long("tokens that end half way through an upload are tried at the gate, and logins of nodes as causes")
@pytest.mark.timeout(900)
def test_nodes_pull_long_after_the_token_of_the_push(
    disturbed: Cluster, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port = disturbed.place.guarded_registry.split(":")
    with (
        token_server(tmp_path, host) as tokens,
        real_registry(tmp_path / "registry", auth=tokens.settings, host=host, port=int(port)) as registry,
    ):
        tokens.valid_seconds = tokens.stated_seconds = SECONDS
        login = {"auths": {registry: {"auth": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}}}
        (tmp_path / "docker").mkdir()
        (tmp_path / "docker" / "config.json").write_text(json.dumps(login))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
        words = ("secret", "docker-registry", "team-login", "-n", namespace, f"--docker-server={registry}")
        disturbed.kubectl("create", *words, f"--docker-username={USER}", f"--docker-password={PASSWORD}")
        options = ("--pull-secret", "team-login")
        terminal = attached(disturbed, namespace, tmp_path, options=options, registry=f"{registry}/tests/services")
        with_configuration(terminal, numReplicas=1)
        command = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")
        made = terminal.json(*command, "--compute", TARGET)
        address = f"127.0.0.1:{made['port']}"
        assert answer(address) == 30

        (node,) = ready_nodes(disturbed, namespace)
        (other,) = set(disturbed.node_names) - {node}
        pushed = len(tokens.tokens)
        time.sleep(SECONDS + 1)  # all tokens are over
        disturbed.kubectl("cordon", node)
        try:
            disturbed.kubectl("delete", "pods", "--all", "-n", namespace)
            wait_for(lambda: ready_nodes(disturbed, namespace) == [other], "the pod on the other node", 120)
        finally:
            disturbed.kubectl("uncordon", node)
        assert len(tokens.tokens) > pushed, "the node has got one of its own"
        wait_for(lambda: terminal.json("service", "show", "prices")["state"] == "Healthy", "a healthy service", 60)
        assert answer(address) == 30

        script = terminal.folder / "score.py"
        script.write_text(script.read_text().replace("* factor", "* factor + 1"))
        time.sleep(SECONDS + 1)
        terminal.ok("service", "update", "prices")
        assert answer(address) == 31
