"""Images without a registry: loaded into the containerd of the nodes for real, and by the tools of other clusters as
far as their command lines go."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from cli.conftest import Terminal
from cluster.credentials import write_config
from cluster.deploying import CONFIGURATION, DEPLOY, TARGET, answer, bring_layers, surroundings
from cluster.running import Cluster
from packages.test_without_docker import SCRIPT, project

pytestmark = pytest.mark.docker

COMMAND = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")
TOOLS = {
    "kind-lab": ("kind", ["load", "image-archive", "ARCHIVE", "--name", "lab"]),
    "k3d-lab": ("k3d", ["image", "import", "ARCHIVE", "--cluster", "lab"]),
    "minikube": ("minikube", ["--profile", "minikube", "image", "load", "ARCHIVE"]),
    "docker-desktop": ("docker", ["--context", "desktop-linux", "load", "--input", "ARCHIVE"]),
    "rancher-desktop": ("nerdctl", ["--namespace", "k8s.io", "load", "--input", "ARCHIVE"]),
    "microk8s": ("microk8s", ["ctr", "images", "import", "ARCHIVE"]),
}
RECORDER = """#!/bin/sh
case "$*" in *list*) exit 0 ;; esac
for each in "$@"; do
  case "$each" in *.tar) cp "$each" "$RECORDS/image.tar"; each=ARCHIVE ;; esac
  printf '%s\\n' "$each" >> "$RECORDS/arguments"
done
[ ! -e "$RECORDS/broken" ] || { echo "no nodes found for cluster" >&2; exit 3; }
"""


def prepared(cluster: Cluster, namespace: str, folder: Path) -> tuple[Terminal, Path]:
    """A project without a compute target, and the kubeconfig file of its account."""
    variables, config = surroundings(cluster, namespace, folder)
    terminal = project(folder / "made", **variables)
    bring_layers(cluster, variables, terminal.home)
    (terminal.folder / "aks.json").write_text(json.dumps(CONFIGURATION))
    return terminal, config


def attach_by_containerd(
    terminal: Terminal, cluster: Cluster, namespace: str, config: Path
) -> subprocess.CompletedProcess[str]:
    sockets = ",".join(str(cluster.place.node(number).containerd) for number in (1, 2))
    place = ("--context", cluster.context, "--namespace", namespace, "--kubeconfig", str(config))
    return terminal.run("compute", "attach", TARGET, *place, "--registry", f"containerd:{sockets}")


@pytest.mark.long("services of the gate get their images by a registry")
@pytest.mark.timeout(900)
def test_images_are_loaded_into_the_containerd_of_the_nodes(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal, config = prepared(cluster, namespace, tmp_path)
    attached = attach_by_containerd(terminal, cluster, namespace, config)
    assert (attached.returncode, "warning" in attached.stderr) == (0, False), attached.stderr
    assert "Images are loaded into the nodes by containerd" in attached.stderr
    assert "images: loaded into the nodes by containerd" in terminal.ok("compute", "check", TARGET)

    done = terminal.run(*COMMAND, "--compute", TARGET)
    assert done.returncode == 0, done.stderr
    loads = [line for line in done.stderr.splitlines() if "MB into the nodes by containerd" in line]
    print(loads)
    assert len(loads) == 2, done.stderr
    (container,) = cluster.get("deployment", "prices", "-n", namespace)["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith("scoredock.local/prices:sha256-")
    assert container["imagePullPolicy"] == "Never"
    port = terminal.json("service", "show", "prices")["port"]
    assert answer(f"127.0.0.1:{port}") == 30
    assert not list((terminal.home / "workspaces" / "local").glob("**/image.tar")), "nothing is left of the archive"

    # The same files again need no load; changed ones do, and what fails changes nothing.
    terminal.ok("service", "stop", "prices")
    assert "The nodes have the image already" in terminal.run("service", "start", "prices").stderr
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    terminal.ok("service", "update", "prices")
    assert answer(f"127.0.0.1:{port}") == 31


def with_tool(terminal: Terminal, folder: Path, program: str) -> Terminal:
    """With a program of this name in front of the PATH that writes down how it is called."""
    programs = folder / f"bin-{program}"
    programs.mkdir()
    (programs / program).write_text(RECORDER)
    (programs / program).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return replace(terminal, env={**terminal.env, "PATH": path, "RECORDS": str(folder)})


def renamed(config: Path, context: str, folder: Path) -> Path:
    """A kubeconfig file with another name for its context."""
    file = folder / f"{context}.conf"
    content = yaml.safe_load(config.read_text())
    content["contexts"][0]["name"] = context
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.mark.long("images are loaded into the nodes at the gate")
@pytest.mark.timeout(900)
def test_each_tool_is_called_as_its_documentation_says(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    plain, config = prepared(cluster, namespace, tmp_path)
    short = (*COMMAND, "--compute")
    for number, (context, (program, arguments)) in enumerate(TOOLS.items()):
        folder = tmp_path / context
        folder.mkdir()
        place = ("--context", context, "--namespace", namespace, "--kubeconfig", str(renamed(config, context, folder)))
        name = f"target{number}"
        terminal = with_tool(plain, folder, program)
        said = terminal.run("compute", "attach", name, *place)
        assert "Images are loaded into the nodes by" in said.stderr, said.stderr
        (folder / "broken").touch()
        refused = terminal.refused(*short, name)
        assert refused["code"] == "image-load-failed", refused
        assert "ended with 3: no nodes found for cluster" in refused["message"]
        assert (folder / "arguments").read_text().split("\n")[:-1] == arguments
        with tarfile.open(folder / "image.tar") as archive:
            (image,) = json.load(archive.extractfile("manifest.json") or pytest.fail("no manifest"))
        assert [each.partition(":")[0] for each in image["RepoTags"]] == ["scoredock.local/prices"]
        terminal.run("service", "delete", "prices")

    # One that is not installed is said before anything is made.
    nowhere = replace(plain, env={**plain.env, "PATH": "/usr/bin:/bin"})
    assert nowhere.refused(*short, "target0")["code"] == "image-loader-missing"
    assert "by kind, which is not installed" in nowhere.run("compute", "check", "target0").stdout


def test_a_cluster_without_a_way_for_images_says_so(tmp_path: Path) -> None:
    terminal = project(tmp_path / "made")
    config = write_config(tmp_path / "far.conf", "far", {"server": "https://127.0.0.1:9"}, {"token": "x"})
    place = ("--context", "far", "--namespace", "team", "--kubeconfig", str(config))
    assert (
        "without --registry no image can get to the cluster" in terminal.run("compute", "attach", "far", *place).stderr
    )
    for text in ("containerd:", "containerd:relative.sock", "containerd:/run/one.sock,"):
        refused = terminal.refused("compute", "attach", "other", *place, "--registry", text)
        assert refused["code"] == "compute-invalid", refused
