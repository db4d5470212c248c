"""The servers that are compared: the packages of each, how it is started, and what it is asked.

Each runs in one worker, started as its documentation says for production, its access log off where an option says so.
Ours and azmlinfsrv write theirs, as that is part of what they do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving.workloads import mlflow_body, plain_body, v2_body

ROOT = Path(__file__).resolve().parents[2]
APPLICATIONS = Path(__file__).resolve().parent / "applications"
CACHE = Path.home() / ".cache" / "scoredock-bench"
SCRIPTS_OWN = ("scikit-learn==1.8.0", "numpy==2.4.6", "scipy==1.17.1")
"""What the script itself imports: the same in every environment, and not counted as a server's size."""


@dataclass(frozen=True, eq=False)
class Peer:
    """A server under test."""

    name: str
    packages: tuple[str, ...]
    command: Callable[[Path, Path, int], list[str]]
    """Of interpreter, service folder (the script is `app/score.py` in it) and port."""
    path: str = "/score"
    body: Callable[[list[list[float]]], bytes] = plain_body
    answers: Callable[[Any], Any] = lambda told: told
    """The list of numbers in a parsed answer."""
    environment: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Path, Path], None] = lambda _python, _folder: None
    """Writes what is needed besides, into the service folder."""
    rounds_apart: int = 1
    """In how many rounds it is measured once; those that no goal is about are slow to start."""
    serves_empty: bool = True
    """Whether the empty script is measured: not where the start takes longest, so that all rounds fit in 25 minutes."""


def spec(python: Path, folder: Path, port: int, **changes: Any) -> None:
    """What our parent starts, as a local deployment writes it."""
    app = str(folder / "app")
    told = {"name": "bench", "revision": 1, "nonce": "n", "python": str(python), "app_root": app, "port": port}
    (folder / "spec.json").write_text(json.dumps({**told, "entry_script": "score.py", "model_dir": app, **changes}))


def ours(python: Path, folder: Path, port: int) -> list[str]:
    spec(python, folder, port)
    return [str(python), "-m", "scoredock_runtime", "serve", str(folder)]


def azure(python: Path, folder: Path, port: int) -> list[str]:
    return [str(python.parent / "azmlinfsrv"), "--entry_script", str(folder / "app" / "score.py"), "--port", str(port)]


def fastapi(module: str, *more: str) -> Callable[[Path, Path, int], list[str]]:
    """As it comes uvicorn writes a line for each request, as the others do."""

    def command(python: Path, folder: Path, port: int) -> list[str]:
        options = ["--app-dir", str(folder / "app"), "--port", str(port), *more]
        return [str(python), "-m", "uvicorn", f"{module}:app", *options]

    return command


def mlserver(python: Path, folder: Path, port: int) -> list[str]:
    settings = {"host": "127.0.0.1", "http_port": port, "grpc_port": free_port(), "metrics_port": free_port()}
    # In its own process a model is answered quicker than in MLServer's parallel worker.
    settings |= {"debug": False, "parallel_workers": 0}
    (folder / "app" / "settings.json").write_text(json.dumps(settings))
    model = {"name": "ridge", "implementation": "mlserver_model.Model"}
    (folder / "app" / "model-settings.json").write_text(json.dumps(model))
    return [str(python.parent / "mlserver"), "start", str(folder / "app")]


def bentoml(python: Path, folder: Path, port: int) -> list[str]:
    words = ["serve", "bentoml_service:Scoring", "--host", "127.0.0.1", "--port", str(port)]
    return [str(python.parent / "bentoml"), *words, "--working-dir", str(folder / "app")]


def litserve(python: Path, folder: Path, port: int) -> list[str]:
    return [str(python), str(folder / "app" / "litserve_server.py"), str(port)]


def mlflow(python: Path, folder: Path, port: int) -> list[str]:
    words = ["models", "serve", "-m", str(folder / "model"), "--env-manager", "local", "-w", "1"]
    return [str(python.parent / "mlflow"), *words, "-h", "127.0.0.1", "-p", str(port)]


