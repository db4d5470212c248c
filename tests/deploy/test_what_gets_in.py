"""What gets into a service of the person's own: variables of the shell, and files that links lead to."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
from scoredock.engines.docker.options import APP_ROOT, STATE_FOLDER
from scoredock.services.request import DeploySettings, UpdateRequest

from planted_source import KEPT, LEFT_OUT, TAKEN, WORDS, planted_source

SHOW = """
    from pathlib import Path

    def init(): pass

    def run(data):
        root = Path.cwd()
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc")
"""
ENVIRONMENT = "import os\n\ndef init(): pass\n\ndef run(data):\n    return dict(os.environ)\n"
OF_THE_SHELL = {
    "GITHUB_TOKEN": "ghp_secret",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "SSH_AUTH_SOCK": "/run/agent",
    "MY_FEATURE": "on",
    "LC_TIME": "C",
    "CUDA_VISIBLE_DEVICES": "1",
    "HTTPS_PROXY": "http://person:password@proxy:3128",
    "no_proxy": "localhost",
}


def test_a_service_does_not_get_what_the_shell_holds(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OF_THE_SHELL.items():
        monkeypatch.setenv(name, value)
    place.deploy(ENVIRONMENT)
    told = json.loads(place.answer())
    passed = {name: told[name] for name in OF_THE_SHELL if name in told}
    assert passed == {"LC_TIME": "C", "CUDA_VISIBLE_DEVICES": "1", "no_proxy": "localhost"}
    own, _, rest = told["PATH"].partition(os.pathsep)
    assert (rest, told["HOME"]) == (os.environ["PATH"], os.environ["HOME"])
    assert Path(own).is_relative_to(place.workspace / "environments"), "programs are first those of its environment"
    assert not any("secret" in value or "password" in value for value in told.values())


def test_what_the_person_lists_reaches_a_service(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OF_THE_SHELL.items():
        monkeypatch.setenv(name, value)
    place.deployments.settings = DeploySettings(inherited_variables=("MY_FEATURE", "HTTPS_PROXY", "MISSING"))
    place.deploy(ENVIRONMENT)
    told = json.loads(place.answer())
    assert (told["MY_FEATURE"], told["HTTPS_PROXY"]) == ("on", OF_THE_SHELL["HTTPS_PROXY"])
    assert not {"GITHUB_TOKEN", "SSH_AUTH_SOCK", "MISSING"} & told.keys()


def with_links(place: Any, tmp_path: Path) -> dict[str, str]:
    """A source directory whose links lead where somebody else's project may want them to lead."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "salary.txt").write_text("5000")
    (outside / "id_rsa").write_text("of a person")
    (outside / "shared").mkdir()
    (outside / "shared" / "more.txt").write_text("more")
    place.write("src/score.py", SHOW)
    place.write("src/.env", "PASSWORD=1\n")
    place.write("src/near.txt", "near")
    links = {
        "notes.txt": str(outside / "salary.txt"),
        "etc": str(outside / "shared"),
        "key.txt": str(outside / "id_rsa"),
        "plain.txt": ".env",
        "inside.txt": "near.txt",
    }
    for name, target in links.items():
        (place.project / "src" / name).symlink_to(target)
    return {"entry_script": str(place.project / "src" / "score.py"), "source_directory": str(place.project / "src")}


def test_links_that_lead_out_of_the_source_directory_are_left_out_and_named(
    place: Any, told: Any, tmp_path: Path
) -> None:
    view = place.deploy(**with_links(place, tmp_path), progress=told)
    assert json.loads(place.answer()) == ["src/.env", "src/inside.txt", "src/near.txt", "src/score.py"]
    for name in ("notes.txt", "etc", "key.txt", "plain.txt"):
        assert any(f"the link {name} to {tmp_path}" in message for message in told.messages), name
    kept = [path.read_bytes() for path in Path(view.log_file).parents[1].rglob("*") if path.is_file()]
    assert not any(each == b"5000" or b"of a person" in each for each in kept)


@pytest.mark.docker
def test_links_and_passwords_never_reach_the_volumes_of_a_container(docked: Any, told: Any, tmp_path: Path) -> None:
    script = planted_source(docked.project / "src", tmp_path / "outside", textwrap.dedent(SHOW).lstrip())
    docked.deploy(progress=told, entry_script=str(script), source_directory=str(script.parent))
    (container,) = docked.containers()
    for update in (False, True):
        if update:  # in the same container, by another way
            script.write_text(f"{script.read_text()}\n# changed\n")
            docked.deployments.update("svc-one", UpdateRequest())
        held = {
            place: b"".join(docked.docker.api.get_archive(container["Id"], place)[0])
            for place in (APP_ROOT, STATE_FOLDER)
        }
        assert KEPT.encode() in held[APP_ROOT]
        assert not [word for word in WORDS for content in held.values() if word.encode() in content]
        assert json.loads(docked.answer()) == [f"src/{name}" for name in TAKEN]
    for name in LEFT_OUT:
        said = (
            f"Left out of the service: the link {name} to",
            f"Left out of the service: {name}, because it holds a secret",
        )
        assert any(each.startswith(said) for each in told.messages), name


def test_who_follows_links_gets_what_they_name_but_no_secret_by_another_name(place: Any, tmp_path: Path) -> None:
    place.deployments.settings = DeploySettings(follow_links=True)
    place.deploy(**with_links(place, tmp_path))
    assert json.loads(place.answer()) == [
        "src/.env",
        "src/etc/more.txt",
        "src/inside.txt",
        "src/near.txt",
        "src/notes.txt",
        "src/score.py",
    ]


def test_an_entry_script_may_be_a_link(place: Any) -> None:
    place.write("shared/score.py", SHOW)
    place.write("src/near.txt", "near")
    (place.project / "src" / "score.py").symlink_to("../shared/score.py")
    place.deploy(entry_script=str(place.project / "src" / "score.py"), source_directory=str(place.project / "src"))
    assert json.loads(place.answer()) == ["src/near.txt", "src/score.py"]


def test_a_configuration_with_a_password_stays_where_it_is(place: Any, told: Any) -> None:
    environment = {
        "name": "base",
        "python": {"userManagedDependencies": False, "condaDependencies": {"dependencies": []}},
        "docker": {"baseImageRegistry": {"address": "contoso.azurecr.io", "username": "me", "password": "hunter22"}},
    }
    place.write("src/score.py", SHOW)
    place.write("src/near.txt", "near")
    place.write("src/sub/azureml_environment.json", json.dumps(environment))
    place.write("src/requirements.txt", "--extra-index-url https://me:hunter22@packages.contoso.com/simple\n")
    asked = {"entry_script": str(place.project / "src" / "score.py"), "source_directory": str(place.project / "src")}
    view = place.deploy(**asked, progress=told)
    assert json.loads(place.answer()) == ["src/near.txt", "src/score.py"]
    for name in ("sub/azureml_environment.json", "requirements.txt"):
        assert any(f"{name}, because it holds a secret" in message for message in told.messages), told.messages
    kept = [path.read_bytes() for path in Path(view.log_file).parents[1].rglob("*") if path.is_file()]
    assert not any(b"hunter22" in each for each in kept)

    place.write("src/.dockerignore", "!requirements.txt\n")
    place.deployments.delete(view.name)
    place.deploy(**asked)
    assert json.loads(place.answer()) == ["src/.dockerignore", "src/near.txt", "src/requirements.txt", "src/score.py"]
