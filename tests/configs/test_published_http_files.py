"""`.http` files of published projects are read as REST Client reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.formats.http_file.requests import BodyText

PUBLISHED = Path(__file__).parent / "http_files" / "published"
JUDGED: dict[str, list[dict[str, Any]]] = json.loads((PUBLISHED / "judged.json").read_text("utf-8"))


def test_three_projects_were_judged() -> None:
    assert len({name.split("/")[0] for name in JUDGED}) == 3
    assert {str(path.relative_to(PUBLISHED)) for path in PUBLISHED.rglob("*.http")} == set(JUDGED)
    assert all(JUDGED.values())


@pytest.mark.parametrize("name", JUDGED)
def test_every_request_of_a_published_file_is_read_as_rest_client_reads_it(name: str) -> None:
    file = parse_http_file((PUBLISHED / name).read_text("utf-8"))
    assert not file.faults
    found = [
        {
            "method": request.method,
            "url": request.target,
            "headers": {header.name: header.value for header in request.headers},
            "body": [part.text if isinstance(part, BodyText) else f"< {part.path}" for part in request.body],
        }
        for request in file.requests
    ]
    assert found == JUDGED[name]
