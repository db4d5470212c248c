"""The methods of compute targets for test_methods, with contexts of which no cluster answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from scoredock.service import Expose

from kubeconfigs import NOBODY, write_kubeconfig


def _kubeconfig(world: Any) -> str:
    path: Path = world.project.parent / "kubeconfig"
    if not path.exists():
        write_kubeconfig(path, {"prod": NOBODY, "test": NOBODY}, {"exec": {"command": "./no-such-login"}})
    return str(path)


def _attach(world: Any, name: str) -> Any:
    place = {"context": "prod", "kubeconfig": _kubeconfig(world)}
    seal = world.ask("scoredock/compute/confirmation", place).seal
    return world.ask("scoredock/compute/attach", {"name": name, "namespace": "ns", "confirmed": seal, **place})


def compute_contexts(world: Any) -> None:
    result = world.ask("scoredock/compute/contexts", {"kubeconfig": _kubeconfig(world)})
    assert [each.value for each in result.exposures] == list(get_args(Expose))
    assert all(each.title != each.value and each.detail for each in result.exposures), "each is in words"
    found = result.contexts
    program = str(world.project.parent / "no-such-login")
    assert [(each.name, each.server, each.namespace, each.program) for each in found] == [
        ("prod", NOBODY, "models", program),
        ("test", NOBODY, "models", program),
    ]


def compute_dockers(world: Any) -> None:
    assert world.ask("scoredock/compute/dockers", {}).contexts == [], "the person of the tests has none"


def compute_namespaces(world: Any) -> None:
    params = {"context": "prod", "kubeconfig": _kubeconfig(world)}
    assert world.ask("scoredock/compute/namespaces", params).namespaces is None, "nobody can sign in"


def compute_attach(world: Any) -> None:
    attached = _attach(world, "attached")
    assert (attached.name, attached.state, attached.services) == ("attached", "silent", [])
    assert "no-such-login" in attached.reason
    assert _attach(world, "attached") == attached, "the same once more"


def compute_list(world: Any) -> None:
    _attach(world, "listed")
    targets = {each.name: each for each in world.ask("scoredock/compute/list", {"ask": False}).targets}
    assert (targets["listed"].state, targets["listed"].context) == ("unread", "prod")
    targets = {each.name: each for each in world.ask("scoredock/compute/list", {}).targets}
    assert targets["listed"].state == "silent"


def compute_show(world: Any) -> None:
    _attach(world, "shown")
    shown = world.ask("scoredock/compute/show", {"name": "shown"})
    assert (shown.server, shown.nodes, shown.namespaces) == (NOBODY, None, None)
    assert shown.program.endswith("/no-such-login")


def compute_check(world: Any) -> None:
    _attach(world, "checked")
    checked = world.ask("scoredock/compute/check", {"name": "checked"})
    assert not checked.complete
    assert [(each.what, each.state) for each in checked.findings] == [("cluster", "missing"), ("registry", "missing")]


def compute_role(world: Any) -> None:
    _attach(world, "role")
    text = world.ask("scoredock/compute/role", {"name": "role", "account": "ci"}).text
    assert "kind: Role" in text
    assert "namespace: ns" in text


def compute_confirmation(world: Any) -> None:
    _attach(world, "sealed")
    shown = world.ask("scoredock/compute/confirmation", {"name": "sealed"})
    assert (shown.pending, shown.differences) == (False, [])
    assert any(each.value.endswith("/no-such-login") for each in shown.facts)
    place = {"context": "test", "kubeconfig": _kubeconfig(world)}
    assert world.ask("scoredock/compute/confirmation", place).pending, "nobody has confirmed that one"


def compute_confirm(world: Any) -> None:
    _attach(world, "confirmed")
    seal = world.ask("scoredock/compute/confirmation", {"name": "confirmed"}).seal
    assert world.ask("scoredock/compute/confirm", {"name": "confirmed", "seal": seal}).state == "silent"


def compute_detach(world: Any) -> None:
    _attach(world, "detached")
    world.ask("scoredock/compute/detach", {"name": "detached"})
    names = [each.name for each in world.ask("scoredock/compute/list", {"ask": False}).targets]
    assert "detached" not in names


def compute_meant(world: Any) -> None:
    assert world.ask("scoredock/compute/meant", {"name": "unmeant", "cluster": "nobody"}).compute is None
    _attach(world, "meant")
    meant = world.ask("scoredock/compute/meant", {"name": "meant"})
    assert meant.compute.namespace == "ns"
    other = world.ask("scoredock/compute/meant", {"name": "other", "cluster": "meant"})
    assert (other.compute.name, other.compute.context) == ("other", "prod")


def compute_replicas(world: Any) -> None:
    params = {"requestsPerSecond": 20, "seconds": 10}
    assert world.ask("scoredock/compute/replicas", params).replicas == 286, "the example of Azure ML's documents"


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/compute/contexts": compute_contexts,
    "scoredock/compute/dockers": compute_dockers,
    "scoredock/compute/namespaces": compute_namespaces,
    "scoredock/compute/attach": compute_attach,
    "scoredock/compute/list": compute_list,
    "scoredock/compute/show": compute_show,
    "scoredock/compute/check": compute_check,
    "scoredock/compute/role": compute_role,
    "scoredock/compute/confirmation": compute_confirmation,
    "scoredock/compute/confirm": compute_confirm,
    "scoredock/compute/detach": compute_detach,
    "scoredock/compute/meant": compute_meant,
    "scoredock/compute/replicas": compute_replicas,
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/compute/contexts", {"kubeconfig": "/nowhere/config"}, "cluster-config-invalid"),
    (
        "scoredock/compute/attach",
        {"name": "aks", "context": "a", "kubeconfig": "/nowhere/config"},
        "cluster-config-invalid",
    ),
    ("scoredock/compute/namespaces", {"context": "a", "kubeconfig": "/nowhere/config"}, "cluster-config-invalid"),
    ("scoredock/compute/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/compute/show", {"name": "nobody"}, "compute-missing"),
    ("scoredock/compute/check", {"name": "nobody"}, "compute-missing"),
    ("scoredock/compute/role", {"name": "nobody"}, "compute-missing"),
    ("scoredock/compute/confirmation", {"name": "nobody"}, "compute-missing"),
    ("scoredock/compute/confirm", {"name": "nobody", "seal": ""}, "compute-missing"),
    ("scoredock/compute/detach", {"name": "nobody"}, "compute-missing"),
    ("scoredock/compute/meant", {"name": "aks", "workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/compute/replicas", {"requestsPerSecond": 0, "seconds": 1}, "request-invalid"),
    ("scoredock/service/deploy", {"name": "far", "engine": "kubernetes"}, "compute-missing"),
    ("scoredock/service/update", {"name": "adder", "compute": "nobody"}, "compute-missing"),
]
