"""Formats of model files (pickle, ONNX, archives …), recognised by a bounded look. Each gives None for other files."""

from __future__ import annotations

import bz2
import contextlib
import io
import json
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from scoredock import l10n
from scoredock.formats.signs import LFS_POINTER
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import MOST_BYTES, PickleFacts, walk
from scoredock.registry.formats.protobuf import fields, text
from scoredock.registry.formats.tensors import (
    Signature,
    keras_inputs,
    mlmodel_signature,
    onnx_signature,
    saved_model_signature,
)
from scoredock.registry.grammar import printable
from scoredock.registry.records import Tensor
from scoredock.small_yaml import small_yaml

_PICKLE_SUFFIXES = ("pkl", "pickle", "joblib", "sav", "p", "gz", "z", "bz2", "xz", "bin", "pt", "pth", "")
_PROTOCOLS = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
"""How a pickle begins that is not packed: its file may have any ending, such as `.model`."""
_TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_HDF5 = b"\x89HDF\r\n\x1a\n"
_OTHER_PACKAGES = {"xgboost": "XGBoost", "lightgbm": "LightGBM", "catboost": "CatBoost", "statsmodels": "statsmodels"}
_SKLEARN_VERSION = re.compile(
    rb"_sklearn_version(?:\x94|q.|r.{4})?(?:\x8c.|X.\x00{3}|V|U.)([0-9][0-9A-Za-z.+]{0,30})", re.DOTALL
)
_VERSION = re.compile(r"[0-9][\w.+-]{0,30}")
_KERAS_VERSION = re.compile(rb"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}")
_SKOPS_VERSION = re.compile(rb'"_sklearn_version":\s*\{[^{}]{0,300}"content":\s*"\\"([0-9][\w.+]{0,30})\\""')
_LARGEST_CONFIG = 4 << 20
_TAR_BYTES = 4 << 20
_ONNX_RELEASES = {
    7: "1.2",
    8: "1.3",
    9: "1.4",
    10: "1.5",
    11: "1.6",
    12: "1.7",
    13: "1.8",
    14: "1.9",
    15: "1.10",
    16: "1.11",
    17: "1.12",
    18: "1.13",
    19: "1.14",
    20: "1.15",
    21: "1.16",
    22: "1.17",
    23: "1.18",
    24: "1.19",
    25: "1.20",
}
"""The release of ONNX that brought each operator set."""


POINTER = "lfs-pointer"
"""The form of a file of Git LFS that was not fetched."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Recognised content of one file."""

    framework: str
    """One of v1's names."""
    version: str
    """Of the framework, or empty when the file does not say."""
    what: str
    """For people, after "is": "an ONNX model (opset 17)"."""
    whole: bool = False
    """It describes the folder it lies in, so that the other files there need not be asked."""
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    form: str = ""
    """How it is loaded: `mlflow`, `saved-model`, `onnx`, `keras`, `skops`, `torchscript`, `lightgbm`, `xgboost`, or
    `pickle`; empty for what holds weights without the program that uses them."""
    packages: tuple[str, ...] = ()
    """Of a pickle: top-level packages of the objects in it."""
    first: str = ""
    """Of a pickle: `module.name` of the first object, usually the model's own class."""


@dataclass(frozen=True, slots=True)
class FileSample:
    """A file to be recognised, open at its start."""

    name: str
    head: bytes
    """The first 4 KiB."""
    stream: BinaryIO

    @property
    def suffix(self) -> str:
        """Suffix in lower case, without the dot."""
        return self.name.lower().rpartition(".")[2] if "." in self.name else ""


Reader = Callable[[FileSample], "Recognised | None"]


def read_lfs_pointer(sample: FileSample) -> Recognised | None:
    """Recognised Git LFS pointer, which stands in for a file that was not fetched; None for other files."""
    if not sample.head.startswith(LFS_POINTER.encode()):
        return None
    return Recognised("Custom", "", l10n.t("a pointer of Git LFS, not the file itself"), form=POINTER)


