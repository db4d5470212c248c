"""Folders that are broken or hostile, and what leads elsewhere: one clear sentence, and nothing touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.runs.domain.mlflow.find import find_stores, look, named_store
from scoredock.contrib.runs.domain.mlflow.records import artifact_parts
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

from lsp.client import Client
from tracking_stores import RUN, Untouched, change, experiment, folder_store, refused, run, sqlite_store


@pytest.mark.parametrize(
    "text",
    [
        "name: [",
        "\x00\x01",
        "name: &a [*a]",
        "[" * 5000,
        "- just\n- a list\n",
        "a: 1\n" * 40_000,
        "name: !!python/object/apply:os.system ['touch /tmp/never']",
        "experiment_id: '1'\n",
    ],
    ids=["open", "control", "alias", "deep", "list", "large", "tag", "nameless"],
)
def test_a_broken_experiment_is_passed_over_and_told_when_asked_for(
    root: Path, untouched: Untouched, text: str
) -> None:
    experiment(root, "2", name="good")
    run(root, experiment="2")
    (root / "1" / "meta.yaml").write_text(text)
    with untouched(root):
        store = folder_store(root)
        if "!!python" not in text:  # a tag is text here; nothing comes of it
            assert [one.name for one in store.experiments("")[0]] == ["good"]
            error = refused(lambda: store.experiment("1"))
            assert error.code in ("run-store-unreadable", "run-not-found")
            assert str(root / "1" / "meta.yaml") in error.message or "no experiment" in error.message
        else:
            assert [one.id for one in store.experiments("")[0]] == ["2"]
        assert [one.name for one in store.runs("2", "", "", 10)[0]] == ["a run"]


def test_a_broken_run_is_passed_over_and_told_when_asked_for(root: Path, untouched: Untouched) -> None:
    run(root)
    broken = "1" * 32
    (run(root, broken) / "meta.yaml").write_text("run_id: [")
    other = "2" * 32
    run(root, other, run_id="3" * 32)
    with untouched(root):
        store = folder_store(root)
        assert [one.id for one in store.runs("1", "", "", 10)[0]] == [RUN]
        assert str(root / "1" / broken) in refused(lambda: store.run(broken)).message
        assert "belongs to the run" in refused(lambda: store.run(other)).message


def test_a_folder_without_experiments(tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "1").mkdir(parents=True)
    assert find_stores([tmp_path], []) == []
    assert find_stores([tmp_path / ("x" * 5000)], []) == [], "no folder has such a name"
    (tmp_path / "mlruns" / "1" / "meta.yaml").write_text("[")
    found = look(find_stores([tmp_path], []), CancelToken())
    assert [one.problem for one in found] == [f"{tmp_path}/mlruns has no MLflow experiment that can be read."]
    assert refused(lambda: folder_store(tmp_path).check()).code == "run-store-unreadable"
    error = refused(lambda: folder_store(tmp_path / "gone").check())
    assert (error.code, error.message) == ("run-store-unreadable", f"{tmp_path}/gone does not exist.")


@pytest.mark.parametrize(
    "uri",
    ["/etc", "file:///etc", "file:///etc/..%2f..", "file://host/share", "C:\\Windows", "../../../etc", "..\\..\\etc"],
)
def test_artifacts_elsewhere_are_not_read(root: Path, database: Path, uri: str) -> None:
    shutil.rmtree(run(root, "4" * 32, artifact_uri=f"'{uri}'") / "artifacts")
    folders = folder_store(root)
    found = folders.run("4" * 32)
    assert refused(lambda: folders.entries(found, ())).code == "run-artifact-unsupported"
    change(database, f"UPDATE runs SET artifact_uri = '{uri}'")
    rows = sqlite_store(database)
    assert refused(lambda: rows.entries(rows.run(RUN), ())).code == "run-artifact-unsupported"


@pytest.mark.parametrize(
    ("uri", "where"),
    [
        ("s3://bucket/1/artifacts", "Amazon S3"),
        ("wasbs://c@a.blob.core.windows.net/x", "Azure Storage"),
        ("gs://bucket/1", "Google Cloud Storage"),
        ("dbfs:/x", "Databricks"),
        ("strange://x", "'strange://x'"),
    ],
)
def test_artifacts_in_a_cloud_are_told(root: Path, database: Path, uri: str, where: str) -> None:
    shutil.rmtree(run(root, "4" * 32, artifact_uri=f"'{uri}'") / "artifacts")
    folders = folder_store(root)
    found = folders.run("4" * 32)
    assert where in refused(lambda: folders.entries(found, ())).message
    change(database, f"UPDATE runs SET artifact_uri = '{uri}'")
    rows = sqlite_store(database)
    assert where in refused(lambda: rows.entries(rows.run(RUN), ())).message


def test_a_store_that_was_moved_is_read_where_it_is_now(root: Path, database: Path, tmp_path: Path) -> None:
    run(root, "4" * 32)
    shutil.move(root.parent, tmp_path / "moved")
    folders = folder_store(tmp_path / "moved" / "mlruns")
    rows = sqlite_store(tmp_path / "moved" / "mlflow.db")
    assert [one.name for one in folders.entries(folders.run("4" * 32), ("outputs",))] == ["model.pkl"]
    assert [one.name for one in rows.entries(rows.run(RUN), ("outputs",))] == ["model.pkl"]


@pytest.mark.parametrize("place", ["file", "folder", "artifacts", "run", "store"])
def test_links_are_not_followed(root: Path, tmp_path: Path, place: str) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "model.pkl").write_bytes(b"secret")
    made = run(root)
    if place == "store":
        shutil.move(root, tmp_path / "elsewhere")
        root.symlink_to(tmp_path / "elsewhere")
        store = folder_store(root)
        assert refused(lambda: store.check()).code == "run-store-unsupported"
        assert find_stores([root.parent], []) == [] or look(find_stores([root.parent], []), CancelToken())[0].problem
        return
    store = folder_store(root)
    found = store.run(RUN)
    target = {
        "file": made / "artifacts" / "outputs" / "model.pkl",
        "folder": made / "artifacts" / "outputs",
        "artifacts": made / "artifacts",
        "run": made,
    }[place]
    shutil.move(target, tmp_path / "before")
    target.symlink_to(secret / "model.pkl" if place == "file" else secret)

    def read() -> bytes:
        with store.open(found, ("outputs", "model.pkl")) as stream:
            return stream.read(100)

    error = refused(read)
    assert error.code == "run-artifact-unsupported"
    assert "symbolic link" in error.message
    if place == "file":
        assert store.entries(found, ("outputs",)) == []


def test_pipes_and_devices_do_not_block(root: Path) -> None:
    made = run(root)
    os.mkfifo(made / "artifacts" / "pipe")
    os.mkfifo(made / "params")
    (made / "tags").mkdir()
    os.mkfifo(made / "tags" / "team")
    os.mkfifo(root / "meta.yaml")
    experiment(root, "2")
    (root / "2" / "meta.yaml").unlink()
    os.mkfifo(root / "2" / "meta.yaml")
    store = folder_store(root)
    assert [one.id for one in store.experiments("")[0]] == ["1"]
    found = store.run(RUN)
    assert [one.name for one in store.entries(found, ())] == ["outputs"]
    with pytest.raises(ScoredockError), store.open(found, ("pipe",)):
        pass


@pytest.mark.parametrize(
    "path", ["..", "../x", "a/../../x", "/etc/passwd", "a//b", "a\\..\\b", "a\0b", "./a", "a\nb", "a\u202eb", "x" * 300]
)
def test_paths_that_lead_elsewhere(root: Path, path: str, commands: Any) -> None:
    run(root)
    assert refused(lambda: artifact_parts(path)).code == "run-artifact-unsupported"
    if "\0" not in path:
        error = commands.refused("run", "register", str(root), RUN, "--path", path)
        assert error["code"] == "run-artifact-unsupported"


@pytest.mark.parametrize("id", ["..", "../1", "1/../2", "", "x" * 300, "a'b", "a b", "a\0"])
def test_ids_that_are_none(root: Path, database: Path, id: str) -> None:
    for store in (folder_store(root), sqlite_store(database)):
        assert refused(lambda store=store: store.run(id)).code == "run-not-found"
        assert refused(lambda store=store: store.experiment(id)).code == "run-not-found"


def test_metrics_that_are_no_numbers(root: Path) -> None:
    made = run(root)
    (made / "metrics" / "deep").mkdir(parents=True)
    (made / "metrics" / "nan").write_text("1 nan 0\n")
    (made / "metrics" / "infinite").write_text("1 -inf 0\n")
    (made / "metrics" / "words").write_text("not a number\n")
    (made / "metrics" / "empty").write_text("")
    (made / "metrics" / "deep" / "loss").write_text("1 0.5 0\n3 0.25 2\n2 0.75 1\n")
    (made / "metrics" / "long").write_text("".join(f"{n} {n}.5 {n}\n" for n in range(200_000)))
    assert folder_store(root).run(RUN).metrics == {"deep/loss": 0.25, "long": 199_999.5}


def test_a_model_that_cannot_be_told(root: Path, commands: Any) -> None:
    made = run(root)
    (made / "artifacts" / "outputs" / "model.pkl").rename(made / "artifacts" / "outputs" / "notes.txt")
    error = commands.refused("run", "register", str(root), RUN)
    assert (error["code"], error["details"]["artifacts"]) == ("run-artifact-missing", ["outputs", "outputs/notes.txt"])
    shutil.rmtree(made / "artifacts")
    error = commands.refused("run", "register", str(root), RUN)
    assert error["message"] == f"The run {RUN} has no artifacts."
    assert [path for path in commands.home.rglob("tmp/*") if path.is_file()] == []
    assert commands.json("model", "list")["models"] == []


def test_an_empty_folder_of_a_model_is_kept(root: Path, commands: Any) -> None:
    made = run(root)
    (made / "artifacts" / "outputs" / "empty" / "inner").mkdir(parents=True)
    made_model = commands.json("run", "register", str(root), RUN, "--path", "outputs", "--name", "whole")
    assert (made_model["isFolder"], made_model["fileCount"]) == (True, 1)
    commands.json("model", "download", "whole:1", "--target", "out")
    assert (commands.folder / "out" / "outputs" / "empty" / "inner").is_dir()


# ---------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "http://user:secret@host/",
        "https://[::1",
        "http://host:99999999",
        "http://ho st",
        "http://h\u00f6st",
        "http://host/?a=b",
        "databricks",
        "databricks://profile",
        "postgresql://u:secret@h/db",
        "sqlite:relative",
        "file://otherhost/x",
        "ftp://host/",
        "http://host\n",
    ],
)
def test_addresses_that_are_none(text: str, tmp_path: Path) -> None:
    found = named_store(text, tmp_path)
    if text == "databricks":
        assert found.uri == str(tmp_path / "databricks"), "a folder of that name, which then is not there"
        found = look([found], CancelToken())[0]
    assert found.problem
    assert "secret" not in found.problem + found.uri + found.title


def test_what_mlflow_takes_for_a_uri(tmp_path: Path, root: Path, database: Path) -> None:
    folder = database.parent
    for text in ("mlflow.db", "sqlite:///mlflow.db", f"sqlite:///{database}", "./mlflow.db"):
        assert (named_store(text, folder).uri, named_store(text, folder).kind) == (str(database), "sqlite")
    for text in ("mlruns", "./mlruns", f"file://{root}", f"file:{root}", str(root)):
        assert (named_store(text, folder).uri, named_store(text, folder).kind) == (str(root), "folder")
    assert named_store("http://127.0.0.1:5000/", folder).uri == "http://127.0.0.1:5000"


def test_stores_of_folders_come_once(root: Path, database: Path) -> None:
    found = find_stores([root.parent, root], ["mlruns", f"sqlite:///{database}", "", " "])
    assert [one.uri for one in found] == [str(root), str(database)]


# ---------------------------------------------------------------------------------------------- the protocol


def test_the_protocol_opens_only_what_is_offered(root: Path, database: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "mlruns"
    experiment(elsewhere)
    with Client(tmp_path / "home") as client:
        client.initialize(root.parent)
        client.ask("scoredock/state/list", {"folders": [str(root.parent)]})
        offered = client.ask("scoredock/run/stores", {"folders": [str(root.parent)]})["stores"]
        assert [(one["uri"], one["kind"], one["title"]) for one in offered] == [
            (str(root), "folder", "mlruns"),
            (str(database), "sqlite", "mlflow.db"),
        ]
        for one in offered:
            found = client.ask("scoredock/run/experiments", {"store": one["uri"]})
            assert [item["name"] for item in found["experiments"]] == ["iris"]
        typed = [
            str(elsewhere),
            f"file://{root}",
            f"{root}/../mlruns",
            f"{root}/",
            "mlruns",
            "sqlite:///mlflow.db",
            "",
            "/etc/passwd",
            "http://127.0.0.1:9",
            "http://169.254.169.254/latest",
        ]
        for uri in typed:
            for method, more in (("experiments", {}), ("artifacts", {"runId": RUN}), ("register", {"runId": RUN})):
                error = client.error(f"scoredock/run/{method}", {"store": uri, **more})
                assert error["data"]["code"] == "run-store-unknown", uri


def test_the_look_at_a_store_notices_a_change(root: Path, untouched: Untouched) -> None:
    """The guard of all tests here turns red when a byte, a time or a name is another one."""
    file = root / "1" / "meta.yaml"

    def touch() -> None:
        os.utime(file, ns=(1, 1))

    for harm in (touch, lambda: file.write_text("x"), lambda: (root / "new").mkdir(), lambda: file.unlink()):
        with pytest.raises(AssertionError), untouched(root):
            harm()


WATCHED = """
import json, sys
seen = []
sys.addaudithook(lambda event, said: seen.append(str(said[0])) if event in ("open", "os.scandir", "os.listdir") else None)
from pathlib import Path
from scoredock.errors import ScoredockError
from scoredock.contrib.runs.domain.mlflow.artifacts import ArtifactTree
from scoredock.contrib.runs.domain.mlflow.folder_store import FolderStore
from scoredock.progress import CancelToken

