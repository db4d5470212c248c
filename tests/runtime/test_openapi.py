"""The service's own OpenAPI documents, given to Schemathesis: it sends what they allow and what they forbid, and
nothing but a script's own error may be a 500.

Schemathesis has an environment of its own under ~/.cache/scoredock, as its packages are no business of ours.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from depth import SEED, rounds

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.long(
        "generated requests by the thousand; test_random_clients.py and test_hostile_http.py send some at the gate"
    ),
]

VERSION = "4.32.5"
EXAMPLES = rounds(gate=25, long=150, name="SCOREDOCK_SCHEMATHESIS_EXAMPLES")

SCRIPT = """
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as Standard

def init():
    pass

@input_schema("rows", Standard([[1.0, 2.0]]))
@input_schema("name", Standard("adder"))
@input_schema("options", Standard({"scale": 2, "inner": {"flag": True}}), optional=True)
@output_schema(Standard({"name": "adder", "count": 1}))
def run(rows, name, options=None):
    return {"name": name, "count": len(rows), "options": options}
"""


@pytest.fixture(scope="module")
def schemathesis() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"
    folder = cache / f"schemathesis-{VERSION}-py{sys.version_info[0]}{sys.version_info[1]}"
    program = folder / "bin" / "st"
    if not program.exists():
        uv = str(Path(sys.executable).parent / "uv")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(folder)], check=True, timeout=120)
            python = str(folder / "bin" / "python")
            command = [uv, "pip", "install", "-q", "-p", python, f"schemathesis=={VERSION}"]
            subprocess.run(command, check=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as fault:
            shutil.rmtree(folder, ignore_errors=True)
            if os.environ.get("CI") == "true":
                pytest.fail(f"no Schemathesis: {fault}")
            pytest.skip(f"no Schemathesis: {fault}")
    return program


@pytest.fixture(scope="module")
def described(tmp_path_factory: Any, service_type: Any) -> Iterator[Any]:
    service = service_type(tmp_path_factory.mktemp("openapi") / "svc", sys.executable)
    service.up(SCRIPT, strict=True)
    yield service
    service.clean_up()


@pytest.mark.parametrize(
    "version", ["3", pytest.param("3.1", marks=pytest.mark.long("the same requests, described in other words"))]
)
def test_no_request_that_can_be_described_is_a_server_error(
    version: str, schemathesis: Path, described: Any, tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{described.status.port}"
    command = [
        str(schemathesis),
        "run",
        f"{base}/swagger.json?version={version}",
        "--url",
        base,
        "--checks",
        "not_a_server_error",
        "--mode",
        "all",
        "--max-examples",
        str(EXAMPLES),
        "--seed",
        str(20261120 + SEED),
        "--generation-database",
        "none",
        "--no-color",
        "--continue-on-failure",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=tmp_path, check=False)
    told = done.stdout + done.stderr
    tested = re.search(r"(\d+) generated", told)
    assert tested is not None, told[-4000:]
    assert int(tested.group(1)) > EXAMPLES, told[-2000:]
    assert done.returncode == 0, told[-4000:]
    assert described.request().status == 200


def test_a_server_error_would_be_found(schemathesis: Path, make_service: Any, tmp_path: Path) -> None:
    service = make_service("wrong").up(SCRIPT.replace("len(rows)", "len(rows) // (len(rows) - 1)"), strict=True)
    base = f"http://127.0.0.1:{service.status.port}"
    command = [
        str(schemathesis),
        "run",
        f"{base}/swagger.json?version=3",
        "--url",
        base,
        "--checks",
        "not_a_server_error",
        "--max-examples",
        "60",
        "--seed",
        "20261120",
        "--generation-database",
        "none",
        "--no-color",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=tmp_path, check=False)
    assert done.returncode == 1, done.stdout[-3000:]
