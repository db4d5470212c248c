"""Comparing two versions shows the differences and only those."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scoredock.registry.models.compare import Difference, compare
from scoredock.registry.records import (
    ModelFile,
    ModelMetadata,
    ModelVersion,
    PickleFindings,
    Resources,
    RunSource,
    SourceControl,
    Tensor,
)

ONE = ModelVersion(
    name="ridge",
    version=1,
    description="first",
    tags={"area": "diabetes"},
    properties={"run": "1"},
    framework="ScikitLearn",
    framework_version="1.5.0",
    created=1.0,
    created_by="ada",
    is_folder=False,
    size=10,
    file_count=1,
    digest="d" * 64,
    files=(ModelFile("model.pkl", 10, "a" * 64),),
)

OTHER, EXTRA = ModelFile("model.pkl", 10, "b" * 64), ModelFile("extra.txt", 1, "c" * 64)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            {"version": 2, "created": 2.0, "created_by": "bob"},
            [],
            id="nothing that matters",
        ),
        pytest.param(
            {"description": "second"},
            [Difference("description", "first", "second")],
            id="description",
        ),
        pytest.param(
            {"tags": {"area": "x", "new": ""}},
            [Difference("tag area", "diabetes", "x"), Difference("tag new", "", "")],
            id="tags",
        ),
        pytest.param(
            {"properties": {}},
            [Difference("property run", "1", "")],
            id="property gone",
        ),
        pytest.param(
            {"framework_version": "1.6.0"},
            [Difference("framework version", "1.5.0", "1.6.0")],
            id="framework",
        ),
        pytest.param(
            {"files": (OTHER, EXTRA)},
            [
                Difference("file extra.txt", "", f"1 bytes, sha256 {'c' * 12}", (None, EXTRA)),
                Difference(
                    "file model.pkl",
                    f"10 bytes, sha256 {'a' * 12}",
                    f"10 bytes, sha256 {'b' * 12}",
                    (ONE.files[0], OTHER),
                ),
            ],
            id="files by digest",
        ),
        pytest.param(
            {"folders": ("logs",)},
            [Difference("folder logs/", "", "empty", (None, ModelFile("logs/", 0, "")))],
            id="folder",
        ),
        pytest.param({"aliases": ("champion",)}, [], id="aliases differ by nature"),
        pytest.param(
            {"digest": "e" * 64, "size": 11, "file_count": 2},
            [
                Difference("digest", f"sha256:{'d' * 64}", f"sha256:{'e' * 64}"),
                Difference("size", "10 bytes in 1 file", "11 bytes in 2 files"),
            ],
            id="digest and size",
        ),
        pytest.param(
            {
                "run_id": "r2",
                "experiment": "e",
                "metadata": ModelMetadata(
                    resources=Resources(0.5, 2, 1),
                    sample_input_dataset="in:1",
                    sample_output_dataset="out:1",
                    datasets=(("training", "train:2"),),
                    run=RunSource("/mlruns", "e", "r2", "brave"),
                    source=SourceControl("c0ffee", "main", True),
                    inputs=(Tensor("x", "float", "[N, 4]"),),
                    outputs=(Tensor("y", "int", ""),),
                    pickle=PickleFindings(unknown=("a.b",), bad=("os.system",), code=("m.h5: a Lambda layer",)),
                ),
            },
            [
                Difference("pickle names of unknown origin", "", "a.b"),
                Difference("known-bad pickle names", "", "os.system"),
                Difference("Python code", "", "m.h5: a Lambda layer"),
                Difference("run", "", "r2"),
                Difference("run name", "", "brave"),
                Difference("experiment", "", "e"),
                Difference("tracking store", "", "/mlruns"),
                Difference("git commit", "", "c0ffee"),
                Difference("git branch", "", "main"),
                Difference("git state", "", "with changes"),
                Difference("cpu", "", "0.5"),
                Difference("memory in GB", "", "2"),
                Difference("gpu", "", "1"),
                Difference("sample input dataset", "", "in:1"),
                Difference("sample output dataset", "", "out:1"),
                Difference("datasets", "", "training train:2"),
                Difference("input x", "", "float [N, 4]"),
                Difference("output y", "", "int"),
            ],
            id="where it comes from and what it needs",
        ),
    ],
)
def test_shows_only_what_differs(change: dict[str, object], expected: list[Difference]) -> None:
    assert list(compare(ONE, replace(ONE, **change))) == expected
