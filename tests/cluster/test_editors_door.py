"""A service in a cluster by the messages that an editor sends: TLS, and its objects as files."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
import yaml

from certificates import pair
from cluster.deploying import CONFIGURATION, TARGET, attached
from cluster.running import Cluster
from lsp.client import Client

pytestmark = pytest.mark.docker
SECONDS = 300


@pytest.mark.long(
    "tests/deploy/test_front_end.py has certificates at the gate, tests/cluster/test_objects_for_git.py files"
)
@pytest.mark.timeout(600)
def test_a_service_with_a_certificate_is_called_and_exported(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = attached(cluster, namespace, tmp_path)
    folder = terminal.folder
    certificate, key = pair(folder)
    own = {"numReplicas": 1, "sslEnabled": True, "sslCertificate": certificate.name, "sslKey": key.name}
    (folder / "own.json").write_text(json.dumps({**CONFIGURATION, **own}))
    deployment = {
        "name": "prices",
        "entryScript": str(folder / "score.py"),
        "environmentFile": str(folder / "conda.yml"),
        "deploymentConfig": str(folder / "own.json"),
        "models": ["factor:1"],
        "compute": TARGET,
    }
    with Client(terminal.home, env=terminal.environment(), cwd=folder) as client:
        client.initialize(folder)
        made = client.ask("scoredock/service/deploy", deployment, SECONDS)
        assert (made["state"], made["scoringUri"][:8]) == ("Healthy", "https://")
        called = client.ask("scoredock/service/call", {"name": "prices", "body": json.dumps({"data": [1, 2]})}, SECONDS)
        assert (called["status"], json.loads(called["body"])) == (200, 30)

        kinds = client.ask("scoredock/package/exportKinds", {"of": "service", "service": "prices"}, SECONDS)["kinds"]
        assert "kubernetes" in [each["kind"] for each in kinds]
        place, secret = tmp_path / "manifests", tmp_path / "secret.yaml"
        export = {"name": "prices", "kind": "kubernetes", "outputPath": str(place), "secretPath": str(secret)}
        written = client.ask("scoredock/service/export", export, SECONDS)
        assert sorted(written["files"]) == ["deployment.yaml", "service.yaml"]
        texts = {each: (place / each).read_text() for each in written["files"]}
        assert "PRIVATE KEY" not in "".join(texts.values())
        (port,) = yaml.safe_load(texts["service.yaml"])["spec"]["ports"]
        assert (port["name"], port["port"]) == ("https", 443)
        (container,) = yaml.safe_load(texts["deployment.yaml"])["spec"]["template"]["spec"]["containers"]
        probes = ("startupProbe", "readinessProbe", "livenessProbe")
        assert {container[each]["httpGet"]["scheme"] for each in probes} == {"HTTPS"}
        values = yaml.safe_load(secret.read_text())["data"]
        assert base64.b64decode(values["tls.crt"]) == certificate.read_bytes()
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600

        again = client.error("scoredock/service/export", export, SECONDS)
        assert again["message"] == f"{secret} already exists.", "nothing is overwritten"
        client.ask("scoredock/service/delete", {"name": "prices"}, SECONDS)
