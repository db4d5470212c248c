"""Files that others have published and that are known to work, out of packages of the index: not one error, but for
those told here, and nothing that repairs without a question.

The packages are fetched once, by exact version, and kept in the cache of the account; nothing of them is in the
repository.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from scoredock.formats.document_kind import kind_of

pytestmark = pytest.mark.long(
    "downloads packages of others; what they taught is among the correct files of tests/checks"
)

CACHE = Path.home() / ".cache" / "scoredock" / "published-ci"
WHEELS = (
    "azure-ml-component==0.9.18.post2",  # classes with a method init()
    "azureml-contrib-automl-pipeline-steps==1.62.0",  # scripts of parallel runs
    "azureml-contrib-brainwave==1.0.33",  # what the SDK sends to the service
    "azureml-contrib-server==1.62.0",
    "azureml-designer-serving==0.0.19",  # an entry script
    "azureml-inference-server-http==1.5.1",
    "azureml-mlflow==1.62.0.post6",  # programs that write entry scripts
    "azureml-rag==0.2.39.2",  # a script of batches among modules that use the SDK
    "azuremlftk==0.1.19032.1",  # notebooks, and a module whose name begins as that of an entry script does
    "flaml==2.7.0",  # a library with a class method init()
    "inference-schema==1.8",
    "seeq-azureml==0.1.3",  # notebooks
)
SOURCES = (  # environments of conda and requirements of pip
    "dask-image==2026.5.0",
    "featuretools==1.31.0",
    "intake-xarray==2.0.0",
    "xhistogram==0.3.2",
)
TRUE: dict[tuple[str, str], str] = {
    (
        "samples/compute/Using_Azure_BatchAI_Compute.ipynb",
        "SD803",
    ): "BatchAiCompute left the SDK in 2019",
}
"""True errors by the end of the path and the code: why each of them is right."""
WARNINGS = {
    (
        "azureml/contrib/server/server.py",
        "SD837",
    ): "prints the secret of the server, where everybody who reads the log finds it",
}
_KINDS = ("conda", "requirements", "entry-script", "batch-script", "sdk-script", "notebook")


def _fetch(requirement: str) -> Path:
    """The archive of one package; pip asks the index that this machine is set up for."""
    name, _, version = requirement.partition("==")
    stem = f"{name.replace('-', '_')}-{version}"
    if not any(CACHE.glob(f"{stem}*")):
        only = "--no-binary" if requirement in SOURCES else "--only-binary"
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        options = [only, ":all:", "--ignore-requires-python", "-d", str(CACHE), requirement]
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            raise OSError(done.stderr[-2000:])
    return next(CACHE.glob(f"{stem}*"))


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    else:
        with tarfile.open(archive) as packed:
            # Older patch releases of Python know no filter: Debian 12 has 3.11.2.
            known: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            packed.extractall(folder, **known)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all packages."""
    CACHE.mkdir(parents=True, exist_ok=True)
    everything = (*WHEELS, *SOURCES)
    try:
        with ThreadPoolExecutor(5) as pool:
            archives = list(pool.map(_fetch, everything))
    except (OSError, subprocess.TimeoutExpired) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the package index cannot be reached: {error}")
    folder = tmp_path_factory.mktemp("published")
    for archive in archives:
        _unpack(archive, folder / archive.name)
    return folder


@pytest.fixture(scope="module")
def findings(published: Path) -> Sequence[dict[str, object]]:
    """What `scoredock check` finds in them."""
    command = [str(Path(sys.executable).parent / "scoredock"), "check", "--format", "json", "--exit-zero"]
    environment = {**os.environ, "SCOREDOCK_HOME": str(published.parent / "home")}
    done = subprocess.run(
        [*command, "--min-severity", "warning", str(published)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=100,
        check=True,
    )
    found: list[dict[str, object]] = json.loads(done.stdout)["findings"]
    return found


def _left(findings: Sequence[dict[str, object]], severity: str, known: dict[tuple[str, str], str]) -> list[str]:
    return [
        f"{each['path']}:{each['line']}: {each['code']} {each['message']}"
        for each in findings
        if each["severity"] == severity
        and not any(str(each["path"]).endswith(end) and each["code"] == code for end, code in known)
    ]


def test_every_kind_is_among_them(published: Path) -> None:
    found = {
        kind_of(str(path), path.read_text("utf-8", "replace"))
        for path in published.rglob("*")
        if path.is_file() and path.suffix in (".py", ".ipynb", ".yml", ".yaml", ".txt")
    }
    assert set(_KINDS) <= found


def test_no_errors(findings: Sequence[dict[str, object]]) -> None:
    assert _left(findings, "error", TRUE) == []


def test_hardly_a_warning(findings: Sequence[dict[str, object]]) -> None:
    assert _left(findings, "warning", WARNINGS) == []
    found = {(str(each["path"]), str(each["code"])) for each in findings if each["severity"] == "warning"}
    for end, code in WARNINGS:
        assert any(path.endswith(end) and code == told for path, told in found), f"{end}: {code} is not told any more"


def test_no_file_is_changed_by_repairs_that_nobody_looks_at(published: Path) -> None:
    command = [str(Path(sys.executable).parent / "scoredock"), "check", "--diff", str(published)]
    environment = {**os.environ, "SCOREDOCK_HOME": str(published.parent / "home")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100, check=False)
    assert (done.returncode, done.stdout.count("\n+++ ")) == (0, 0), done.stdout[-4000:]
