"""What uv's refusals become: the requirement as the person wrote it, and why. And which of uv's own settings count."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.uv import uv_environment
from scoredock.environments.pip.uv_refusals import explain
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from package_index import write_wheel

UNSATISFIABLE = """error: No solution found when resolving dependencies
  cause: Because there is no version of numpy==99.0 and you require numpy==99.0, we can conclude that your requirements are unsatisfiable.
"""  # noqa: E501 (a text that would change if it were wrapped)
MISSING = """error: No solution found when resolving dependencies
  cause: Because no-such-thing was not found in the package registry and you require no-such-thing, we can conclude that your requirements are unsatisfiable.
"""  # noqa: E501 (a text that would change if it were wrapped)
CONFLICT = """error: No solution found when resolving dependencies
  cause: Because scikit-learn==1.3.0 depends on numpy>=1.17.3 and you require scikit-learn==1.3.0, we can conclude that you require numpy>=1.17.3.
         And because you require numpy==1.17, we can conclude that your requirements are unsatisfiable.
"""  # noqa: E501 (a text that would change if it were wrapped)
NO_WHEEL = """error: No solution found when resolving dependencies
  cause: Because tensorflow==1.15.0 has no wheels with a matching Python ABI tag (e.g., `cp311`) and you require tensorflow==1.15, we can conclude that your requirements are unsatisfiable.

hint: You require CPython 3.11 (`cp311`), but we only found wheels for `tensorflow` (v1.15.0) with the following Python ABI tags: `cp27m`, `cp36m`, `cp37m`
"""  # noqa: E501 (a text that would change if it were wrapped)
SYNTAX = """error: Couldn't parse requirement in `requirements.in` at position 0
  cause: Unexpected end of version specifier, expected version
         numpy==
              ^^
