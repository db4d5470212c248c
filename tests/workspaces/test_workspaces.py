"""The workspaces of a machine: the default one, created and connected ones, and which of them a folder means."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.data_folder import data_home
from scoredock.errors import ScoredockError
from scoredock.workspace import WorkspaceInfo, Workspaces


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def workspaces(home: Path) -> Workspaces:
    return Workspaces(home)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    return folder


def _config(folder: Path, name: str = "contoso-ml", subscription: str = "sub", group: str = "rg") -> Path:
    path = folder / ".azureml" / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(
            {
                "subscription_id": subscription,
                "resource_group": group,
                "workspace_name": name,
            }
        )
    )
    return path


def _refused(code: str, call: Callable[..., object], *arguments: object) -> ScoredockError:
    with pytest.raises(ScoredockError) as caught:
        call(*arguments)
    assert caught.value.code == code
    return caught.value


def test_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCOREDOCK_HOME", str(tmp_path / "x" / ".." / "y"))
    assert data_home() == tmp_path / "y"
    monkeypatch.setenv("SCOREDOCK_HOME", "~/data")
    assert data_home() == Path.home() / "data"
    monkeypatch.delenv("SCOREDOCK_HOME")
    assert data_home().is_absolute()
    assert data_home().name == "scoredock"


def test_the_default_one_needs_no_set_up(workspaces: Workspaces, home: Path) -> None:
    assert not home.exists(), "constructing touches nothing"
    only = workspaces.list()
    assert [(info.id, info.name, info.is_default) for info in only] == [("local", "local", True)]
    assert workspaces.get("local") == only[0]
    assert workspaces.resolve(None) == only[0]
    assert workspaces.open("local") is workspaces.open("local")
    _refused("workspace-is-default", workspaces.forget, "local")
    if os.name != "nt":
        for path in [home, *home.rglob("*")]:
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_creating(workspaces: Workspaces) -> None:
    zeta, alpha = workspaces.create("zeta"), workspaces.create("Alpha")
    assert (zeta.id, zeta.name, zeta.path.name) == ("zeta", "zeta", "zeta")
    assert workspaces.list()[1:] == [alpha, zeta]
    assert workspaces.get("alpha") == alpha, "by name without regard to case"
    for taken in ("zeta", "ZETA", "alpha", "LOCAL", "local"):
        _refused("workspace-exists", workspaces.create, taken)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "-abc",
        "_abc",
        "a b c",
        "abc.",
        "a" * 34,
        "nul",
        "COM1",
        "abc\n",
        "äbc",
    ],
)
def test_names_outside_the_grammar(workspaces: Workspaces, name: str) -> None:
    _refused("workspace-name-invalid", workspaces.create, name)
    _refused("workspace-not-found", workspaces.get, name)
    _refused("workspace-not-found", workspaces.open, name)


def test_connecting_is_by_identity(workspaces: Workspaces, project: Path, tmp_path: Path) -> None:
    info = workspaces.connect(_config(project))
    assert info.name == "contoso-ml"
    assert info.id.startswith("contoso-ml-")
    assert len(info.id) == len("contoso-ml-") + 8
    assert info.config_path == str(project / ".azureml" / "config.json")
    assert workspaces.connect(project / "src") == info, "a folder is searched upwards"
    assert workspaces.connect(_config(tmp_path / "other", "Contoso-ML", "SUB", "RG")) == info, "case does not count"
    second = workspaces.connect(_config(tmp_path / "third", subscription="sub2"))
    assert second.id != info.id
    assert second.name == info.name
    error = _refused("workspace-not-found", workspaces.get, "contoso-ml")
    assert error.details["ids"] == sorted([info.id, second.id])
    _refused("workspace-config-missing", workspaces.connect, tmp_path / "nowhere.json")
    _refused("workspace-config-missing", workspaces.connect, tmp_path)
    (project / ".azureml" / "config.json").write_text("{")
    _refused("workspace-config-invalid", workspaces.connect, project)
    assert workspaces.get(info.id) == info, "the workspace does not need its configuration any more"


def test_an_id_that_is_taken_by_a_created_one(workspaces: Workspaces, project: Path, tmp_path: Path) -> None:
    wanted = Workspaces(tmp_path / "elsewhere").connect(_config(project)).id
    created = workspaces.create(wanted)
    connected = workspaces.connect(project)
    assert connected.id != created.id
    assert connected.id.startswith(wanted)
    assert workspaces.connect(project) == connected


def test_what_a_folder_means(workspaces: Workspaces, project: Path, tmp_path: Path) -> None:
    default = workspaces.resolve(project)
    assert default.is_default
    _config(project)
    named = workspaces.resolve(project)
    assert (named.name, named.exists) == ("contoso-ml", False), "a configuration names it before it is there"
    assert [offer.workspace_name for offer in workspaces.offers([project, project / "src", tmp_path])] == ["contoso-ml"]
    connected = workspaces.connect(project)
    assert connected.id == named.id
    assert workspaces.resolve(project / "src") == connected
    assert workspaces.offers([project]) == []
    mine = workspaces.create("mine")
    assert workspaces.use("mine", project / "src") == mine
    assert workspaces.resolve(project / "src" / "deeper") == mine
    assert workspaces.resolve(project) == connected
    workspaces.use("local", project)
    assert workspaces.resolve(project).is_default
    assert workspaces.resolve(project / "src") == mine, "the nearest choice"
    _refused("workspace-not-found", workspaces.use, "nowhere", project)


def test_connecting_for_a_folder_chooses_it(workspaces: Workspaces, project: Path, tmp_path: Path) -> None:
    picked = tmp_path / "ws_config.json"
    shutil.copy(_config(tmp_path / "elsewhere"), picked)
    info = workspaces.connect(picked, project)
    assert workspaces.resolve(project) == info


def test_a_broken_configuration_means_the_default_and_says_why(workspaces: Workspaces, project: Path) -> None:
    path = _config(project)
    for content in (
        "{",
        "[]",
        '{"subscription_id": "s"}',
        '{"Scope": "/subscriptions/x"}',
    ):
        path.write_text(content)
        meaning = workspaces.meaning(project / "src")
        assert meaning.info.is_default
        assert meaning.source == path
        assert meaning.problem is not None
        assert meaning.problem.code == "workspace-config-invalid"
        assert workspaces.offers([project]) == []


@pytest.mark.parametrize("name", ["ab", "my workspace", "-abc", "a" * 34, "äbc", "../x"])
def test_a_plain_configuration_with_a_name_that_is_refused_is_no_other_file(
    workspaces: Workspaces, project: Path, name: str
) -> None:
    """It must not be passed over for one above, or for the default workspace."""
    (project / "config.json").write_text(
        json.dumps({"subscription_id": "s", "resource_group": "r", "workspace_name": "above"})
    )
    (project / "src" / "config.json").write_text(
        json.dumps({"subscription_id": "s", "resource_group": "r", "workspace_name": name})
    )
    meaning = workspaces.meaning(project / "src")
    assert meaning.problem is not None
    assert meaning.source == project / "src" / "config.json"


def test_one_that_is_not_there_reads_as_empty_and_is_created_by_its_first_change(
    workspaces: Workspaces, project: Path, home: Path, tmp_path: Path
) -> None:
    _config(project)
    info = workspaces.resolve(project)
    registry = workspaces.open(info.id)
    assert registry is workspaces.open(info.id)
    assert registry.models() == []
    assert registry.names(5) == []
    before = registry.store.change_counter()
    assert not info.path.exists()
    assert workspaces.get("contoso-ml") == info, "by its name as well, once a folder named it"
    assert [each.id for each in workspaces.list()] == ["local"]
    source = tmp_path / "model.pkl"
    source.write_bytes(b"x")
    assert registry.register([source], "m").id == "m:1"
    assert registry.store.change_counter() != before
    there = workspaces.resolve(project)
    assert (there.id, there.exists, there.config_path) == (
        info.id,
        True,
        info.config_path,
    )
    assert [each.name for each in Workspaces(home).list()] == ["local", "contoso-ml"]
    assert [each.id for each in Workspaces(home).open(there.id).models()] == ["m:1"]
    assert workspaces.offers([project]) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda every, known, _: every.choose_engine(known, "docker"), id="engine"),
        pytest.param(lambda every, known, folder: every.use(known, folder), id="use"),
        pytest.param(lambda every, _, folder: every.connect(folder), id="connect"),
        pytest.param(lambda every, _, folder: every.connect(folder, folder), id="connect for a folder"),
        pytest.param(lambda every, _, folder: every.named(folder.name, "", "", folder), id="named"),
    ],
)
@pytest.mark.parametrize(("name", "subscription"), [("contoso-ml", "sub"), ("local", "")])
def test_any_change_may_be_the_first_one(
    home: Path, project: Path, change: Callable[[Workspaces, str, Path], WorkspaceInfo], name: str, subscription: str
) -> None:
    folder = project / name
    folder.mkdir()
    _config(folder, name, subscription, subscription)
    workspaces = Workspaces(home)
    change(workspaces, workspaces.resolve(folder).id if subscription else "local", folder)
    there = Workspaces(home).resolve(folder)
    assert (there.name, there.exists, there.path.is_dir()) == (name, True, True)
    Workspaces(home).create("another")  # nothing is held any more


def test_two_programs_find_the_same_new_workspace(home: Path, project: Path, tmp_path: Path) -> None:
    _config(project)
    one, other = Workspaces(home), Workspaces(home)
    registries = [each.open(each.resolve(project).id) for each in (one, other)]
    assert [registry.models() for registry in registries] == [[], []]
    source = tmp_path / "model.pkl"
    source.write_bytes(b"x")
    registries[0].register([source], "m")
    assert [model.id for model in registries[1].models()] == ["m:1"]
    assert registries[1].register([source], "m").id == "m:2"
    assert len(Workspaces(home).list()) == 2


def test_a_hidden_one_comes_back_with_its_first_change(
    workspaces: Workspaces, project: Path, home: Path, tmp_path: Path
) -> None:
    source = tmp_path / "model.pkl"
    source.write_bytes(b"x")
    connected = workspaces.connect(_config(project))
    workspaces.forget(connected.id)
    again = Workspaces(home)
    registry = again.open(again.resolve(project).id)
    assert again.resolve(project).forgotten
    registry.register([source], "m")
    assert not again.resolve(project).forgotten


def test_the_nearest_folder_decides_whatever_says_it(workspaces: Workspaces, project: Path) -> None:
    workspaces.create("mine")
    workspaces.use("mine", project.parent)
    assert workspaces.resolve(project).name == "mine"
    _config(project)
    assert workspaces.meaning(project / "src").reason == "config", "a choice far above does not hide it"
    _config(project / "src", "nearer")
    assert workspaces.resolve(project / "src").name == "nearer"
    workspaces.use("mine", project / "src")
    assert workspaces.resolve(project / "src").name == "mine", "a choice for the very folder does"
    assert workspaces.resolve(project).name == "contoso-ml"


def test_a_workspace_that_was_made_here_is_the_one_of_its_name(
    workspaces: Workspaces, project: Path, tmp_path: Path
) -> None:
    """`Workspace.create(…)`, then `write_config()`, with the identity or without."""
    mine = workspaces.create("contoso-ml")
    _config(project, subscription="", group="")
    assert workspaces.resolve(project) == mine
    _config(project, "Contoso-ML")
    assert workspaces.resolve(project) == mine
    assert workspaces.connect(project).id == mine.id
    assert workspaces.resolve(project).subscription_id == "sub", "it stands for that one from now on"
    other = tmp_path / "other"
    _config(other, subscription="another")
    assert workspaces.resolve(other).id != mine.id
    _config(other, "local", subscription="", group="")
    assert workspaces.resolve(other).is_default


def test_no_variable_names_a_workspace(workspaces: Workspaces, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a run in Azure, or of the Azure CLI, are of another machine."""
    workspaces.create("elsewhere")
    for name in (
        "AZUREML_ARM_WORKSPACE_NAME",
        "AZURE_DEFAULTS_WORKSPACE",
        "WORKSPACE_NAME",
    ):
        monkeypatch.setenv(name, "elsewhere")
    _config(project)
    assert workspaces.resolve(project).name == "contoso-ml"


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_choice_holds_for_other_ways_to_the_folder(workspaces: Workspaces, project: Path, tmp_path: Path) -> None:
    mine = workspaces.create("mine")
    workspaces.use("mine", project)
    (tmp_path / "link").symlink_to(project)
    assert workspaces.resolve(tmp_path / "link") == mine


