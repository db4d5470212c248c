"""What tests say of bills of materials (`tests/bills_of_materials.py`): addresses and times count, too."""

from __future__ import annotations

import json

import pytest

import bills_of_materials


def bill(url: str, timestamp: str) -> str:
    references = [{"type": "website", "url": url}]
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    return json.dumps({**head, "metadata": {"timestamp": timestamp}, "externalReferences": references})


@pytest.mark.parametrize(
    ("url", "timestamp", "wrong"),
    [
        ("https://pypi.org/project/h11/", "2026-11-22T05:00:00Z", ""),
        ("https://pypi.org/a project", "2026-11-22T05:00:00Z", "iri-reference"),
        ("https://pypi.org/project/h11/", "yesterday", "date-time"),
    ],
)
def test_addresses_and_times_are_looked_at(url: str, timestamp: str, wrong: str) -> None:
    told = bills_of_materials.fault(bill(url, timestamp))
    assert (wrong in str(told)) if wrong else told is None