"""
OPTION = "error: Unexpected '-', expected '-c', '-e', '-r' or the start of a requirement: r6:2:1\n"
DNS = """error: Failed to fetch: http://nohost.invalid/simple/torch/
  cause: error sending request for url (http://nohost.invalid/simple/torch/)
  cause: client error (Connect)
  cause: dns error
"""
NO_CACHE = """error: No solution found when resolving dependencies
  cause: Because torch was not found in the cache and you require torch, we can conclude that your requirements are unsatisfiable.

hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
"""  # noqa: E501 (a text that would change if it were wrapped)
BUILD = """error: Failed to build `mysqlclient==1.3.0`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta:__legacy__.get_requires_for_build_wheel` failed (exit status: 1)

         [stderr]
         OSError: mysql_config not found

hint: Build failures usually indicate a problem with the package or the build environment
"""


@pytest.mark.parametrize(
    ("stderr", "requirements", "code", "named", "words"),
    [
        (
            UNSATISFIABLE,
            ["pandas", "numpy==99.0"],
            "environment-requirement-unsatisfiable",
            "numpy==99.0",
            "version 99.0 does not exist",
        ),
        (
            MISSING,
            ["No_Such.Thing"],
            "environment-requirement-unsatisfiable",
            "No_Such.Thing",
            "not in the package index",
        ),
        (
            CONFLICT,
            ["scikit-learn==1.3.0", "numpy==1.17"],
            "environment-requirement-unsatisfiable",
            "numpy==1.17",
            "numpy>=1.17.3",
        ),
        (NO_WHEEL, ["tensorflow==1.15"], "environment-requirement-unsatisfiable", "tensorflow==1.15", "is 3.7"),
        (SYNTAX, ["numpy=="], "environment-requirement-invalid", "numpy==", "Unexpected end of version"),
        (OPTION, ["numpy", "--frobnicate"], "environment-requirement-invalid", "", "Unexpected '-'"),
        (DNS, ["torch"], "environment-offline", "torch", "cannot be reached"),
        (NO_CACHE, ["numpy", "torch"], "environment-offline", "torch", "torch is not in the cache"),
        (BUILD, ["mysqlclient==1.3.0"], "environment-build-failed", "mysqlclient==1.3.0", "program mysql_config"),
        ("", [], "environment-build-failed", "", "no message"),
        ("error: something\nnew\n", ["numpy"], "environment-build-failed", "", "new"),
    ],
)
def test_a_refusal_names_the_requirement_and_why(
    stderr: str, requirements: list[str], code: str, named: str, words: str
) -> None:
    error = explain(stderr, requirements, "/p/conda.yml")
    assert error.code == code
    assert error.details["requirement"] == named
    assert words in error.message
    assert error.message.endswith(".")
    assert "\n" not in error.message
    assert error.place is not None
    assert error.place.path == "/p/conda.yml"


def test_no_other_python_is_advised_for_a_version_that_does_not_exist() -> None:
    fix = explain(UNSATISFIABLE, ["numpy==99.0"], "/p/conda.yml").fix
    assert fix.startswith("Choose a version that exists, or remove the pin. To find the nearest, run `scoredock env")
    assert "Python version" not in explain(UNSATISFIABLE, ["numpy==99.0"], "default").fix
    assert "another Python version" in explain(CONFLICT, ["scikit-learn==1.3.0", "numpy==1.17"], "/p/conda.yml").fix


def test_a_package_of_conda_that_the_index_lacks_may_be_in_a_channel() -> None:
    error = explain(MISSING, ["numpy", "No_Such.Thing"], "/p/conda.yml", ["numpy==1.26.*", "No_Such.Thing>=1"])
    assert 'add `environment = "conda"` below `[tool.scoredock]`' in error.fix
    for others in ((), ("numpy==1.26.*",)):
        assert "Correct or remove the name" in explain(MISSING, ["No_Such.Thing"], "/p/conda.yml", others).fix


@pytest.mark.parametrize("before", ["", "x @ "])
def test_a_file_of_a_requirement_that_is_gone_is_named_and_not_the_index(tmp_path: Path, before: str) -> None:
    address = "https://nohost.invalid/x-1.0-py3-none-any.whl"
    (tmp_path / "requirements.txt").write_text(f"numpy\n{before}{address}\n")
    error = explain(
        DNS.replace("http://nohost.invalid/simple/torch/", address),
        ["numpy", before + address],
        str(tmp_path / "requirements.txt"),
    )
    assert (error.code, error.details["requirement"]) == ("environment-offline", before + address)
    assert error.message == f"The file {address} of this environment cannot be reached."
    assert "index that can be reached" not in error.fix
    assert error.place is not None
    assert error.place.line == 1


def test_an_extra_index_that_is_gone_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "conda.yml").write_text(
        "dependencies:\n- pip:\n  - --extra-index-url http://nohost.invalid/simple\n  - torch\n"
    )
    lines = ["--extra-index-url http://nohost.invalid/simple", "torch"]
    error = explain(DNS, lines, str(tmp_path / "conda.yml"))
    assert (error.code, error.details["requirement"]) == ("environment-offline", "torch")
    assert "http://nohost.invalid/simple of this environment" in error.message
    assert "Take its line out" in error.fix
    assert error.place is not None
    assert error.place.line == 2
    other = explain(DNS, ["--extra-index-url http://other.invalid/simple", "torch"], "/p/conda.yml")
    assert "torch is not in the cache" in other.message


NO_PAGE = """error: Failed to read `--find-links` URL: http://nohost.invalid/torch.html
  cause: Failed to fetch: http://nohost.invalid/torch.html
  cause: error sending request for url (http://nohost.invalid/torch.html)
  cause: dns error
"""


def test_a_page_of_packages_that_cannot_be_reached_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "conda.yml"
    file.write_text("dependencies:\n- pip:\n  - six==1.0\n  - -f http://nohost.invalid/torch.html\n")
    error = explain(NO_PAGE, ["six==1.0", "-f http://nohost.invalid/torch.html"], str(file))
    assert error.code == "environment-offline"
    assert "http://nohost.invalid/torch.html" in error.message
    assert "index cannot be reached" not in error.message
    assert error.place is not None
    assert error.place.line == 3


