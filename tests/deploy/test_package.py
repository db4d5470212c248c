"""A package builds and answers where there is no Scoredock: here its Dockerfile is followed without Docker."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.errors import ScoredockError
from scoredock.packaging.lock import package_lock
from scoredock.packaging.package import model_map, package_name
from scoredock.packaging.texts import require_image, require_steps
from scoredock.progress import CancelToken, Silent
from scoredock.services.deployments import Deployments
from scoredock.services.packaging.service_package import Account, Packaged, PackageRequest, package_folder

from certificates import pair
from pace import patience
from scoredock_runtime import contract

ACCOUNT = Account("sub-1", "group-1", "contoso-ml", "local")
SCRIPT = """
    import json, os
    from pathlib import Path
    import helper

    def init():
        global FACTOR
        FACTOR = int((Path(os.environ["AZUREML_MODEL_DIR"]) / "factor.txt").read_text())
        print("factor", FACTOR)

    def run(data):
        return {"sum": helper.total(json.loads(data)) * FACTOR, "said": os.environ["SAID"], "home": os.environ["HOME"]}
"""
PYTHON = "/opt/scoredock/environment/bin/python"
DOCKERFILE = """\
# The service svc-one, revision 1, written by Scoredock. README.md says how to run it.
FROM python:{minor}-slim
USER root
# Compiled modules then hold no time, so that two builds make equal layers.
ARG SOURCE_DATE_EPOCH=1577836800
RUN ["python3", "-I", "-c", "import sys; own = '%d.%d' % sys.version_info[:2]; own == '{minor}' or sys.exit('The packages were locked for Python {minor}, and python3 of the base image is ' + own + ': begin from an image with Python {minor}.')"]
COPY requirements.txt /opt/scoredock/
RUN ["python3", "-m", "venv", "/opt/scoredock/environment"]
RUN ["{python}", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--requirement", "/opt/scoredock/requirements.txt"]
COPY {wheel} /opt/scoredock/
RUN ["{python}", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--no-deps", "--no-index", "--find-links", "/opt/scoredock", "{runtime}"]
RUN ["install", "-d", "-o", "1000", "-g", "1000", "/var/azureml-app", "/var/azureml-app/azureml-models", "/var/scoredock"]
COPY --chown=1000:1000 azureml-app/azureml-models/ /var/azureml-app/azureml-models/
COPY --chown=1000:1000 azureml-app/src/ /var/azureml-app/src/
COPY --chown=1000:1000 azureml-app/model_config_map.json /var/azureml-app/
COPY --chown=1000:1000 service/ /var/scoredock/
LABEL org.opencontainers.image.title="svc-one" org.opencontainers.image.description="Scoring service svc-one, revision 1 with factor:1" com.scoredock.package.service="svc-one" com.scoredock.package.revision="1" com.scoredock.package.models="factor:1"
ENV HOME=/tmp USER=scoredock MPLCONFIGDIR=/tmp/matplotlib NUMBA_CACHE_DIR=/tmp/numba XDG_CACHE_HOME=/tmp/cache
USER 1000:1000
WORKDIR /var/scoredock
EXPOSE 5001
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s --retries=3 CMD ["{python}", "-I", "-S", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5001/ready', timeout=4)"]
ENTRYPOINT []
CMD ["{python}", "-I", "-m", "scoredock_runtime", "serve", "/var/scoredock"]
"""  # noqa: E501 (a text that would change if it were wrapped)


def packed(place: Any, target: Path, base_image: str = "", cancel: CancelToken | None = None) -> Packaged:
    return package_folder(
        place.deployments,
        PackageRequest(service="svc-one", name="svc-one", label="1"),
        target,
        account=ACCOUNT,
        base_image=base_image,
        progress=Silent(),
        cancel=cancel or CancelToken(),
    )


def deployed(place: Any, **changes: Any) -> None:
    model = place.write("factor.txt", "10")
    place.registry.register([model], "factor")
    place.write("src/helper.py", "def total(rows):\n    return sum(rows)\n")
    script = place.write("src/score.py", SCRIPT)
    place.deploy(
        entry_script=str(script),
        source_directory=str(place.project / "src"),
        models=("factor:1",),
        environment_variables={"SAID": 'with "quotes" and $dollars\n', **changes},
    )


class Image:
    """A root folder laid out by the instructions of a Dockerfile, without an engine."""

    def __init__(self, context: Path, root: Path) -> None:
        self.root = root
        self.environment = {"PATH": os.defpath}
        self.command: list[str] = []
        for line in (context / "Dockerfile").read_text().splitlines():
            word, _, rest = line.partition(" ")
            if word == "COPY":
                *sources, target = [each for each in shlex.split(rest) if not each.startswith("--")]
                for source in sources:
                    self._copy(context / source, root / target.lstrip("/"), into=not source.endswith("/"))
            elif word == "RUN" and "venv" in rest:
                uv = str(Path(sys.executable).parent / "uv")
                subprocess.run([uv, "venv", "-q", "-p", sys.executable, self.root / "venv"], check=True)
            elif word == "RUN" and "pip" in rest:
                self._install(json.loads(rest))
            elif word == "ENV":
                self.environment |= dict(each.split("=", 1) for each in shlex.split(rest))
            elif word == "CMD":
                self.command = [self._here(each) for each in json.loads(rest)]

    def _copy(self, source: Path, target: Path, *, into: bool) -> None:
        target.mkdir(parents=True, exist_ok=True)
        if into:
            shutil.copy(source, target)
        else:
            shutil.copytree(source, target, dirs_exist_ok=True)

    def _install(self, command: list[str]) -> None:
        """What `python -m pip install` is told, done by uv."""
        uv = str(Path(sys.executable).parent / "uv")
        left = ("--no-cache-dir", "--disable-pip-version-check")
        words = [self._here(each) for each in command[3:] if each not in left]
        python = str(self.root / "venv" / "bin" / "python")
        subprocess.run([uv, "pip", words[0], "-q", "--python", python, *words[1:]], check=True, timeout=100)

    def _here(self, word: str) -> str:
        if word == PYTHON:
            return str(self.root / "venv" / "bin" / "python")
        return str(self.root) + word if word.startswith("/") else word


@pytest.fixture
def image(place: Any, tmp_path: Path) -> Image:
    deployed(place)
    packed(place, tmp_path / "out")
    # Nothing of this machine's Scoredock is needed from here on.
    place.deployments.delete("svc-one")
    return Image(tmp_path / "out", tmp_path / "root")


@pytest.mark.skipif(sys.platform == "win32", reason="follows a Dockerfile for Linux")
def test_what_the_dockerfile_says_makes_a_service_that_answers(image: Image) -> None:
    spec = image.root / "var" / "scoredock" / "spec.json"
    told = json.loads(spec.read_text())
    assert (told["host"], told["port"], told["nonce"], told["python"]) == ("0.0.0.0", 5001, "", "")
    spec.write_text(json.dumps({**told, "port": 0}))  # 5001 may be taken on this machine
    process = subprocess.Popen(
        image.command, env={**image.environment, "SAID": "the spec decides"}, cwd="/", stdout=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + patience(30)
        while (status := contract.read_status(spec.parent)) is None or status.phase != contract.READY:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        connection = http.client.HTTPConnection("127.0.0.1", status.port, timeout=10)
        connection.request("POST", "/score", "[1, 2]", {"Host": "models.example.com"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        assert (answer.status, body) == (200, {"sum": 30, "said": 'with "quotes" and $dollars\n', "home": "/tmp"})
        connection.close()
    finally:
        process.terminate()
    log, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "factor 10" in log


def test_the_files_of_a_package(place: Any, tmp_path: Path) -> None:
    deployed(place)
    made = packed(place, tmp_path / "out")
    files = sorted(path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file())
    (wheel,) = [file for file in files if file.endswith(".whl")]
    assert files == sorted(
        [
            ".dockerignore",
            "Dockerfile",
            "README.md",
            "SHA256SUMS",
            "azureml-app/azureml-models/factor/1/factor.txt",
            "azureml-app/model_config_map.json",
            "azureml-app/src/helper.py",
            "azureml-app/src/score.py",
            "requirements.txt",
            "sbom.cdx.json",
            "service/spec.json",
            wheel,
        ]
    )
    minor = ".".join(map(str, sys.version_info[:2]))
    runtime = f"scoredock-runtime=={wheel.split('-')[1]}"
    expected = DOCKERFILE.format(minor=minor, wheel=wheel, runtime=runtime, python=PYTHON)
    assert (made.folder / "Dockerfile").read_text() == expected
    assert "quotes" not in (made.folder / "Dockerfile").read_text()
    read_me = (made.folder / "README.md").read_text()
    assert "docker build --tag svc-one:1 ." in read_me
    assert "docker run --rm -p 127.0.0.1:6789:5001 --env SCOREDOCK_ALLOWED_HOSTS=localhost svc-one:1" in read_me
    requirements = (made.folder / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("h11==") for line in requirements)
    assert any(line.startswith("    --hash=sha256:") for line in requirements)
    assert not any("scoredock" in line for line in requirements)
    assert json.loads((made.folder / "azureml-app" / "model_config_map.json").read_text()) == {
        "accountContext": {
            "subscriptionId": "sub-1",
            "resourceGroupName": "group-1",
            "accountName": "contoso-ml",
            "workspaceId": "local",
        },
        "models": {"factor": {"id": "factor:1", "name": "factor", "version": 1}},
        "modelsInfo": {"factor": {"1": {"id": "factor:1", "name": "factor", "version": 1}}},
    }
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in made.folder.rglob("*"))


def test_what_a_deployment_configuration_asked_for_holds_in_the_package(place: Any, tmp_path: Path) -> None:
    """And a folder needs no Docker here."""
    told = {
        "computeType": "local",
        "scoringTimeoutMs": 1500,
        "maxConcurrentRequestsPerContainer": 4,
        "maxQueueWaitMs": 250,
        "numReplicas": 2,
        "dataCollection": {"storageEnabled": True},
        "livenessProbeRequirements": {"periodSeconds": 5, "initialDelaySeconds": 7, "failureThreshold": 4},
    }
    place.deploy(deployment_config=str(place.write("deploymentconfig.json", json.dumps(told))))
    place.deployments.stop("svc-one")
    nowhere = DockerSettings(f"unix://{tmp_path}/nobody.sock")
    place.deployments = Deployments(place.registry, settings=replace(place.deployments.settings, docker=nowhere))
    spec = json.loads((packed(place, tmp_path / "out").folder / "service" / "spec.json").read_text())
    limits = {"scoring_timeout": 1.5, "max_concurrent_requests": 4, "max_queue_wait": 0.25, "worker_count": 2}
    assert {name: spec[name] for name in limits} == limits
    assert spec["collect_data"]
    probes = spec["liveness"]
    assert (probes["period"], probes["initial_delay"], probes["failure_threshold"]) == (5, 7, 4)
    assert spec["nonce"] == "", "it holds no secret"


def test_several_versions_of_a_model() -> None:
    told = model_map(("a:2", "a:10", "b-c:1"), ACCOUNT)
    assert told["models"]["a"]["version"] == 10
    assert sorted(told["modelsInfo"]["a"]) == ["10", "2"]
    assert list(told["modelsInfo"]) == ["a", "b-c"]


def test_an_empty_folder_will_do_and_a_stopped_service_too(place: Any, tmp_path: Path) -> None:
    place.deploy()
    place.deployments.stop("svc-one")
    (tmp_path / "out").mkdir()
    made = packed(place, tmp_path / "out", "registry.example.com:5000/team/python:3.11-slim")
    assert made.base_image == "registry.example.com:5000/team/python:3.11-slim"
    assert (made.folder / "azureml-app" / "main.py").is_file()
    assert "FROM registry.example.com:5000/team/python:3.11-slim\n" in (made.folder / "Dockerfile").read_text()


def test_a_folder_that_holds_something(place: Any, tmp_path: Path) -> None:
    place.deploy()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("x")
    for target in (tmp_path / "out", tmp_path / "file"):
        with pytest.raises(ScoredockError) as refused:
            packed(place, target)
        assert refused.value.code == "package-target-not-empty"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
    with pytest.raises(ScoredockError) as refused:
        packed(place, tmp_path / "none" / "out")
    assert refused.value.code == "file-not-found"


@pytest.mark.parametrize(
    "why",
    [
        pytest.param("cancelled", marks=pytest.mark.long("the gate has two other reasons to give up half a folder")),
        "its files went",
        "a full disk",
    ],
)
def test_never_half_a_folder(place: Any, tmp_path: Path, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(place)
    cancel = CancelToken()
    real = shutil.copyfile

    def copy(source: Any, target: Any) -> Any:
        if str(source).endswith("helper.py"):
            if why == "cancelled":
                cancel.cancel()
            elif why == "its files went":
                raise FileNotFoundError(2, "gone", str(source))
            else:
                raise OSError(28, "No space left on device", str(target))
        return real(source, target)

    monkeypatch.setattr("scoredock.packaging.folder.shutil.copyfile", copy)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ScoredockError) as refused:
        packed(place, tmp_path / "out", cancel=cancel)
    assert (
        refused.value.code
        == {"cancelled": "cancelled", "its files went": "service-state-invalid", "a full disk": "disk-full"}[why]
    )
    assert sorted(tmp_path.iterdir()) == before
    monkeypatch.undo()
    assert packed(place, tmp_path / "out").folder.is_dir()


@pytest.mark.long("of one sentence; a service whose files went is refused at the gate the same way")
def test_a_service_that_never_ran(place: Any, tmp_path: Path) -> None:
    place.refused("def init():\n    raise ValueError('no')\ndef run(data):\n    return data\n")
    with pytest.raises(ScoredockError) as refused:
        packed(place, tmp_path / "out")
    assert refused.value.code == "service-state-invalid"


@pytest.mark.parametrize(
    "image",
    [
        "python:3.11-slim",
        "python",
        "localhost:5000/a/b_c:x",
        "a.b-c.example/x__y/z@sha256:" + "0a" * 32,
        "ubuntu:22.04",
    ],
)
def test_names_of_images(image: str) -> None:
    require_image(image)


@pytest.mark.parametrize(
    "image",
    [
        "",
        "Python",
        "python:3.11\nRUN id",
        "python AS x",
        "--platform=x",
        "python:",
        "python@sha256:12",
        "a//b",
        "$BASE",
        "python:3.11 ",
        "a" * 600,
        "x:" + "y" * 200,
        "../a",
        "python:3.11#",
    ],
)
def test_what_is_no_name_of_an_image(image: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        require_image(image)
    assert refused.value.code == "base-image-invalid"


def test_package_indexes_are_kept_and_secrets_are_not() -> None:
    digest = "sha256:" + "0a" * 32
    lock = (
        f"# by uv\nnumpy==2.0 \\\n    --hash={digest}\nscoredock-runtime==0.1.0\nuvicorn==0.30 --hash={digest}  #"
        " via x\n"
    )
    asked = [
        "numpy",
        "--extra-index-url=https://extra.example/simple",
        "-i https://me:secret@pypi.example/simple",
        "--find-links ./wheels",
        "--no-deps",
    ]
    made = package_lock(lock, asked, "https://index.example/simple", "svc")
    assert (
        made.text == "--index-url https://index.example/simple\n--extra-index-url https://extra.example/simple\n"
        f"numpy==2.0 \\\n    --hash={digest}\nuvicorn==0.30 \\\n    --hash={digest}\n"
    )
    assert made.hashed
    assert [(package.name, package.version) for package in made.packages] == [("numpy", "2.0"), ("uvicorn", "0.30")]
    assert len(made.notes) == 2
    assert "secret" not in " ".join(made.notes)
    assert not package_lock("numpy==2.0\n", [], "", "svc").hashed


def test_versions_that_only_the_index_of_torch_has_come_from_there() -> None:
    made = package_lock("torch==2.9.0+cpu\ntorchvision==0.24.0+cpu\nnumpy==2.0\n", ["torch"], "", "svc")
    assert made.options == ("--extra-index-url https://download.pytorch.org/whl/cpu",)
    assert package_lock("torch==2.9.0\nmine==1.0+cpu\n", ["torch"], "", "svc").options == ()


def test_the_login_of_an_address_is_in_no_package() -> None:
    line = "mine @ git+https://me:secret@git.example/mine"
    made = package_lock(f"{line}\n", [line], "", "svc")
    assert made.text == "mine @ git+https://git.example/mine\n"
    assert len(made.notes) == 1
    assert "mine" in made.notes[0]
    assert "secret" not in made.notes[0]


@pytest.mark.parametrize(
    "line", ["mine @ file:///home/me/mine", "/home/me/mine", "./mine", "-e /home/me/mine", "C:\\mine", "file:///x.whl"]
)
def test_packages_of_this_machine_are_refused(line: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        package_lock(f"numpy==2.0\n{line}\n", [], "", "svc")
    assert refused.value.code == "package-not-portable"
    assert line in refused.value.message


@pytest.mark.parametrize("step", ["RUN a\nUSER root", "RUN a\rUSER root", "FROM other", "run", "", "COPY\0 a b"])
def test_a_step_is_one_instruction(step: str) -> None:
    if step == "run":
        assert require_steps(["run make", " ENV A=b"]) == ("run make", "ENV A=b")
        return
    with pytest.raises(ScoredockError) as refused:
        require_steps([step])
    assert refused.value.code == "package-not-portable"


@pytest.mark.parametrize(
    ("name", "label", "reference"),
    [
        ("", "", "package:20190822181338"),
        ("mine", "", "mine:20190822181338"),
        ("registry.example.com:5000/team/mine", "v1.0_a-b", "registry.example.com:5000/team/mine:v1.0_a-b"),
    ],
)
def test_name_and_label(name: str, label: str, reference: str) -> None:
    assert package_name(name, label, 1566497618.0).reference == reference


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Mine", ""),
        ("mine:1", ""),
        ("a@sha256:" + "0" * 64, ""),
        ("a b", ""),
        ("a", "b c"),
        ("a", "-b"),
        ("a", "b" * 129),
    ],
)
def test_names_and_labels_that_are_none(name: str, label: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        package_name(name, label)
    assert refused.value.code == "package-name-invalid"


@pytest.mark.long("of a variable that somebody set by hand; packages are tested in tests/packages")
def test_a_debug_port_is_not_packaged(place: Any, tmp_path: Path) -> None:
    """Set by hand, so that a debugger listens while it is deployed."""
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.services.lifecycle.debug_start import DebugStart

    from debugging.dap import Editor

    spec = DebugStart(1).environment(EnvironmentSpec(None, (), "default", "runtime only"))
    requirements = place.write("requirements.txt", "debugpy\n")
    with Editor(place.deployments.environments.prepare(spec, Silent(), CancelToken()).python) as editor:
        editor.listen([])
        letting = threading.Thread(target=lambda: editor.begin({}))
        letting.start()
        place.deploy(
            environment_file=str(requirements), environment_variables={"AZUREML_DEBUG_PORT": str(editor.port), "A": "b"}
        )
        letting.join(30)
        made = packed(place, tmp_path / "out")
        editor.disconnect()
    assert json.loads((made.folder / "service" / "spec.json").read_text())["environment"] == {"A": "b"}
    assert "AZUREML_DEBUG_PORT" in made.notes[0]


def test_no_package_holds_a_certificate_or_a_key(place: Any, tmp_path: Path) -> None:
    pair(place.project)
    told = {"computeType": "local", "sslEnabled": True, "sslCertificate": "own.pem", "sslKey": "own-key.pem"}
    keys = {"primaryKey": "first-key-of-the-file", "secondaryKey": "second-key-of-the-file"}
    config = place.write("deploymentconfig.json", json.dumps({**told, "authEnabled": True, "keys": keys}))
    place.deploy(deployment_config=str(config))
    made = packed(place, tmp_path / "out")
    secrets = [b"-----BEGIN"]
    for key in keys.values():
        secrets += [key.encode(), hashlib.sha256(key.encode()).hexdigest().encode()]
    for path in made.folder.rglob("*"):
        assert not path.is_file() or not any(secret in path.read_bytes() for secret in secrets), path
    spec = json.loads((made.folder / "service" / "spec.json").read_text())
    assert (spec["tls_certificate"], spec["tls_key"], spec["nonce"]) == ("", "", "")
    assert spec["authentication"] == {"key_digests": [], "token_secret": ""}
    assert any(note.startswith("TLS is left out") for note in made.notes)