def read_mlmodel(sample: FileSample) -> Recognised | None:
    """MLflow's description of a model folder. Flavours are asked in order of preference."""
    if sample.name != "MLmodel":
        return None
    document = small_yaml(sample.stream.read(256 << 10))
    flavours = document.get("flavors")
    if not isinstance(flavours, dict):
        return None
    inputs, outputs = mlmodel_signature(document)
    for flavour, framework, key in _FLAVOURS:
        if flavour in flavours:
            details = flavours[flavour]
            version = details.get(key, "") if isinstance(details, dict) and key else ""
            version = version if isinstance(version, str) and _VERSION.fullmatch(version) else ""
            what = l10n.t("the description of an MLflow model ({flavor})", flavor=flavour)
            return Recognised(framework, version, what, True, inputs, outputs, "mlflow")
    return Recognised("Custom", "", l10n.t("the description of an MLflow model"), True, inputs, outputs, "mlflow")


_FLAVOURS = (
    ("sklearn", "ScikitLearn", "sklearn_version"),
    ("onnx", "Onnx", "onnx_version"),
    ("pytorch", "PyTorch", "pytorch_version"),
    ("tensorflow", "TensorFlow", "tensorflow_version"),
    ("keras", "TensorFlow", ""),
    ("xgboost", "Custom", "xgb_version"),
    ("lightgbm", "Custom", "lgb_version"),
)
"""Flavour, framework of v1, and where the version stands; that of Keras is not TensorFlow's."""


def read_saved_model(sample: FileSample) -> Recognised | None:
    """saved_model.pb: SavedModel(1 schema, 2 MetaGraph(1 MetaInfo(5 version)))."""
    if sample.name != "saved_model.pb":
        return None
    stream = sample.stream
    version = ""
    signature: Signature = ((), ())
    for number, meta_graph in fields(stream, 0, _size(stream)):
        if number == 2 and isinstance(meta_graph, range):
            for inner, meta_info in fields(stream, meta_graph.start, meta_graph.stop):
                if inner == 1 and isinstance(meta_info, range):
                    versions = (text(stream, v) for n, v in fields(stream, meta_info.start, meta_info.stop) if n == 5)
                    version = next(versions, "")
            with contextlib.suppress(ValueError, TypeError):
                signature = saved_model_signature(stream, meta_graph)
            break
    version = version if _VERSION.fullmatch(version) else ""
    return Recognised("TensorFlow", version, l10n.t("a TensorFlow SavedModel"), True, *signature, form="saved-model")


def read_onnx(sample: FileSample) -> Recognised | None:
    """ModelProto: 1 IR version, 2 producer, 7 graph, 8 operator sets (1 domain, 2 version)."""
    if sample.suffix != "onnx":
        return None
    opset, producer, graph = 0, "", None
    for number, value in fields(sample.stream, 0, _size(sample.stream)):
        if number == 2:
            producer = text(sample.stream, value)
        elif number == 7 and isinstance(value, range):
            graph = value
        elif number == 8 and isinstance(value, range):
            parts = dict(fields(sample.stream, value.start, value.stop))
            plain = 1 not in parts or text(sample.stream, parts[1]) in ("", "ai.onnx")
            if plain and isinstance(parts.get(2), int):
                opset = int(str(parts[2]))
    if graph is None and not opset:
        return None
    signature: Signature = ((), ())
    with contextlib.suppress(ValueError, TypeError):  # the format is reported without a signature
        signature = onnx_signature(sample.stream, graph) if graph is not None else signature
    release = opset or l10n.t("unknown")
    what = (
        l10n.t("an ONNX model (opset {opset}, made by {producer})", opset=release, producer=printable(producer))
        if producer
        else l10n.t("an ONNX model (opset {opset})", opset=release)
    )
    return Recognised("Onnx", _ONNX_RELEASES.get(opset, ""), what, False, *signature, form="onnx")


