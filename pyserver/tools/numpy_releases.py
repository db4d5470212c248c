"""Writes checks/packages/numpy_releases.json: which releases of packages are for NumPy 1, and which of them say so.

    python tools/numpy_releases.py [PACKAGE …]

A wheel whose compiled modules name `numpy._core` was made with the headers of NumPy 2 and works with both; one that
names `numpy.core` alone was made with those of NumPy 1, and fails with 2. What a release says itself is the upper bound
of NumPy in its metadata. Both are read from PyPI, from the wheels for Linux that Python 3.9 or later can install:
before 3.9 there is no NumPy 2. Only the parts of a wheel that are looked at are fetched. Run by hand; the answer is
committed. With names only their rows are made anew.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import requests
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

_NAMES = """
albumentations annoy arch astropy biopython blis blosc2 bottleneck catboost causalml cftime contourpy cupy-cuda11x cvxpy
cython-bbox datasets dtaidistance econml ecos faiss-cpu fasttext fasttext-wheel fastparquet fiona gensim geopandas h5py
hdbscan hnswlib hyperopt imbalanced-learn implicit interpret-core jax jaxlib keras lap librosa lightfm lightgbm lime
matplotlib mlflow mlxtend netcdf4 nmslib numba numcodecs numexpr numpy-quaternion onnx onnxruntime onnxruntime-gpu
opencv-contrib-python opencv-contrib-python-headless opencv-python opencv-python-headless osqp pandas pmdarima prophet
pyarrow pycocotools pyod pyproj pysptk pystan pywavelets pyworld qdldl rasterio rdkit rdkit-pypi resampy ruptures
samplerate scikit-image scikit-learn scikit-optimize scikit-surprise scipy scs seaborn shap shapely sktime soxr spacy
stanza statsmodels stumpy tables ta-lib tensorflow tensorflow-cpu tensorflow-hub tensorflow-probability tf2onnx
tflite-runtime thinc torch transformers treelite tsfresh tslearn umap-learn webrtcvad xarray xgboost zarr
"""
_TARGET = Path(__file__).parents[1] / "scoredock" / "checks" / "packages" / "numpy_releases.json"
_INDEX = "https://pypi.org/simple"
_OLDEST_MINOR = 9
_PROBES = {"2": (("2.0.2", "2.2.6", "2.4.0"), 9), "1.24": (("1.24.4", "1.26.4", "2.2.6"), 8)}
"""Releases of the NumPy that is kept out and of later ones, and the first minor Python that it is for."""
_WHEEL = re.compile(r"[^-]+-(?P<version>[^-]+)-(?:\d[^-]*-)?(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl")
_COMPILED = re.compile(rb"numpy\.core\.(?:_?multiarray)")
_LARGEST = 400 << 20
"""Bytes of a compiled module that are searched; the few larger ones are of kernels for graphics cards."""
_AT_ONCE = 1 << 20
"""Bytes that one question asks for."""
_session = requests.Session()


class Remote(io.RawIOBase):
    """A file of the index, read by parts."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size, self._at = url, size, 0
        self._start, self._part = 0, b""

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._size - self._at)
        if count <= 0:
            return 0
        if not self._start <= self._at <= self._at + count <= self._start + len(self._part):
            end = min(self._size, self._at + max(count, _AT_ONCE))
            answer = _session.get(self._url, headers={"Range": f"bytes={self._at}-{end - 1}"}, timeout=300)
            answer.raise_for_status()
            self._start, self._part = self._at, answer.content
        begin = self._at - self._start
        buffer[:count] = self._part[begin : begin + count]
        self._at += count
        return count


