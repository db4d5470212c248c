"""Environments in images, by the real daemon and the real uv: what is in them, found again, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from scoredock.containers import image_calls, image_files
from scoredock.containers.connection import Docker, DockerSettings
from scoredock.containers.layer import Layer, unfinished
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.wheelhouse import VARIABLE, runtime_source
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, ImageSpec, SparkSpec
from scoredock.errors import ScoredockError
from scoredock.images import daemon_store, listing
from scoredock.images.base_images import reference_for
from scoredock.images.built import DESCRIPTION, INTERPRETER, NAME, PACKAGES_REPOSITORY, PREFIX, BuiltImage
from scoredock.images.environment_images import EnvironmentImages
from scoredock.images.members import LayerMember, stream, text, with_folders
from scoredock.progress import CancelToken, Silent

from conda_channel import MINOR, with_library
from docker_daemon import TINY, private_daemon, with_tiny_image
from image_bench import Bench
from package_index import Release, index_of, index_with

from .conftest import PLAIN

FURTHER = pytest.mark.long("another moment of the same making, which the same block clears up after")
_TELL = """\
import getpass, importlib.metadata, json, os, sys
files = importlib.metadata.files("tabulate") or []
print(json.dumps({"prefix": sys.prefix, "base": sys.base_prefix, "user": getpass.getuser(), "home": os.environ["HOME"],
    "uid": os.getuid(), "missing": [str(f) for f in files if not f.locate().exists()],
    "version": importlib.metadata.version("tabulate"), "cached": os.path.exists(__import__("tabulate").__cached__)}))
