"""What the documents show of AKS, on a cluster: scripts by `scoredock sdk run` and lines of `az ml`, as processes."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, Load, answer, attached
from cluster.running import Cluster, wait_for
from sdk.documents import samples

pytestmark = pytest.mark.docker

BEGIN = """
import json
from azureml.core import Environment, Model, Webservice, Workspace
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice

ws = Workspace.from_config()
environment = Environment.from_conda_specification("plain", "conda.yml")
inference_config = InferenceConfig(entry_script="score.py", environment=environment)
model = Model(ws, "factor")
seen = {}
"""
DEPLOYING = """
aks_target = AksCompute(ws, "aks-prod")
deployment_config = AksWebservice.deploy_configuration(
    cpu_cores=0.05, memory_gb=0.1, num_replicas=2, scoring_timeout_ms=20000, primary_key="first-key-of-the-script",
    secondary_key="second-key-of-the-script", tags={"area": "prices"})
service = Model.deploy(ws, "prices", [model], inference_config, deployment_config, aks_target, show_output=True)
service.wait_for_deployment(show_output=True)
seen = {"state": service.state, "keys": service.get_keys(), "answer": service.run(json.dumps({"data": [1, 2]})),
        "uri": service.scoring_uri, "type": service.compute_type, "compute": service.compute_name,
        "notes": service.get_logs().splitlines()[:2]}
"""
RENEWING = """
service = Webservice(ws, "prices")
service.regen_key("Primary")
service.regen_key("secondary", "chosen-key-of-the-script")
seen = {"keys": service.get_keys(), "answer": service.run({"data": [1, 2]})}
"""
UPDATING = """
service = Webservice(ws, "prices")
service.update(num_replicas=3, cpu_cores=0.06, scoring_timeout_ms=5000, tags={"area": "more"})
service.wait_for_deployment(show_output=True)
seen = {"state": service.state, "answer": service.run({"data": [1, 2]}), "serialized": service.serialize(),
        "replicas": service.num_replicas, "timeout": service.scoring_timeout_ms, "tags": service.tags,
        "starts": service.get_logs(100_000).count("is ready (revision 2"), "keys": service.get_keys()}
