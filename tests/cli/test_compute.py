"""`scoredock compute …`: clusters under names, and deployments that name one. No cluster answers here; tests/cluster
has one that does."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from cli.conftest import Terminal
from kubeconfigs import NOBODY, silent_server, write_kubeconfig

VERSION = kubernetes_validate.latest_version().rpartition(".")[0]


@pytest.fixture
def kubeconfig(terminal: Terminal) -> Path:
    path = write_kubeconfig(terminal.folder / "kubeconfig", {"prod": NOBODY, "test": NOBODY})
    terminal.env["KUBECONFIG"] = str(path)
    return path


def attach(terminal: Terminal, name: str, context: str = "prod", *more: str) -> str:
    words = ("compute", "attach", name, "--context", context, "--namespace", "models")
    return terminal.ok(*words, "--registry", "127.0.0.1:1/team", *more)


@pytest.mark.usefixtures("kubeconfig")
def test_a_name_is_attached_listed_and_detached(terminal: Terminal) -> None:
    assert attach(terminal, "aks").startswith("attached aks: context prod, namespace models;")
    shown = terminal.json("compute", "list")["targets"]
    assert [(each["name"], each["state"], each["repository"]) for each in shown] == [
        ("aks", "silent", "127.0.0.1:1/team")
    ]
    table = terminal.ok("compute", "list").splitlines()
    assert table[0].split() == ["NAME", "CONTEXT", "NAMESPACE", "STATE", "VERSION", "SERVICES"]
    assert "does not answer" in table[1]
    role = terminal.ok("compute", "role", "aks", "--account", "ci")
    assert "kind: RoleBinding" in role
    assert "name: ci" in role
    terminal.ok("compute", "detach", "AKS")
    assert terminal.json("compute", "list")["targets"] == []
    assert terminal.refused("compute", "detach", "aks")["code"] == "compute-missing"


@pytest.mark.usefixtures("kubeconfig")
def test_a_name_stays_what_it_is_until_it_is_detached(terminal: Terminal) -> None:
    attach(terminal, "aks")
    attach(terminal, "aks")
    words = ("compute", "attach", "Aks", "--context", "test", "--namespace", "models")
    assert terminal.refused(*words)["code"] == "compute-exists"
    terminal.ok("compute", "detach", "aks")
    attach(terminal, "aks", "test")
    assert terminal.json("compute", "list", "--no-ask")["targets"][0]["context"] == "test"
    error = terminal.refused("compute", "show", "other")
    assert (error["code"], "there are aks" in error["message"]) == ("compute-missing", True)


@pytest.mark.usefixtures("kubeconfig")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("a", "--context", "prod", "--namespace", "models"), "compute-name-invalid"),
        (("1aks", "--context", "prod", "--namespace", "models"), "compute-name-invalid"),
        (("a" * 17, "--context", "prod", "--namespace", "models"), "compute-name-invalid"),
        (("a_b", "--context", "prod", "--namespace", "models"), "compute-name-invalid"),
        (("AmlCompute", "--context", "prod", "--namespace", "models"), "compute-name-invalid"),
        (("aks", "--context", "prod", "--namespace", "Models"), "compute-invalid"),
        (("aks", "--context", "prod", "--namespace", "models", "--registry", "https://x/y"), "compute-invalid"),
        (("aks", "--context", "prod", "--namespace", "models", "--registry", "x/y:1"), "compute-invalid"),
        (("aks", "--context", "prod", "--namespace", "models", "--pull-secret", "../a"), "compute-invalid"),
        (("aks", "--context", "prod", "--namespace", "models", "--expose", "ingress"), "compute-invalid"),
        (
            ("aks", "--context", "prod", "--namespace", "models", "--expose", "ingress", "--host", "a_b.example.com"),
            "compute-invalid",
        ),
        (("aks", "--context", "prod", "--namespace", "models", "--host", "example.com"), "compute-invalid"),
        (
            ("aks", "--context", "prod", "--namespace", "models", "--expose", "gateway", "--host", "example.com"),
            "compute-invalid",
        ),
        (
            (
                *("aks", "--context", "prod", "--namespace", "models", "--expose", "gateway", "--host", "example.com"),
                *("--gateway", "Shared/Gateway"),
            ),
            "compute-invalid",
        ),
        (
            (
                *("aks", "--context", "prod", "--namespace", "models", "--expose", "gateway", "--host", "example.com"),
                *("--gateway", "shared/web", "--tls-secret", "certificate"),
            ),
            "compute-invalid",
        ),
        (("aks", "--context", "nope", "--namespace", "models"), "cluster-config-invalid"),
        (("aks", "--context", "prod", "--namespace", "models", "--kubeconfig", "/nowhere"), "cluster-config-invalid"),
    ],
)
def test_what_cannot_be_attached_is_refused(terminal: Terminal, words: tuple[str, ...], code: str) -> None:
    assert terminal.refused("compute", "attach", *words)["code"] == code
    assert terminal.json("compute", "list", "--no-ask")["targets"] == []


def test_a_context_that_is_not_there_is_refused_with_those_that_are(terminal: Terminal, kubeconfig: Path) -> None:
    error = terminal.refused("compute", "attach", "aks", "--context", "nope", "--namespace", "models")
    assert "prod, test" in error["message"]
    kubeconfig.write_text("a: [")
    error = terminal.refused("compute", "attach", "aks", "--context", "prod", "--namespace", "models")
    assert error["code"] == "cluster-config-invalid"


def test_a_script_attaches_no_context_that_runs_a_program(terminal: Terminal, kubeconfig: Path) -> None:
    login = terminal.folder / "login"
    login.write_text("#!/bin/sh\ntouch ran\nexit 1\n")
    login.chmod(0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "Never"}}
    write_kubeconfig(kubeconfig, {"prod": NOBODY}, user)
    terminal.ok("sdk", "run", str(_script(terminal, "attach")))
    assert not (terminal.folder / "ran").exists()
    terminal.ok("compute", "attach", "aks", "--context", "prod", "--namespace", "models", "--yes")
    assert (terminal.folder / "ran").exists(), "red without the program"


def _script(terminal: Terminal, name: str) -> Path:
    path = terminal.folder / f"{name}.py"
    path.write_text(
        "from azureml.core import Workspace\n"
        "from azureml.core.compute import AksCompute, ComputeTarget\n"
        "ws = Workspace.get('local')\n"
        "configuration = AksCompute.attach_configuration(resource_group='g', cluster_name='prod')\n"
        "target = ComputeTarget.attach(ws, 'aks', configuration)\n"
        "target.wait_for_completion(show_output=True)\n"
        "print(target.provisioning_state, target.provisioning_errors, target.description)\n"
    )
    return path


@pytest.mark.long("tests/clusters has an API server that says nothing")
def test_a_cluster_that_is_silent_is_waited_for_two_seconds(terminal: Terminal, kubeconfig: Path) -> None:
    with silent_server() as server:
        write_kubeconfig(kubeconfig, {f"silent{number}": server for number in range(4)} | {"prod": NOBODY})
        for number in range(4):
            attach(terminal, f"silent{number}", f"silent{number}")
        attach(terminal, "gone")
        began = time.monotonic()
        targets = terminal.json("compute", "list")["targets"]
        took = time.monotonic() - began
    assert {each["name"]: each["state"] for each in targets} == {
        "gone": "silent",
        **{f"silent{number}": "silent" for number in range(4)},
    }
    assert took < 30, "one after the other they would take longer than all at once, whatever this machine does"


@pytest.mark.usefixtures("kubeconfig")
def test_a_check_says_what_is_missing_and_fails(terminal: Terminal) -> None:
    terminal.ok("compute", "attach", "aks", "--context", "prod", "--namespace", "models")
    done = terminal.run("compute", "check", "aks")
    assert done.returncode == 1
    assert done.stdout.startswith("✗ cluster: ")
    assert "✗ registry: none is named" in done.stdout
    assert "secret-token" not in done.stdout + done.stderr


@pytest.mark.usefixtures("kubeconfig")
def test_nothing_moves_by_itself(terminal: Terminal) -> None:
    """A name under which nothing is attached stands for this machine, and what runs there stays when one is."""
    done = terminal.run("service", "deploy", "adder", "--entry-script", "score.py", "--compute", "aks")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0] == (
        "warning: no cluster is attached as 'aks', so this machine stands for it;"
        " `scoredock compute attach aks --context CONTEXT --namespace NAMESPACE` attaches one"
    )
    attach(terminal, "aks")
    terminal.ok("service", "update", "adder")
    shown = terminal.json("service", "show", "adder")
    assert (shown["engine"], shown["state"]) == ("process", "Healthy")
    terminal.ok("compute", "detach", "aks")


@pytest.mark.usefixtures("kubeconfig")
def test_a_cluster_and_a_registry_that_let_nobody_in_are_told_before_anything_is_made(terminal: Terminal) -> None:
    attach(terminal, "aks")
    done = terminal.run("service", "deploy", "early", "--entry-script", "score.py", "--compute", "aks")
    assert done.returncode == 1
    assert "[cluster-" in done.stderr
    assert "Resolving" not in done.stderr
    terminal.ok("compute", "detach", "aks", "--force")


@pytest.mark.usefixtures("kubeconfig")
def test_an_attached_name_decides_the_engine(terminal: Terminal) -> None:
    attach(terminal, "aks")
    both = ("service", "deploy", "adder", "--entry-script", "score.py", "--compute", "aks", "--engine")
    error = terminal.refused(*both, "process")
    assert (error["code"], "aks is a Kubernetes cluster" in error["message"]) == ("deploy-input-invalid", True)
    without = ("service", "deploy", "adder", "--entry-script", "score.py", "--engine", "kubernetes")
    assert terminal.refused(*without)["code"] == "compute-missing"
    assert terminal.refused(*without, "--compute", "other")["code"] == "compute-missing"
    proposal = terminal.json("service", "propose", ".")
    assert (proposal["engine"], proposal["compute"]) == ("process", "")
    assert proposal["computes"] == {"aks": {"place": "prod / models", "engine": "kubernetes"}}
    configuration = {"computeType": "AKS", "computeTargetName": "AKS"}
    (terminal.folder / "deploymentconfig.json").write_text(json.dumps(configuration))
    proposal = terminal.json("service", "propose", ".")
    assert (proposal["engine"], proposal["compute"]) == ("kubernetes", "aks")


@pytest.mark.long("the documents' samples run on the cluster at the gate")
def test_the_sdk_means_what_is_attached(terminal: Terminal, kubeconfig: Path) -> None:
    script = _script(terminal, "attach")
    done = terminal.run("sdk", "run", str(script))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Succeeded None aks: namespace models of the context prod"
    listed = terminal.json("compute", "list", "--no-ask")["targets"]
    assert [(each["name"], each["context"], each["namespace"]) for each in listed] == [("aks", "prod", "models")]
    script.write_text(
        "from azureml.core import Workspace\n"
        "from azureml.core.compute import ComputeTarget\n"
        "ws = Workspace.get('local')\n"
        "print(type(ComputeTarget(ws, 'aks')).__name__, sorted(ws.compute_targets))\n"
        "ComputeTarget(ws, 'aks').detach()\n"
        "print(sorted(ws.compute_targets))\n"
    )
    assert terminal.ok("sdk", "run", str(script)).splitlines()[-2:] == ["AksCompute ['aks']", "[]"]
    kubeconfig.unlink()
    done = terminal.run("sdk", "run", str(_script(terminal, "attach")))
    assert done.returncode == 0, done.stderr
    assert "stands for this machine" in done.stdout.splitlines()[-1]
    assert "`scoredock compute attach aks --context CONTEXT --namespace NAMESPACE` attaches one." in done.stderr


@pytest.mark.usefixtures("kubeconfig")
def test_az_means_what_is_attached(terminal: Terminal) -> None:
    resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/prod"
    line = ("az", "ml", "computetarget", "attach", "aks", "-n", "aks", "-i", resource)
    made = json.loads(terminal.ok(*line))
    assert (made["computeType"], made["properties"]) == ("AKS", {"context": "prod", "namespace": "models"})
    assert [each["name"] for each in json.loads(terminal.ok("az", "ml", "computetarget", "list"))] == ["aks"]
    terminal.ok("az", "ml", "computetarget", "detach", "-n", "aks")
    assert json.loads(terminal.ok("az", "ml", "computetarget", "list")) == []
    done = terminal.run("az", "ml", "computetarget", "attach", "aks", "-n", "here", "-i", resource + "-other")
    assert "This machine stands for “here”" in done.stderr
    assert "properties" not in json.loads(done.stdout)


@pytest.mark.usefixtures("kubeconfig")
def test_backups_and_verification_have_them(terminal: Terminal) -> None:
    attach(terminal, "aks", "prod", "--pull-secret", "login")
    assert "no problems found" in terminal.ok("workspace", "verify")
    terminal.ok("workspace", "backup", "backup.tar")
    terminal.ok("workspace", "restore", "backup.tar", "--name", "restored")
    restored = terminal.json("compute", "list", "--no-ask", "-w", "restored")["targets"]
    attached = terminal.json("compute", "list", "--no-ask")["targets"]
    assert restored == [{**each, "state": "unconfirmed"} for each in attached]
    damaged = min(terminal.home.glob("workspaces/*/compute/aks.json"))
    workspace = damaged.parent.parent.name
    for text in ("{", "[]", json.dumps({"format": 2}), "x" * 100_000):
        damaged.write_text(text)
        done = terminal.run("workspace", "verify", "-w", workspace)
        assert "The compute target aks cannot be read" in done.stdout + done.stderr, text
    error = terminal.refused("compute", "show", "aks", "-w", workspace)
    assert error["code"] == "compute-damaged"
    terminal.ok("compute", "detach", "aks", "-w", workspace)
    attach(terminal, "aks", "prod", "-w", workspace)


@pytest.mark.usefixtures("kubeconfig")
def test_a_lost_store_leaves_them(terminal: Terminal) -> None:
    attach(terminal, "aks")
    (store,) = terminal.home.glob("workspaces/*/store.sqlite3")
    store.write_bytes(b"gone")
    terminal.ok("workspace", "repair")
    assert [each["name"] for each in terminal.json("compute", "list", "--no-ask")["targets"]] == ["aks"]
    if os.name != "nt":
        assert all(not path.stat().st_mode & 0o077 for path in terminal.home.glob("workspaces/*/compute/*"))
    shutil.rmtree(store.parent / "compute")
    assert terminal.json("compute", "list", "--no-ask")["targets"] == []


def test_replicas_are_counted_as_the_documents_do(terminal: Terminal) -> None:
    words = ("compute", "replicas", "--requests-per-second", "20", "--seconds", "10")
    assert terminal.ok(*words).strip() == "ceil(20 * 10 / 0.7 / 1) = 286"
    assert terminal.json(*words, "--concurrent", "4", "--target-utilization", "100")["replicas"] == 50
    assert terminal.json("compute", "replicas", "--requests-per-second", "7", "--seconds", "0.1")["replicas"] == 1
    assert terminal.refused(*words, "--concurrent", "0")["code"] == "request-invalid"


@pytest.mark.usefixtures("kubeconfig")
@pytest.mark.parametrize(
    ("options", "subjects"),
    [
        ((), ["ServiceAccount scoredock"]),
        (("--account", "ci"), ["ServiceAccount ci"]),
        (("--user", "ada@example.com"), ["User ada@example.com"]),
        (("--group", "data-science"), ["Group data-science"]),
        (
            ("--user", "ada", "--group", "team", "--account", "ci"),
            ["User ada", "Group team", "ServiceAccount ci"],
        ),
    ],
)
def test_the_role_is_for_who_is_named(terminal: Terminal, options: tuple[str, ...], subjects: list[str]) -> None:
    attach(terminal, "plain")
    documents = list(yaml.safe_load_all(terminal.ok("compute", "role", "plain", *options)))
    for each in documents:
        kubernetes_validate.validate(each, VERSION, strict=True)
    kinds = {each["kind"]: each for each in documents}
    binding, rights = kinds["RoleBinding"], kinds["Role"]
    assert [f"{each['kind']} {each['name']}" for each in binding["subjects"]] == subjects
    for each in binding["subjects"]:
        is_account = each["kind"] == "ServiceAccount"
        assert each.get("apiGroup", "") == ("" if is_account else "rbac.authorization.k8s.io")
        assert ("namespace" in each) == is_account
    assert binding["roleRef"]["name"] == rights["metadata"]["name"]
    assert ("ServiceAccount" in kinds) == any(each.startswith("ServiceAccount") for each in subjects)


@pytest.mark.usefixtures("kubeconfig")
def test_the_role_has_the_rights_of_what_leads_callers_to_services(terminal: Terminal) -> None:
    attach(terminal, "plain")
    attach(terminal, "ways", "prod", "--expose", "ingress", "--host", "Models.Example.com", "--ingress-class", "nginx")
    attach(terminal, "gates", "prod", "--expose", "gateway", "--host", "https://example.com", "--gateway", "shared/web")
    kinds = ("ingresses", "httproutes")
    roles = {name: terminal.ok("compute", "role", name) for name in ("plain", "ways", "gates")}
    assert {name: [each for each in kinds if each in text] for name, text in roles.items()} == {
        "plain": [],
        "ways": ["ingresses"],
        "gates": ["httproutes"],
    }
    shown = {each["name"]: each for each in terminal.json("compute", "list", "--no-ask")["targets"]}
    assert (shown["ways"]["host"], shown["ways"]["ingressClass"]) == ("models.example.com", "nginx")
    assert (shown["gates"]["host"], shown["gates"]["gateway"]) == ("https://example.com", "shared/web")