@cache
def wheels(package: str, minor: int = _OLDEST_MINOR) -> dict[Version, dict[str, Any]]:
    """The smallest wheel of each release that a Python of this minor version or a later one can install, oldest release
    first."""
    answer = _session.get(f"{_INDEX}/{package}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}, timeout=60)
    answer.raise_for_status()
    smallest: dict[Version, dict[str, Any]] = {}
    for file in answer.json()["files"]:
        match = _WHEEL.fullmatch(file["filename"])
        if match is None or file.get("yanked") or not _suits(match, minor):
            continue
        try:
            version = Version(match["version"])
        except InvalidVersion:
            continue
        if not version.is_prerelease and (version not in smallest or file["size"] < smallest[version]["size"]):
            smallest[version] = file
    return dict(sorted(smallest.items()))


def _suits(match: re.Match[str], oldest: int) -> bool:
    platform = match["platform"]
    minors = [int(each) for each in re.findall(r"cp3(\d+)", match["python"])]
    python = "py3" in match["python"] or match["abi"] == "abi3" or any(each >= oldest for each in minors)
    return python and (
        platform == "any" or (platform.endswith("x86_64") and "linux" in platform and "musl" not in platform)
    )


@cache
def numpy_specifiers(url: str, size: int, *, is_beside: bool) -> tuple[SpecifierSet, ...]:
    """Specifiers for NumPy in a wheel's metadata, under any condition; `is_beside`: the metadata is a file beside the
    wheel.
    """
    text = ""
    if is_beside:
        answer = _session.get(f"{url}.metadata", timeout=60)
        text = answer.text if answer.ok else ""
    if not text:
        with zipfile.ZipFile(io.BufferedReader(Remote(url, size))) as archive:
            name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
            text = archive.read(name).decode("utf-8", "replace")
    raw, _ = parse_email(text)
    specifiers = []
    for line in raw.get("requires_dist", ()):
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.name.lower() == "numpy" and "extra" not in str(requirement.marker or ""):
            specifiers.append(requirement.specifier)
    return tuple(specifiers)


def stretches(package: str, probes: tuple[str, ...], minor: int) -> list[list[str]]:
    """Ranges of releases whose metadata keeps a NumPy out, as first and end; "" is an end that has not come."""

    def keeps_out(file: dict[str, Any]) -> bool:
        is_beside = bool(file.get("core-metadata") or file.get("data-dist-info-metadata"))
        specifiers = numpy_specifiers(file["url"], file["size"], is_beside=is_beside)
        # Conditions by Python only raise the lower bound.
        return bool(specifiers) and not any(each.contains(probe) for each in specifiers for probe in probes)

    files = wheels(package, minor)
    says = {version: keeps_out(file) for version, file in files.items()}
    spans: list[list[str]] = []
    for version, after in zip_longest(says, list(says)[1:]):
        if not says[version]:
            continue
        if spans and spans[-1][1] == str(version):
            spans[-1][1] = str(after or "")
        else:
            spans.append([str(version), str(after or "")])
    return spans


def made_with(file: dict[str, Any]) -> int:
    """The NumPy whose headers a wheel was compiled with, 1 or 2; 0 where it uses none."""
    with zipfile.ZipFile(io.BufferedReader(Remote(file["url"], file["size"]))) as archive:
        modules = [each for each in archive.infolist() if re.search(r"\.so(\.\d+)*$", each.filename)]
        for module in sorted(modules, key=lambda each: each.file_size):
            if module.file_size > _LARGEST:
                continue
            content = archive.read(module)
            if b"numpy._core" in content:
                return 2
            if _COMPILED.search(content):
                return 1
    return 0


def row_of(package: str) -> dict[str, Any]:
    """`for_1`: the first release that is looked at, and the first for NumPy 2; `says`: NumPy → stretches of releases
    that keep it out themselves. Empty where there is nothing to say."""
    files = wheels(package)
    compiled = [version for version in files if not files[version]["filename"].endswith("-any.whl")]
    numpy_of = cache(lambda at: made_with(files[compiled[at]]))
    row: dict[str, Any] = {}
    if compiled and (numpy_of(0) or numpy_of(len(compiled) // 2)):
        low, high = 0, len(compiled)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if numpy_of(middle) == 2 else (middle + 1, high)
        if low:
            row["for_1"] = [str(compiled[0]), str(compiled[low]) if low < len(compiled) else ""]
    says = {below: spans for below, probes in _PROBES.items() if (spans := stretches(package, *probes))}
    return {**row, "says": says} if says else row


def main() -> None:
    names = sys.argv[1:] or _NAMES.split()
    rows: dict[str, Any] = json.loads(_TARGET.read_text("utf-8")) if sys.argv[1:] and _TARGET.exists() else {}
    for name in names:
        try:
            rows[name] = row_of(name)
        except (requests.RequestException, zipfile.BadZipFile) as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        print(name, rows[name], flush=True)
    lines = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(rows.items()) if row]
    _TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