def save_mlflow_model(python: Path, folder: Path) -> None:
    """Made once and copied: saving takes longer than serving."""
    kept = CACHE / f"mlflow-model-{SCRIPTS_OWN[0].partition('==')[2]}"
    if not kept.exists():
        script = folder / "app" / "mlflow_model.py"
        quiet = subprocess.DEVNULL
        subprocess.run([str(python), str(script), str(kept)], check=True, stdout=quiet, stderr=quiet, cwd=folder)
    shutil.copytree(kept, folder / "model")


def use_scikit_learn(version: str) -> None:
    """In all environments from now on."""
    global SCRIPTS_OWN
    SCRIPTS_OWN = (f"scikit-learn=={version}", *SCRIPTS_OWN[1:])


def scripts_own() -> tuple[str, ...]:
    return SCRIPTS_OWN


def free_port() -> int:
    """Of 127.0.0.1; free when asked."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


OURS, AZURE, FASTAPI = "scoredock", "azmlinfsrv", "FastAPI async"
FASTAPI_QUIET = "FastAPI async, no log"
SELDOM = 3
RUNTIME = f"scoredock-runtime[fast] @ {(ROOT / 'pyserver' / 'runtime').as_uri()}"
PEERS = [
    Peer(OURS, (RUNTIME,), ours),
    Peer(AZURE, ("azureml-inference-server-http==1.5.1",), azure),
    Peer(FASTAPI, ("fastapi==0.165.0", "uvicorn[standard]==0.54.0"), fastapi("fastapi_async")),
    Peer(FASTAPI_QUIET, ("fastapi==0.165.0", "uvicorn[standard]==0.54.0"), fastapi("fastapi_async", "--no-access-log")),
    Peer("FastAPI def", ("fastapi==0.165.0", "uvicorn[standard]==0.54.0"), fastapi("fastapi_def"), rounds_apart=SELDOM),
    Peer(
        "MLServer",
        ("mlserver==1.7.1",),
        mlserver,
        path="/v2/models/ridge/infer",
        body=v2_body,
        answers=lambda told: told["outputs"][0]["data"],
        rounds_apart=SELDOM,
    ),
    Peer(
        "BentoML",
        ("bentoml==1.4.39",),
        bentoml,
        environment={
            "BENTOML_DO_NOT_TRACK": "True",
            "BENTOML_CONFIG_OPTIONS": "api_server.logging.access.enabled=false",
        },
        serves_empty=False,
        rounds_apart=SELDOM,
    ),
    Peer("LitServe", ("litserve==0.2.19",), litserve, serves_empty=False, rounds_apart=SELDOM),
    Peer(
        "MLflow",
        ("mlflow==3.17.2",),
        mlflow,
        path="/invocations",
        body=mlflow_body,
        answers=lambda told: told["predictions"],
        environment={"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
        prepare=save_mlflow_model,
        rounds_apart=SELDOM,
        serves_empty=False,
    ),
]


def interpreter(name: str, packages: tuple[str, ...]) -> Path:
    """Of the kept environment of that name, made where it is not there. Raises CalledProcessError when a package cannot
    be had."""
    folder = CACHE / "environments" / name.replace(" ", "-")
    uv = str(Path(sys.executable).parent / "uv")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    made = not python.exists()
    if made:
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(folder)], check=True)
    # Always made anew from the checkout; the others are there already when they are as pinned.
    fresh = (
        ["--reinstall-package", "scoredock-runtime", "--refresh-package", "scoredock-runtime"]
        if RUNTIME in packages
        else []
    )
    wanted = [*packages, *SCRIPTS_OWN]
    subprocess.run([uv, "pip", "install", "-q", "-p", str(python), *fresh, *wanted], check=True)
    if made or fresh:
        only = next(folder.glob("**/site-packages/scoredock_runtime"), folder) if not made else folder
        subprocess.run([str(python), "-m", "compileall", "-q", str(only)], check=False)
    return python


def service_folder(peer: Peer, python: Path, script: str, folder: Path) -> None:
    """Fills a fresh folder with the applications; `script` of them becomes score.py."""
    shutil.copytree(APPLICATIONS, folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(APPLICATIONS / script, folder / "app" / "score.py")
    peer.prepare(python, folder)


def environment_of(peer: Peer, python: Path) -> dict[str, str]:
    """As in an activated environment, without what the caller's shell says of Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "PATH": f"{python.parent}{os.pathsep}{kept.get('PATH', '')}", **peer.environment}
