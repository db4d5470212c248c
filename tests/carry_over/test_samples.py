"""Rows to compare on, from the files that people have."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.contrib.carry_over.domain.samples import of_collected, of_file, of_texts
from scoredock.errors import ScoredockError

ROWS = [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("rows.csv", "1,2\n3,4\n", None),
        ("rows.csv", "a,b\n1,2\n3,4\n", ["a", "b"]),
        ("rows.json", '{"data": [[1, 2], [3, 4]]}', None),
        ("rows.json", "[[1, 2], [3, 4]]", None),
        ("rows.json", '{"Inputs": {"data": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}, "GlobalParameters": 1}', ["a", "b"]),
        ("rows.json", '{"input_data": {"columns": ["a", "b"], "index": [0, 1], "data": [[1, 2], [3, 4]]}}', ["a", "b"]),
        ("rows.jsonl", '{"data": [[1, 2]]}\n{"data": [[3, 4]]}\n', None),
        ("rows.jsonl", '{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', ["a", "b"]),
    ],
)
def test_rows_of_files(tmp_path: Path, name: str, text: str, columns: list[str] | None) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert of_file(path).document() == {"columns": columns, "rows": ROWS}


def test_texts_and_what_is_missing(tmp_path: Path) -> None:
    assert of_texts(['{"data": ["good food", "bad"]}'], "asked").document() == {"texts": ["good food", "bad"]}
    path = tmp_path / "rows.csv"
    path.write_text("a,city\n1,Bonn\n,\n")
    assert of_file(path).document() == {"columns": ["a", "city"], "rows": [[1.0, "Bonn"], [None, None]]}


@pytest.mark.parametrize(
    ("name", "text"),
    [("rows.csv", ""), ("rows.json", "[]"), ("rows.json", "{"), ("rows.json", "[[1, 2], [3]]"), ("rows.json", "3")],
)
def test_what_holds_no_rows(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ScoredockError) as refusal:
        of_file(path)
    assert refusal.value.code == "model-carry-samples"


def test_what_a_service_collected(tmp_path: Path) -> None:
    folder = tmp_path / "model" / "1" / "inputs" / "2026" / "1" / "2"
    folder.mkdir(parents=True)
    (folder / "data.csv").write_text("$Timestamp,$CorrelationId,$RequestId,a,b\n2026,x,y,1,2\n2026,x,y,3,4\n")
    assert of_collected(tmp_path, "svc").document() == {"columns": ["a", "b"], "rows": ROWS}


def test_bodies_that_a_service_collected(tmp_path: Path) -> None:
    lines = ['{"status": 200, "input": "{\\"data\\": [[1, 2], [3, 4]]}"}', '{"status": 500, "input": "x"}']
    (tmp_path / "bodies.jsonl").write_text("\n".join(lines))
    assert of_collected(tmp_path, "svc").document() == {"columns": None, "rows": ROWS}