CANNOT = "error: No solution found when resolving dependencies\n  cause: "
HINT = (
    "hint: You require CPython 3.9 (`cp39`), but we only found wheels for `new` (v2.0) with the following Python ABI"
    " tags: "
)


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        (
            f"{CANNOT}x\n\n{HINT}`cp310`, `cp311`\n",
            "new 2.0 has no wheel for Python 3.9; the first Python that it has one for is 3.10",
        ),
        (
            f"{CANNOT}x\n\n{HINT}`cp36m`, `cp38`\n",
            "new 2.0 has no wheel for Python 3.9; the last Python that it has one for is 3.8",
        ),
        (
            f"{CANNOT}Because the requested Python version (>=3.9) does not satisfy Python>=3.11 and numpy==2.4.0"
            " depends on Python>=3.11, we can conclude that numpy==2.4.0 cannot be used.\n",
            "numpy==2.4.0 needs Python >=3.11, and this one is Python 3.9",
        ),
        (
            f"{CANNOT}Because pandas==2.2.0 depends on numpy{{python_full_version < '3.12'}}>=1.23.2,<2 and you require"
            " pandas==2.2.0, we can conclude that you require numpy>=1.23.2,<2.\n         And because you require"
            " numpy==1.19, we can conclude that your requirements are unsatisfiable.\n",
            "pandas==2.2.0 needs numpy>=1.23.2,<2, and numpy==1.19 is asked for",
        ),
        (
            f"{CANNOT}Because a==1 depends on c<2 and b==1 depends on c>=2, we can conclude that a==1 and b==1 are"
            " incompatible.\n",
            "a==1 needs c<2, and b==1 needs c>=2",
        ),
        ("error: Failed to build `old==1`\n  ModuleNotFoundError: No module named 'distutils'\n", "uses distutils"),
        ("error: Failed to build `c==1`\n  a.h:5:10: fatal error: sql.h: No such file or directory\n", "needs sql.h"),
        ("error: Failed to build `c==1`\n  error: command 'gcc' failed: No such file or directory\n", "program gcc"),
        (
            "error: Failed to build `f==1`\n  CalledProcessError: Command '['cmake', '/x']' returned"
            " non-zero exit status 1.",
            "cmake",
        ),
    ],
    ids=["first", "last", "Python", "conflict", "two packages", "old", "header", "compiler", "program"],
)
def test_why_a_package_cannot_be_had_here_is_said_in_words(stderr: str, words: str) -> None:
    error = explain(stderr, ["new", "numpy==2.4.0"], "/p/conda.yml")
    assert words in error.message
    assert "unsatisfiable" not in error.message
    assert "`cp" not in error.message
    assert "environment suggest /p/conda.yml" in error.fix
    assert [each.command for each in error.remedies] == ["scoredock.suggestVersions"], "the button in the editor"


MISNAMED = "sklearn is not a package to install; scikit-learn is meant"


@pytest.mark.parametrize(
    ("stderr", "words", "fix"),
    [
        (
            "error: Failed to build `sklearn==0.0.post12`\n"
            "hint: `sklearn` is often confused for `scikit-learn`. Did you\n",
            MISNAMED,
            "Write scikit-learn in the place of sklearn.",
        ),
        (
            f"{CANNOT}Because all versions of sklearn have no usable wheels and you require sklearn, we can conclude"
            " that your requirements are unsatisfiable.\n",
            MISNAMED,
            "Write scikit-learn in the place of sklearn.",
        ),
        (
            "error: Failed to build `prophet==0.7`\n  cause: The build backend returned an error\n"
            "  ModuleNotFoundError: No module named 'numpy'\n\n"
            "hint: This error likely indicates that `prophet@0.7` depends on `numpy`, but doesn't declare it as a build"
            ' dependency. Otherwise, add it under:\n\n[tool.uv.extra-build-dependencies]\nprophet = ["numpy"]\n\n'
            "or `uv pip install numpy` into the environment and re-run with `--no-build-isolation`.\n",
            "its build imports numpy, which it does not name as needed",
            "Choose a version of prophet that has a wheel, or leave it out where no script imports it.",
        ),
        (
            "error: Failed to build `azure==5.0.0`\n  cause: The build backend returned an error\n"
            "  RuntimeError: \n\n  Starting with v5.0.0, the 'azure' meta-package is deprecated and cannot be installed"
            " anymore.\n  Please install the service specific packages prefixed by `azure`.\n\n"
            "  https://github.com/Azure/azure-sdk-for-python/issues/10646\n",
            "it says itself “Starting with v5.0.0, the 'azure' meta-package is deprecated and cannot be installed"
            " anymore”",
            "List the packages that are imported in the place of azure, such as azure-storage-blob, or pin an older"
            " release of it.",
        ),
    ],
    ids=["a source", "no file", "a build", "a release that only fails"],
)
def test_what_no_python_helps_with_is_not_a_matter_of_pythons(stderr: str, words: str, fix: str) -> None:
    for source in ("default", "/p/conda.yml"):
        error = explain(stderr, ["sklearn"], source)
        assert words in error.message
        assert error.fix == fix


