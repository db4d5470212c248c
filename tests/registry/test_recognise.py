"""Proposals for the register steps: from names and bytes, never by loading."""

from __future__ import annotations

import bz2
import collections
import fractions
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.registry import Registry
from scoredock.registry.formats.recognise import name_from, propose, recognise
from scoredock.registry.grammar import require_model_name
from scoredock.registry.records import Tensor

from depth import rounds
from pace import within


def _string(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode() + b"\x94"


def _pickle_of(module: str, name: str, attributes: Mapping[str, str], array: bytes = b"") -> bytes:
    """An object with text attributes as protocol 4 writes it, without the class being there; `array` is joblib's way of
    putting raw bytes in between."""
    content = b"\x80\x04" + _string(module) + _string(name) + b"\x93\x94)\x81\x94}\x94("
    items = [_string(key) + _string(value) for key, value in attributes.items()]
    return content + items[0] + array + b"".join(items[1:]) + b"ub."


RIDGE = _pickle_of("sklearn.linear_model._ridge", "Ridge", {"solver": "auto", "_sklearn_version": "1.5.2"})
JOBLIB = _pickle_of(
    "sklearn.linear_model._ridge", "Ridge", {"solver": "auto", "_sklearn_version": "1.5.2"}, b"\xff" + os.urandom(64)
)


def _zip(entries: Mapping[str, bytes]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)

    return write


def _field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return bytes([number << 3, content])
    return bytes([number << 3 | 2]) + _length(len(content)) + content


def _length(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _length(value >> 7)


def _onnx(opset: int) -> bytes:
    imports = _field(8, _field(1, b"ai.onnx.ml") + _field(2, 3)) + _field(8, _field(1, b"") + _field(2, opset))
    return _field(1, 8) + _field(2, b"skl2onnx") + _field(7, b"g" * 5000) + imports


def _safetensors(metadata: Mapping[str, str]) -> bytes:
    header = json.dumps(
        {"__metadata__": metadata, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


@pytest.mark.parametrize(
    ("name", "content", "framework", "version", "said"),
    [
        pytest.param("m.pkl", RIDGE, "ScikitLearn", "1.5.2", "sklearn.linear_model._ridge.Ridge", id="pickle"),
        pytest.param("m.joblib", JOBLIB, "ScikitLearn", "1.5.2", "scikit-learn 1.5.2", id="joblib with an array"),
        pytest.param("m.model", RIDGE, "ScikitLearn", "1.5.2", "Ridge", id="another ending"),
        pytest.param("m.model", b"\x80\x04truncated", "", "", "not known", id="no pickle of another ending"),
        pytest.param("m.pkl.gz", gzip.compress(JOBLIB), "ScikitLearn", "1.5.2", "Ridge", id="gzip"),
        pytest.param("m.joblib", zlib.compress(JOBLIB, 3), "ScikitLearn", "1.5.2", "Ridge", id="zlib"),
        pytest.param("m.pkl.bz2", bz2.compress(JOBLIB), "ScikitLearn", "1.5.2", "Ridge", id="bzip2"),
        pytest.param("m.pkl.xz", lzma.compress(JOBLIB), "ScikitLearn", "1.5.2", "Ridge", id="xz"),
        pytest.param("m", RIDGE, "ScikitLearn", "1.5.2", "Ridge", id="no suffix"),
        pytest.param(
            "m.pkl", _pickle_of("xgboost.sklearn", "XGBRegressor", {"a": "b"}), "Custom", "", "XGBoost", id="xgboost"
        ),
        pytest.param(
            "m.pkl", _pickle_of("torch._utils", "_rebuild", {"a": "b"}), "PyTorch", "", "torch", id="torch pickle"
        ),
        pytest.param(
            "m.pkl", _pickle_of("keras.models", "Model", {"a": "b"}), "TensorFlow", "", "keras", id="keras pickle"
        ),
        pytest.param("m.pkl", _pickle_of("mine", "Model", {"a": "b"}), "Custom", "", "'mine.Model'", id="own class"),
        pytest.param("m.pkl", pickle.dumps({"a": [1, 2]}), "", "", "not known", id="plain data"),
        pytest.param("m.pkl", b"\x80\x04truncated", "", "", "not known", id="broken pickle"),
        pytest.param("m.onnx", _onnx(17), "Onnx", "1.12", "opset 17", id="onnx"),
        pytest.param("m.onnx", _onnx(99), "Onnx", "", "opset 99", id="onnx of the future"),
        pytest.param("m.onnx", b"\xff" * 100, "", "", "not known", id="no onnx"),
        pytest.param("m.safetensors", _safetensors({"format": "pt"}), "PyTorch", "", "1 tensor", id="safetensors"),
        pytest.param(
            "m.safetensors", struct.pack("<Q", 1 << 60) + b"{", "", "", "not known", id="safetensors that lies"
        ),
        pytest.param(
            "m.h5", b"\x89HDF\r\n\x1a\n" + b"x" * 99 + b"keras_version", "TensorFlow", "", "HDF5", id="keras h5"
        ),
        pytest.param("m.h5", b"\x89HDF\r\n\x1a\n" + b"x" * 99, "", "", "not known", id="other h5"),
        pytest.param("m.json", b'{"learner":{},"version":[2,1,3]}', "Custom", "2.1.3", "XGBoost", id="xgboost json"),
        pytest.param(
            "m.ubj", b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{}", "Custom", "", "XGBoost", id="xgboost ubj"
        ),
        pytest.param(
            "m.bst", b"binf\0\0\0\x3f", "Custom", "", 'save_model("model.json")', id="xgboost of old releases"
        ),
        pytest.param(
            "m.bst", b'{"learner":{}}', "Custom", "", "has to end in .json", id="xgboost json by another name"
        ),
        pytest.param("m.txt", b"tree\nversion=v4\nnum_class=1\n", "Custom", "", "LightGBM", id="lightgbm"),
        pytest.param("m.bin", b"", "", "", "not known", id="empty"),
    ],
)
def test_files(tmp_path: Path, name: str, content: bytes, framework: str, version: str, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    proposal = propose([tmp_path / name])
    assert (proposal.framework, proposal.framework_version) == (framework, version), proposal
    assert said in proposal.reason
    assert proposal.name == "m"


@pytest.mark.parametrize(
    ("name", "entries", "framework", "said"),
    [
        pytest.param(
            "m.pt", {"m/data.pkl": b"", "m/version": b"3", "m/data/0": b""}, "PyTorch", "checkpoint", id="torch"
        ),
        pytest.param(
            "m.pt",
            {"m/data.pkl": b"", "m/version": b"3", "m/constants.pkl": b""},
            "PyTorch",
            "TorchScript",
            id="script",
        ),
        pytest.param(
            "m.keras",
            {"metadata.json": b'{"keras_version": "3.3.3"}', "config.json": b"{}", "model.weights.h5": b""},
            "TensorFlow",
            "Keras 3.3.3",
            id="keras",
        ),
        pytest.param("m.skops", {"schema.json": b"{}"}, "ScikitLearn", "skops", id="skops"),
        pytest.param(
            "m.zip", {"m/saved_model.pb": b"", "m/variables/x": b""}, "TensorFlow", "--unpack", id="savedmodel"
        ),
        pytest.param("m.zip", {"readme": b""}, "", "not known", id="any zip"),
    ],
)
def test_zip_files(tmp_path: Path, name: str, entries: Mapping[str, bytes], framework: str, said: str) -> None:
    _zip(entries)(tmp_path / name)
    proposal = propose([tmp_path / name])
    assert proposal.framework == framework
    assert said in proposal.reason


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize(
    ("entries", "framework", "said"),
    [
        ({"m/saved_model.pb": b"1", "m/variables/x": b"2"}, "TensorFlow", "--unpack"),
        ({"m/MLmodel": b"flavors: {}", "m/model.pkl": b"2"}, "Custom", "an archive of an MLflow model"),
        ({"readme": b"1"}, "", "not known"),
    ],
)
def test_tar_files(tmp_path: Path, entries: Mapping[str, bytes], framework: str, said: str, mode: str) -> None:
    path = tmp_path / ("m.tar.gz" if mode == "w:gz" else "m.tar")
    with tarfile.open(path, mode) as archive:
        for name, content in {**entries, "large": bytes(9 << 20)}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    proposal = propose([path])
    assert (proposal.framework, said in proposal.reason) == (framework, True), proposal.reason


def _folder(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


_SAVED = _field(1, 1) + _field(2, _field(1, _field(4, b"serve") + _field(5, b"2.16.1")) + _field(2, b"g" * 300))
_MLMODEL = b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n  sklearn:\n    sklearn_version: 1.4.0\n"
_BOMB = b"a: &a [x,x]\n" + b"".join(b"k%d: &k%d [*a,*a]\n" % (n, n) for n in range(50)) + b"flavors: {sklearn: {}}\n"


@pytest.mark.parametrize(
    ("files", "framework", "version"),
    [
        pytest.param({"saved_model.pb": _SAVED, "variables/x": b"1"}, "TensorFlow", "2.16.1", id="saved model"),
        pytest.param({"MLmodel": _MLMODEL, "model.pkl": b"x"}, "ScikitLearn", "1.4.0", id="mlflow"),
        pytest.param({"MLmodel": _BOMB}, "", "", id="a YAML bomb"),
        pytest.param({"MLmodel": b"[" * 100_000}, "", "", id="deep YAML"),
        pytest.param(
            {"config.json": b"{}", "model.safetensors": _safetensors({"format": "pt"})}, "PyTorch", "", id="hub"
        ),
        pytest.param({"a.pkl": RIDGE, "b.onnx": _onnx(15)}, "Multi", "", id="two frameworks"),
        pytest.param({"deep/er/m.pkl": RIDGE, "notes.txt": b"hello"}, "ScikitLearn", "1.5.2", id="below"),
        pytest.param({"notes.txt": b"hello"}, "", "", id="nothing"),
    ],
)
def test_folders(tmp_path: Path, files: Mapping[str, bytes], framework: str, version: str) -> None:
    proposal = propose([_folder(tmp_path / "my model", files)])
    assert (proposal.framework, proposal.framework_version) == (framework, version), proposal
    assert proposal.name == "my-model"


def test_several_files(tmp_path: Path) -> None:
    _folder(tmp_path, {"a.pkl": RIDGE, "b.txt": b"labels"})
    assert propose([tmp_path / "a.pkl", tmp_path / "b.txt"]).framework == "ScikitLearn"


def test_nothing_is_loaded(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "m.pkl").write_bytes(pickle.dumps(Evil(), protocol))
        assert propose([tmp_path / "m.pkl"]).framework == "Custom"
    assert not (tmp_path / "ran").exists()


def test_every_protocol_tells_its_classes(tmp_path: Path) -> None:
    value = collections.OrderedDict(a=fractions.Fraction(1, 2))
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "m.pkl").write_bytes(pickle.dumps(value, protocol))
        assert "collections.OrderedDict" in propose([tmp_path / "m.pkl"]).reason


def test_bombs_cost_little(tmp_path: Path) -> None:
    bombs = {
        "zeros.pkl.gz": gzip.compress(bytes(200 << 20), 1),
        "opcodes.pkl": b"\x80\x04" + b"N" * (20 << 20),
        "memo.pkl": b"\x80\x04" + (b"\x8c\x01a" + b"\x94") * (2 << 20) + b".",
        "long.pkl": b"\x80\x04X" + struct.pack("<I", 0xFFFFFFF0),
        "many.zip": b"PK\x03\x04" + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 0xFFFFFF00, 0, 0),
        "fields.onnx": b"\x08\x01" * (4 << 20),
    }
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
        began = time.process_time()
        assert propose([tmp_path / name]).framework == "", name
        assert within(time.process_time() - began, 10), name


@pytest.mark.skipif(os.name == "nt", reason="special files of POSIX")
def test_special_files_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pkl")
    (tmp_path / "loop.pkl").symlink_to("loop.pkl")
    for path in (
        tmp_path / "pipe.pkl",
        tmp_path / "loop.pkl",
        Path("/dev/zero"),
        tmp_path / "nowhere",
        tmp_path / "a\0b",
    ):
        assert recognise(path) is None
    assert propose([tmp_path]).framework == ""


@settings(
    max_examples=rounds(gate=100, long=2_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    start=st.sampled_from([RIDGE, JOBLIB, _onnx(17), _safetensors({"format": "pt"}), _SAVED, b"PK\x03\x04", _MLMODEL]),
    name=st.sampled_from(
        ["m.pkl", "m.onnx", "m.safetensors", "saved_model.pb", "m.pt", "MLmodel", "m.json", "m.h5", "m"]
    ),
    cut=st.integers(0, 400),
    noise=st.binary(max_size=50),
)
def test_damaged_files_never_raise(tmp_path: Path, start: bytes, name: str, cut: int, noise: bytes) -> None:
    (tmp_path / name).write_bytes(start[:cut] + noise + start[cut:])
    recognise(tmp_path / name)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("sklearn_regression_model.pkl", "sklearn_regression_model"),
        ("my model (final).pkl", "my-model-final"),
        ("modèle.onnx", "modele"),
        ("模型.onnx", "model"),
        (".hidden", "hidden"),
        ("-x-.pkl", "x"),
        ("m.pkl.gz", "m"),
        ("v1.2.pkl", "v1.2"),
        ("a" * 250 + ".b" * 20, "a" * 250 + ".b.b"),
    ],
)
def test_names(path: str, name: str) -> None:
    assert name_from([Path(path)]) == name


@given(st.text(max_size=300).filter(lambda text: "\0" not in text))
def test_names_are_always_inside_the_grammar(text: str) -> None:
    require_model_name(name_from([Path(text)]))


RECOGNISED = Path(__file__).parent / "recognised"
VERSIONS = json.loads((RECOGNISED / "versions.json").read_text())


@pytest.mark.parametrize(
    ("name", "framework", "version", "said", "inputs"),
    [
        ("ridge.pkl", "ScikitLearn", VERSIONS["scikit-learn"], "Ridge", []),
        ("ridge.joblib", "ScikitLearn", VERSIONS["scikit-learn"], "Ridge", []),
        ("ridge.joblib.gz", "ScikitLearn", VERSIONS["scikit-learn"], "Ridge", []),
        ("ridge.skops", "ScikitLearn", VERSIONS["scikit-learn"], "skops", []),
        ("ridge.onnx", "Onnx", "1.12", "opset 17", [Tensor("X", "float32", "[?, 3]")]),
        ("trees.json", "Custom", VERSIONS["xgboost-cpu"], "XGBoost", []),
        ("trees.ubj", "Custom", VERSIONS["xgboost-cpu"], "XGBoost", []),
        ("trees.txt", "Custom", "", "LightGBM", []),
        ("weights.safetensors", "PyTorch", "", "1 tensor", []),
        ("network.keras", "TensorFlow", "", f"Keras {VERSIONS['keras']}", [Tensor("patients", "float32", "[?, 3]")]),
        ("network.h5", "TensorFlow", "", f"Keras {VERSIONS['keras']}", [Tensor("patients", "float32", "[?, 3]")]),
    ],
)
def test_files_of_the_real_libraries(
    registry: Registry, name: str, framework: str, version: str, said: str, inputs: list[Tensor]
) -> None:
    proposal = propose([RECOGNISED / name])
    assert (proposal.framework, proposal.framework_version) == (framework, version)
    assert said in proposal.reason
    model = registry.register([RECOGNISED / name], "m", framework=framework, framework_version=version)
    assert list(model.metadata.inputs) == inputs
    assert model.metadata.recognised == proposal.reason
    assert registry.model("m:1") == model


def test_a_framework_of_ones_own_is_not_given_a_reason(registry: Registry) -> None:
    model = registry.register([RECOGNISED / "ridge.onnx"], "m", framework="Mine")
    assert model.metadata.recognised == ""
    assert model.metadata.outputs == (Tensor("variable", "float32", "[?, 1]"),)


def _signature(sides: Mapping[int, Mapping[str, tuple[int, list[int]]]]) -> bytes:
    """SignatureDef of a SavedModel."""
    content = b""
    for number, tensors in sides.items():
        for name, (kind, shape) in tensors.items():
            dims = b"".join(_field(2, b"\x08" + _varint(size)) for size in shape)
            content += _field(
                number, _field(1, name.encode()) + _field(2, _field(1, b"x:0") + _field(2, kind) + _field(3, dims))
            )
    return content


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def test_what_a_saved_model_serves(registry: Registry, tmp_path: Path) -> None:
    served = _signature({1: {"b": (9, [-1]), "a": (1, [-1, 4])}, 2: {"y": (1, [-1, 1])}})
    other = _signature({1: {"wrong": (1, [])}})
    graph = _field(2, b"g" * 300) + b"".join(
        _field(5, _field(1, name) + _field(2, content))
        for name, content in ((b"__saved_model_init_op", other), (b"other", other), (b"serving_default", served))
    )
    saved = _field(1, 1) + _field(2, _field(1, _field(5, b"2.16.1")) + graph)
    model = registry.register([_folder(tmp_path / "net", {"saved_model.pb": saved, "variables/x": b"1"})], "net")
    assert model.metadata.inputs == (Tensor("a", "float32", "[?, 4]"), Tensor("b", "int64", "[?]"))
    assert model.metadata.outputs == (Tensor("y", "float32", "[?, 1]"),)


def test_the_signature_of_an_mlflow_model(registry: Registry, tmp_path: Path) -> None:
    columns = json.dumps([{"type": "double", "name": "age", "required": True}, {"type": "string", "name": "sex"}])
    tensors = json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}])
    written = (
        f"flavors:\n  sklearn:\n    sklearn_version: 1.4.0\nsignature:\n  inputs: '{columns}'\n  outputs: '{tensors}'\n"
    )
    model = registry.register([_folder(tmp_path / "m", {"MLmodel": written.encode(), "model.pkl": RIDGE})], "m")
    assert model.metadata.inputs == (Tensor("age", "double", ""), Tensor("sex", "string", ""))
    assert model.metadata.outputs == (Tensor("", "float64", "[?, 2]"),)


