"""`scoredock environment suggest` and `enable`, with the real index, and what the trial of a proposal decides, with an
index of our own."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

import docker_daemon
from cli.conftest import Terminal
from package_index import Release, index_of
from pickle_writing import by_global, by_stack

MINOR = "{}.{}".format(*sys.version_info[:2])
OLD = """name: old
dependencies:
  - python=3.6.2  # of the documents
  - {pin}={version}
  - pip:
      - azureml-defaults
      - "requests>=2.20"
"""


@pytest.mark.parametrize(
    ("pin", "version", "below", "companions"),
    [
        ("markupsafe", "1.0", "3", set()),
        pytest.param(
            "scikit-learn",
            "0.20.0",
            "1.8",
            {"numpy", "scipy", "joblib", "threadpoolctl"},
            marks=pytest.mark.long(
                "installs scikit-learn; tests/environments/test_companions.py has what comes with it"
            ),
        ),
    ],
)
def test_old_pins_are_replaced_in_place(
    terminal: Any, pin: str, version: str, below: str, companions: set[str]
) -> None:
    file = terminal.folder / "conda.yml"
    old = OLD.format(pin=pin, version=version)
    file.write_text(old)
    found = terminal.json("environment", "suggest", "conda.yml")
    assert "Python 3.6 is out of support" in found["impossible"][0]
    assert file.read_text() == old
    told = terminal.ok("environment", "suggest", "conda.yml", "--write")
    assert "Python 3.6 is out of support" in told
    assert "wrote " in told
    new = next(change["new"] for change in found["changed"] if change["name"] == pin)
    assert Version(version) < Version(new) < Version(below)
    assert found["byHand"] == []
    replaced = old.replace("python=3.6.2", f"python={MINOR}").replace(f"{pin}={version}", f"{pin}=={new}")
    written = file.read_text()
    assert written.startswith(replaced.rstrip())
    # What a package needs comes from its time; nothing else is added.
    added = dict(
        line.strip(" -").split("==") for line in written[len(replaced.rstrip()) :].splitlines() if line.strip()
    )
    assert added.keys() <= companions
    if "numpy" in companions:
        assert Version(added["numpy"]) < Version("2")
    assert "nothing needs to change" in terminal.ok("environment", "suggest", "conda.yml")


def test_a_file_that_is_not_there(terminal: Any) -> None:
    assert terminal.refused("environment", "suggest", "none.yml")["code"] == "file-unreadable"


def test_nothing_is_installed_without_a_yes(terminal: Any) -> None:
    done = terminal.run("environment", "enable", "conda", stdin="")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert "installed py-rattler" in terminal.ok("environment", "enable", "conda", "--yes")


OLD_ON_39 = OLD.replace("python=3.6.2  # of the documents", "python=3.9").format(pin="markupsafe", version="1.1.1")


@pytest.mark.long("the nearest versions for a process are found at the gate")
@pytest.mark.docker
def test_for_a_container_its_pythons_count(terminal: Any) -> None:
    terminal.env |= {"SCOREDOCK_BASE_IMAGE": docker_daemon.base_image(), "DOCKER_HOST": docker_daemon.docker_host()}
    file = terminal.folder / "conda.yml"
    file.write_text(OLD_ON_39)
    found = terminal.json("environment", "suggest", "conda.yml", "--engine", "docker", "--write")
    # The base of the tests is Debian 12, whatever runs them.
    assert found["python"] == "3.11"
    changed = {change["name"]: change["new"] for change in found["changed"]}
    assert changed["python"] == "3.11"
    assert found["impossible"][0] == "No base image has Python 3.9."
    assert Version("1.1.1") < Version(changed["markupsafe"])
    assert terminal.json("environment", "suggest", "conda.yml", "--engine", "docker")["changed"] == []


# ------------------------------------------------------------------------------------- what the trial of each decides

WITH_OLD = "import parts\nif parts.VERSION != 1:\n    raise AttributeError('parts has no float any more')\n"
WITH_NEW = "import parts\nif parts.VERSION == 1:\n    raise AttributeError('parts has no double yet')\n"
WITH_NONE = "import parts\nraise AttributeError(f'nothing of parts {parts.VERSION} is of use')\n"
WITH_NOTHING = "from parts import nothing\n"
WITH_ALL = "import parts\n"
PARTS = (
    Release("parts", "1.0", "VERSION = 1\n", uploaded="2022-03-10T00:00:00Z"),
    Release("parts", "2.0", "VERSION = 2\n\n\nclass Kept:\n    pass\n", uploaded="2024-01-01T00:00:00Z"),
)
OLD_PYTHON = "cp36-cp36m-manylinux1_x86_64"


def fitted(body: str) -> tuple[Release, ...]:
    """A package of 2022 in two versions, the first only for Python 3.6, that needs any version of `parts`."""
    came = "2022-03-01T00:00:00Z"
    return (
        Release("fitted", "0.9", requires=("parts",), uploaded=came, tag=OLD_PYTHON),
        Release("fitted", "1.0", body, requires=("parts",), uploaded=came),
        *PARTS,
    )


@contextmanager
def only_with(terminal: Terminal, *releases: Release) -> Iterator[None]:
    """What the terminal starts knows these packages and what the scoring runtime needs, and no others."""
    own = terminal.home.parent
    with index_of(own / "index", (Release("h11", "0.16.0"), *releases)) as index:
        terminal.env |= {"UV_DEFAULT_INDEX": f"http://{index.address}/simple", "UV_CACHE_DIR": str(own / "uv")}
        yield


def written(terminal: Terminal, *lines: str) -> Path:
    file = terminal.folder / "requirements.txt"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def registered(terminal: Terminal, pickle: bytes) -> str:
    """A model of one pickle, by its name and version."""
    (terminal.folder / "model.pkl").write_bytes(pickle)
    return str(terminal.json("model", "register", "model.pkl", "--name", "m")["id"])


@pytest.mark.parametrize(
    ("pin", "body", "after"),
    [
        pytest.param("1.0", WITH_OLD, ["fitted==1.0", "parts==1.0"], id="as it is it cannot be imported"),
        pytest.param(
            "0.9",
            WITH_NEW,
            ["fitted==1.0"],
            id="with what is of its time it cannot be imported",
            marks=pytest.mark.long("the same trial of the sets in the other order"),
        ),
    ],
)
def test_what_cannot_be_imported_is_not_offered(terminal: Terminal, pin: str, body: str, after: list[str]) -> None:
    """Both sets can be installed: only importing them tells which of them works."""
    file = written(terminal, f"fitted=={pin}")
    with only_with(terminal, *fitted(body)):
        terminal.ok("environment", "suggest", file.name, "--write")
        assert file.read_text().split() == after
        assert "nothing needs to change" in terminal.ok("environment", "suggest", file.name)


def test_where_no_set_can_be_imported_each_is_told_with_its_reason(terminal: Terminal) -> None:
    file = written(terminal, "fitted==1.0")
    with only_with(terminal, *fitted(WITH_NONE)):
        refused = terminal.refused("environment", "suggest", file.name, "--write")
    assert refused["code"] == "environment-requirement-unsatisfiable"
    for version in (1, 2):
        assert f"fitted cannot be imported (AttributeError: nothing of parts {version} is of use)" in refused["message"]
    assert "comes with `fitted==1.0`: use another version of it" in refused["fix"]
    assert file.read_text() == "fitted==1.0\n"


def test_what_only_the_packages_need_must_not_be_importable_by_itself(terminal: Terminal) -> None:
    """As the plugin that TensorFlow has loaded already."""
    came = "2022-03-01T00:00:00Z"
    plugin = "import whole\nraise RuntimeError('File system for gs already registered')\n"
    releases = (
        Release("whole", "0.9", requires=("plugin",), uploaded=came, tag=OLD_PYTHON),
        Release("whole", "1.0", requires=("plugin",), uploaded=came),
        Release("plugin", "1.0", plugin, uploaded="2022-03-10T00:00:00Z"),
        Release("plugin", "2.0", plugin, uploaded="2024-01-01T00:00:00Z"),
    )
    (terminal.folder / "requirements.txt").write_text("whole==0.9\n")
    with only_with(terminal, *releases):
        terminal.ok("environment", "suggest", "requirements.txt", "--write")
    assert (terminal.folder / "requirements.txt").read_text().split() == ["whole==1.0", "plugin==1.0"]


def test_one_reason_is_said_once_with_the_line_that_brings_it(terminal: Terminal) -> None:
    file = written(terminal, "wanting==1.0", "parts")
    came = "2022-03-01T00:00:00Z"
    broken = Release("broken", "1.0", WITH_NOTHING, requires=("parts",), uploaded=came)
    wanting = Release("wanting", "1.0", "import broken\n", requires=("broken",), uploaded=came)
    with only_with(terminal, wanting, broken, *PARTS):
        refused = terminal.refused("environment", "suggest", file.name)
    message = refused["message"]
    assert message.count("wanting cannot be imported (ImportError: cannot import name 'nothing' from 'parts')") == 1
    assert str(terminal.home) not in message
    assert refused["fix"].startswith("What stands in the way comes with `wanting==1.0`")


def test_a_set_that_does_not_load_the_model_is_not_offered_where_another_does(terminal: Terminal) -> None:
    """What is of the time of the pin has no such class, which the newer one has."""
    file = written(terminal, "fitted==0.9")
    with only_with(terminal, *fitted(WITH_ALL)):
        found = terminal.json("environment", "suggest", file.name, "--model", registered(terminal, b"cparts\nKept\n."))
    assert (found["requirements"], found["warning"]) == (["fitted==1.0"], "")


def test_a_model_that_no_set_loads_is_a_warning(terminal: Terminal) -> None:
    """Also where every package can be imported as it is."""
    file = written(terminal, "fitted==1.0")
    with only_with(terminal, *fitted(WITH_ALL)):
        told = terminal.ok("environment", "suggest", file.name, "--model", registered(terminal, b"cparts\nGone\n."))
    warning, rest = told.split("\n", 1)
    assert warning.startswith("warning: The model cannot be loaded with these versions: AttributeError: ")
    assert "Gone" in warning
    assert "nothing needs to change" in rest


def test_a_model_of_a_module_of_ones_own_is_not_to_be_saved_again(terminal: Terminal) -> None:
    file = written(terminal, "fitted==1.0")
    with only_with(terminal, *fitted(WITH_ALL)):
        told = terminal.ok("environment", "suggest", file.name, "--model", registered(terminal, b"cmynet\nNet\n."))
    assert told.startswith("warning: The model needs the module mynet, which no package of the file brings")
    assert "source directory" in told.partition("\n")[0]
    assert "Save it again" not in told


LEARNED = (
    Release("scikit-learn", "0.24.2", tag="cp35-cp35m-manylinux1_x86_64"),
    Release("scikit-learn", "1.1.3"),
    Release("scikit-learn", "1.5.0"),
)
FORESTS = Path(__file__).parents[1] / "carry_over" / "pickles"
"""Of releases of scikit-learn, made by themselves; trees of before 1.3 cannot be loaded from then on."""


_OTHER_LINE = pytest.mark.long("a pin, and a line without one, are at the gate")


@pytest.mark.parametrize(
    ("line", "named", "after"),
    [
        pytest.param("scikit-learn", True, "1.1.3", id="left open", marks=_OTHER_LINE),
        pytest.param("scikit-learn", False, "1.1.3", id="left open, and no model is named"),
        pytest.param("scikit-learn==1.5.0", True, "1.1.3", id="pinned to what cannot load it"),
        pytest.param("scikit-learn>=1.5", True, "1.1.3", id="bound to what cannot load it"),
        pytest.param("scikit-learn==1.5.0", False, "1.5.0", id="a pin stays where no model is named"),
        pytest.param("", True, "1.1.3", id="not listed", marks=_OTHER_LINE),
    ],
)
def test_no_version_is_taken_that_cannot_load_the_model(terminal: Terminal, line: str, named: bool, after: str) -> None:
    file = written(terminal, "h11", *filter(None, (line,)))
    model = registered(terminal, (FORESTS / "0.24.2" / "forest.pkl").read_bytes())
    with only_with(terminal, *LEARNED):
        found = terminal.json("environment", "suggest", file.name, *(("--model", model) if named else ()))
    assert f"scikit-learn=={after}" in found["requirements"]
    assert f"scikit-learn=={after}" in found["text"]
    if line == "scikit-learn==1.5.0" and named:
        assert f"scikit-learn 1.5.0 cannot load {model}, which scikit-learn>=0.22,<1.3 can." in found["impossible"]


def test_models_of_a_workspace_that_differ_change_nothing(terminal: Terminal) -> None:
    file = written(terminal, "scikit-learn")
    for release in ("0.24.2", "1.2.2"):
        registered(terminal, (FORESTS / release / "forest.pkl").read_bytes())
    with only_with(terminal, *LEARNED):
        assert terminal.json("environment", "suggest", file.name)["changed"] == []


def test_where_nothing_loads_the_model_it_is_said_what_does(terminal: Terminal) -> None:
    file = written(terminal, "scikit-learn")
    model = registered(terminal, (FORESTS / "0.24.2" / "forest.pkl").read_bytes())
    with only_with(terminal, LEARNED[0], LEARNED[2]):
        found = terminal.json("environment", "suggest", file.name, "--model", model)
    assert f"{model} can be loaded with scikit-learn>=0.22,<1.3 only." in found["warning"]
    assert "install Python 3.9, which has scikit-learn 0.24.2" in found["warning"]
    assert f"run `scoredock model convert {model}`" in found["warning"]
    assert found["changed"] == [], "no other release is taken that cannot load it"


@pytest.mark.long("installs hundreds of packages; a few pins are at the gate")
def test_hundreds_of_pins_end_with_an_answer(terminal: Terminal) -> None:
    """The terminal of the tests waits a bounded time."""
    pins = [f"pinned{number}==1.0" for number in range(400)]
    old = {f"pinned{number}" for number in range(0, 400, 40)}
    releases = [
        Release(name, version, tag=OLD_PYTHON if version == "1.0" and name in old else "py3-none-any")
        for name in (pin.partition("==")[0] for pin in pins)
        for version in ("1.0", "2.0")
    ]
    listed = "".join(f"      - {pin}\n" for pin in pins)
    (terminal.folder / "conda.yml").write_text(f"name: many\ndependencies:\n  - python={MINOR}\n  - pip:\n{listed}")
    with only_with(terminal, *releases):
        found = terminal.json("environment", "suggest", "conda.yml")
        checked = terminal.run("check", "conda.yml")
    assert {(each["name"], each["old"], each["new"]) for each in found["changed"]} == {
        (name, "1.0", "2.0") for name in old
    }
    assert checked.returncode == 0, checked.stderr


def test_a_known_bad_pickle_is_not_loaded_before_somebody_allows_it(terminal: Terminal) -> None:
    file, canary = written(terminal, "parts"), terminal.folder / "was-loaded"
    model = registered(terminal, by_stack("os", "system", (f"touch {shlex.quote(str(canary))}",)))
    with only_with(terminal, *PARTS):
        told = terminal.ok("environment", "suggest", file.name, "--model", model)
        assert not canary.exists()
        assert "refer to os.system. It was not loaded with these versions." in told
        assert f"To allow that, run `scoredock model consent {model}`." in told
        terminal.ok("model", "consent", model)
        assert "warning" not in terminal.ok("environment", "suggest", file.name, "--model", model)
    assert canary.exists(), "the pickle of this test does something"


def test_the_command_that_a_refused_pin_names_finds_versions(terminal: Terminal) -> None:
    folder = terminal.folder / "a project"
    folder.mkdir()
    file = folder / "requirements.txt"
    file.write_text("fitted==0.9\n")
    first, *others = fitted(WITH_ALL)
    # A machine that has a Python 3.6 serves in that.
    with only_with(terminal, replace(first, tag="cp27-cp27mu-manylinux1_x86_64"), *others):
        refused = terminal.refused("service", "deploy", "old", "--es", "score.py", "--environment-file", str(file))
        assert refused["code"] == "environment-requirement-unsatisfiable", refused
        (command,) = [part for part in refused["fix"].split("`") if part.startswith("scoredock ")]
        found = terminal.json(*shlex.split(command)[1:])
    assert (found["path"], found["requirements"]) == (str(file), ["fitted==1.0", "parts==1.0"])


@pytest.mark.long("packages are imported and models loaded in a process at the gate")
@pytest.mark.docker
def test_in_a_container_packages_are_imported_and_the_model_is_loaded(terminal: Terminal) -> None:
    """Without the trial the file would be told to be right as it is."""
    terminal.env |= {"SCOREDOCK_BASE_IMAGE": docker_daemon.base_image(), "DOCKER_HOST": docker_daemon.docker_host()}
    file = written(terminal, "fitted==1.0")
    model = registered(terminal, by_global("parts", "Gone", ()))
    with only_with(terminal, *fitted(WITH_OLD)):
        found = terminal.json("environment", "suggest", file.name, "--engine", "docker", "--model", model)
    assert found["requirements"] == ["fitted==1.0", "parts==1.0"]
    assert "cannot be loaded with these versions: AttributeError: " in found["warning"]
    assert "Gone" in found["warning"]


def test_packages_of_the_sdk_are_written_in_one_release(terminal: Terminal) -> None:
    """The runtime stands in for some of them; elsewhere the file installs only where all are of one release."""
    file = written(terminal, "azureml-sdk==1.27.*", "azureml-defaults==1.27.*", "azureml-core == 1.27.0")
    with only_with(terminal, Release("azureml-sdk", "1.62.0")):
        found = terminal.json("environment", "suggest", "requirements.txt", "--write")
    assert file.read_text().splitlines() == ["azureml-sdk==1.62.0", "azureml-defaults==1.62.*", "azureml-core==1.62.*"]
    assert [(each["name"], each["old"], each["new"]) for each in found["changed"]][1:] == [
        ("azureml-defaults", "1.27.*", "1.62.*"),
        ("azureml-core", "1.27.0", "1.62.*"),
    ]