store = FolderStore(Path(sys.argv[1]), CancelToken())
tree = ArtifactTree(store, store.run(sys.argv[2]))
tree.list("outputs")
del seen[:]
for path in json.loads(sys.argv[3]):
    for ask in (tree.list, tree.find, lambda path: tree.open(path).__enter__(), store.run, store.experiment):
        try:
            ask(path)
        except ScoredockError:
            pass
print(json.dumps(seen))
"""  # noqa: E501 (a text that would change if it were wrapped)


def test_nothing_is_opened_for_a_path_that_leads_elsewhere(root: Path, tmp_path: Path) -> None:
    run(root)
    (tmp_path / "secret").mkdir()
    hostile = [
        "../../../../../secret",
        "..%2f..%2fsecret",
        "%2e%2e/secret",
        "%252e%252e/secret",
        "..\\..\\secret",
        str(tmp_path / "secret"),
        f"file://{tmp_path}/secret",
        "outputs/../../../../../../secret",
        "//server/secret",
        "./secret",
        "~/secret",
        "secret\0",
    ]

    def opened(paths: list[str]) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, str(root), RUN, json.dumps(paths)],
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    for path in opened(hostile):
        one_name = "/" not in path and path not in (".", "..")  # below a folder that is open already
        assert one_name or Path(path).is_relative_to(root) or path.endswith((".py", ".pyc")), path
        assert ".." not in Path(path).parts
    assert "outputs" in opened(["outputs"]), "the watch itself sees what is opened"