def test_a_part_of_a_hint_of_uv_is_not_the_reason() -> None:
    said = "error: Failed to build `odd==1`\n  something broke.\n\nhint: Do this\n\nor do that.\n"
    assert explain(said, ["odd"], "default").message.endswith("from source: something broke.")


def test_a_name_that_does_not_exist_is_not_a_matter_of_versions() -> None:
    error = explain(MISSING, ["No_Such.Thing"], "/p/conda.yml")
    assert "Correct or remove the name" in error.fix
    assert error.remedies == ()


@pytest.mark.parametrize("said", [UNSATISFIABLE, CONFLICT, NO_WHEEL], ids=["no version", "conflict", "no wheel"])
def test_a_pin_that_cannot_be_had_leads_to_versions_that_can(said: str) -> None:
    fix = explain(said, ["numpy==99.0"], "/p/my project/conda.yml").fix
    assert "run `scoredock environment suggest '/p/my project/conda.yml'`" in fix
    without = explain(said, ["numpy==99.0"], "default").fix
    assert "environment suggest" not in without, "no file, nothing to look in"
    assert "`scoredock sdk run --modernize`" in without
    of_a_script = explain(said, ["numpy==99.0"], "/p/deploy.py")
    assert "run `scoredock sdk run --modernize /p/deploy.py`" in of_a_script.fix
    assert of_a_script.remedies == (), "a script lists no pins that could be rewritten"


def test_the_servers_own_environment_does_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT", "SCOREDOCK_HOME"):
        monkeypatch.setenv(name, "/leaked")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example/simple")
    told = uv_environment("")
    assert "/leaked" not in told.values()
    assert told["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert uv_environment("https://mine/simple")["UV_DEFAULT_INDEX"] == "https://mine/simple"


TORCH_INDEX = "download.pytorch.org:443"


@dataclass
class Proxy:
    """Refuses the index of PyTorch at once, and leaves everybody else without an answer."""

    address: str = ""
    asked: list[str] = field(default_factory=list)


def test_a_hint_of_uv_is_not_the_reason() -> None:
    said = "error: something broke\n\nhint: Build failures usually indicate a problem with the package\n"
    assert explain(said, ["six"], "default").message == "The environment could not be built: something broke."


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made, over = Proxy(), threading.Event()

    class Refusing(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            made.asked.append(self.path)
            if self.path != TORCH_INDEX:
                over.wait()
            self.send_error(502)

        def log_message(self, *told: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_port}"
    yield made
    over.set()
    server.shutdown()
    server.server_close()


def lines(*requirements: str) -> EnvironmentSpec:
    return EnvironmentSpec(None, requirements, "/p/requirements.txt", "test")


def test_torch_is_looked_for_where_the_person_says(
    cache: EnvironmentCache, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"UV_CACHE_DIR": str(tmp_path / "uv"), "UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "5"}
    for name, value in {**told, "HTTPS_PROXY": proxy.address, "UV_TORCH_BACKEND": "cpu"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ScoredockError) as refused:
        cache.prepare(lines("torch"), Silent(), CancelToken())
    assert refused.value.code == "environment-offline"
    assert TORCH_INDEX in proxy.asked


def test_wheels_of_a_folder_that_the_person_names_are_taken(
    cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wheel(tmp_path / "wheels", "kept-here", "2.9.0+cpu")
    write_wheel(tmp_path / "more", "kept-there")
    monkeypatch.setenv("UV_FIND_LINKS", f"{tmp_path / 'wheels'},{tmp_path / 'more'}")
    built = cache.prepare(lines("kept-here==2.9.0", "kept-there"), Silent(), CancelToken())
    assert {"kept-here==2.9.0+cpu", "kept-there==1.0"} <= set(cache.inspect(built.key).lock.splitlines())
