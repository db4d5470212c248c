"""Paths that cannot be registered: refused with the reason, without blocking, with nothing written."""

from __future__ import annotations

import os
import socket
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import Silent
from scoredock.registry import Registry
from scoredock.registry.blobs.intake import Intake
from scoredock.registry.blobs.source import SourceFile

Refused = Callable[..., ScoredockError]
posix = pytest.mark.skipif(os.name == "nt", reason="special files of POSIX")


def test_a_missing_path(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    error = refused("model-path-missing", registry.register, [tmp_path / "nowhere"], "m")
    assert error.place is not None
    assert error.place.path == str(tmp_path / "nowhere")
    refused("model-path-missing", registry.register, [tmp_path / "a\0b"], "m")
    refused("model-path-missing", registry.register, [], "m")


def test_a_folder_without_files(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    refused("model-path-empty", registry.register, [tmp_path / "empty"], "m")


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # addresses of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def _make_link_to_a_secret(path: Path) -> None:
    (path.parent.parent / ".ssh").mkdir(exist_ok=True)
    (path.parent.parent / ".ssh" / "config").write_text("Host *")
    path.symlink_to("../.ssh/config")


def _make_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _make_broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def _make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def _make_upward_link(path: Path) -> None:
    path.symlink_to("..")


def _make_circle_of_two_folders(path: Path) -> None:
    path.mkdir()
    other = path.parent.parent / "other"
    other.mkdir()
    (path / "there").symlink_to("../../other")
    (other / "special-again").symlink_to(f"../{path.parent.name}/{path.name}")


@posix
@pytest.mark.parametrize(
    "make",
    [
        _make_pipe,
        _make_socket,
        _make_link_to_a_secret,
        _make_link_to_a_device,
        _make_broken_link,
        _make_loop,
        _make_upward_link,
        _make_circle_of_two_folders,
    ],
)
def test_special_files_are_refused_alone_and_inside_a_folder(
    registry: Registry, tmp_path: Path, refused: Refused, make: Callable[[Path], None]
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "good.bin").write_bytes(b"good")
    make(folder / "special")
    refused("model-path-unsupported", registry.register, [folder / "special"], "m")
    error = refused("model-path-unsupported", registry.register, [folder], "m")
    assert "special" in error.message
    assert registry.models() == []
    assert list(registry.blobs.all()) == []


def test_what_packages_leave_out_is_no_part_of_a_model(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    for name in (".git/HEAD", ".venv/a", "env/pyvenv.cfg", "env/lib/b", "node_modules/c", "m/__pycache__/d", "m/model"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    reports: list[str] = []

    class Reports(Silent):
        def report(self, message: str, percentage: int | None = None) -> None:
            reports.append(message)

    model = registry.register([folder], "m", progress=Reports())
    assert [each.path for each in registry.files(model)[0]] == ["clone/m/model"]
    assert [each for each in reports if "env" in each] == [
        "Left out, as packages leave it out, too: .git, .venv, __pycache__, env, node_modules"
    ]


@posix
def test_a_folder_of_links_is_registered_as_what_they_lead_to(registry: Registry, tmp_path: Path) -> None:
    """As the cache of Hugging Face lays a snapshot out, and DVC a folder."""
    blobs = tmp_path / "blobs"
    (blobs / "tokenizer").mkdir(parents=True)
    (blobs / "aa11").write_bytes(b"weights")
    (blobs / "tokenizer" / "vocabulary").write_bytes(b"words")
    snapshot = tmp_path / "snapshots" / "1f"
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").symlink_to("../../blobs/aa11")
    (snapshot / "again.safetensors").symlink_to("model.safetensors")
    (snapshot / "tokenizer").symlink_to("../../blobs/tokenizer")
    (tmp_path / "hf").symlink_to("snapshots/1f")
    for given, name in ((snapshot, "1f"), (tmp_path / "hf", "hf")):
        model = registry.register([given], "m")
        target = registry.materialise(model, tmp_path / "out" / name)
        assert {str(each.relative_to(target)): each.read_bytes() for each in target.rglob("*") if each.is_file()} == {
            "model.safetensors": b"weights",
            "again.safetensors": b"weights",
            "tokenizer/vocabulary": b"words",
        }
        assert not any(each.is_symlink() for each in target.rglob("*"))


@posix
def test_devices_are_refused(registry: Registry, refused: Refused) -> None:
    for device in ("/dev/zero", "/dev/null", "/dev/full"):
        assert "a device" in refused("model-path-unsupported", registry.register, [Path(device)], "m").message


@posix
@pytest.mark.parametrize(
    "name", [b"a\nb", b"a\x1bb", b"a\x7f", b"\xff\xfe", b"a\\b", "a\u202eb".encode(), "a\u2028b".encode()]
)
def test_names_that_no_model_can_hold(registry: Registry, tmp_path: Path, refused: Refused, name: bytes) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118
    with open(path, "wb") as stream:  # noqa: PTH123
        stream.write(b"x")
    for given in (Path(os.fsdecode(path)), folder):
        error = refused("model-path-unsupported", registry.register, [given], "m")
        assert error.message.isprintable()
    os.unlink(path)  # noqa: PTH108 (pytest cannot clean such names away everywhere)


@posix
def test_names_of_255_bytes_and_right_to_left_letters_are_taken(registry: Registry, tmp_path: Path) -> None:
    for name in ("x" * 255, "نموذج.pkl", "模型.onnx", " leading", "trailing.", "quote'\"$(x)"):
        path = tmp_path / name
        path.write_bytes(name.encode())
        model = registry.register([path], "m")
        assert model.files[0].path == name
        target = tmp_path / "out" / str(model.version)
        assert registry.materialise(model, target).read_bytes() == name.encode()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param("Weights.bin", "weights.bin", id="case"),
        pytest.param("A/x", "a/y", id="case of a folder"),
        pytest.param("straße", "STRASSE", id="folding"),
        pytest.param(unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é"), id="unicode form"),
    ],
)
def test_names_that_some_file_system_takes_for_one(
    registry: Registry, tmp_path: Path, refused: Refused, one: str, two: str
) -> None:
    folder = tmp_path / "model"
    for name in (one, two):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    if sum(len(files) for _, _, files in os.walk(folder)) < 2:
        pytest.skip("this file system takes the names for one")
    refused("model-path-clash", registry.register, [folder], "m")


def test_names_are_kept_exactly_as_they_are_on_disk(registry: Registry, tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "modèle.pkl")
    (tmp_path / name).write_bytes(b"x")
    stored = registry.register([tmp_path / name], "m").files[0].path
    assert stored in (name, unicodedata.normalize("NFC", name))
    assert stored in os.listdir(tmp_path)  # noqa: PTH208


def test_two_paths_of_the_same_name(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder / "model").mkdir(parents=True)
        (tmp_path / folder / "model" / folder).write_bytes(b"x")
    paths = [tmp_path / "a" / "model", tmp_path / "b" / "model"]
    refused("model-path-clash", registry.register, paths, "m")
    refused("model-path-clash", registry.register, [paths[0], paths[0]], "m")


def test_the_folder_that_holds_the_workspace(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    refused("model-path-unsupported", registry.register, [tmp_path], "m")
    refused("model-path-unsupported", registry.register, [Path("/")], "m")


@posix
def test_a_file_that_may_not_be_read(
    registry: Registry, model_file: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def forbidden(path: object, flags: int, mode: int = 0o777) -> int:
        if path == model_file:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags, mode)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", forbidden)  # root may read everything, so modes alone do not show it
    error = refused("model-path-unreadable", registry.register, [model_file], "m")
    assert error.place is not None
    assert error.place.path == str(model_file)


def _grow(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


def _shrink(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(10)


def _rewrite(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(b"other")
    os.utime(path, ns=(1, 1))


def _replace(path: Path) -> None:
    fresh = path.with_name("fresh")
    fresh.write_bytes(path.read_bytes())
    status = path.stat()
    os.utime(fresh, ns=(status.st_atime_ns, status.st_mtime_ns))
    fresh.replace(path)


@pytest.mark.parametrize("change", [_grow, _shrink, _rewrite, _replace])
@pytest.mark.parametrize("when", ["before it is opened", "while it is read"])
def test_a_file_that_changes_is_not_registered(
    registry: Registry,
    tmp_path: Path,
    refused: Refused,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None],
    when: str,
) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(3 << 20))
    add = Intake.add

    def changing(self: Intake, source: SourceFile, tick: Callable[[int], None]) -> object:
        done = False

        def once(count: int) -> None:
            nonlocal done
            if not done and when == "while it is read":
                done = True
                change(path)
            tick(count)

        if when == "before it is opened":
            change(path)
        return add(self, source, once)

    monkeypatch.setattr(Intake, "add", changing)
    if change is _replace and when == "while it is read":
        registry.register([path], "m")  # the open file is still the old one, whole and unchanged
    else:
        refused("model-path-changed", registry.register, [path], "m")
        assert registry.models() == []
    assert registry.verify(deep=True) == []
    assert list(registry.blobs.scratch.iterdir()) == []
    monkeypatch.undo()
    registry.register([path], "m")
    assert registry.verify(deep=True) == []


def test_a_file_that_vanishes(
    registry: Registry, model_file: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Intake.add

    def vanishing(self: Intake, source: SourceFile, *rest: object) -> object:
        model_file.unlink()
        return add(self, source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Intake, "add", vanishing)
    refused("model-path-missing", registry.register, [model_file], "m")
