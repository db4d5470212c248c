"""Out and in again: what was downloaded, exported or deployed is byte for byte what was registered."""

from __future__ import annotations

import json
import os
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.errors import ScoredockError
from scoredock.registry import Limits, Registry
from scoredock.registry.blobs.source import Source, SourceFile
from scoredock.registry.grammar import file_name_problem, path_clash_key
from scoredock.registry.models.registration import NewModel
from scoredock.registry.records import Resources, RunSource

from depth import rounds

Refused = Callable[..., ScoredockError]

NAMES = st.one_of(
    st.sampled_from(
        ["a", "b", ".hidden", "saved model", "modèle", "模型", "-rf", "~", "$HOME", "%41", "a.b.c", " lead", "con"]
    ),
    st.text(min_size=1, max_size=40),
).filter(
    lambda name: (
        not file_name_problem(name)
        and name not in (".", "..")
        and "/" not in name
        and "\0" not in name
        and len(name.encode()) <= 200
    )
)
TREES = st.recursive(st.binary(max_size=3000), lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)


def clashes(tree: dict[str, object]) -> bool:
    keys = [path_clash_key(name) for name in tree]
    return len(set(keys)) < len(keys) or any(isinstance(each, dict) and clashes(each) for each in tree.values())


def holds_a_file(tree: object) -> bool:
    return isinstance(tree, bytes) or (isinstance(tree, dict) and any(holds_a_file(each) for each in tree.values()))


def grow(root: Path, tree: object) -> None:
    if isinstance(tree, bytes):
        root.write_bytes(tree)
        return
    assert isinstance(tree, dict)
    root.mkdir()
    for name, inner in tree.items():
        grow(root / name, inner)


def read(root: Path) -> object:
    if root.is_file():
        return root.read_bytes()
    return {path.name: read(path) for path in root.iterdir()}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@settings(max_examples=rounds(gate=12, long=300))
@given(
    name=NAMES, tree=TREES.filter(lambda tree: holds_a_file(tree) and not (isinstance(tree, dict) and clashes(tree)))
)
def test_every_tree_comes_back(folder: Path, name: str, tree: object) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        home = Path(place)
        first, second = Registry(home / "one"), Registry(home / "two")
        (home / "in").mkdir()
        grow(home / "in" / name, tree)
        model = first.register([home / "in" / name], "m", tags={"a": "b"}, description="of all kinds")

        first.download("m:1", home / "out")
        assert read(home / "out" / name) == tree
        again = first.register([home / "out" / name], "m")
        assert (again.digest, again.files, again.folders) == (model.digest, model.files, model.folders)
        assert again.is_folder == model.is_folder

        assert read(first.materialise(model, home / "staged")) == tree

        archive = first.export("m:1", home / "m.zip")
        back = second.register([archive], "n", unpack=True)
        assert (back.digest, back.files, back.folders) == (model.digest, model.files, model.folders)
        assert (back.is_folder, dict(back.tags), back.description) == (model.is_folder, {"a": "b"}, "of all kinds")
        second.download("n:1", home / "far")
        assert read(home / "far" / name) == tree
        assert first.verify(deep=True) == second.verify(deep=True) == []
        first.store.close()
        second.store.close()


def test_several_paths_come_back(registry: Registry, tmp_path: Path) -> None:
    grow(tmp_path / "in", {"a": b"1", "tree": {"b": b"2", "empty": {}}, "hollow": {}})
    given = [tmp_path / "in" / name for name in ("a", "tree", "hollow")]
    model = registry.register(given, "m")
    assert model.folders == ("hollow", "tree/empty")
    registry.export("m", tmp_path / "m.zip")
    assert registry.register([tmp_path / "m.zip"], "m", unpack=True).digest == model.digest
    assert registry.download("m:1", tmp_path / "out") == tmp_path / "out"
    assert read(tmp_path / "out") == read(tmp_path / "in")
    assert registry.materialise(model, tmp_path / "staged") == tmp_path / "staged"


