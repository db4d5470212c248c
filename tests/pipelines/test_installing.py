"""Where the runners of a written pipeline get Scoredock from: what lies beside the file, and that a machine on which
nothing of ours is carries it out."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.environments.pip.locks import entries

from cli.conftest import SECONDS, Terminal
from names_of_ours import names_of_ours
from pipelines.conftest import all_jobs, committed, schema_says

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
FILES = {"github": ".github/workflows/scoredock.yml", "azure": "azure-pipelines.yml", "gitlab": ".gitlab-ci.yml"}
OURS = ("scoredock", "scoredock_azureml", "scoredock_runtime")


def packages(project: Terminal) -> dict[str, bytes]:
    """What lies beside the pipelines."""
    folder = project.folder / ".scoredock"
    return {each.name: each.read_bytes() for each in folder.iterdir()} if folder.exists() else {}


def parts(project: Terminal) -> list[str]:
    return [each.name for each in project.folder.iterdir() if "fresh" in each.name]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a runner has kept on which only the pipelines here install Scoredock."""
    return tmp_path_factory.mktemp("runner")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("platform", ["github", "azure"])
def test_a_machine_without_scoredock_deploys_what_answers(
    project: Terminal, person: Path, runner: Path, platform: str
) -> None:
    """The pipeline installs it from its repository; neither PATH nor a variable of the shell has anything of ours."""
    (person / ".cache").unlink()
    (person / ".cache").symlink_to(runner)
    ours = {name for name in os.environ if name.startswith(("SCOREDOCK_", "XDG_", "VIRTUAL_ENV"))}
    shell = {name: text for name, text in os.environ.items() if name not in ours}
    shell |= {"HOME": str(person), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    assert shutil.which("scoredock", path=shell["PATH"]) is None

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scoredock.cli", *words]
        return subprocess.run(command, cwd=project.folder, env=shell, capture_output=True, text=True, timeout=500)

    def scoredock(*words: str) -> str:
        done = run(*words)
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    scoredock("pipeline", "create", platform)
    commit = committed(project.folder)
    try:
        scoredock("pipeline", "run", FILES[platform], *all_jobs(platform))
        service, endpoint = f"project-{commit[:7]}", json.loads(scoredock("endpoint", "show", "project", "--json"))
        assert scoredock("service", "call", service, "--data", '{"data": [1, 2, 3]}').strip() == "6"
        assert [(each["service"], each["share"]) for each in endpoint["versions"]] == [(service, 100)]
        # What goes on running does so by the Scoredock that the pipeline has installed.
        programs = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
        routers = [each for each in programs if str(person) in each and "/endpoints/project" in each]
        assert routers
        assert all("/.cache/scoredock/" in each.partition(" ")[0] for each in routers), routers
    finally:
        run("service", "stop-all", "--all")
        run("endpoint", "stop", "project")


def test_three_wheels_lie_in_the_repository_and_all_else_has_hashes(project: Terminal) -> None:
    created = project.json("pipeline", "create", "github")
    there = packages(project)
    wheels = [name for name in there if name.endswith(".whl")]
    assert sorted(name.partition("-")[0] for name in wheels) == sorted(OURS)
    assert sorted(there) == sorted([*wheels, "requirements.txt", ".gitattributes"])
    megabytes = round(sum(map(len, there.values())) / 1e6)
    assert created["installFrom"] == "wheels"
    assert any(f"it is {megabytes} MB" in note for note in created["notes"]), created["notes"]
    lock = list(entries(there["requirements.txt"].decode()))
    assert {name.partition("==")[0] for name, _ in lock} >= {"uv", "docker", "h11", "httpx2", "tomli"}
    assert all(hashes and "==" in name for name, hashes in lock)
    assert not [name for name, _ in lock if name.startswith("scoredock")]
    # Of a release whose files are for one system each there are those of several.
    assert max(len(hashes) for name, hashes in lock if name.startswith("uv==")) > 5
    assert not names_of_ours((project.folder / FILES["github"]).read_text())
    # The same once more changes nothing; another platform takes the same files.
    project.ok("pipeline", "create", "github")
    project.ok("pipeline", "create", "azure")
    assert packages(project) == there
    assert parts(project) == []


def test_packages_of_an_older_scoredock_are_replaced(project: Terminal) -> None:
    project.ok("pipeline", "create", "azure")
    new = packages(project)
    folder, pipeline = project.folder / ".scoredock", project.folder / FILES["azure"]
    (wheel,) = folder.glob("scoredock-*.whl")
    wheel.rename(folder / "scoredock-0.0.9-py3-none-any.whl")
    (folder / "requirements.txt").write_text("uv==0.1\n")
    # The pipeline is the person's to change, and stays as they want it.
    pipeline.write_text(pipeline.read_text().replace('CANARY_PERCENT: "10"', 'CANARY_PERCENT: "50"'))
    mine, old = pipeline.read_text(), packages(project)
    assert project.refused("pipeline", "create", "azure")["code"] == "pipeline-exists"
    assert packages(project) == old
    project.ok("pipeline", "create", "azure", "--keep")
    assert packages(project) == new
    assert pipeline.read_text() == mine


def test_nothing_is_written_where_something_is_in_the_way(project: Terminal) -> None:
    """Files of somebody else; no index; no place that it could come from."""
    folder = project.folder / ".scoredock"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    refused = project.refused("pipeline", "create", "github")
    assert refused["code"] == "pipeline-exists"
    assert "notes.txt" in refused["message"]
    assert packages(project) == {"notes.txt": b"mine"}
    shutil.rmtree(folder)
    project.env["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/simple"
    project.env["UV_NO_CACHE"] = "1"
    assert project.refused("pipeline", "create", "github")["code"] == "environment-offline"
    for words in ("pypi", "image:", "image:a b", "https://me:secret@index.example.com/simple"):
        refused = project.refused("pipeline", "create", "github", "--install-from", words)
        assert refused["code"] == "pipeline-source-invalid"
        assert "secret" not in json.dumps(refused)
    assert not folder.exists()
    assert not (project.folder / FILES["github"]).exists()
    assert parts(project) == []


def test_jobs_run_in_the_image_where_one_is_named(project: Terminal) -> None:
    """The setting counts as the option does. A service on the machine itself would end with the container."""
    project.env["SCOREDOCK_INSTALL_FROM"] = "image:registry.example.com/team/scoredock:1"
    for platform, file in FILES.items():
        created = project.json("pipeline", "create", platform, "--target", "cluster")
        assert created["installFrom"] == project.env["SCOREDOCK_INSTALL_FROM"]
        text = (project.folder / file).read_text()
        assert (
            schema_says(
                {"github": "github-workflows", "azure": "azure-pipelines", "gitlab": "gitlab-ci"}[platform],
                project.folder / file,
            )
            == ""
        )
        assert text.count("registry.example.com/team/scoredock:1") == (1 if platform == "gitlab" else 2)
        assert "pip install" not in text.replace("python -m pip install joblib", "")
        project.ok("pipeline", "create", platform, "--target", "process", "--overwrite")
        text = (project.folder / file).read_text()
        assert text.count("registry.example.com/team/scoredock:1") == 1
        assert "Scoredock is not installed on this machine" in text
    assert packages(project) == {}


@pytest.fixture
def index(tmp_path: Path, project: Terminal) -> Iterator[tuple[str, Path]]:
    """An index with our wheels in a folder, which sends who asks for other packages to the one in use here."""
    wheels = tmp_path / "index"
    wheels.mkdir()
    elsewhere = os.environ.get("UV_DEFAULT_INDEX", "https://pypi.org/simple").rstrip("/")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/").split("/")[-1]
            if (wheels / name).is_file():
                return self._send((wheels / name).read_bytes(), "application/octet-stream")
            files = sorted(wheels.glob(f"{name.replace('-', '_')}-[0-9]*.whl"))
            if files or name.startswith("scoredock"):
                digests = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in files}
                page = "".join(f'<a href="/{name}#sha256={digest}">{name}</a>' for name, digest in digests.items())
                return self._send(f"<!DOCTYPE html><html><body>{page}</body></html>".encode(), "text/html")
            self.send_response(302)
            self.send_header("Location", f"{elsewhere}/{name}/")
            self.end_headers()
            return None

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple", wheels
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_index_must_have_this_scoredock_and_not_somebody_elses(
    project: Terminal, index: tuple[str, Path], tmp_path: Path
) -> None:
    address, wheels = index
    words = ("pipeline", "create", "github", "--install-from", address)
    missing = project.refused(*words)
    assert missing["code"] == "environment-requirement-unsatisfiable"
    project.ok("pipeline", "create", "azure")
    carried = {name: content for name, content in packages(project).items() if name.endswith(".whl")}
    shutil.rmtree(project.folder / ".scoredock")
    for name, content in carried.items():
        (wheels / name).write_bytes(content)
    (own,) = wheels.glob("scoredock-*.whl")
    with zipfile.ZipFile(own, "a") as archive:
        archive.writestr("scoredock/stranger.py", "")
    refused = project.refused(*words)
    assert refused["code"] == "pipeline-source-invalid"
    assert "somebody else's" in refused["message"]
    assert packages(project) == {}
    own.write_bytes(carried[own.name])
    project.ok(*words)
    text = packages(project)["requirements.txt"].decode()
    assert sorted(packages(project)) == [".gitattributes", "requirements.txt"]
    assert text.splitlines()[1] == f"--index-url {address}"
    digests = {f"sha256:{hashlib.sha256(content).hexdigest()}" for content in carried.values()}
    assert digests == {each for name, hashes in entries(text) if name.startswith("scoredock") for each in hashes}
    pipeline = (project.folder / FILES["github"]).read_text()
    assert "--require-hashes" in pipeline
    assert "--no-index" not in pipeline


def test_each_way_in_which_scoredock_is_installed_gives_the_same_wheels(project: Terminal, tmp_path: Path) -> None:
    """From a checkout, and from the wheels that came of it; not from files that nobody installed."""
    project.ok("pipeline", "create", "github")
    first = packages(project)
    uv, venv = Path(sys.executable).with_name("uv"), tmp_path / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, venv], check=True)
    wheels = [str(project.folder / ".scoredock" / name) for name in first if name.endswith(".whl")]
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", venv / "bin" / "python", *wheels]
    subprocess.run(command, check=True)
    (site,) = venv.glob("lib/python3*/site-packages")
    for each in (Path(psutil.__file__).parents[1]).iterdir():  # what it needs
        if "scoredock" not in each.name and not (site / each.name).exists():
            (site / each.name).symlink_to(each)
    (venv / "bin" / "uv").symlink_to(uv)
    shutil.rmtree(project.folder / ".scoredock")

    def scoredock(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {name: text for name, text in project.environment().items() if name != "SCOREDOCK_WHEELHOUSE"}
        command = [venv / "bin" / "python", "-I", "-m", "scoredock.cli", *words]
        return subprocess.run(
            command, cwd=project.folder, env=environment, capture_output=True, text=True, timeout=SECONDS
        )

    done = scoredock("pipeline", "create", "github")
    assert done.returncode == 0, done.stderr
    assert packages(project) == first
    # The runtime of services comes along, without a folder of wheels.
    for words in (("model", "register", "model.bin", "--name", "five"), ("try", "score.py", "--model", "five")):
        done = scoredock(*words)
        assert done.returncode == 0, done.stderr
    for each in site.glob("scoredock*.dist-info"):
        shutil.rmtree(each)
    shutil.rmtree(project.folder / ".scoredock")
    refused = scoredock("pipeline", "create", "github", "--overwrite", "--json")
    assert json.loads(refused.stderr)["error"]["code"] == "pipeline-wheels-impossible"
    assert packages(project) == {}
