"""Files and variables that an `.http` file may bring to a service: those of its folder, and those that are allowed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.context import Context, Operation
from scoredock.contrib.request_tests import messages as of_tests
from scoredock.contrib.request_tests.verbs import tests as service_tests
from scoredock.errors import ScoredockError
from scoredock.features.requests import environments as request_environments
from scoredock.features.requests import files as request_files
from scoredock.protocol import messages
from scoredock.settings import Values

from cli.conftest import Terminal

SECRET = "of nobody else"


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a project may not reach, in every way in which it tries to."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHELL_TOKEN", SECRET)
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "id").write_text(SECRET)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_text(SECRET)
    (tmp_path / "elsewhere" / "score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    (tmp_path / "elsewhere" / "variables").write_text(f"DOT_TOKEN={SECRET}\n")
    (tmp_path / "elsewhere" / "sets.json").write_text(f'{{"dev": {{"token": "{SECRET}"}}}}')
    project = tmp_path / "project" / "requests"
    project.mkdir(parents=True)
    (tmp_path / "project" / "beside.json").write_text("[2]")
    (project / "own.json").write_text("[1]")
    (project / "link.json").symlink_to(tmp_path / "elsewhere" / "x")
    (project / "folder").symlink_to(tmp_path / "elsewhere")
    (project / "inner.json").symlink_to("own.json")
    return tmp_path


def context(outside: Path, *folders: str) -> Context:
    return Context(Values({}, {}), home=outside / "data", folders=tuple(outside / each for each in folders))


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ScoredockError) as error:
        act()
    assert SECRET not in str(error.value)
    return error.value.code


def read_code(file: Path, found: Context, *allowed: str) -> str:
    """Of the refusal to open its first request."""
    params = messages.RequestReadParams(str(file), "1", allowed_variables=list(allowed))
    return code_of(lambda: request_files.read_request(params, found, Operation()))


WAYS_OUT = [
    "< /etc/passwd",
    "< ../../elsewhere/x",
    "< ~/.ssh/id",
    "< link.json",
    "< folder/x",
    "<@ folder/x",
    "< ./../requests/../../elsewhere/x",
    "@way = ../../elsewhere\n< {{way}}/x",
]


def written(outside: Path, body: str, head: str = "") -> Path:
    first, _, rest = body.partition("\n") if body.startswith("@") else ("", "", body)
    file = outside / "project" / "requests" / "one.http"
    file.write_text(f"{first}\n{head}POST {{{{service}}}}/score\nContent-Type: application/json\n\n{rest}\n")
    return file


@pytest.mark.parametrize("body", WAYS_OUT)
@pytest.mark.parametrize("repository", [False, True])
def test_no_file_outside_is_sent(outside: Path, body: str, repository: bool) -> None:
    if repository:
        (outside / "project" / ".git").mkdir()
    for folders in ((), ("project",), ("home",)):
        file = written(outside, body)
        assert read_code(file, context(outside, *folders)) == "request-file-outside"


def test_files_of_the_open_folder_and_of_the_repository_are(outside: Path) -> None:
    def body(text: str, *folders: str) -> str:
        params = messages.RequestReadParams(str(written(outside, text)), "1")
        return request_files.read_request(params, context(outside, *folders), Operation()).body

    assert body("< own.json") == body("< inner.json") == "[1]", "its own folder always"
    beside = "< ../beside.json"
    assert code_of(lambda: body(beside)) == "request-file-outside"
    assert body(beside, "project") == "[2]"
    (outside / "project" / ".git").mkdir()
    assert body(beside) == "[2]"
    linked = outside / "opened"
    linked.symlink_to(outside / "project")
    params = messages.RequestReadParams(str(linked / "requests" / "one.http"), "1")
    assert request_files.read_request(params, context(outside, "opened"), Operation()).body == "[2]"


def test_a_repository_that_is_the_whole_home_folder_opens_nothing(outside: Path) -> None:
    home = outside / "home"
    (home / ".git").mkdir()
    (home / "downloads").mkdir()
    (home / "downloads" / "one.http").write_text("POST {{service}}/score\n\n< ../.ssh/id\n")
    for folders in ((), ("home",)):
        found = context(outside, *folders)
        assert read_code(home / "downloads" / "one.http", found) == "request-file-outside"


def test_the_nearest_env_file_counts_but_none_above_what_is_open(outside: Path) -> None:
    file = written(outside, "{{$dotenv DOT_TOKEN}}")
    found = context(outside, "project")
    (outside / ".env").write_text(f"DOT_TOKEN={SECRET}\n")
    read = request_files.read_request_file(file, found)
    assert read.dotenv() == {}
    (outside / "project" / ".env").write_text("DOT_TOKEN=above\n")
    (outside / "project" / ".env.dev").write_text("DOT_TOKEN=dev\n")
    (file.parent / "http-client.env.json").write_text('{"dev": {}, "prod": {}}')
    assert read.dotenv() == {"DOT_TOKEN": "above"}
    assert read.in_environment("prod", found).dotenv() == {"DOT_TOKEN": "above"}
    assert read.in_environment("dev", found).dotenv() == {"DOT_TOKEN": "dev"}
    (file.parent / ".env").write_text("DOT_TOKEN=beside\n")
    assert read.in_environment("dev", found).dotenv() == {"DOT_TOKEN": "beside"}


@pytest.mark.parametrize("name", [".env", "http-client.env.json", ".vscode/settings.json"])
def test_files_of_variables_are_no_way_out(outside: Path, name: str) -> None:
    file = written(outside, "{{$dotenv DOT_TOKEN}}")
    link = file.parent / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside / "elsewhere" / ("variables" if name == ".env" else "sets.json"))
    found = context(outside, "project")
    assert read_code(file, found, "DOT_TOKEN") == "request-file-outside"
    if name != ".env":
        asked = messages.RequestFileParams(str(file))
        listed = lambda: request_environments.list_environments(asked, found, Operation())  # noqa: E731
        assert code_of(listed) == "request-file-outside"


def test_no_script_outside_is_deployed_for_a_test(outside: Path) -> None:
    file = written(outside, "[1]", "# @deploy ../../elsewhere/score.py\n# @expect status 200\n")
    params = of_tests.TestRunParams([of_tests.TestSelection(str(file), [])])
    run = service_tests.run_tests(params, context(outside, "project"), Operation())
    (result,) = run.results
    assert result.state == "error"
    assert "which is outside of" in result.error


def test_variables_are_read_when_they_are_allowed(outside: Path) -> None:
    file = written(outside, "{{$processEnv SHELL_TOKEN}} {{$dotenv DOT_TOKEN}} {{$env.SHELL_TOKEN}}")
    (file.parent / ".env").write_text("DOT_TOKEN=d\n")
    found = context(outside, "project")

    def read(*allowed: str) -> messages.SendableRequest:
        params = messages.RequestReadParams(str(file), "1", allowed_variables=list(allowed))
        return request_files.read_request(params, found, Operation())

    with pytest.raises(ScoredockError) as refused:
        read()
    assert refused.value.code == "request-variables-not-allowed"
    assert refused.value.details == {"variables": ["SHELL_TOKEN", "DOT_TOKEN"]}
    assert code_of(lambda: read("SHELL_TOKEN")) == "request-variables-not-allowed"
    assert read("SHELL_TOKEN", "DOT_TOKEN").body == f"{SECRET} d {SECRET}"
    (outside / "project" / "pyproject.toml").write_text('[tool.scoredock]\nallow-env = ["SHELL_TOKEN", "DOT_TOKEN"]\n')
    assert code_of(read) == "request-variables-not-allowed", "an editor asks, whatever the project says of itself"


def test_what_tests_would_send_is_told_before(outside: Path) -> None:
    file = written(outside, "{{$processEnv SHELL_TOKEN}}", "# @expect status 200\n")
    (file.parent / "two.json").write_text("{{$dotenv DOT_TOKEN}}")
    more = "\n### b\n# @expect status 200\nPOST {{service}}/score\n\n<@ two.json\n"
    file.write_text(file.read_text() + more)
    found = context(outside, "project")

    def names(*allowed: str) -> list[str]:
        params = of_tests.TestVariablesParams([of_tests.TestSelection(str(file), [], list(allowed))])
        return service_tests.variables(params, found, Operation()).names

    assert names() == ["SHELL_TOKEN", "DOT_TOKEN"]
    assert names("DOT_TOKEN") == ["SHELL_TOKEN"]
    assert names("DOT_TOKEN", "SHELL_TOKEN") == []


@pytest.mark.usefixtures("shared_environments")
def test_in_a_terminal_the_person_allows_them(terminal: Terminal) -> None:
    """`scoredock test` and `service call --request`, against a service that tells what it got."""
    project = terminal.folder
    (project / "echo.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    (project / "echo.http").write_text(
        "# @deploy echo.py\n\n### echo\n# @expect status 200\nPOST {{service}}/score\n\n"
        '{"data": "{{$processEnv REACH_TOKEN}}"}\n'
    )
    (project / "out.http").write_text("### out\nPOST {{service}}/score\n\n< /etc/passwd\n")
    terminal.ok("service", "deploy", "echo", "--entry-script", "echo.py")
    terminal.env["REACH_TOKEN"] = SECRET
    tested = ("test", "echo.http", "--service", "echo")
    refused = terminal.run(*tested)
    assert refused.returncode == 1
    assert "--allow-env REACH_TOKEN" in refused.stdout
    assert terminal.run(*tested, "--allow-env", "OTHER").returncode == 1
    terminal.ok(*tested, "--allow-env", "OTHER", "--allow-env", "REACH_TOKEN")
    called = ("service", "call", "echo", "--request", "echo.http")
    assert terminal.refused(*called)["code"] == "request-variables-not-allowed"
    assert SECRET in terminal.ok(*called, "--allow-env", "REACH_TOKEN")
    (project / "pyproject.toml").write_text('[tool.scoredock]\nallow-env = ["REACH_TOKEN"]\n')
    assert SECRET in terminal.ok(*called)
    terminal.ok(*tested)
    assert terminal.refused("service", "call", "echo", "--request", "out.http")["code"] == "request-file-outside"
    assert os.environ.get("REACH_TOKEN") is None