def read_zip(sample: FileSample) -> Recognised | None:
    """PyTorch, Keras 3 and skops keep their models in zip files, which differ in the names inside."""
    if not sample.head.startswith(b"PK\x03\x04") or not _modest_zip(sample.stream):
        return None
    with zipfile.ZipFile(sample.stream) as archive:
        names = {entry.filename for entry in archive.infolist()}
        if {"metadata.json", "config.json"} <= names and "model.weights.h5" in names:
            entry = archive.getinfo("metadata.json")
            keras = ""
            if entry.file_size <= 65_536:
                keras_version = json.loads(archive.read(entry)).get("keras_version", "")
                keras = (
                    f" {keras_version}" if isinstance(keras_version, str) and _VERSION.fullmatch(keras_version) else ""
                )
            inputs: tuple[Tensor, ...] = ()
            config = archive.getinfo("config.json")
            if config.file_size <= _LARGEST_CONFIG:
                with contextlib.suppress(ValueError, RecursionError, TypeError):
                    inputs = keras_inputs(json.loads(archive.read(config)))
            return Recognised(
                "TensorFlow", "", l10n.t("a model of Keras{version}", version=keras), False, inputs, form="keras"
            )
        if "schema.json" in names and sample.suffix == "skops":
            schema = archive.getinfo("schema.json")
            schema_json = archive.read(schema) if schema.file_size <= _LARGEST_CONFIG else b""
            match = _SKOPS_VERSION.search(schema_json)
            version = match[1].decode() if match else ""
            return Recognised("ScikitLearn", version, l10n.t("a scikit-learn model in skops form"), form="skops")
        inner = {entry.rpartition("/")[2] for entry in names}
        if "data.pkl" in inner and "version" in inner:
            if "constants.pkl" in inner:
                return Recognised("PyTorch", "", l10n.t("a TorchScript program"), form="torchscript")
            return Recognised("PyTorch", "", l10n.t("a PyTorch checkpoint"))
        return _packed_model(inner, sample.name)


def read_tar(sample: FileSample) -> Recognised | None:
    """A model in a tar archive, compressed by gzip or not, by the names that stand near its beginning."""
    if sample.head.startswith(b"\x1f\x8b"):
        content = zlib.decompressobj(31).decompress(sample.stream.read(_TAR_BYTES), _TAR_BYTES)
    elif sample.head[257:262] == b"ustar":
        content = sample.stream.read(_TAR_BYTES)
    else:
        return None
    names: set[str] = set()
    with (
        contextlib.suppress(tarfile.TarError, EOFError),
        tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive,
    ):
        for entry in archive:
            names.add(entry.name.rpartition("/")[2])
    return _packed_model(names, sample.name)


def _packed_model(names: set[str], archive: str) -> Recognised | None:
    """A model that is a folder, in an archive with files of these names."""
    command = l10n.t(
        "register it with `scoredock model register {name} --unpack`, or register its folder", name=printable(archive)
    )
    if "MLmodel" in names:
        return Recognised("Custom", "", l10n.t("an archive of an MLflow model: {command}", command=command))
    if "saved_model.pb" in names:
        what = l10n.t("an archive of a SavedModel of TensorFlow: {command}", command=command)
        return Recognised("TensorFlow", "", what)
    return None


def read_hdf5(sample: FileSample) -> Recognised | None:
    """Keras before version 3 wrote HDF5, with its version as text among the attributes."""
    if not sample.head.startswith(_HDF5):
        return None
    content = sample.stream.read(2 << 20)
    if b"keras_version" not in content and b"model_config" not in content and b"layer_names" not in content:
        return None
    version = _keras_version(content)
    keras = f" {version}" if version else ""
    inputs: tuple[Tensor, ...] = ()
    start = content.find(b'{"class_name"')
    start = content.find(b'{"module"') if start < 0 else start
    if start >= 0:
        with contextlib.suppress(ValueError, RecursionError, TypeError):
            written = content[start : start + _LARGEST_CONFIG].decode("utf-8", "replace")
            inputs = keras_inputs(json.JSONDecoder().raw_decode(written)[0])
    return Recognised(
        "TensorFlow",
        "",
        l10n.t("a model of Keras{version} in HDF5 form", version=keras),
        False,
        inputs,
        form="keras" if b"model_config" in content else "",
    )