"""
DELETING = """
service = Webservice(ws, "prices")
service.delete()
seen = {"state": service.state, "left": [each.name for each in Webservice.list(ws)]}
"""
AZ_CONFIGURATION = {
    "computeType": "aks",
    "autoScaler": {
        "autoscaleEnabled": True,
        "minReplicas": 1,
        "maxReplicas": 3,
        "refreshPeriodInSeconds": 1,
        "targetUtilization": 70,
    },
    "dataCollection": {"storageEnabled": True},
    "authEnabled": True,
    "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.0},
}
"""As the documents have it."""
LEFT = ("pods", "services", "deployments", "secrets", "replicasets", "horizontalpodautoscalers")


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    return attached(cluster, namespace, tmp_path)


def run(terminal: Terminal, *parts: str) -> tuple[dict[str, Any], str]:
    """What a script has seen, and what it printed."""
    script = "\n".join([BEGIN, *parts, "open('seen.json', 'w').write(json.dumps(seen))"])
    (terminal.folder / "deploy.py").write_text(script)
    printed = terminal.ok("sdk", "run", "--python", sys.executable, "deploy.py")
    return json.loads((terminal.folder / "seen.json").read_text()), printed


def status(address: str, key: str) -> int:
    try:
        answer(address, key)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


@pytest.mark.long("the samples of the documents and lines of az ml run on a cluster at the gate")
@pytest.mark.timeout(900)
def test_a_script_of_the_sdk_runs_a_service_from_deployment_to_deletion(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    seen, printed = run(terminal, DEPLOYING)
    assert "Compute target: aks-prod" in printed
    assert "\nRunning" in printed
    assert 'Succeeded\nAKS service creation operation finished, operation "Succeeded"' in printed
    old = ["first-key-of-the-script", "second-key-of-the-script"]
    assert (seen["state"], seen["answer"], seen["keys"]) == ("Healthy", 30, old)
    assert (seen["type"], seen["compute"]) == ("AKS", TARGET)
    assert "keys, a response within 20 s, the number of replicas, resources." in seen["notes"][0]
    assert "this machine" not in str(seen["notes"])

    outside = seen["uri"].removeprefix("http://").removesuffix("/score")
    wait_for(lambda: _responds(outside, old[0]), "an answer from outside", 30)
    seen, _ = run(terminal, RENEWING)
    primary, chosen = seen["keys"]
    assert chosen == "chosen-key-of-the-script"
    assert (primary not in old, seen["answer"]) == (True, 30)
    assert {status(outside, old[0]) for _ in range(12)} == {401}, "of each replica"
    assert {status(outside, old[1]) for _ in range(12)} == {401}
    assert {status(outside, key) for key in (primary, chosen) for _ in range(12)} == {200}

    with Load(outside, chosen, clients=2) as load:
        seen, _ = run(terminal, UPDATING)
    assert set(load.answers) == {30}, load.answers
    assert (seen["state"], seen["answer"], seen["keys"]) == ("Healthy", 30, [primary, chosen])
    assert (seen["replicas"], seen["timeout"], seen["tags"]) == (3, 5000, {"area": "more"})
    assert seen["starts"] == 3, "the log has all replicas"
    assert (seen["serialized"]["numReplicas"], seen["serialized"]["computeName"]) == (3, TARGET)
    spec = cluster.get("deployment", "prices", "-n", namespace)["spec"]
    assert spec["replicas"] == 3
    assert spec["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "60m"

    seen, _ = run(terminal, DELETING)
    assert seen == {"state": "Deleting", "left": []}
    assert not left(cluster, namespace, "prices")


def _responds(address: str, key: str) -> bool:
    try:
        return status(address, key) == 200
    except OSError:
        return False


def left(cluster: Cluster, namespace: str, service: str) -> list[str]:
    found = [each for kind in LEFT for each in cluster.get(kind, "-n", namespace)["items"]]
    return [each["metadata"]["name"] for each in found if each["metadata"]["name"].startswith(service)]


@pytest.mark.long("the documents' own samples run at the gate")
@pytest.mark.timeout(600)
def test_lines_of_az_ml_run_a_service_with_an_autoscaler(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    inference = {"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"}
    (terminal.folder / "inferenceconfig.json").write_text(json.dumps(inference))
    (terminal.folder / "deploymentconfig.json").write_text(json.dumps(AZ_CONFIGURATION))
    configurations = ("--ic", "inferenceconfig.json", "--dc", "deploymentconfig.json")
    other = az(terminal, "model deploy -n myservice -m factor:1 --ct aks-prod --namespace elsewhere", *configurations)
    assert "The deployment is for the namespace elsewhere" in other.stderr
    assert f"scoredock compute attach NAME --context {cluster.context} --namespace elsewhere" in other.stderr

    done = az(terminal, "model deploy -n myservice -m factor:1 --ct aks-prod", *configurations)
    made = json.loads(done.stdout)
    assert (made["state"], made["computeType"], made["computeName"]) == ("Healthy", "AKS", TARGET)
    assert "autoscaling from 1 to 3 replicas at 70%" in done.stderr
    assert "The autoscaler goes by CPU" in done.stderr
    assert "busy replicas: 0.7 requests in flight for each" in done.stderr
    assert "is in its pods" in done.stderr
    assert "so this machine stands for it" not in done.stderr
    scaler = cluster.get("hpa", "myservice", "-n", namespace)["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (1, 3)
    assert scaler["targetCPUUtilizationPercentage"] == 70
    requests = cluster.get("deployment", "myservice", "-n", namespace)["spec"]["template"]["spec"]["containers"][0]
    assert requests["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}

    assert json.loads(az(terminal, "service run -n myservice", "-d", '{"data": [4]}').stdout) == 40
    keys = json.loads(az(terminal, "service get-keys -n myservice").stdout)
    renewed = json.loads(az(terminal, "service regen-key -n myservice -k Primary").stdout)
    assert renewed["primaryKey"] != keys["primaryKey"]
    assert renewed["secondaryKey"] == keys["secondaryKey"]
    assert "ready for serving traffic" in az(terminal, "service get-logs -n myservice").stdout
    line = "service update -n myservice --autoscale-enabled true --autoscale-max-replicas 2"
    updated = json.loads(az(terminal, f"{line} --auth-enabled false --token-auth-enabled true").stdout)
    assert (updated["autoScaler"]["maxReplicas"], updated["computeName"]) == (2, TARGET)
    assert (updated["authEnabled"], updated["aadAuthEnabled"]) == (False, True)
    token = json.loads(az(terminal, "service get-access-token -n myservice").stdout)
    port = terminal.json("service", "show", "myservice")["port"]
    assert status(f"127.0.0.1:{port}", token["accessToken"]) == 200
    assert status(f"127.0.0.1:{port}", keys["secondaryKey"]) == 401
    assert cluster.get("hpa", "myservice", "-n", namespace)["spec"]["maxReplicas"] == 2
    (target,) = json.loads(az(terminal, "computetarget list").stdout)
    assert (target["name"], target["properties"]["namespace"]) == (TARGET, namespace)
    assert [each["name"] for each in json.loads(az(terminal, "service list --compute-type AKS").stdout)] == [
        "myservice"
    ]
    az(terminal, "service delete -n myservice")
    assert not left(cluster, namespace, "myservice")


def az(terminal: Terminal, line: str, *more: str) -> Any:
    return terminal.run("az", "ml", *line.split(), *more)


IMAGE = """
from azureml.core.image import ContainerImage
configuration = ContainerImage.image_configuration("score.py", "python", conda_file="conda.yml")
def image_of():
    made = ContainerImage.create(name="myimage", models=[model], image_config=configuration, workspace=ws)
    made.wait_for_creation(show_output=True)
    return made
