"""What a container may do and take: who goes before whom, and what is told."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.deployment.check import parse_deployment
from scoredock.engines.base import ContainerOptions
from scoredock.engines.docker.options import environment, host_config
from scoredock.environments.spec import ImageSpec
from scoredock.formats.container import size_of
from scoredock.formats.deployment import DeploymentConfig
from scoredock.registry import Registry
from scoredock.registry.records import Resources
from scoredock.services.planning.container_options import options_of

GIGABYTE = 1 << 30


def config(text: str) -> tuple[DeploymentConfig, list[str]]:
    found, findings = parse_deployment(text, Facts(path="/project/deploymentconfig.json"))
    assert found is not None
    return found, [finding.code for finding in findings]


def model(**resources: Any) -> Any:
    return SimpleNamespace(metadata=SimpleNamespace(resources=Resources(**resources)))


def test_nothing_asked_is_hardened() -> None:
    options, notes = options_of(None, ImageSpec(), ())
    assert (options, notes) == (ContainerOptions(), [])
    assert (options.read_only, options.capabilities, options.no_new_privileges) == (True, (), True)


def test_the_limits_that_hold_where_nothing_is_asked() -> None:
    made = host_config(ContainerOptions(), (), None, "bridge")
    assert (made["PidsLimit"], made["ShmSize"]) == (512, 256 << 20)
    assert made["Tmpfs"] == {"/tmp": f"rw,size={512 << 20},mode=1777"}
    assert set(environment(ContainerOptions())) >= {"HOME=/tmp", "XDG_CACHE_HOME=/tmp"}
    assert not {"Memory", "NanoCpus", "DeviceRequests"} & made.keys()


def test_the_file_goes_before_the_environment_and_that_before_the_models() -> None:
    models = [model(cpu=4.0, memory_in_gb=8.0, gpu=1), model(cpu=1.0)]
    image = ImageSpec(arguments=("--cpus 2", "--privileged"), shm_bytes=1 << 20)
    options, notes = options_of(None, image, models)
    assert (options.cpus, options.memory_bytes, options.gpus, options.shm_bytes) == (2.0, None, 1, 1 << 20)
    assert (options.cores, options.gigabytes) == (2.0, 8.0)
    assert notes == ["These docker run arguments are not used from environments: --privileged."]
    asked, _ = config(
        '{"computeType": "aks", "containerResourceRequirements": {"cpu": 0.5, "cpuLimit": 1, "memoryInGB": 2}}'
    )
    options, _ = options_of(asked, image, models)
    assert (options.cpus, options.memory_bytes) == (1.0, None)
    assert (options.cores, options.gigabytes) == (0.5, 2.0)


@pytest.mark.parametrize(
    ("kind", "amounts", "limits"),
    [
        ("aks", {"cpu": 0.1, "memoryInGB": 0.4}, (None, None)),
        ("aksendpoint", {"cpu": 0.1, "memoryInGBLimit": 0.7}, (None, round(0.7 * GIGABYTE))),
        ("aks", {"cpuLimit": 2}, (2.0, None)),
        ("aci", {"cpu": 0.1, "memoryInGB": 0.4}, (0.1, round(0.4 * GIGABYTE))),
        ("local", {"cpu": 0.5}, (0.5, None)),
    ],
)
def test_only_a_limit_limits_and_an_amount_comes_back_as_it_was_given(
    kind: str, amounts: dict[str, float], limits: tuple[float | None, int | None]
) -> None:
    text = json.dumps({"computeType": kind, "containerResourceRequirements": amounts})
    options, _ = options_of(config(text)[0], ImageSpec(), ())
    assert (options.cpus, options.memory_bytes) == limits
    assert options.gigabytes == (amounts.get("memoryInGB") or amounts.get("memoryInGBLimit"))


def test_opt_outs_are_named_and_told() -> None:
    asked, codes = config(
        '{"computeType": "local", "container": {"readOnlyRoot": false, "user": "0:0", "network": false, "tmpSize":'
        ' "2g", "capabilities": ["CAP_CHOWN"], "noNewPrivileges": false, "pidsLimit": 64}}'
    )
    options, notes = options_of(asked, ImageSpec(), ())
    assert options == ContainerOptions(
        read_only=False,
        user="0:0",
        network=False,
        tmp_bytes=2 * GIGABYTE,
        capabilities=("CHOWN",),
        no_new_privileges=False,
        pids_limit=64,
    )
    assert notes[0].startswith("The container is less protected than usual: “readOnlyRoot” is false, “user” is root")
    assert codes == ["SD340"] * 4


@pytest.mark.parametrize(
    "inner", ['{"user": "root"}', '{"capabilities": ["SYS_ADMIN"]}', '{"tmpSize": "much"}', '{"pidsLimit": 1}']
)
def test_what_a_container_cannot_be_given_is_an_error(inner: str) -> None:
    asked, codes = config(f'{{"computeType": "local", "container": {inner}}}')
    assert codes == ["SD307"]
    assert options_of(asked, ImageSpec(), ())[0].capabilities == ()


@pytest.mark.parametrize(
    ("memory", "inner", "image", "sizes"),
    [
        ("0.5", "{}", ImageSpec(), (256, 128)),
        ("4", "{}", ImageSpec(), (512, 256)),
        ("0.5", '{"tmpSize": "512m"}', ImageSpec(), (512, 128)),
        ("0.5", '{"shmSize": "300m"}', ImageSpec(), (256, 300)),
        ("0.5", "{}", ImageSpec(shm_bytes=256 << 20), (256, 256)),
        ("0.5", "{}", ImageSpec(arguments=("--shm-size 400m",)), (256, 400)),
    ],
)
def test_files_in_memory_leave_room_for_the_script(
    memory: str, inner: str, image: ImageSpec, sizes: tuple[int, int]
) -> None:
    resources = f'"containerResourceRequirements": {{"memoryInGB": {memory}}}'
    written, codes = config(f'{{"computeType": "local", {resources}, "container": {inner}}}')
    options, _ = options_of(written, image, ())
    assert (options.tmp_bytes >> 20, options.shm_bytes >> 20) == sizes
    assert ("SD341" in codes) == ("512m" in inner), "as large as the memory"


def test_a_service_gets_the_processes_that_it_needs() -> None:
    options, notes = options_of(None, ImageSpec(arguments=("--pids-limit 3",)), ())
    assert options.pids_limit == 32
    assert notes == [
        "A service needs 32 processes and threads to start and to take an update, so the container may have 32, not 3."
    ]
    # Of a revision that an earlier release has written.
    assert host_config(ContainerOptions(pids_limit=16), (), None, "bridge")["PidsLimit"] == 32
    assert host_config(ContainerOptions(pids_limit=32), (), None, "bridge", workers=8)["PidsLimit"] == 130


@pytest.mark.parametrize(("written", "size"), [("512m", 512 << 20), ("2G", 2 << 30), ("1gib", 1 << 30), ("7", 7)])
def test_sizes(written: str, size: int) -> None:
    assert size_of(written) == size


@pytest.mark.parametrize("written", ["", "0", "-1", "1.5g", "g", "9" * 40])
def test_no_sizes(written: str) -> None:
    assert size_of(written) is None


def test_resources_of_a_registered_model(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("bytes")
    registry = Registry(tmp_path / "workspace")
    registered = registry.register([tmp_path / "model.txt"], "m", resources=Resources(cpu=0.5, memory_in_gb=0.25))
    options, _ = options_of(None, ImageSpec(), [registered])
    assert (options.cpus, options.memory_bytes, options.cores, options.gigabytes) == (None, None, 0.5, 0.25)
