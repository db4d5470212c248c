"""Secrets do not show in what is printed and reported."""

from __future__ import annotations

from collections.abc import Iterable

_SHORTEST = 3
"""A shorter value would hide half of the output."""


class Mask:
    """Texts that are replaced; a secret of several lines by each of them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._texts: list[str] = []
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """More of them, the longest first."""
        lines = {line.strip() for secret in secrets for line in (secret, *secret.splitlines())}
        self._texts = sorted({*self._texts, *(each for each in lines if len(each) >= _SHORTEST)}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._texts:
            text = text.replace(secret, "***")
        return text