def _keras_version(content: bytes) -> str:
    """Text of the attribute, which stands after its name, or in the heap that the attribute points to."""
    place = content.find(b"keras_version")
    if place < 0:
        return ""
    found = _KERAS_VERSION.search(content, place, place + 160)
    if found:
        return found[0].decode()
    for at in range(place + 13, min(place + 120, len(content) - 16)):
        length, address, index = struct.unpack_from("<LQL", content, at)
        if 5 <= length <= 16 and content[address : address + 4] == b"GCOL":
            inside = address + 16
            while inside + 16 <= len(content) and (number := int.from_bytes(content[inside : inside + 2], "little")):
                size = int.from_bytes(content[inside + 8 : inside + 16], "little")
                text_place = inside + 16
                if number == index:
                    match = _KERAS_VERSION.fullmatch(content[text_place : text_place + length])
                    return match[0].decode() if match else ""
                inside = text_place + -(-size // 8) * 8
    return ""


def read_safetensors(sample: FileSample) -> Recognised | None:
    """Eight bytes of length, then a JSON header whose metadata may name the framework."""
    if sample.suffix != "safetensors" or len(sample.head) < 10 or sample.head[8:9] != b"{":
        return None
    length = int.from_bytes(sample.head[:8], "little")
    if length > 16 << 20 or length > _size(sample.stream) - 8:
        return None
    sample.stream.seek(8)
    header = json.loads(sample.stream.read(length))
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    format_name = metadata.get("format", "") if isinstance(metadata, dict) else ""
    framework = {"pt": "PyTorch", "tf": "TensorFlow"}.get(format_name, "Custom")
    tensors = len(header) - ("__metadata__" in header)
    return Recognised(framework, "", _of_tensors(tensors))


def _of_tensors(count: int) -> str:
    if count == 1:
        return l10n.t("a safetensors file of 1 tensor")
    return l10n.t("a safetensors file of {count:,} tensors", count=count)


def read_trees(sample: FileSample) -> Recognised | None:
    """XGBoost in JSON or UBJSON, LightGBM in text. v1 has no name for them: Custom."""
    if sample.head.startswith(b"tree\n") and b"version=v" in sample.head[:64]:
        return Recognised("Custom", "", l10n.t("a LightGBM model in text form"), form="lightgbm")
    if sample.suffix in ("json", "ubj") and sample.head[:1] == b"{" and b"learner" in sample.head[:64]:
        sample.stream.seek(max(0, _size(sample.stream) - 4096))
        version = _xgboost_version(sample.stream.read(4096))
        what = (
            l10n.t("an XGBoost model of version {version}", version=version) if version else l10n.t("an XGBoost model")
        )
        return Recognised("Custom", version, what, form="xgboost")
    if sample.head.startswith(b"binf") or sample.suffix in ("bst", "xgb"):
        if sample.head[:1] == b"{" and b"learner" in sample.head[:64]:
            ending = "json" if sample.head[1:2] in b'" \r\n' else "ubj"
            what = l10n.t("an XGBoost model whose name has to end in .{ending}: rename it", ending=ending)
        else:
            what = l10n.t(
                "an XGBoost model in the binary form of old releases: load it with the release that wrote it, and"
                ' register what `save_model("model.json")` writes'
            )
        return Recognised("Custom", "", what)
    return None


def _xgboost_version(tail: bytes) -> str:
    """Three numbers at the end, as JSON or as UBJSON: a list with its length and a type before each number."""
    match = re.search(rb'"version"\s*:\s*\[(\d{1,4}),\s*(\d{1,4}),\s*(\d{1,4})\]', tail)
    if match:
        return b".".join(match.groups()).decode()
    place = tail.rfind(b"\x07version[")
    if place < 0:
        return ""
    place += 9
    if tail[place : place + 2] == b"#L":
        place += 10
    numbers = []
    for _ in range(3):
        size = {b"i": 1, b"U": 1, b"I": 2, b"l": 4, b"L": 8}.get(tail[place : place + 1], 0)
        number = tail[place + 1 : place + 1 + size]
        if not size or len(number) < size:
            return ""
        numbers.append(int.from_bytes(number, "big"))
        place += 1 + size
    return ".".join(map(str, numbers)) if max(numbers) < 10_000 else ""


def read_pickle(sample: FileSample) -> Recognised | None:
    """pickle and joblib, packed or not: by the packages that the opcodes name."""
    if sample.head.startswith(_TORCH_LEGACY):
        return Recognised("PyTorch", "", l10n.t("a PyTorch checkpoint in the older form"))
    if sample.suffix not in _PICKLE_SUFFIXES and not sample.head.startswith(_PROTOCOLS):
        return None
    content = _unpacked(sample.head, sample.stream)
    facts = walk(io.BytesIO(content))
    if facts is None or not facts.modules:
        return None
    if len(content) == MOST_BYTES and not facts.versions:
        sample.stream.seek(max(0, _size(sample.stream) - (1 << 20)))
        content = sample.stream.read()  # scikit-learn writes its version last
    return replace(_of_pickle(facts, content), form="pickle", packages=facts.modules, first=facts.first)


def read_pickle_facts(stream: BinaryIO) -> PickleFacts | None:
    """Facts from the opcodes of a pickle, packed or not; else None. Raises what unpacking damaged bytes raises."""
    head = stream.read(4096)
    return walk(io.BytesIO(_unpacked(head, stream)))


def _of_pickle(facts: PickleFacts, content: bytes) -> Recognised:
    outer = facts.first.partition(".")[0]
    what = l10n.t("a pickle of {name}", name=printable(facts.first))
    if outer in _OTHER_PACKAGES:
        return Recognised("Custom", "", f"{what} ({_OTHER_PACKAGES[outer]})")
    if outer == "sklearn" or "sklearn" in facts.modules:
        version = facts.versions.get("_sklearn_version", "")
        if not version:
            # joblib puts arrays between the opcodes, where the walk ends; the version stands after them.
            found = _SKLEARN_VERSION.findall(content)
            version = found[-1].decode("ascii") if found else ""
        version = version if re.fullmatch(r"[0-9][\w.+]{0,30}", version) else ""
        if version:
            what = l10n.t(
                "a pickle of {name}, saved by scikit-learn {version}", name=printable(facts.first), version=version
            )
        return Recognised("ScikitLearn", version, what)
    if "torch" in facts.modules:
        return Recognised("PyTorch", "", what)
    if "keras" in facts.modules or "tensorflow" in facts.modules:
        return Recognised("TensorFlow", "", what)
    return Recognised("Custom", "", what)


def _unpacked(head: bytes, stream: BinaryIO) -> bytes:
    """The first bytes, unpacked when they are packed; never more than the bound, whatever the packing promises."""
    stream.seek(0)
    packed = stream.read(MOST_BYTES)
    if head[:2] == b"\x1f\x8b" or (head[:1] == b"\x78" and head[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda")):
        return zlib.decompressobj(47).decompress(packed, MOST_BYTES)
    if head[:3] == b"BZh":
        return bz2.BZ2Decompressor().decompress(packed, MOST_BYTES)
    if head[:6] == b"\xfd7zXZ\x00":
        return lzma.LZMADecompressor(memlimit=256 << 20).decompress(packed, MOST_BYTES)
    return packed


def _modest_zip(stream: BinaryIO) -> bool:
    """True if the list of entries, which zipfile reads as a whole, is of a sane size."""
    size = _size(stream)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or end + 20 > len(tail):
        return False
    listed = int.from_bytes(tail[end + 12 : end + 16], "little")
    # 0xFFFFFFFF: the 64-bit form, whose real value stands elsewhere; models in it are common, so look there.
    if listed == 0xFFFFFFFF:
        wide = tail.rfind(b"PK\x06\x06", 0, end)
        listed = int.from_bytes(tail[wide + 40 : wide + 48], "little") if wide >= 0 else 1 << 62
    stream.seek(0)
    return listed <= 4 << 20


def _size(stream: BinaryIO) -> int:
    here = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return size


READERS: tuple[Reader, ...] = (
    read_lfs_pointer,
    read_mlmodel,
    read_saved_model,
    read_onnx,
    read_zip,
    read_tar,
    read_hdf5,
    read_safetensors,
    read_trees,
    read_pickle,
)
