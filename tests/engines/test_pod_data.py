"""What pods collect, copied piece by piece: files that grow and are rotated meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.engines.kubernetes.data import collects, copy_files
from scoredock.engines.kubernetes.labels import SPEC

DAY = "modeldata/local/svc/requests/2026/01/02"


class Files(dict[str, bytes]):
    """Of a pod, in pieces of a few bytes."""

    def files(self) -> list[tuple[str, int]]:
        return [(name, len(content)) for name, content in self.items()]

    def piece(self, name: str, start: int) -> bytes:
        return self[name][start : start + 5]


def copied(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_a_file_that_grows_is_gone_on_with(tmp_path: Path) -> None:
    files = Files({f"{DAY}/data.jsonl": b"one\ntwo\nhal"})
    assert copy_files(files, "pod-a", tmp_path) == 8
    assert copied(tmp_path) == {f"{DAY}/data.pod-a.jsonl": b"one\ntwo\n"}, "no half row"
    assert copy_files(files, "pod-a", tmp_path) == 0
    files[f"{DAY}/data.jsonl"] = b"one\ntwo\nanother that is longer\n"
    assert copy_files(files, "pod-a", tmp_path) == 23
    assert copied(tmp_path) == {f"{DAY}/data.pod-a.jsonl": files[f"{DAY}/data.jsonl"]}


def test_files_of_several_pods_lie_beside_one_another(tmp_path: Path) -> None:
    for pod in ("pod-a", "pod-b"):
        copy_files(Files({f"{DAY}/data.jsonl": f"{pod}\n".encode()}), pod, tmp_path)
    assert copied(tmp_path) == {f"{DAY}/data.pod-a.jsonl": b"pod-a\n", f"{DAY}/data.pod-b.jsonl": b"pod-b\n"}


@pytest.mark.parametrize("before", [b"", b"1\n", b"1\n2\n"])
def test_rotated_files_are_whole_and_have_each_row_once(tmp_path: Path, before: bytes) -> None:
    if before:
        copy_files(Files({f"{DAY}/data.jsonl": before}), "pod", tmp_path)
    files = Files({f"{DAY}/data.1.jsonl": b"1\n2\n", f"{DAY}/data.2.jsonl": b"3\n4\n", f"{DAY}/data.jsonl": b"5\n"})
    copy_files(files, "pod", tmp_path)
    copy_files(files, "pod", tmp_path)
    assert copied(tmp_path) == {
        f"{DAY}/data.pod.1.jsonl": b"1\n2\n",
        f"{DAY}/data.pod.2.jsonl": b"3\n4\n",
        f"{DAY}/data.pod.jsonl": b"5\n",
    }


def test_what_goes_in_the_pod_stays_here(tmp_path: Path) -> None:
    files = Files({f"{DAY}/data.jsonl": b"1\n"})
    copy_files(files, "pod", tmp_path)
    copy_files(Files(), "pod", tmp_path)
    assert copied(tmp_path) == {f"{DAY}/data.pod.jsonl": b"1\n"}


@pytest.mark.parametrize("name", ["../data.jsonl", "/etc/data.jsonl", "a/../../b.jsonl", ""])
def test_names_that_lead_elsewhere_are_passed_over(tmp_path: Path, name: str) -> None:
    assert copy_files(Files({name: b"1\n"}), "pod", tmp_path / "data") == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"collect_data": true}', True),
        ('{"environment": {"AML_MODEL_DC_STORAGE_ENABLED": "true"}}', True),
        ('{"collect_data": false, "environment": null}', False),
        ("[]", False),
        ("no JSON", False),
    ],
)
def test_a_service_that_collects_nothing_is_not_asked(text: str, expected: bool) -> None:
    template = {"metadata": {"annotations": {SPEC: text}}}
    assert collects({"spec": {"template": template}}) == expected
    assert not collects(None)
