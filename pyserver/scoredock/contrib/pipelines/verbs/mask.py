"""Removes secrets of a run from what it prints, reports and gives; nothing else does."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from scoredock import l10n
from scoredock.visible import forms_of, without

_T = TypeVar("_T")
_SIGN = "***"
_SHORTEST = 3
"""A shorter value would hide half of the output."""
_LONGEST_LINE = 16_384
"""Characters that are shown of a line."""
_PLACES = ("path", "root", "file")
"""Fields of messages that lead to files, and are not text."""


class Mask:
    """Texts that are replaced, in each form that programs give them; those of several lines by each line as well."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._forms: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def add(self, texts: Iterable[str]) -> list[str]:
        """More of them, in whichever thread; gives those that are too short."""
        short = []
        with self._lock:
            for text in set(texts) - self._texts:
                self._texts.add(text)
                if 0 < len(text.strip()) < _SHORTEST:
                    short.append(text)
                lines = {text, text.strip(), *(line.strip() for line in text.splitlines())}
                forms = {form for line in lines if len(line) >= _SHORTEST for form in forms_of(line)}
                self._forms |= {form for form in forms if len(form) >= _SHORTEST}
        return short

    def __call__(self, text: str) -> str:
        return without(text, self._forms, _SIGN) if self._forms else text

    def line(self, text: str) -> str:
        """The text without secrets, cut to a length that can be read."""
        if len(text) <= _LONGEST_LINE:
            return self(text)
        more = l10n.t("… and {count:,} more characters", count=len(text) - _LONGEST_LINE)
        return without(text, self._forms, _SIGN, _LONGEST_LINE) + more

    def message(self, message: _T) -> _T:
        """The message with all its texts masked, besides paths."""
        masked: _T = self._masked(message)
        return masked

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self(value)
        if isinstance(value, list):
            return [self._masked(each) for each in value]
        if isinstance(value, dict):
            return {self(key): self._masked(each) for key, each in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            names = [each.name for each in fields(value) if each.name not in _PLACES]
            return replace(value, **{name: self._masked(getattr(value, name)) for name in names})
        return value
