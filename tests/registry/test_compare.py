"""Comparing two versions shows the differences and only those."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scoredock.registry.compare import Difference, compare
from scoredock.registry.records import ModelFile, ModelVersion

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
    files=(ModelFile("model.pkl", 10, "a" * 64),),
    is_folder=False,
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"version": 2, "created": 2.0, "created_by": "bob"}, [], id="nothing that matters"),
        pytest.param({"description": "second"}, [Difference("description", "first", "second")], id="description"),
        pytest.param(
            {"tags": {"area": "x", "new": ""}},
            [Difference("tag area", "diabetes", "x"), Difference("tag new", "", "")],
            id="tags",
        ),
        pytest.param({"properties": {}}, [Difference("property run", "1", "")], id="property gone"),
        pytest.param(
            {"framework_version": "1.6.0"}, [Difference("framework version", "1.5.0", "1.6.0")], id="framework"
        ),
        pytest.param(
            {"files": (ModelFile("model.pkl", 10, "b" * 64), ModelFile("extra.txt", 1, "c" * 64))},
            [
                Difference("file extra.txt", "", f"1 bytes, sha256 {'c' * 12}"),
                Difference("file model.pkl", f"10 bytes, sha256 {'a' * 12}", f"10 bytes, sha256 {'b' * 12}"),
            ],
            id="files by digest",
        ),
    ],
)
def test_shows_only_what_differs(change: dict[str, object], expected: list[Difference]) -> None:
    assert list(compare(ONE, replace(ONE, **change))) == expected
