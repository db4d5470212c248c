"""A short fingerprint of the protocol, by which client and server notice that they were not built together."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import cache

from scoredock.protocol import messages
from scoredock.protocol.messages import table


@cache
def protocol_digest() -> str:
    """Sixteen hex digits over every message's fields and every method; comments and docstrings do not count."""
    records = {
        name: [[field.name, str(field.type), _has_default(field)] for field in dataclasses.fields(kind)]
        for name, kind in vars(table).items()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
    }
    requests = [[r.method, r.params.__name__, r.result.__name__] for r in messages.REQUESTS]
    notifications = [[n.method, n.params.__name__, n.sender] for n in messages.NOTIFICATIONS]
    text = json.dumps([records, requests, notifications], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _has_default(field: dataclasses.Field[object]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
