"""What a compute target runs and is sent is confirmed, and once more when it changes. Programs leave a mark."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from cli.conftest import Terminal
from cli.signing_in import ATTACH, LISTING, SECRET, Login, answered, states
from kubeconfigs import NOBODY, write_kubeconfig


@pytest.fixture
def login(terminal: Terminal) -> Login:
    terminal.env["KUBECONFIG"] = str(terminal.folder / "kubeconfig")
    return Login(terminal)


def test_nothing_is_run_before_a_yes(terminal: Terminal, login: Login) -> None:
    refused = terminal.refused(*ATTACH)
    assert refused["code"] == "compute-unconfirmed"
    assert str(login.program) in refused["message"]
    assert "--one" in refused["message"]
    assert SECRET not in json.dumps(refused), "a person may paste it somewhere"
    assert states(terminal) == {}
    text, code = answered(terminal, "n", *ATTACH)
    assert (str(login.program) in text, code) == (True, 1)
    assert not login.ran
    assert states(terminal) == {}
    assert answered(terminal, "y", *ATTACH)[1] == 0
    assert login.ran, "red without the program"
    assert states(terminal) == {"aks": "silent"}
    assert login.ran, "it is confirmed once"


def test_a_yes_in_the_command_is_one(terminal: Terminal, login: Login) -> None:
    terminal.ok(*ATTACH, "--yes")
    assert login.ran
    terminal.ok("compute", "detach", "aks")
    terminal.ok(*ATTACH)
    assert login.ran, "the same was confirmed"
    kept = [each.read_text() for each in (terminal.home / "confirmed").iterdir()]
    assert len(kept) == 1
    assert SECRET not in kept[0]
    assert (terminal.home / "confirmed").stat().st_mode & 0o077 == 0


def test_a_program_that_signs_in_gets_few_variables(terminal: Terminal, login: Login) -> None:
    terminal.env |= {"CANARY_TOKEN": SECRET, "AWS_PROFILE": "work", "HTTPS_PROXY": "http://me:pass@127.0.0.1:1"}
    terminal.ok(*ATTACH, "--yes")
    names = set(login.variables())
    assert "CANARY_TOKEN" not in names
    assert names >= {"AWS_PROFILE", "HTTPS_PROXY", "PATH", "LOGIN_PASSWORD", "KUBERNETES_EXEC_INFO", "KUBECONFIG"}


def _other_program(cluster: dict[str, Any], user: dict[str, Any]) -> None:
    user["exec"]["command"] = "./other"


CHANGES: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], object], str]] = {
    "server": (lambda cluster, _: cluster.update(server="https://127.0.0.2:1"), "address: "),
    "authority": (lambda cluster, _: cluster.update({"certificate-authority-data": "QQ=="}), "certificate authority"),
    "unverified": (lambda cluster, _: cluster.update({"insecure-skip-tls-verify": True}), "verification"),
    "proxy": (lambda cluster, _: cluster.update({"proxy-url": "http://127.0.0.1:1"}), "proxy"),
    "program": (_other_program, "program: "),
    "argument": (lambda _, user: user["exec"]["args"].append("--evil"), "--evil"),
    "secret argument": (lambda _, user: user["exec"]["args"].__setitem__(1, "--token=another"), "arguments"),
    "variable": (lambda _, user: user["exec"]["env"].append({"name": "LD_PRELOAD", "value": "/x"}), "LD_PRELOAD"),
    "value": (lambda _, user: user["exec"]["env"][0].update(value="another"), "LOGIN_PASSWORD"),
    "other kind": (lambda _, user: (user.pop("exec"), user.update(token="t")), "sign-in: "),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_is_confirmed_again(terminal: Terminal, login: Login, name: str) -> None:
    change, phrase = CHANGES[name]
    login.write(terminal.folder / "other")
    terminal.ok(*ATTACH, "--yes")
    assert login.ran
    login.change(change)
    for words in LISTING:
        terminal.run(*words)
    assert states(terminal) == {"aks": "unconfirmed"}
    refused = terminal.refused("compute", "confirm", "aks")
    assert refused["code"] == "compute-changed"
    assert any(phrase in each for each in refused["details"]["differences"]), refused
    refused = terminal.refused("service", "deploy", "adder", "--entry-script", "score.py", "--compute", "aks")
    assert (refused["code"], "compute confirm aks" in refused["fix"]) == ("compute-changed", True)
    assert not login.ran, "nobody has said yes to it"
    text, code = answered(terminal, "n", "compute", "confirm", "aks")
    assert (phrase in " ".join(text.split()), code) == (True, 1), text
    assert not login.ran
    terminal.ok("compute", "confirm", "aks", "--yes")
    assert login.ran == (name not in ("other kind", "authority")), "a damaged authority ends it before"
    assert states(terminal) == {"aks": "silent"}


@pytest.mark.parametrize(
    "part",
    [
        {"command": ["./login"]},
        {"command": "./lo\0gin"},
        {"command": ""},
        {"args": 5},
        {"args": ["a\0b"]},
        {"args": ["\ud800"]},
        {"env": 5},
        {"env": [{"name": "A=B", "value": "c"}]},
        {"env": [{"value": "c"}]},
    ],
    ids=lambda part: ascii(part),
)
def test_what_no_system_can_run_is_told_of_the_file(terminal: Terminal, login: Login, part: dict[str, Any]) -> None:
    login.change(lambda _, user: user["exec"].update(part))
    refused = terminal.refused(*ATTACH, "--yes")
    assert refused["code"] == "cluster-config-invalid"
    assert str(login.kubeconfig) in refused["message"]
    assert states(terminal) == {}


def test_names_that_hide_something_are_shown(terminal: Terminal, login: Login) -> None:
    hidden = "a\x1b[2K\r\u202e"
    login.change(lambda _, user: user["exec"]["args"].extend([hidden, "y" * 70_000]))
    text, code = answered(terminal, "n", *ATTACH)
    assert (r"a\x1b[2K\r\u202e" in text, hidden in text, code) == (True, False, 1)
    assert len(text) < 4000


def test_a_token_goes_to_the_server_that_was_confirmed(terminal: Terminal) -> None:
    """Without any program, too: who attached it said so, but a later server is another one."""
    config = write_kubeconfig(terminal.folder / "kubeconfig", {"prod": NOBODY}, {"token": SECRET})
    terminal.env["KUBECONFIG"] = str(config)
    terminal.ok(*ATTACH)
    write_kubeconfig(config, {"prod": NOBODY}, {"token": "another one, as tokens do"})
    assert states(terminal) == {"aks": "silent"}
    write_kubeconfig(config, {"prod": "https://127.0.0.2:1"}, {"token": SECRET})
    assert states(terminal) == {"aks": "unconfirmed"}
    kept = "".join(each.read_text() for each in (terminal.home / "confirmed").iterdir())
    assert SECRET not in kept


@pytest.mark.parametrize("place", ["project", "open to others"])
def test_a_program_that_others_may_change_counts_by_its_bytes(terminal: Terminal, login: Login, place: str) -> None:
    folder = terminal.folder / "tools"
    folder.mkdir()
    if place == "project":
        (terminal.folder / "pyproject.toml").touch()
    else:
        folder.chmod(0o777)
    login.write(folder / "login")
    login.change(lambda _, user: user["exec"].update(command="./tools/login"))
    terminal.ok(*ATTACH, "--yes")
    assert login.ran
    (folder / "login").write_text((folder / "login").read_text() + "# changed\n")
    assert states(terminal) == {"aks": "unconfirmed"}
    assert not login.ran
    terminal.ok("compute", "confirm", "aks", "--yes")
    assert login.ran


@pytest.mark.parametrize("argument", ["token.sh", "--file=token.sh"])
def test_a_relative_argument_is_the_same_file_from_every_folder(
    terminal: Terminal, login: Login, argument: str
) -> None:
    """That beside the kubeconfig: cron starts in the home folder, an editor anywhere."""
    kube, elsewhere = terminal.folder, terminal.folder / "elsewhere"
    (kube / "pyproject.toml").touch()
    elsewhere.mkdir()
    for folder in (kube, elsewhere):
        (folder / "token.sh").write_text(f"pwd > {folder}/ran-here\n")
    text = login.program.read_text()
    login.program.write_text(text.replace("#!/bin/sh\n", '#!/bin/sh\n. "./${1#--file=}"\n'))
    login.change(lambda _, user: user["exec"].update(args=[argument]))
    terminal.folder = elsewhere
    terminal.ok(*ATTACH, "--yes")
    assert login.ran
    assert (kube / "ran-here").read_text().strip() == str(kube)
    (elsewhere / "token.sh").write_text("exit 1\n")
    assert states(terminal) == {"aks": "silent"}, "that one is not its file"
    assert login.ran
    (kube / "token.sh").write_text("pwd\n")
    assert states(terminal) == {"aks": "unconfirmed"}
    refused = terminal.refused("compute", "confirm", "aks")
    assert str(kube / "token.sh") in str(refused["details"]["differences"])
    assert not login.ran
    assert not (elsewhere / "ran-here").exists()


def test_the_path_of_another_day_finds_no_other_program(terminal: Terminal, login: Login) -> None:
    first, second = (terminal.folder / name for name in ("first", "second"))
    for folder in (first, second):
        folder.mkdir()
        login.write(folder / "kube-login")
    login.change(lambda _, user: user["exec"].update(command="kube-login"))
    before = os.environ["PATH"]
    terminal.env["PATH"] = f"{second}{os.pathsep}{before}"
    terminal.ok(*ATTACH, "--yes")
    assert login.ran
    (first / "kube-login").write_text(f"#!/bin/sh\ntouch {terminal.folder / 'planted'}\nexit 1\n")
    for path in (f"{first}{os.pathsep}{before}", "/usr/bin:/bin"):
        terminal.env["PATH"] = path
        assert states(terminal) == {"aks": "silent"}
        assert login.ran, "the one that was confirmed"
    assert not (terminal.folder / "planted").exists()


def test_a_context_of_docker_that_leads_elsewhere_is_confirmed(terminal: Terminal) -> None:
    mark, folder = terminal.folder / "ran", terminal.folder / "bin"
    folder.mkdir()
    (folder / "ssh").write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    (folder / "ssh").chmod(0o755)
    terminal.env["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    docker = terminal.folder / "docker"
    terminal.env["DOCKER_CONFIG"] = str(docker)
    meta = docker / "contexts" / "meta" / "0" / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": "lab", "Endpoints": {"docker": {"Host": "ssh://lab.example"}}}))
    words = ("compute", "attach", "lab", "--docker-context", "lab")
    refused = terminal.refused(*words)
    assert (refused["code"], "ssh://lab.example" in refused["message"]) == ("compute-unconfirmed", True)
    assert not mark.exists()
    terminal.ok(*words, "--yes")
    assert mark.exists(), "red without the program"
    mark.unlink()
    meta.write_text(json.dumps({"Name": "lab", "Endpoints": {"docker": {"Host": "ssh://evil.example"}}}))
    assert states(terminal) == {"lab": "unconfirmed"}
    refused = terminal.refused("compute", "confirm", "lab")
    assert refused["code"] == "compute-changed"
    assert "ssh://lab.example → ssh://evil.example" in refused["message"]
    assert not mark.exists()
    terminal.ok("compute", "confirm", "lab", "--yes")
    assert mark.exists()
