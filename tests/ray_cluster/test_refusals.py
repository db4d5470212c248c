"""What is refused before anything is sent to a Ray cluster; the cluster is a small web server."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from packaging.tags import platform_tags

from batch.cases import PARQUET
from batch.conftest import Terminal
from package_index import write_wheel
from ports import free_port
from ray_cluster.conftest import TARGET
from ray_cluster.job_server import JobServer, head, job_server

SCRIPT = "def run(mini_batch):\n    return mini_batch\n"
CONDA = "name: own\ndependencies:\n  - python={python}\n  - pip:\n      - azureml-defaults\n{more}"


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    terminal.write(batch_score__py=SCRIPT, conda__yml=CONDA.format(python="3.11", more=""))
    (terminal.folder / "in").mkdir()
    (terminal.folder / "in" / "one.txt").write_text("1\n")
    return terminal


def run(conda: str = "conda.yml", name: str = "job") -> tuple[str, ...]:
    words = ("batch", "run", "--name", name, "--entry-script", "batch_score.py", "--conda-file", conda)
    return (*words, "--input", "in", "--output-path", "out", "--compute", TARGET)


def refused(terminal: Terminal, *words: str) -> tuple[str, str]:
    """Code and sentence; nothing of the job is left here."""
    error = terminal.refused(*words)
    assert not list(terminal.jobs.glob("*")) if terminal.jobs.exists() else True
    assert error["fix"]
    return error["code"], error["message"]


def methods(server: JobServer) -> set[str]:
    return {each.partition(" ")[0] for each in server.asked}


def test_a_cluster_that_cannot_run_a_job_is_told_before_anything_is_sent(
    project: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    assert project.json("compute", "attach", TARGET, "--ray", away)["state"] == "silent"
    assert refused(project, *run())[0] == "ray-unreachable"
    project.json("compute", "detach", TARGET)

    with job_server({"GET /api/version": (200, "<html>Welcome</html>")}) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        assert refused(project, *run())[0] == "ray-not-a-head"
        project.json("compute", "detach", TARGET)

    with job_server({"GET /api/version": (401, "Unauthorized")}) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        monkeypatch.setenv("RAY_AUTH_TOKEN", "token-of-a-test")
        code, message = refused(project, *run())
        assert (code, server.tokens[-1]) == ("ray-token-refused", "Bearer token-of-a-test")
        kept = [each for each in project.home.rglob("*") if each.is_file() and not each.is_symlink()]
        assert "token-of-a-test" not in message
        assert not [each for each in kept if b"token-of-a-test" in each.read_bytes()]
        project.json("compute", "detach", TARGET)

    with job_server(head("3.9.18")) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        code, message = refused(project, *run())
        assert code == "ray-python-differs"
        assert "3.9.18" in message
        project.write(conda_only__yml=CONDA.format(python="3.9", more="  - graphviz\n  - r-base\n"))
        assert refused(project, *run("conda_only.yml"))[0] == "ray-environment-unfit"
        wheel = write_wheel(project.folder, "compiled", tag=f"py3-none-{next(platform_tags())}")
        project.write(here__txt=f"./{wheel.name}\n")
        code, message = refused(project, *run("here.txt"))
        assert code == "ray-environment-unfit"
        assert wheel.name in message
        assert methods(server) == {"GET"}


@pytest.mark.parametrize(
    ("packages", "options", "missing"),
    [
        ("six", ("--input-format", "csv"), "pandas"),
        ("six", ("--output-format", "parquet"), "pyarrow"),
        ("pandas", ("--input-format", "parquet"), "pyarrow"),
        ("", ("--input-format", "parquet"), "pandas, pyarrow"),
    ],
)
def test_packages_that_tables_need_are_looked_for_before_anything_is_sent(
    project: Terminal, packages: str, options: tuple[str, ...], missing: str
) -> None:
    project.write(few__txt=f"azureml-defaults\n{packages}\n")
    (project.folder / "in" / "one.csv").write_text("a\n1\n")
    (project.folder / "in" / "one.parquet").write_bytes(PARQUET)
    with job_server(head("3.11.7")) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        code, message = refused(project, *run("few.txt"), *options)
        assert methods(server) == {"GET"}
    assert (code, message.endswith(f": {missing}.")) == ("batch-package-missing", True)


def test_a_wheel_that_only_this_machine_has_goes_along_and_is_not_asked_for_there(project: Terminal) -> None:
    answers = {
        **head("3.11.7"),
        "PUT /api/packages/gcs/ID": (200, ""),
        "POST /api/jobs/": (200, {"submission_id": "id"}),
        "GET /api/jobs/ID": (200, {"status": "FAILED", "message": "it was only looked at"}),
        "GET /api/jobs/ID/logs": (200, {"logs": ""}),
        "DELETE /api/jobs/ID": (200, {"deleted": True}),
    }
    write_wheel(project.folder / "wheels", "private-part", body="VALUE = 42\n")
    project.write(here__txt="--find-links wheels\nprivate-part\nsix\n")
    with job_server(answers) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        project.refused(*run("here.txt"))
        (sent,) = (body for key, body in server.bodies if key.startswith("PUT"))
        with zipfile.ZipFile(io.BytesIO(sent)) as archive:
            assert archive.read("private_part.py") == b"VALUE = 42\n"
        (asked,) = (json.loads(body) for key, body in server.bodies if key == "POST /api/jobs/")
    names = {line.partition("==")[0] for line in asked["runtime_env"]["pip"]["packages"]}
    assert names - {"setuptools"} == {"six"}


def test_a_job_whose_workers_speak_as_an_older_release_is_not_resumed(project: Terminal) -> None:
    """Its host lies in the job's package, and would be told the secret in the clear."""
    answers = {
        **head("3.11.7"),
        "PUT /api/packages/gcs/ID": (200, ""),
        "POST /api/jobs/": (200, {"submission_id": "id"}),
        "GET /api/jobs/ID": (200, {"status": "FAILED", "message": "it was only looked at"}),
        "GET /api/jobs/ID/logs": (200, {"logs": ""}),
        "DELETE /api/jobs/ID": (200, {"deleted": True}),
    }
    with job_server(answers) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        assert project.refused(*run())["code"] == "ray-job-failed"
        file = project.jobs / "job" / "job.json"
        record = json.loads(file.read_text())
        del record["protocol"]
        file.write_text(json.dumps(record))
        before = len(server.asked)
        error = project.refused("batch", "resume", "job")
        assert error["code"] == "runtime-missing"
        assert "another release" in error["message"]
        assert "another name" in error["fix"]
        assert len(server.asked) == before