"""


def test_an_image_runs_its_packages_under_a_hardened_account(bench: Bench, plain: BuiltImage) -> None:
    program = f"{PREFIX}/bin/tabulate"
    said = bench.run(plain.id, "/bin/sh", "-ec", '"$0" -I -c "$1"; "$2" --help', INTERPRETER, _TELL, program)
    first, _, usage = said.partition("\n")
    told = json.loads(first)
    assert told["prefix"] == PREFIX
    assert told["base"] == "/usr"
    assert (told["user"], told["home"], told["uid"]) == ("scoredock", "/tmp", 1000)
    assert told["version"] == "0.9.0"
    assert told["missing"] == []
    assert told["cached"], "it was compiled when the image was made: nothing can be written here"
    assert usage.startswith("Usage: tabulate")


def test_the_configuration_of_an_image(bench: Bench, plain: BuiltImage) -> None:
    config = (image_calls.look(bench.docker, plain.reference) or {})["Config"]
    assert config["User"] == "1000:1000"
    assert config["Cmd"] == [INTERPRETER, "-I", "-m", "scoredock_runtime", "serve", "/var/scoredock"]
    assert not config["Entrypoint"]
    assert "5001/tcp" in config["ExposedPorts"]
    assert config["WorkingDir"] == "/var/azureml-app"
    assert "HOME=/tmp" in config["Env"]
    look = f"stat -c '%u:%g %a' /var/azureml-app /var/scoredock && cat {PREFIX}/scoredock-lock-hashes.txt"
    app, own, lock = bench.run(plain.id, "/bin/sh", "-c", look).split("\n", 2)
    assert (app, own) == ("1000:1000 755", "1000:1000 700")
    assert "tabulate==0.9.0" in lock
    assert "--hash=sha256:" in lock
    assert "scoredock-runtime" not in lock


@pytest.mark.parametrize(("role", "what"), [("packages", "Packages"), ("environment", "Environment")])
def test_the_images_of_an_environment_say_what_they_are(bench: Bench, plain: BuiltImage, role: str, what: str) -> None:
    """To whoever meets them in `docker images`, and knows nothing of their keys."""
    (found,) = image_calls.labelled(bench.docker, {NAME: plain.display_name, image_calls.ROLE: role})
    assert found["Labels"][DESCRIPTION] == (
        f"{what} of Scoredock services: {plain.display_name}, Python {plain.python_version} on {plain.base}"
    )


def test_the_same_wish_is_found_by_two_small_questions(
    bench: Bench, plain: BuiltImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = bench.spec(*PLAIN)
    built = bench.prepare(wanted)
    assert built == plain
    bench.told.messages.clear()
    with monkeypatch.context() as counting:
        asked: list[str] = []
        send = requests.Session.send

        def counted(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            asked.append(str(request.path_url))
            return send(self, request, **options)

        counting.setattr(requests.Session, "send", counted)
        assert bench.images.find(wanted) == built
        looks = [
            each for each in asked if not each.endswith("/_ping")
        ]  # whether the daemon is there is asked now and then
        assert len(looks) == 2, asked
        assert all(each.endswith("/json") and "/images/" in each for each in looks), "each looks at one image"
    assert bench.prepare(wanted) == built
    assert bench.told.messages == []
    assert bench.images.existing(built.key) == built
    assert bench.images.existing("0" * 24) is None
    assert bench.images.prepare(wanted, bench.told, CancelToken(), rebuild=True) == built
    assert any("Resolving" in message for message in bench.told.messages), "the index is asked again"


def test_a_new_runtime_sends_no_packages(
    bench: Bench, plain: BuiltImage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wheel = runtime_source().wheel(tmp_path, Silent(), CancelToken())
    later = tmp_path / "later"
    later.mkdir()
    # The same runtime by another build: its digest is another.
    (later / wheel.name).write_bytes(wheel.read_bytes() + b"\0" * 4)
    monkeypatch.setenv(VARIABLE, str(later))
    sizes: list[int] = []

    def load(docker: Any, archive: Iterator[bytes], *others: Any) -> None:
        blocks = list(archive)
        sizes.append(sum(map(len, blocks)))
        image_files.load(docker, iter(blocks), *others)

    monkeypatch.setattr(daemon_store, "load", load)
    second = bench.prepare(bench.spec(*PLAIN))
    assert second.key != plain.key
    assert second.layers[:-1] == plain.layers[:-1]
    assert sizes[0] < 100_000, "what Docker has is not sent again"


@pytest.mark.long("a package of a folder is built in a container at the gate")
def test_a_package_without_a_wheel_is_built_in_a_container_that_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://reader:canary-8151@127.0.0.1:9/simple")
    over = threading.Event()
    watched: list[str] = []
    watching = threading.Thread(target=_watch, args=(bench, over, watched))
    watching.start()
    try:
        built = bench.prepare(bench.spec("docopt==0.6.2"))
    finally:
        over.set()
        watching.join(30)
    assert any("--require-hashes" in each for each in watched)
    assert any("pip-build-env" in each for each in watched), "what the build needs is installed by a pip of its own"
    assert not any("canary-8151" in each for each in watched), "anybody may look at containers and their processes"
    assert any("Building a wheel of docopt==0.6.2" in message for message in bench.told.messages)
    found = json.dumps([image_calls.look(bench.docker, built.id), image_calls.history(bench.docker, built.id)])
    assert "canary-8151" not in found
    look = '"$0" -c "import docopt; print(docopt.__version__)"; grep -rl canary-8151 /opt /etc /var 2>/dev/null; '
    said = bench.run(built.id, "/bin/sh", "-c", f"{look} ls /scoredock-wheels; true", INTERPRETER)
    assert said.startswith("0.6.2\n")
    assert "canary" not in said
    assert "No such file" in said


def _watch(bench: Bench, over: threading.Event, told: list[str]) -> None:
    """What `docker inspect` and `ps` say of the containers in which wheels are built."""
    api = bench.docker.api
    wanted = {"label": f"{image_calls.ROLE}={image_calls.BUILD_ROLE}", "ancestor": bench.images.base_image}
    while not over.wait(0.1):
        for each in api.containers(filters=wanted):
            if each["Labels"][image_calls.KEY].startswith("wheel-"):
                with contextlib.suppress(Exception):  # it has ended
                    told.append(json.dumps(api.inspect_container(each["Id"])))
                    told.append(json.dumps(api.top(each["Id"])))


@pytest.mark.long("one more build in a container")
def test_an_archive_that_is_not_the_locked_one_is_not_built(bench: Bench) -> None:
    other = "0" * 64
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec(f"docopt==0.6.2 --hash=sha256:{other}"))
    assert refused.value.code == "environment-build-failed"
    assert other in str(refused.value.details)


@pytest.mark.long("two builds of half a minute; at the gate one wheel is built, and tests/environments has the lock")
@pytest.mark.chance
def test_two_that_need_the_same_wheel_build_it_once(bench: Bench) -> None:
    made: list[str] = []

    def work(*more: str) -> None:
        made.append(bench.prepare(bench.spec("docopt==0.6.2", *more)).key)

    threads = [threading.Thread(target=work, args=more) for more in ((), ("iniconfig==2.0.0",))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    assert len(set(made)) == 2
    assert sum("Building a wheel" in message for message in bench.told.messages) == 1


@pytest.mark.long("tests/environments/test_build_records.py has two builders")
@pytest.mark.chance
def test_two_at_once_build_once(bench: Bench) -> None:
    wanted = bench.spec("tabulate==0.9.0", "iniconfig==2.0.0")
    keys: list[str] = []

    def work() -> None:
        keys.append(bench.prepare(wanted).key)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert sum("Writing a layer" in message for message in bench.told.messages) == 2  # packages and runtime, once each


@pytest.mark.parametrize(
    "moment",
    [
        "Installing",
        "Compiling",
        *(pytest.param(each, marks=FURTHER) for each in ("Resolving", "Writing a layer", "Adding the scoring runtime")),
    ],
)
def test_a_cancel_leaves_nothing(bench: Bench, moment: str) -> None:
    cancel = CancelToken()
    bench.told.on_message = lambda message: cancel.cancel() if message.startswith(moment) else None
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec("tabulate==0.9.0", "iniconfig==2.0.0"), cancel)
    assert refused.value.code == "cancelled"
    assert bench.leftovers() == []
    assert bench.images.find(bench.spec("tabulate==0.9.0", "iniconfig==2.0.0")) is None


@pytest.mark.chance
def test_what_a_killed_builder_left_is_swept(bench: Bench) -> None:
    """On a daemon of its own: whatever starts on a machine sweeps what the dead have left, of all workspaces."""
    with private_daemon() as daemon:
        docker = with_tiny_image(daemon.docker())
        images = replace(bench.images, docker=DockerSettings(daemon.host))
        _killed_and_swept(docker, images, bench.name)


def _killed_and_swept(docker: Docker, images: EnvironmentImages, key: str) -> None:
    code = (
        "import os; from scoredock.containers.connection import DockerSettings, connect;"
        "from scoredock.containers.layer import Layer;"
        f"Layer(connect(DockerSettings({docker.endpoint!r})), {TINY!r}, {key!r})"
        ".__enter__(); os._exit(9)"
    )
    gone = subprocess.Popen([sys.executable, "-c", code])
    gone.wait(60)
    left = images.root / "wheels" / f".packages-{gone.pid}-x"
    left.mkdir(parents=True)
    with Layer(docker, TINY, key) as mine:
        assert [each for _, each in unfinished(docker)] == [key]
        images.sweep()
        assert unfinished(docker) == []
        assert not left.exists()
        assert docker.api.inspect_container(mine.container)["Id"] == mine.container  # its maker lives


def test_a_base_without_the_python_is_refused_by_what_it_has(bench: Bench) -> None:
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec(python="==3.9.*"))
    assert refused.value.code == "image-python-missing"
    assert "3.11" in refused.value.message


@pytest.mark.parametrize(
    ("image", "code"),
    [
        pytest.param(ImageSpec(base_image="127.0.0.1:9/none:1"), "image-pull-failed", id="no registry there"),
        pytest.param(ImageSpec(base_image="a b\nRUN x"), "base-image-invalid", id="a newline in the name"),
        pytest.param(ImageSpec(cuda="10.0"), "image-cuda-unsupported", id="cuda without a base image"),
        pytest.param(ImageSpec(platform="linux/s390x"), "image-platform", id="another platform"),
    ],
)
def test_a_base_that_cannot_be_had(bench: Bench, image: ImageSpec, code: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec(image=image))
    assert refused.value.code == code


def test_a_dockerfile_of_ones_own_is_built_first_and_steps_run_on_it(bench: Bench, tmp_path: Path) -> None:
    """Steps on an image that is named are those of `test_a_failing_step_is_the_error`."""
    label = f"LABEL com.scoredock.environment={bench.name}"
    written = f"FROM scoredock-test-base:bookworm\n{label}\nRUN echo mine > /mine.txt\n"
    (tmp_path / "motd.txt").write_text("hello from a step")
    steps = ("RUN cat /mine.txt > /made.txt", "COPY motd.txt /motd.txt", label)
    image = ImageSpec(base_dockerfile=written, steps=steps)
    built = bench.prepare(bench.spec(image=image, source=str(tmp_path / "environment.json")))
    assert bench.run(built.id, "/bin/cat", "/mine.txt", "/made.txt", "/motd.txt") == "mine\nmine\nhello from a step"
    assert any(message.startswith("Step 3/") for message in bench.told.messages)
    bases = image_calls.labelled(bench.docker, {NAME: bench.name, image_calls.ROLE: "base"})
    assert {each["Labels"][DESCRIPTION] for each in bases} == {
        "Base of Scoredock services, built of baseDockerfile",
        "Base of Scoredock services, built of baseDockerfile with extraDockerfileSteps",
    }


def test_a_failing_step_is_the_error(bench: Bench) -> None:
    steps = (f"LABEL com.scoredock.tests={bench.name}", "RUN echo before", "RUN echo the-reason; exit 3")
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec(image=ImageSpec(steps=steps)))
    assert bench.docker.api.containers(all=True, filters={"label": f"com.scoredock.tests={bench.name}"}) == []
    assert image_calls.labelled(bench.docker, {"com.scoredock.tests": bench.name}) == []
    assert refused.value.code == "image-build-failed"
    assert "RUN echo the-reason" in refused.value.message
    assert refused.value.details["output"] == ["the-reason"]


def test_a_cancelled_step_ends_at_once_and_leaves_nothing(bench: Bench) -> None:
    cancel = CancelToken()
    label = f"com.scoredock.tests={bench.name}"
    steps = (f"LABEL {label}", "RUN echo before > /before.txt", "RUN echo it-runs; sleep 3600")
    bench.told.on_line = lambda line: cancel.cancel() if line == "it-runs" else None
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec(image=ImageSpec(steps=steps)), cancel)
    assert refused.value.code == "cancelled"
    bench.until(lambda: bench.docker.api.containers(all=True, filters={"label": label}) == [])
    bench.until(lambda: image_calls.labelled(bench.docker, {"com.scoredock.tests": bench.name}) == [])


@pytest.mark.parametrize(
    ("interpreter", "value"),
    [
        ("/opt/own/bin/python", "42"),
        pytest.param(
            "/opt/gone/bin/python", "41", marks=pytest.mark.long("a second image; packages ask it at the gate")
        ),
    ],
)
def test_packages_of_the_image_itself(bench: Bench, interpreter: str, value: str) -> None:
    """`userManagedDependencies`: what the interpreter of the image has is there, and nothing is installed but the
    runtime.

    The interpreter is the one that is named, and where the image lacks that, the first that it has.
    """
    paths = {"41": "/usr/lib/python3/dist-packages", "42": "/opt/own/lib/python3.11/site-packages"}
    brought = [f" && mkdir -p {path} && echo 'value = {each}' > {path}/brought.py" for each, path in paths.items()]
    written = (
        f"FROM scoredock-test-base:bookworm\nLABEL com.scoredock.environment={bench.name}\n"
        f"RUN python3 -m venv --without-pip /opt/own{''.join(brought)}\n"
    )
    code = "import brought, scoredock_runtime; print(brought.value)"
    wanted = EnvironmentSpec(
        None,
        (),
        "/p/env.json",
        bench.name,
        image=ImageSpec(base_dockerfile=written),
        user_managed=True,
        interpreter=interpreter,
    )
    built = bench.images.prepare(wanted, bench.told, CancelToken())
    assert bench.run(built.id, INTERPRETER, "-I", "-c", code).strip() == value


@pytest.mark.long("each of both is built at the gate")
def test_a_process_and_a_container_have_their_own_environments_from_one_cache_of_packages(
    bench: Bench, tmp_path: Path
) -> None:
    with index_with(tmp_path / "index", "shared-part") as index:
        wanted = bench.spec(f"--extra-index-url http://{index.address}/", "shared-part")
        process = EnvironmentCache(tmp_path / "environments", EnvironmentSettings())
        built = process.prepare(wanted, Silent(), CancelToken())
        fetched = [path for path in index.asked if path.endswith(".whl")]
        assert fetched
        index.asked.clear()
        image = bench.prepare(wanted)
        assert [path for path in index.asked if path.endswith(".whl")] == [], "the cache has it"
    assert [each.key for each in process.list()] == [built.key], "that of a container is not among those of processes"
    shutil.rmtree(built.folder)
    code = "import shared_part; print(shared_part.__file__)"
    assert bench.run(image.id, INTERPRETER, "-I", "-c", code).startswith(PREFIX)


def test_the_base_is_that_of_the_environment_else_of_the_settings_else_the_official_one() -> None:
    plain = EnvironmentSpec("==3.10.*", (), "/p/env.yml", "test")
    own = replace(plain, image=ImageSpec(base_image="registry.example.com/mine:1"))
    assert reference_for(own, "example.com/of-the-settings:1") == "registry.example.com/mine:1"
    assert reference_for(plain, "example.com/of-the-settings:1") == "example.com/of-the-settings:1"
    assert reference_for(plain, "") == "python:3.10-slim"


def test_listing_and_clearing(bench: Bench) -> None:
    built = bench.prepare(bench.spec("tabulate==0.9.0", "iniconfig==2.0.0", "wcwidth==0.2.13"))
    assert built in bench.images.list()
    everything = {image.key for image in bench.images.list()}
    would = bench.images.collect(everything - {built.key}, dry_run=True)
    assert built.key in would.keys
    assert any(reference.startswith(PACKAGES_REPOSITORY) for reference in would.references)
    assert would.bytes > 100_000
    container = bench.docker.api.create_container(built.id, labels={"com.scoredock.service": "diabetes"})["Id"]
    try:
        with pytest.raises(ScoredockError) as refused:
            bench.images.remove(built.key)
        assert refused.value.code == "image-in-use"
        assert "diabetes" in refused.value.message
        assert built.reference in bench.images.collect(everything - {built.key}, dry_run=True).references_in_use
    finally:
        image_calls.discard(bench.docker, container)
    assert bench.images.remove(built.key) > 100_000
    assert bench.images.existing(built.key) is None


@pytest.mark.long("it is a matter of moments")
@pytest.mark.chance
def test_an_image_that_another_program_removes_while_it_is_looked_at(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = bench.prepare(bench.spec("iniconfig==2.0.0"))
    others = {image.key for image in bench.images.list()} - {built.key}

    def then_it_goes(docker: Docker, reference: str) -> list[Mapping[str, Any]]:
        found = image_calls.containers_of(docker, reference)
        if reference == built.reference:
            image_calls.remove(docker, reference)
        return found

    monkeypatch.setattr(listing, "containers_of", then_it_goes)
    assert built.key in bench.images.collect(others, dry_run=True).keys


def test_nothing_is_asked_of_docker_before_it_is_needed(tmp_path: Path) -> None:
    images = EnvironmentImages(tmp_path, EnvironmentSettings(), DockerSettings(f"unix://{tmp_path}/none.sock"))
    assert images.find(EnvironmentSpec(None, (), "default", "x")) is None
    images.sweep()
    with pytest.raises(ScoredockError) as refused:
        images.prepare(EnvironmentSpec(None, (), "default", "x"), Silent(), CancelToken())
    assert refused.value.code == "docker-unavailable"


@pytest.mark.long("tests/environments/test_conda.py has them in a folder")
def test_conda_packages_lie_where_they_were_made_for(bench: Bench, tmp_path: Path) -> None:
    channel = with_library(tmp_path / "channel")
    steps = (f"LABEL com.scoredock.environment={bench.name}", f"ENV LD_LIBRARY_PATH={PREFIX}/lib")
    wanted = EnvironmentSpec(
        f"=={MINOR}.*",
        ("tabulate==0.9.0",),
        "/p/conda.yml",
        bench.name,
        conda=CondaPackages((f"python={MINOR}", "libpython", "ffmpeg", "greeting"), (channel.url,)),
        image=ImageSpec(steps=steps),
    )
    built = bench.prepare(wanted)
    code = "import greeting, sys, tabulate, scoredock_runtime; print(sys.prefix, tabulate.__version__)"
    programs = f'"$0" -I -c "$1"; {PREFIX}/bin/ffmpeg; ffmpeg-config'
    said = bench.run(built.id, "/bin/sh", "-ec", programs, INTERPRETER, code)
    assert said.split() == [PREFIX, "0.9.0", f"{PREFIX}/share/tool", f"{PREFIX}/share"]
    assert bench.images.find(wanted) == built


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        # Of Itanium, which no QEMU emulates: what a machine has for arm64 must not decide this test.
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x32\0" + bytes(100), "image-platform", id="Itanium"),
        pytest.param(b"", "image-python-missing", id="no shell"),
    ],
)
def test_an_image_in_which_nothing_runs_here(bench: Bench, shell: bytes, code: str) -> None:
    files = [LayerMember("bin/sh", shell, len(shell), 0o755)] if shell else [text("etc/motd", "nothing to run")]
    repository = f"scoredock-tests/{bench.name}"
    archive = b"".join(stream(with_folders(files, ""), CancelToken()))
    bench.docker.patient.import_image_from_data(archive, repository=repository, tag="1")
    try:
        with pytest.raises(ScoredockError) as refused:
            bench.prepare(bench.spec(image=ImageSpec(base_image=f"{repository}:1")))
        assert refused.value.code == code
    finally:
        image_calls.remove(bench.docker, f"{repository}:1")


def test_spark_needs_java_in_the_image(bench: Bench) -> None:
    wanted = replace(bench.spec(), spark=SparkSpec())
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(wanted)
    assert refused.value.code == "java-not-found"


@pytest.mark.long("tests/environments/test_build.py has them in a process")
def test_a_package_of_a_folder_here(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "brought_along.py").write_text("value = 7\n")
    (tmp_path / "own" / "pyproject.toml").write_text(
        '[project]\nname = "brought-along"\nversion = "1.0"\ndescription = "-"\n[build-system]\nrequires ='
        ' ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    )
    built = bench.prepare(bench.spec(str(tmp_path / "own")))
    code = "import brought_along; print(brought_along.value)"
    assert bench.run(built.id, INTERPRETER, "-I", "-c", code).strip() == "7"
    (tmp_path / "own" / "brought_along.py").write_text("value = 8\n")
    edited = bench.prepare(bench.spec(str(tmp_path / "own")))
    assert bench.run(edited.id, INTERPRETER, "-I", "-c", code).strip() == "8"
    assert edited.key != built.key


BACKEND = """\
import os
import zipfile


