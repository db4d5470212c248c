"""What of an object is ours, by what the API server notes of its fields."""

from __future__ import annotations

from typing import Any

from scoredock.clusters.manifest_text import extract, joined, manifest_diff, manifest_text, own_fields

FIELDS: dict[str, Any] = {
    "f:metadata": {"f:labels": {".": {}, "f:app": {}}, "f:finalizers": {'v:"ours"': {}}},
    "f:spec": {
        "f:containers": {
            'k:{"name":"service"}': {".": {}, "f:name": {}, "f:args": {}, "f:env": {'k:{"name":"A"}': {"f:value": {}}}}
        },
        "f:volumes": {".": {}},
        "f:emptyDir": {},
    },
}
OBJECT: dict[str, Any] = {
    "kind": "Thing",
    "metadata": {
        "labels": {"app": "prices", "other": "x"},
        "uid": "1",
        "finalizers": ["theirs", "ours"],
        "managedFields": [
            {"manager": "scoredock", "operation": "Apply", "fieldsV1": FIELDS},
            {"manager": "scoredock", "operation": "Update", "fieldsV1": {"f:status": {}}},
            {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        ],
    },
    "spec": {
        "replicas": 3,
        "containers": [
            {"name": "sidecar", "args": ["x"]},
            {"name": "service", "args": ["a", "b"], "env": [{"name": "A", "value": "1"}, {"name": "B"}], "tty": False},
        ],
        "volumes": [{"name": "theirs"}],
        "emptyDir": {"medium": "Memory"},
    },
    "status": {"ready": True},
}


def test_only_fields_that_were_applied_remain() -> None:
    own = own_fields(OBJECT, "scoredock")
    assert own == FIELDS
    assert extract(OBJECT, own) == {
        "metadata": {"labels": {"app": "prices"}, "finalizers": ["ours"]},
        "spec": {
            "containers": [{"name": "service", "args": ["a", "b"], "env": [{"value": "1"}]}],
            "volumes": [],
            "emptyDir": {"medium": "Memory"},
        },
    }


def test_fields_of_both_sides_are_compared() -> None:
    both = joined(own_fields(OBJECT, "scoredock"), {"f:spec": {"f:replicas": {}}})
    assert extract(OBJECT, both)["spec"]["replicas"] == 3
    assert extract({"spec": {}}, both) == {"spec": {}}
    assert own_fields(None, "scoredock") == {}


def test_texts_of_several_lines_are_compared_line_by_line() -> None:
    def thing(text: str) -> dict[str, Any]:
        return {"kind": "Thing", "metadata": {"name": "a"}, "text": text}

    former, later = thing("one\ntwo"), thing("one\nthree")
    assert "text: |-\n  one\n  two\n" in manifest_text(former)
    assert manifest_diff(former, later).endswith("   one\n-  two\n+  three\n")
    assert manifest_diff(former, former) == ""
    assert manifest_diff(None, later).startswith("--- /dev/null\n+++ applied/Thing a\n")
    assert manifest_diff(former, None).startswith("--- standing/Thing a\n+++ /dev/null\n")