def test_a_ray_cluster_among_the_compute_targets(project: Terminal) -> None:
    with job_server(head("3.11.7")) as server:
        attached = project.json("compute", "attach", TARGET, "--ray", f"{server.address}/")
        expected = (("kind", "ray"), ("address", server.address), ("version", "2.60.0"), ("python", "3.11.7"))
        assert [attached[name] for name, _ in expected] == [value for _, value in expected]
        (listed,) = project.json("compute", "list")["targets"]
        assert (listed["name"], listed["nodes"], listed["cores"]) == (TARGET, 1, 4.0)
        details = project.json("compute", "show", TARGET)
        assert (details["server"], [each["cores"] for each in details["nodes"]]) == (server.address, [4.0])
        assert project.json("compute", "check", TARGET)["complete"]

        again = project.refused("compute", "attach", TARGET, "--ray", "http://127.0.0.1:1")
        assert again["code"] == "compute-exists"
        mixed = project.refused("compute", "attach", "other", "--ray", server.address, "--namespace", "models")
        assert mixed["code"] == "compute-invalid"
        for address in ("127.0.0.1:8265", "ray://127.0.0.1:10001", "http://user:secret@127.0.0.1:8265"):
            assert project.refused("compute", "attach", "other", "--ray", address)["code"] == "ray-address-invalid"

        deploy = ("service", "deploy", "churn", "--entry-script", "batch_score.py", "--compute", TARGET)
        service = project.refused(*deploy, "--skip-checks")
        assert service["code"] == "compute-not-for-services"
        assert "batch run" in service["fix"]
        project.json("compute", "detach", TARGET)
        assert project.json("compute", "list")["targets"] == []


def test_a_cluster_that_does_not_tell_its_nodes_is_ready_without_them(project: Terminal) -> None:
    answers = {**head(), "GET /api/v0/nodes": (500, "no such table")}
    with job_server(answers) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        (listed,) = project.json("compute", "list")["targets"]
        assert (listed["state"], listed["version"], listed["nodes"]) == ("ready", "2.60.0", 0)


def test_a_script_that_attaches_a_cluster_of_kubernetes_does_not_mean_one_of_ray(project: Terminal) -> None:
    attach = (
        "from azureml.core import Workspace\n"
        "from azureml.core.compute import AksCompute, ComputeTarget\n"
        "ws = Workspace.get('local')\n"
        "print(ComputeTarget.attach(ws, '{name}', AksCompute.attach_configuration('g', '{cluster}')).name)\n"
    )
    address = f"http://127.0.0.1:{free_port()}"
    project.json("compute", "attach", TARGET, "--ray", address)
    project.write(same__py=attach.format(name=TARGET, cluster="prod"))
    project.write(other__py=attach.format(name="aks", cluster=TARGET))
    same = project.run("sdk", "run", "same.py")
    assert same.returncode != 0
    assert f"The compute target {TARGET} is attached already: the Ray cluster at {address}." in same.stderr
    assert "services" not in same.stderr
    assert "scoredock compute detach" in same.stderr

    other = project.run("sdk", "run", "other.py")
    assert other.stdout.split() == ["aks"], other.stderr
    assert "aks stands for this machine" in other.stderr
    assert [each["name"] for each in project.json("compute", "list", "--no-ask")["targets"]] == [TARGET]


@pytest.mark.long("the way to the workers is tried for 20 seconds before it is given up")
@pytest.mark.parametrize(
    ("status", "log", "code"),
    [
        ("RUNNING", "scoredock: workers are reached at port {port}\n", "ray-workers-unreachable"),
        ("FAILED", "scoredock: the job is for another Python than 3.10\n", "ray-python-differs"),
        ("FAILED", "port 1 cannot be used: Permission denied\n", "ray-job-failed"),
    ],
)
def test_a_job_whose_workers_do_not_come(project: Terminal, status: str, log: str, code: str) -> None:
    """A cluster of which nothing but the port of its job server is reachable, and programs that end."""
    job = {"status": status, "message": "Job entrypoint command failed with exit code 4"}
    answers = {
        **head("3.11.7"),
        "PUT /api/packages/gcs/ID": (200, ""),
        "POST /api/jobs/": (200, {"submission_id": "id"}),
        "GET /api/jobs/ID": (200, job),
        "GET /api/jobs/ID/logs": (200, {"logs": log.format(port=free_port())}),
        "POST /api/jobs/ID/stop": (200, {"stopped": True}),
        "DELETE /api/jobs/ID": (200, {"deleted": True}),
    }
    with job_server(answers) as server:
        project.json("compute", "attach", TARGET, "--ray", server.address)
        assert project.refused(*run())["code"] == code
        assert "POST /api/jobs/ID/stop" in server.asked or status == "FAILED"
