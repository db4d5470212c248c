"""The lines of a log come in batches, each after the answer to the one before."""

from __future__ import annotations

import queue
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scoredock.features.services import logs
from scoredock.protocol import messages
from scoredock.services.log_view.paced_lines import AT_ONCE


def test_the_next_batch_follows_the_answer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "ANSWER_SECONDS", float("inf"))
    records = [SimpleNamespace(n=n, t=0.0, s="stdout", l="I", m=str(n)) for n in range(1, AT_ONCE + 3)]
    source = SimpleNamespace(
        fetch=lambda: None,
        first=lambda: 1,
        last=lambda: len(records),
        window=lambda after, before: iter(records[after : before - 1]),
    )
    deployments = SimpleNamespace(
        service=lambda name: None,
        logs=SimpleNamespace(
            source=lambda name: source,
            file=lambda name: Path("log.jsonl"),
        ),
    )
    context: Any = SimpleNamespace(deployments=lambda workspace: deployments)
    operation: Any = SimpleNamespace(form=None)
    sent: queue.Queue[messages.LogLines] = queue.Queue()
    subscriptions = logs.Subscriptions(sent.put)
    params = messages.LogSubscribeParams(service="svc-one", tail=len(records))
    held = subscriptions.subscribe(params, context, operation)
    first = sent.get(timeout=60)
    assert [line.sequence for line in first.lines] == list(range(1, AT_ONCE + 1))
    subscriptions.acknowledge(messages.LogAcknowledgeParams(held.id, first.lines[-1].sequence))
    assert [line.text for line in sent.get(timeout=60).lines] == [str(record.n) for record in records[-2:]]
    subscriptions.unsubscribe(messages.LogRef(held.id), context, operation)
