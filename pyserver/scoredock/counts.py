"""Numbers of things in the words of the person's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from scoredock import l10n

Thing = Literal[
    "environment",
    "file",
    "finding",
    "item",
    "mini-batch",
    "model",
    "request",
    "result",
    "row",
    "service",
    "step",
    "test",
    "version",
]
_ONE: dict[Thing, Callable[[], str]] = {
    "environment": lambda: l10n.t("1 environment"),
    "file": lambda: l10n.t("1 file"),
    "finding": lambda: l10n.t("1 finding"),
    "item": lambda: l10n.t("1 item"),
    "mini-batch": lambda: l10n.t("1 mini-batch"),
    "model": lambda: l10n.t("1 model"),
    "result": lambda: l10n.t("1 result"),
    "request": lambda: l10n.t("1 request"),
    "row": lambda: l10n.t("1 row"),
    "service": lambda: l10n.t("1 service"),
    "step": lambda: l10n.t("1 step"),
    "test": lambda: l10n.t("1 test"),
    "version": lambda: l10n.t("1 version"),
}
_SEVERAL: dict[Thing, Callable[[int], str]] = {
    "environment": lambda count: l10n.t("{count:,} environments", count=count),
    "file": lambda count: l10n.t("{count:,} files", count=count),
    "finding": lambda count: l10n.t("{count:,} findings", count=count),
    "item": lambda count: l10n.t("{count:,} items", count=count),
    "mini-batch": lambda count: l10n.t("{count:,} mini-batches", count=count),
    "model": lambda count: l10n.t("{count:,} models", count=count),
    "result": lambda count: l10n.t("{count:,} results", count=count),
    "request": lambda count: l10n.t("{count:,} requests", count=count),
    "row": lambda count: l10n.t("{count:,} rows", count=count),
    "service": lambda count: l10n.t("{count:,} services", count=count),
    "step": lambda count: l10n.t("{count:,} steps", count=count),
    "test": lambda count: l10n.t("{count:,} tests", count=count),
    "version": lambda count: l10n.t("{count:,} versions", count=count),
}


def counted(count: int, thing: Thing) -> str:
    """`1 file`, `1,200 files`."""
    return _ONE[thing]() if count == 1 else _SEVERAL[thing](count)