def test_forgetting_hides_and_keeps(workspaces: Workspaces, project: Path, tmp_path: Path) -> None:
    source = tmp_path / "model.pkl"
    source.write_bytes(b"x")
    connected = workspaces.connect(_config(project), project)
    workspaces.open(connected.id).register([source], "m")
    assert workspaces.forget(connected.id) == connected.path
    assert [info.id for info in workspaces.list()] == ["local"]
    assert workspaces.resolve(project).forgotten, "the configuration still names it"
    assert len(workspaces.offers([project])) == 1
    assert [model.id for model in workspaces.open(connected.id).models()] == ["m:1"], "what it has is not hidden"
    assert workspaces.get(connected.id).forgotten, "looking does not bring it back"
    _refused("workspace-not-found", workspaces.get, "contoso-ml")
    assert workspaces.get(connected.id).forgotten
    assert workspaces.connect(project) == connected
    assert [model.id for model in workspaces.open(connected.id).models()] == ["m:1"]
    mine = workspaces.create("mine")
    workspaces.forget("mine")
    error = _refused("workspace-exists", workspaces.create, "mine")
    assert "scoredock workspace use mine" in error.fix
    assert workspaces.use("mine", project) == mine
    assert workspaces.resolve(project) == mine


def test_half_made_and_foreign_folders_are_no_workspaces(workspaces: Workspaces, home: Path) -> None:
    workspaces.list()
    for name, content in (
        ("half", None),
        ("broken", "{"),
        ("foreign", "[]"),
        ("odd", '{"name": 1}'),
    ):
        (home / "workspaces" / name).mkdir()
        if content is not None:
            (home / "workspaces" / name / "workspace.json").write_text(content)
    (home / "workspaces" / "file").write_text("")
    assert [info.id for info in workspaces.list()] == ["local"]
    assert workspaces.create("half").id == "half", "what a kill left behind is finished"


