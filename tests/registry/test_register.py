"""Registering: what is stored, under which number and name, and what is refused before anything is written."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import stat
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Limits, ModelFile, Registry

Refused = Callable[..., ScoredockError]


def test_a_file_is_stored_under_its_own_name(registry: Registry, model_file: Path) -> None:
    model = registry.register(
        [model_file], "ridge", description="a first try", tags={"area": "diabetes"}, properties={"run": "7"}
    )
    digest = hashlib.sha256(model_file.read_bytes()).hexdigest()
    assert model.id == "ridge:1"
    assert model.files == (ModelFile("model.pkl", 7000, digest),)
    assert not model.is_folder
    assert registry.blob(digest).read_bytes() == model_file.read_bytes()
    assert registry.model("ridge:1") == model
    assert registry.verify(deep=True) == []


def test_a_folder_is_stored_below_its_own_name(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "saved model"
    (folder / "variables" / "empty").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "data").write_bytes(b"")
    (folder / ".hidden").write_bytes(b"kept")
    model = registry.register([folder], "net")
    assert [file.path for file in model.files] == [
        "saved model/.hidden",
        "saved model/saved_model.pb",
        "saved model/variables/data",
    ]
    assert model.is_folder
    assert registry.verify(deep=True) == []


def test_several_paths_are_stored_each_under_its_own_name(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "b").write_bytes(b"b")
    model = registry.register([tmp_path / "a", tmp_path / "tree"], "both")
    assert [file.path for file in model.files] == ["a", "tree/b"]
    assert model.is_folder


def test_numbers_go_up_by_one_and_are_never_used_again(registry: Registry, model_file: Path) -> None:
    for expected in (1, 2, 3):
        assert registry.register([model_file], "m").version == expected
    registry.delete("m:3")
    assert registry.register([model_file], "m").version == 4
    registry.delete("m:4")
    registry.collect_garbage(0, trash_seconds=0)
    assert registry.register([model_file], "m").version == 5
    assert registry.register([model_file], "M").version == 1, "names are case-sensitive"


def test_the_same_bytes_are_stored_once(registry: Registry, model_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "copy.bin"
    other.write_bytes(model_file.read_bytes())
    registry.register([model_file], "m")
    registry.register([model_file], "m")
    registry.register([other], "n")
    assert len(list(registry.blobs.all())) == 1
    assert list(registry.blobs.scratch.iterdir()) == []


def test_a_rotten_blob_is_healed_by_registering_its_bytes_again(registry: Registry, model_file: Path) -> None:
    blob = registry.blob(registry.register([model_file], "m").files[0].sha256)
    blob.chmod(0o600)
    blob.write_bytes(b"?" * 7000)
    assert registry.verify(deep=True) == ["The file model.pkl of m:1 has stored bytes that do not match their digest."]
    registry.register([model_file], "m")
    assert registry.verify(deep=True) == []


def test_large_files_are_hashed_as_they_are_written(registry: Registry, tmp_path: Path) -> None:
    for size in (0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 9_500_001):
        path = tmp_path / f"{size}.bin"
        path.write_bytes(os.urandom(size))
        model = registry.register([path], "sizes")
        assert model.files[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert registry.blob(model.files[0].sha256).stat().st_size == size


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_everything_is_private_whatever_the_umask(tmp_path: Path, model_file: Path) -> None:
    before = os.umask(0)
    try:
        registry = Registry(tmp_path / "workspace")
        registry.register([model_file], "m")
    finally:
        os.umask(before)
    for path in (tmp_path / "workspace").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        expected = 0o700 if path.is_dir() else 0o400 if path.parent.parent.name == "sha256" else 0o600
        assert mode == expected, path


@pytest.mark.parametrize(
    "name", ["", " ", "-a", ".a", "_a", "a b", "a/b", "a\\b", "a\n", "é", "a:1", "a" * 256, "../a", "a\0"]
)
def test_names_outside_the_grammar_are_refused(
    registry: Registry, model_file: Path, refused: Refused, name: str
) -> None:
    refused("model-name-invalid", registry.register, [model_file], name)


@pytest.mark.parametrize("name", ["a", "0", "A-b.c_d", "a" * 255, "con", "a..b"])
def test_names_inside_the_grammar_are_taken(registry: Registry, model_file: Path, name: str) -> None:
    assert registry.register([model_file], name).name == name


@pytest.mark.parametrize(
    ("framework", "version", "expected"),
    [
        pytest.param("scikitlearn", "1.5", ("ScikitLearn", "1.5"), id="in the spelling of v1"),
        pytest.param("TfKeras", "", ("TensorFlow", ""), id="the old name of Keras"),
        pytest.param("MyOwn", "2", ("MyOwn", "2"), id="any text, as the SDK takes it"),
        pytest.param(" Onnx ", " 1.3 ", ("Onnx", "1.3"), id="trimmed"),
    ],
)
def test_frameworks(
    registry: Registry, model_file: Path, framework: str, version: str, expected: tuple[str, str]
) -> None:
    model = registry.register([model_file], "m", framework=framework, framework_version=version)
    assert (model.framework, model.framework_version) == expected


def test_a_framework_version_alone_is_refused_before_the_paths_are_looked_at(
    registry: Registry, refused: Refused
) -> None:
    refused("model-framework-version-alone", registry.register, [Path("/nowhere")], "m", framework_version="1")
    refused("model-name-invalid", registry.register, [Path("/nowhere")], "-", framework_version="1")


@pytest.mark.parametrize(
    "labels",
    [
        {"": "v"},
        {" ": "v"},
        {"a=b": "v"},
        {"a\nb": "v"},
        {"k": 1},
        {1: "v"},
        {"k": None},
        {"k" * 257: "v"},
        {"k": "v" * 8193},
        {"k": "\ud800"},
        {"k": "\0"},
        {str(n): "" for n in range(257)},
        [("a", "b")],
    ],
)
def test_labels_must_be_pairs_of_text(registry: Registry, model_file: Path, refused: Refused, labels: object) -> None:
    refused("model-tags-invalid", registry.register, [model_file], "m", tags=labels)
    refused("model-tags-invalid", registry.register, [model_file], "m", properties=labels)
    assert registry.models() == []


def test_texts_that_cannot_be_stored_are_refused(registry: Registry, model_file: Path, refused: Refused) -> None:
    for named in (
        {"description": "\ud800"},
        {"description": "x" * 40_000},
        {"framework": "a\nb"},
        {"framework": "x" * 200},
    ):
        refused("model-text-invalid", registry.register, [model_file], "m", **named)
    assert (
        registry.register([model_file], "m", description="lines\nand ünïcode 🙂").description == "lines\nand ünïcode 🙂"
    )


class Recorder:
    """Progress that keeps what it is told, and may cancel at some share of the work."""

    def __init__(self, cancel: CancelToken | None = None, at: int = 101) -> None:
        self.reports: list[tuple[str, int | None]] = []
        self._cancel, self._at = cancel, at

    def report(self, message: str, percentage: int | None = None) -> None:
        self.reports.append((message, percentage))
        if self._cancel is not None and (percentage or 0) >= self._at:
            self._cancel.cancel()

    def output(self, line: str) -> None:
        raise AssertionError(line)


def test_progress_is_told(registry: Registry, model_file: Path) -> None:
    progress = Recorder()
    registry.register([model_file], "m", progress=progress)
    assert [message for message, _ in progress.reports] == [
        "Looking at the files",
        "Copying model.pkl",
        "Registering m",
    ]
    assert progress.reports[-1][1] == 100


def test_cancelling_leaves_only_what_garbage_collection_removes(
    registry: Registry, tmp_path: Path, refused: Refused
) -> None:
    folder = tmp_path / "big"
    folder.mkdir()
    for number in range(3):
        (folder / str(number)).write_bytes(bytes([number]) * 1000)
    early = CancelToken()
    early.cancel()
    refused("cancelled", registry.register, [folder], "m", cancel=early)
    late = CancelToken()
    refused("cancelled", registry.register, [folder], "m", cancel=late, progress=Recorder(late, at=100))
    assert registry.models() == []
    assert registry.verify(deep=True) == []
    assert registry.collect_garbage(0) == 3
    assert list(registry.blobs.all()) == []
    assert registry.register([folder], "m").version == 1


def test_more_files_or_bytes_than_allowed_are_refused(tmp_path: Path, refused: Refused) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        (folder / str(number)).write_bytes(b"0123456789")
    refused("model-too-large", Registry(tmp_path / "w", Limits(files=11)).register, [folder], "m")
    refused("model-too-large", Registry(tmp_path / "w", Limits(bytes=119)).register, [folder], "m")
    assert Registry(tmp_path / "w", Limits(files=12, bytes=120)).register([folder], "m").size == 120


def test_a_sparse_file_larger_than_the_disk_is_refused_at_once(
    registry: Registry, tmp_path: Path, refused: Refused
) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as stream:
        stream.truncate(1 << 39)
    error = refused("disk-full", registry.register, [path], "m")
    assert error.details["bytes"] == str(1 << 39)
    assert not registry.blobs.scratch.exists()


def test_a_pointer_of_git_lfs_is_no_model(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    folder = tmp_path / "bert"
    folder.mkdir()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 661504\n"
    (folder / "weights.pkl").write_text(pointer)
    (folder / "config.json").write_text(json.dumps({"layers": ["dense"] * 200}))
    for path in (folder / "weights.pkl", folder):
        error = refused("model-path-unsupported", registry.register, [path], "bert")
        assert error.message.startswith(f"{folder / 'weights.pkl'} cannot be registered: it is a pointer of Git LFS")
        assert "git lfs pull" in error.fix
    # One of several forms of a model was fetched.
    (folder / "ridge.pkl").write_bytes(pickle.dumps(OrderedDict(a=list(range(500)))))
    assert registry.register([folder], "bert").file_count == 3