def build_wheel(folder, config_settings=None, metadata_directory=None):
    about = "brought_along-1.0.dist-info"
    texts = {
        "brought_along.py": "value = 9\\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\\nName: brought-along\\nVersion: 1.0\\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    texts[f"{about}/RECORD"] = "".join(f"{name},,\\n" for name in (*texts, f"{about}/RECORD"))
    with zipfile.ZipFile(os.path.join(folder, "brought_along-1.0-py3-none-any.whl"), "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return "brought_along-1.0-py3-none-any.whl"
"""


@pytest.mark.long("two images; tests/environments/test_private_indexes.py asks such an index for a process at the gate")
@pytest.mark.parametrize("of_uv", [True, False], ids=["settings of uv", "settings of Scoredock"])
def test_what_a_folder_here_needs_to_be_built_comes_from_the_index_of_the_person(
    of_uv: bool, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "pyproject.toml").write_text(
        '[project]\nname = "brought-along"\nversion = "1.0"\n[build-system]\nrequires = ["only-inside"]\n'
        'build-backend = "only_inside"\n'
    )
    releases = (Release("h11", "0.16.0"), Release("only-inside", "1.0", BACKEND))
    for name, folder in {"XDG_CONFIG_HOME": "config", "UV_CACHE_DIR": "uv"}.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    with index_of(tmp_path / "index", releases, login="me:of-the-index") as index:
        address = f"http://me:of-the-index@{index.address}/simple"
        if of_uv:
            (tmp_path / "config" / "uv").mkdir(parents=True)
            (tmp_path / "config" / "uv" / "uv.toml").write_text(f'index-url = "{address}"\n')
        images = replace(bench.images, settings=EnvironmentSettings(index_url="" if of_uv else address))
        built = images.prepare(bench.spec(str(tmp_path / "own")), bench.told, CancelToken())
    code = "import brought_along; print(brought_along.value)"
    assert bench.run(built.id, INTERPRETER, "-I", "-c", code).strip() == "9"


@pytest.mark.long("one more build in a container")
def test_a_package_that_cannot_be_compiled_says_why(bench: Bench) -> None:
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec("netifaces==0.11.0"))
    assert refused.value.code == "environment-build-failed"
    assert "netifaces==0.11.0" in refused.value.message
    assert "extraDockerfileSteps" in refused.value.fix
    assert bench.leftovers() == []
