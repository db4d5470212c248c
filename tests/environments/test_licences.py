"""What packages say of their terms."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.environments.licences import licences_from_json, licences_in, licences_to_json

MIT = "Permission is hereby granted, free of charge,\n        to any person"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("License-Expression: BSD-3-Clause AND MIT", "BSD-3-Clause AND MIT"),
        ("License: Apache 2.0", "Apache 2.0"),
        ("License-Expression: MIT\nLicense: Apache 2.0", "MIT"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", "MIT License"),
        (f"License: {MIT}\nClassifier: License :: OSI Approved :: MIT License", "MIT License"),
        (f"License: {'x' * 300}", None),
        ("Classifier: License :: OSI Approved", None),
        (
            "Classifier: License :: OSI Approved :: BSD License\nClassifier: License :: Public Domain",
            "BSD License, Public Domain",
        ),
        ("Summary: nothing of the kind", None),
    ],
)
def test_the_words_of_a_package(written: str, words: str | None, tmp_path: Path) -> None:
    folder = tmp_path / "Some_Package-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: Some_Package\nVersion: 1.0\n{written}\n\nA text.\n")
    assert licences_in(tmp_path) == ({"some-package": words} if words else {})


def test_metadata_that_cannot_be_read_cost_no_other(tmp_path: Path) -> None:
    for name, content in (("bad-1.dist-info", b"\xff\xfe\x00"), ("empty-1.dist-info", b"")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "METADATA").write_bytes(content)
    (tmp_path / "none-1.dist-info").mkdir()
    good = tmp_path / "good-1.dist-info"
    good.mkdir()
    (good / "METADATA").write_text("Name: good\nVersion: 1\nLicense-Expression: MIT\n")
    assert licences_in(tmp_path) == {"good": "MIT"}


def test_there_and_back() -> None:
    told = {"b": "MIT", "a": "Zlib"}
    assert licences_from_json(licences_to_json(told)) == told
    assert licences_from_json("") == licences_from_json("[]") == {}
