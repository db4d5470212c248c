"""Services on a cluster: a changed script beside Docker with kubectl, a save under load, what a request costs in a pod.
The cluster is that of tests/cluster, of two nodes on this machine.

Usage: `python benchmarks/cluster_services.py [--only PART]`; parts are rollout, save and cost. Figures go to
dist/bench/cluster.json; parts that were not measured keep those of an earlier run. With `--report` they are written
into docs/performance-kubernetes.md, and nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docker_services import machine
from measurement import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from cluster import programs
from cluster.running import Cluster
from docker_daemon import docker
from on_cluster import changes, costs
from on_cluster.project import Project, project

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "dist" / "bench" / "cluster.json"
PAGE = ROOT / "docs" / "performance-kubernetes.md"
PARTS: dict[str, Callable[[Project, Path], Iterator[Measurement]]] = {
    "rollout": changes.rollout,
    "save": lambda made, _: changes.save(made),
    "cost": lambda made, _: costs.of_a_request(made),
}
ABOUT = {
    "rollout": "Two replicas. *The cluster alone* is a Deployment with the probes and the strategy of the service whose"
    " container answers at once, changed by a variable: what Kubernetes itself needs to replace two pods. The way by"
    " Docker copies one file onto a base that the nodes have, and has neither environment nor model. The way by BentoML"
    " is `bentoml build`, an image of the bento by Docker, and the same push and `kubectl set image`; its probes ask"
    " `/readyz` and `/livez`. `bentoml containerize` needs BuildKit and python:slim of Docker Hub, which are not here:"
    " the Dockerfile of the bento begins with the base of the others, without the compilers from Debian; pip installs"
    " its packages in the place of uv, a layer that Docker and the nodes have before; its account has a number in the"
    " place of a name; and `bentoml build` does not lock packages anew each time. Skaffold is not measured, as neither"
    " PyPI nor npm nor Debian has it. Each is measured from the request to the moment at which no old replica answers"
    " any more, new connections all the time; only what is measured has pods then, and our service always.",
    "save": "A service that was deployed with `--develop`, two replicas, four clients that call all the time by new"
    " connections.",
    "cost": "The same script, one replica each, asked over one connection at its own address, from the network that its"
    " interface leads to; CPU time that the kernel charged the control group of the pod and of the container.",
}


def measured(name: str) -> dict[str, Any]:
    """The figures of a part, in a namespace of its own, and what was true of the machine."""
    before = os.getloadavg()[0]
    found: list[Measurement] = []
    with (
        tempfile.TemporaryDirectory(prefix="sd-bench-") as held,
        Cluster.join(os.environ.get("SCOREDOCK_TEST_CLUSTER", "bench")) as cluster,
        cluster.shared(),
        project(cluster, Path(held) / "made") as made,
    ):
        for each in PARTS[name](made, Path(held)):
            each.emit()
            found.append(each)
    load = [before, os.getloadavg()[0]]
    return {"measurements": [asdict(each) for each in found], "machine": machine(docker().described), "load": load}


def report() -> None:
    """The page of a run's figures."""
    result = json.loads(RESULT.read_text())
    lines = [
        "# How fast services on a cluster are",
        "",
        "<!-- Written by `npm run bench -- cluster_services --report` from a run's figures. -->",
        "",
        "Kubernetes of two nodes on one machine, with a registry beside it: every figure has the cluster's own work in",
        "it, and the load that this machine has of it.",
    ]
    for name, part in result.items():
        where, load = part["machine"], part["load"]
        lines += [
            "",
            ABOUT[name],
            "",
            f"Measured {where['date']} at commit {where['commit']}, {where['cores']} cores, Python {where['python']}."
            f" Load of the machine {load[0]:.1f} at the beginning, {load[1]:.1f} at the end.",
            "",
            "| what | goal | measured | |",
            "|---|---|---|---|",
        ]
        for row in part["measurements"]:
            verdict = {True: "met", False: "not met", None: ""}[row["met"]]
            lines.append(f"| {row['what']} | {row['goal']} | {row['measured']} | {verdict} |")
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--only", action="append", choices=list(PARTS))
    options.add_argument("--report", action="store_true")
    chosen = options.parse_args()
    if chosen.report:
        report()
        return
    if not (programs.place() / "kubectl").exists():
        Measurement("services on a cluster", "", "not measured: tests/cluster/install.sh builds one", None).emit()
        return
    kept = json.loads(RESULT.read_text()) if RESULT.is_file() else {}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    for name in chosen.only or PARTS:
        kept[name] = measured(name)
        RESULT.write_text(json.dumps({each: kept[each] for each in PARTS if each in kept}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