image = image_of()
"""
OF_IMAGE = """
seen = {"states": [service.state, aks_target.provisioning_state], "image": service.image_id,
        "compute": service.compute_name, "answer": service.run({"data": [2]}), "scaler": service.autoscaler.serialize()}
service.update(image=image_of(), auth_enabled=False, token_auth_enabled=True)
seen["updated"] = [service.state, service.image_id, service.compute_name, service.run({"data": [2]})]
seen["token"] = [service.get_token()[0], service.get_access_token().access_token]
service.delete()
"""
ATTACHED = ("aml-aks-1", "mycompute")
"""Names that the samples give to their clusters."""


@pytest.mark.timeout(600)
def test_the_samples_of_the_documents_that_name_aks_run_as_they_stand(
    cluster: Cluster, namespace: str, terminal: Terminal, tmp_path: Path
) -> None:
    (config,) = tmp_path.glob("account-*.conf")
    place = ("--context", cluster.context, "--namespace", namespace, "--kubeconfig", str(config))
    for name in ATTACHED:
        terminal.ok("compute", "attach", name, *place, "--registry", f"{cluster.registry}/tests/services")
    texts = [each.text for each in samples() if each.document == "003" and "aks_" in each.text.lower()]
    assert [sum(word in text for text in texts) for word in (*ATTACHED, "deploy_from_image")] == [1, 1, 1]
    seen, printed = run(terminal, IMAGE, *texts, OF_IMAGE)
    assert seen["states"] == ["Healthy", "Succeeded"]
    assert (seen["image"], seen["compute"], seen["answer"]) == ("myimage:1", "mycompute", 20)
    assert (seen["scaler"]["minReplicas"], seen["scaler"]["maxReplicas"]) == (1, 10)
    assert seen["updated"] == ["Healthy", "myimage:2", "mycompute", 20]
    assert all(each.startswith("sdt1.") for each in seen["token"])
    assert printed.count('Provisioning operation finished, operation "Succeeded"') == 2
    assert 'AKS service creation operation finished, operation "Succeeded"' in printed


OTHERS = """
aks_target = ComputeTarget(ws, "aks-prod")
def deployed(name, configuration):
    service = Model.deploy(ws, name, [model], inference_config, configuration, aks_target)
    service.wait_for_deployment()
    return service
