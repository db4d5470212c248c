"""What clusters, conda and Azure read strictly: quantities, versions, channels, machine sizes and shares."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check

HOST = "https://azuremlschemas.azureedge.net/latest"
KUBERNETES = (
    f"$schema: {HOST}/kubernetesOnlineDeployment.schema.json\nname: blue\ntype: kubernetes\nendpoint_name: mine\n"
)
MANAGED = f"$schema: {HOST}/managedOnlineDeployment.schema.json\nname: blue\nendpoint_name: mine\n"
ENDPOINT = f"$schema: {HOST}/managedOnlineEndpoint.schema.json\nname: mine\nauth_mode: key\n"


def places_of(name: str, text: str, *codes: str) -> list[tuple[str, int]]:
    return [(f.code, f.range.start.line + 1) for f in check(text, Facts(path=f"/p/{name}")) if f.code in codes]


@pytest.mark.parametrize("cpu", ["1", '"2"', "0.5", "500m", "1e1", "2k"])
def test_a_quantity_that_kubernetes_reads(cpu: str) -> None:
    assert places_of("d.yml", f"{KUBERNETES}resources:\n  requests:\n    cpu: {cpu}\n", "SD654") == []


@pytest.mark.parametrize("memory", ["2GB", "2 Gi", "0.5gb", "2Gib", "100mi", "lots"])
def test_a_quantity_that_it_does_not_read(memory: str) -> None:
    text = f"{KUBERNETES}resources:\n  limits:\n    memory: {memory}\n"
    assert places_of("d.yml", text, "SD654") == [("SD654", 7)]


@pytest.mark.parametrize(
    ("asked", "most", "above"),
    [("2", "1", True), ("500m", "1", False), ("1500m", "1", True), ("1Gi", "1G", True), ("1G", "1Gi", False)],
)
def test_a_request_above_its_limit(asked: str, most: str, above: bool) -> None:
    text = f'{KUBERNETES}resources:\n  requests:\n    memory: "{asked}"\n  limits:\n    memory: "{most}"\n'
    assert bool(places_of("d.yml", text, "SD655")) == above


@pytest.mark.parametrize(
    ("size", "known"),
    [
        ("Standard_DS3_v2", True),
        ("Standard_E4-2s_v3", True),
        ("Standard_ND96amsr_A100_v4", True),
        ("standard_f2s_v2", True),
        ("Standard_NC4as_T4_v3", True),
        ("Standard_DS3v2", False),
        ("DS3_v2", False),
        ("Standard DS3 v2", False),
        ("Standard_D3S_v2", False),
        ("Standard_ES4_v3", False),
        ("Standard_D4s_v3", True),
        ("Standard_D3_v2", True),
    ],
)
def test_sizes_of_machines(size: str, known: bool) -> None:
    text = f"{MANAGED}instance_type: {size}\ninstance_count: 1\n"
    assert (places_of("d.yml", text, "SD648") == []) == known


@pytest.mark.parametrize(
    ("share", "expected"), [("100", []), ("1", []), ("1.0", [("SD641", 5)]), ("0.9", [("SD641", 5)])]
)
def test_a_share_of_one_is_one_percent(share: str, expected: list[tuple[str, int]]) -> None:
    assert places_of("e.yml", f"{ENDPOINT}traffic:\n  blue: {share}\n", "SD641") == expected


def conda(spec: str, channel: str = "conda-forge") -> str:
    return f"channels:\n  - {channel}\ndependencies:\n  - {spec}\n  - pip:\n      - azureml-defaults\n"


@pytest.mark.parametrize(
    ("spec", "right"),
    [
        ("scikit-learn>=0.24<<1", "scikit-learn>=0.24<1"),
        ("pandas==1.2.3.", "pandas==1.2.3"),
        ("python==3.11.x", "python==3.11.*"),
        ("numpy=1.26.X", "numpy=1.26.*"),
        ("numpy>>1.26", "numpy>1.26"),
    ],
)
def test_a_version_that_conda_does_not_read(spec: str, right: str) -> None:
    (found,) = [f for f in check(conda(spec), Facts(path="/p/conda.yml")) if f.code == "SD419"]
    assert [edit.new_text for fix in found.fixes for edit in fix.edits] == [right]


@pytest.mark.parametrize("spec", ["numpy=1.26.*", "numpy=1.26.4=py311", "python=3.11", "numpy>=1.24,<2", "numpy"])
def test_a_version_that_conda_reads(spec: str) -> None:
    assert places_of("conda.yml", conda(spec), "SD419") == []


@pytest.mark.parametrize(
    ("channel", "near"),
    [
        ("conda-forg", True),
        ("anacoda", True),
        ("pytorc", True),
        ("Conda-Forg", True),
        ("Defaults", True),
        ("conda-forge", False),
        ("Microsoft", False),
        ("Intel", False),
        ("defaults", False),
        ("my-company", False),
        ("https://conda.example/main", False),
        ("conda-forge/label/dev", False),
    ],
)
def test_channels_that_are_nearly_known_ones(channel: str, near: bool) -> None:
    assert bool(places_of("conda.yml", conda("numpy", channel), "SD461")) == near


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("conda.yml", conda("vs2015_runtime=14.27.29016=h5e58377_2"), [("SD418", "warning")]),
        ("conda.yml", conda("m2w64-gcc-libs"), [("SD418", "warning")]),
        ("conda.yml", conda("vcpkg"), []),
        ("requirements.txt", "pandas\npywin32==306\n", [("SD418", "information")]),
        ("requirements.txt", 'pywin32==306; sys_platform == "win32"\n', []),
    ],
)
def test_packages_that_are_for_windows_only(name: str, text: str, found: list[tuple[str, str]]) -> None:
    configuration = '{"entryScript": "score.py", "condaFile": "conda.yml"}'
    facts = Facts(
        path=f"/p/{name}",
        listing=lambda folder: ("conda.yml", "inferenceconfig.json") if folder == "/p" else (),
        read=lambda path: configuration if path == "/p/inferenceconfig.json" else None,
    )
    assert [(f.code, f.severity) for f in check(text, facts) if f.code == "SD418"] == found
