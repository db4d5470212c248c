"""A size is written into a deployment configuration, and the rest of its text stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.profiling.domain.deployment_size import with_size
from scoredock.formats.deployment import read_deployment

FILES = {
    "whole": (
        '{\n  "computeType": "aci",\n  "containerResourceRequirements": {\n'
        '    "cpu": 1.5,\n    "memoryInGB": 4\n  }\n}\n'
    ),
    "one": '{"containerResourceRequirements": {"cpu": 1}, "computeType": "aks"}',
    "empty": '{"computeType": "aci", "containerResourceRequirements": {}}',
    "none": '{\r\n    "computeType": "aks",\r\n    "port": 5000\r\n}\r\n',
    "limits": '{"computeType": "aks", "containerResourceRequirements": {"cpu": 1, "cpuLimit": 2, "memoryInGB": 1}}',
    "yaml": "computeType: aks  # ours\ncontainerResourceRequirements:\n  cpu: 1 # much\n",
    "yaml-none": "# first\ncomputeType: aci\nport: 5000 # last\n",
}


@pytest.mark.parametrize("name", FILES)
@given(
    cpu=st.sampled_from([0.1, 0.3, 1.0, 3.5]),
    memory=st.sampled_from([0.1, 0.25, 2.0, 15.0]),
)
def test_the_size_is_read_back_and_all_else_stays(name: str, cpu: float, memory: float) -> None:
    before = FILES[name]
    path = "deploymentconfig.yml" if name.startswith("yaml") else "deploymentconfig.json"
    after = with_size(before, path, cpu, memory)
    assert after is not None
    file = read_deployment(after, path)
    assert not file.tree.problems
    assert file.config is not None
    read = dict(file.config.fields)
    sizes = {key: read.pop(f"containerResourceRequirements.{key}") for key in ("cpu", "memoryInGB")}
    assert sizes == {"cpu": cpu, "memoryInGB": memory}
    assert read.pop("containerResourceRequirements.cpuLimit", cpu) == cpu
    old = read_deployment(before, path).config
    assert old is not None
    assert read == {key: value for key, value in old.fields.items() if "Requirements" not in key}
    for comment in ("# ours", "# much", "# first", "# last"):
        assert (comment in after) == (comment in before)
    assert after.count("\r\n") >= before.count("\r\n")
    assert after.replace("\r\n", "").count("\n") == (0 if "\r\n" in before else after.count("\n"))
    assert with_size(after, path, cpu, memory) == after
    if not name.startswith("yaml"):
        json.loads(after)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"port": 1}',
        '{"computeType": "aci", "containerResourceRequirements": 3}',
        '{"computeType": "x"}',
    ],
)
def test_what_cannot_be_read_is_left_alone(text: str) -> None:
    assert with_size(text, "deploymentconfig.json", 1, 1) is None