small = {"cpu_cores": 0.05, "memory_gb": 0.1}
secured = deployed("secured", AciWebservice.deploy_configuration(
    **small, ssl_enabled=True, ssl_cert_pem_file="cert.pem", ssl_key_pem_file="key.pem", ssl_cname="localhost"))
seen["secured"] = [secured.scoring_uri[:8], secured.state, secured.run({"data": [1]})]
limited = deployed("limited", AksWebservice.deploy_configuration(
    **small, auth_enabled=False, num_replicas=1, cpu_cores_limit=0.5, memory_gb_limit=0.3, period_seconds=5,
    timeout_seconds=3, failure_threshold=4, initial_delay_seconds=20, success_threshold=2, collect_model_data=True))
seen["limited"] = [limited.state, limited.run({"data": [1]}), limited.get_logs()]
"""


@pytest.mark.long("what a cluster does of single values; test_samples_on_cluster.py deploys others at the gate")
@pytest.mark.timeout(900)
def test_a_cluster_does_what_the_values_of_a_configuration_say(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    words = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost")
    names = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem")
    subprocess.run([*words, *names], cwd=terminal.folder, check=True, capture_output=True)
    seen, _ = run(terminal, OTHERS)
    assert seen["secured"] == ["https://", "Healthy", 10]
    assert cluster.get("service", "secured", "-n", namespace)["spec"]["ports"][0]["port"] == 443
    own = {"computeType": "aks", "numReplicas": 1, "authEnabled": False, "sslEnabled": True}
    own |= {"sslCertificate": "cert.pem", "sslKey": "key.pem"}
    (terminal.folder / "own.json").write_text(json.dumps(own))
    terminal.ok("service", "deploy", "of-aks", *DEPLOY, "--dc", "own.json", "--compute", TARGET)
    shown = terminal.json("service", "show", "of-aks")
    assert (shown["state"], shown["scoringUri"][:8]) == ("Healthy", "https://")
    assert json.loads(terminal.ok("service", "call", "of-aks", "--data", '{"data": [1]}')) == 10
    terminal.ok("service", "delete", "of-aks")
    state, value, log = seen["limited"]
    assert (state, value) == ("Healthy", 10)
    assert "Not used from deploymentconfig.json: more than one success of the liveness probe." in log
    (container,) = cluster.get("deployment", "limited", "-n", namespace)["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"] == {"cpu": "500m", "memory": "308Mi"}
    probe = container["livenessProbe"]
    fields = ("periodSeconds", "timeoutSeconds", "failureThreshold", "initialDelaySeconds", "successThreshold")
    assert [probe[each] for each in fields] == [5, 3, 4, 20, 1]


@pytest.mark.long("waits for as long as a service may take to start")
@pytest.mark.timeout(600)
def test_a_service_that_asks_for_a_gpu_waits_for_a_node_that_has_one(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    configuration = {"computeType": "aks", "numReplicas": 1, "gpuCores": 1}
    (terminal.folder / "gpu.json").write_text(json.dumps(configuration))
    terminal.env["SCOREDOCK_START_TIMEOUT"] = "5"
    failed = terminal.run("service", "deploy", "trained", *DEPLOY, "--dc", "gpu.json", "--compute", TARGET)
    assert failed.returncode == 1
    reason = "No node has room for a replica, which requests 1 GPU (nodes with too few free GPUs: 2 of 2)."
    assert f"\n{reason} Lower cpu" in failed.stderr, "while it waits"
    assert f"error: {reason} [replica-no-room]" in failed.stderr
    terminal.ok("service", "delete", "trained")
    assert not left(cluster, namespace, "trained")