def test_weights_of_onnx_are_no_inputs(registry: Registry, tmp_path: Path) -> None:
    def value(name: bytes, dims: list[bytes]) -> bytes:
        shape = b"".join(_field(1, dim) for dim in dims)
        return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, shape)))

    graph = (
        _field(5, _field(1, 4) + _field(8, b"w") + _field(9, bytes(16)))
        + _field(11, value(b"x", [_field(2, b"batch"), _field(1, 4)]))
        + _field(11, value(b"w", [_field(1, 4)]))
        + _field(12, value(b"y", []))
    )
    (tmp_path / "m.onnx").write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(2, 17)))
    model = registry.register([tmp_path / "m.onnx"], "m")
    assert model.metadata.inputs == (Tensor("x", "float32", "[batch, 4]"),)
    assert model.metadata.outputs == (Tensor("y", "float32", "[]"),)


@settings(
    max_examples=rounds(gate=100, long=2_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(sorted(path.name for path in RECOGNISED.iterdir())),
    place=st.integers(0, 3000),
    noise=st.binary(max_size=8),
)
def test_damaged_real_files_never_raise(tmp_path: Path, name: str, place: int, noise: bytes) -> None:
    content = (RECOGNISED / name).read_bytes()
    (tmp_path / name).write_bytes(content[:place] + noise + content[place + len(noise) :])
    recognise(tmp_path / name)