def test_choices_that_cannot_be_read_count_as_none(workspaces: Workspaces, home: Path, project: Path) -> None:
    mine = workspaces.create("mine")
    for content in ("{", "[]", '{"' + str(project) + '": 5}', "\udcff"):
        (home / "selections.json").write_bytes(content.encode("utf-8", "surrogateescape"))
        assert workspaces.resolve(project).is_default
    workspaces.use("mine", project)
    assert workspaces.resolve(project) == mine


def _work(home: str, number: int, folder: str) -> None:
    workspaces = Workspaces(Path(home))
    for step in range(10):
        workspaces.list()
        workspaces.connect(Path(folder) / "config")
        workspaces.create(f"ws-{number}-{step}")
        workspaces.use(f"ws-{number}-{step}", Path(folder) / str(number) / str(step))


@pytest.mark.chance
def test_several_processes_at_once(home: Path, tmp_path: Path) -> None:
    _config(tmp_path / "config")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_work, args=(str(home), number, str(tmp_path))) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(110)
    assert [worker.exitcode for worker in workers] == [0] * 4
    workspaces = Workspaces(home)
    assert len(workspaces.list()) == 42
    for number in range(4):
        for step in range(10):
            assert workspaces.resolve(tmp_path / str(number) / str(step)).id == f"ws-{number}-{step}"
    assert [path.name for path in home.iterdir() if path.name.endswith(".new")] == []


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = _refused("io-failed", Workspaces(tmp_path / "file").list)
    assert str(tmp_path / "file") in error.message