def test_empty_folders_are_part_of_what_a_version_holds(registry: Registry, tmp_path: Path) -> None:
    grow(tmp_path / "m", {"a": b"1"})
    plain = registry.register([tmp_path / "m"], "m")
    (tmp_path / "m" / "cache" / "inner").mkdir(parents=True)
    with_folder = registry.register([tmp_path / "m"], "m")
    assert with_folder.folders == ("m/cache/inner",)
    assert with_folder.digest != plain.digest
    assert registry.model("m:2") == with_folder


def test_a_folder_of_folders_is_no_model(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    grow(tmp_path / "m", {"a": {"b": {}}})
    error = refused("model-path-empty", registry.register, [tmp_path / "m"], "m")
    assert "holds no files" in error.message


def test_a_download_asks_before_it_overwrites(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    grow(tmp_path / "m", {"a": b"1", "empty": {}})
    registry.register([tmp_path / "m"], "m")
    (tmp_path / "out" / "m").mkdir(parents=True)
    (tmp_path / "out" / "m" / "empty").write_bytes(b"mine")
    refused("model-file-exists", registry.download, "m", tmp_path / "out", overwrite=True)
    assert read(tmp_path / "out") == {"m": {"empty": b"mine"}}
    (tmp_path / "out" / "m" / "empty").unlink()
    (tmp_path / "out" / "m" / "empty").mkdir()
    registry.download("m", tmp_path / "out")
    if os.name != "nt":
        grow(tmp_path / "elsewhere", {})
        (tmp_path / "linked").mkdir()
        (tmp_path / "linked" / "m").symlink_to(tmp_path / "elsewhere")
        refused("model-file-exists", registry.download, "m", tmp_path / "linked", overwrite=True)
        assert read(tmp_path / "elsewhere") == {}


# ------------------------------------------------------------------------------------------ child paths


@pytest.mark.parametrize(
    ("children", "stored", "folders"),
    [
        pytest.param(["a.pkl"], ["m/a.pkl"], [], id="a file"),
        pytest.param(["sub"], ["m/sub/b", "m/sub/c/d"], ["m/sub/e"], id="a folder"),
        pytest.param(["sub/c/", "./a.pkl"], ["m/a.pkl", "m/sub/c/d"], [], id="both"),
        pytest.param(["sub", "sub/b", "sub"], ["m/sub/b", "m/sub/c/d"], ["m/sub/e"], id="one inside the other"),
        pytest.param(["a.pkl", "sub/e"], ["m/a.pkl"], ["m/sub/e"], id="an empty folder"),
    ],
)
def test_child_paths(
    registry: Registry, tmp_path: Path, children: list[str], stored: list[str], folders: list[str]
) -> None:
    grow(tmp_path / "m", {"a.pkl": b"1", "sub": {"b": b"2", "c": {"d": b"3"}, "e": {}}, "other": b"4"})
    model = registry.register([tmp_path / "m"], "m", child_paths=children)
    assert ([file.path for file in model.files], list(model.folders)) == (stored, folders)
    assert model.is_folder


@pytest.mark.parametrize(
    ("child", "code"),
    [
        ("nowhere", "model-path-missing"),
        ("a.pkl/x", "model-path-missing"),
        ("../m/a.pkl", "model-path-unsupported"),
        ("/etc/passwd", "model-path-unsupported"),
        ("sub\\b", "model-path-unsupported"),
        ("c:a.pkl", "model-path-unsupported"),
        ("a\0", "model-path-unsupported"),
        ("", "model-path-unsupported"),
        (".", "model-path-unsupported"),
        ("link/a.pkl", "model-path-unsupported"),
    ],
)
def test_child_paths_that_are_refused(
    registry: Registry, tmp_path: Path, refused: Refused, child: str, code: str
) -> None:
    grow(tmp_path / "m", {"a.pkl": b"1", "sub": {"b": b"2"}})
    (tmp_path / "m" / "link").symlink_to("..")
    error = refused(code, registry.register, [tmp_path / "m"], "m", child_paths=["a.pkl", child])
    if code == "model-path-missing":
        assert child in error.message
    refused("model-path-unsupported", registry.register, [tmp_path / "m" / "a.pkl"], "m", child_paths=["x"])


# ------------------------------------------------------------------------------------------ export


def test_an_export_is_always_the_same(registry: Registry, tmp_path: Path) -> None:
    grow(tmp_path / "m", {"a": b"1" * 5000, "e": {}, "z": {"b": b""}})
    registry.register([tmp_path / "m"], "m", tags={"b": "2", "a": "1"})
    one = registry.export("m", tmp_path / "one.zip").read_bytes()
    assert registry.export("m:1", tmp_path).name == "m-1.zip"
    assert (tmp_path / "m-1.zip").read_bytes() == one
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "scoredock-model.json"
        assert archive.read("model/m/a") == b"1" * 5000


def test_everything_comes_along(registry: Registry, tmp_path: Path) -> None:
    grow(tmp_path / "a.pkl", b"1")
    run = RunSource("/stores/mlruns", "diabetes", "0f3a", "brave-owl")
    model = registry.register(
        [tmp_path / "a.pkl"],
        "m",
        description="two\nlines",
        tags={"t": ""},
        properties={"p": "1"},
        framework="ScikitLearn",
        framework_version="1.5",
        resources=Resources(0.5, 1.5, 1),
        run=run,
    )
    registry.export("m", tmp_path / "m.zip")
    other = Registry(tmp_path / "other")
    back = other.register([tmp_path / "m.zip"], "m", unpack=True)
    for name in ("description", "tags", "properties", "framework", "framework_version", "metadata", "files", "run_id"):
        assert getattr(back, name) == getattr(model, name), name
    named = other.register([tmp_path / "m.zip"], "m", unpack=True, description="mine", tags={"x": "y"})
    assert (named.description, dict(named.tags), named.framework) == ("mine", {"x": "y"}, "ScikitLearn")


def test_an_export_that_was_tampered_with(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    grow(tmp_path / "a.pkl", b"12345")
    registry.register([tmp_path / "a.pkl"], "m")
    registry.export("m", tmp_path / "m.zip")
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        manifest = archive.read("scoredock-model.json")
    for number, files in enumerate(({"model/a.pkl": b"54321"}, {"model/a.pkl": b"1"}, {"model/b.pkl": b"12345"})):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("scoredock-model.json", manifest)
            for name, content in files.items():
                archive.writestr(name, content)
        refused("model-archive-invalid", registry.register, [path], "m", unpack=True)
    newer = json.loads(manifest) | {"format": 99}
    with zipfile.ZipFile(tmp_path / "newer.zip", "w") as archive:
        archive.writestr("scoredock-model.json", json.dumps(newer))
        archive.writestr("model/a.pkl", b"12345")
    error = refused("model-archive-invalid", registry.register, [tmp_path / "newer.zip"], "m", unpack=True)
    assert "newer Scoredock" in error.message
    assert [model.id for model in registry.models()] == ["m:1"]


@pytest.mark.parametrize(
    "manifest", [b"", b"{}", b"[]", b"[" * 100_000, b"\xff", b'{"format": 2}', b'{"format": 1e999}']
)
def test_a_manifest_that_is_none_is_a_file_like_others(registry: Registry, tmp_path: Path, manifest: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("scoredock-model.json", manifest)
        archive.writestr("model/a", b"1")
    model = registry.register([tmp_path / "m.zip"], "m", unpack=True)
    assert [file.path for file in model.files] == ["m/model/a", "m/scoredock-model.json"]


def test_an_export_asks_before_it_overwrites(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    grow(tmp_path / "a.pkl", b"12345")
    registry.register([tmp_path / "a.pkl"], "m")
    target = tmp_path / "m.zip"
    target.write_bytes(b"mine")
    refused("model-file-exists", registry.export, "m", target)
    assert target.read_bytes() == b"mine"
    registry.export("m", target, overwrite=True)
    blob = registry.blob(registry.model("m").files[0].sha256)
    blob.chmod(0o600)
    blob.write_bytes(b"?????")
    before = target.read_bytes()
    refused("model-damaged", registry.export, "m", target, overwrite=True)
    assert target.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"a.pkl", "m.zip", "workspace"}


# ------------------------------------------------------------------------------------------ from anywhere


class Pieces:
    """A stream that gives its bytes in small pieces, as a network does."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def readinto(self, buffer: memoryview, /) -> int:
        piece = self._left[: min(len(buffer), 7777)]
        self._left = self._left[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def __enter__(self) -> Pieces:
        return self

    def __exit__(self, *exception: object) -> None:
        return None


def streamed(stored: str, content: bytes, size: int | None = None) -> SourceFile:
    origin = f"http://localhost/{stored}"
    return SourceFile(
        Path(stored), stored, len(content) if size is None else size, opener=lambda: Pieces(content), origin=origin
    )


def test_streams_are_registered_like_files(registry: Registry) -> None:
    large = os.urandom(3_000_001)
    source = Source((streamed("m/a", b"1"), streamed("m/b", large)), True, 1 + len(large), ("m/empty",))
    model = registry.register_files(source, NewModel("m", tags={"a": "b"}))
    assert {file.path: registry.blob(file.sha256).read_bytes() for file in model.files} == {"m/a": b"1", "m/b": large}
    assert registry.model("m:1") == model
    assert model.folders == ("m/empty",)


@pytest.mark.parametrize("size", [0, 99, 101, 50_000])
@pytest.mark.parametrize("times", [1, 300])
def test_a_stream_of_another_length(registry: Registry, refused: Refused, size: int, times: int) -> None:
    content = b"x" * 100 * times
    source = Source((streamed("a", content, size * times),), False, size * times)
    error = refused("model-path-changed", registry.register_files, source, NewModel("m"))
    assert "http://localhost/a" in error.message
    assert registry.models() == []
    assert not registry.blobs.scratch.exists() or list(registry.blobs.scratch.iterdir()) == []


# ------------------------------------------------------------------------------------------ recorded


@pytest.mark.parametrize(
    "resources", [Resources(0), Resources(cpu=-1), Resources(memory_in_gb=0), Resources(gpu=0), Resources(float("nan"))]
)
def test_resources_are_greater_than_zero(
    registry: Registry, model_file: Path, refused: Refused, resources: Resources
) -> None:
    refused("model-resources-invalid", registry.register, [model_file], "m", resources=resources)


def test_datasets_must_be_there(registry: Registry, model_file: Path, refused: Refused) -> None:
    for named in ({"sample_input_dataset": "d:1"}, {"sample_output_dataset": "d"}, {"datasets": [("training", "d:2")]}):
        refused("asset-not-found", registry.register, [model_file], "m", **named)
    for row in (b"1\n", b"2\n"):
        registry.assets.add("dataset", "d", {}, {"rows": [row]})
    model = registry.register(
        [model_file], "m", sample_input_dataset="d:1", sample_output_dataset="d", datasets=[("training", "d:2")]
    )
    told = registry.model("m:1").metadata
    assert told == model.metadata
    assert (told.sample_input_dataset, told.sample_output_dataset, told.datasets) == (
        "d:1",
        "d:2",
        (("training", "d:2"),),
    )


def test_folders_beyond_the_limit_are_refused_quickly(tmp_path: Path, refused: Refused) -> None:
    registry = Registry(tmp_path / "workspace", Limits(files=50))
    grow(tmp_path / "m", {"a": b"1", **{str(number): {} for number in range(60)}})
    refused("model-too-large", registry.register, [tmp_path / "m"], "m")


def test_names_are_compared_as_other_systems_do(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    grow(tmp_path / "m", {"é": b"1", unicodedata.normalize("NFD", "É"): {}})
    refused("model-path-clash", registry.register, [tmp_path / "m"], "m")
