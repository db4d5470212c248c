"""The metrics API of the tests lives as long as its cluster, however many pods end while it looks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cluster import metrics_api
from cluster.layout import Place


def test_pods_that_end_while_it_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Place, "groups", lambda _, controller: tmp_path / controller)
    monkeypatch.setattr(metrics_api, "_WINDOW_SECONDS", 1e-9)
    for controller, file in (("cpuacct", "cpuacct.usage"), ("memory", "memory.usage_in_bytes")):
        for pod in ("burstable/podone", "podtwo"):
            group = tmp_path / controller / "node1" / "kubepods" / pod
            (group / "container").mkdir(parents=True)
            (group / file).write_text("7\n")
        (tmp_path / controller / "node1" / "kubepods" / "besteffort" / "podgone").mkdir(parents=True)
    scandir = os.scandir

    def ending(path: str | Path) -> object:
        if "besteffort" in str(path):
            raise FileNotFoundError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", ending)
    usage = metrics_api.Usage(Place(0))
    usage.look()
    usage.look()
    assert usage.of("one") == usage.of("two") == {"cpu": "0m", "memory": "7"}
    assert usage.of("gone") is None
