"""Whoever has sent a request to a version, as the connection to the version sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from scoredock_runtime.router.heads import AnswerHead

if TYPE_CHECKING:
    from scoredock_runtime.router.upstream import Upstream


class Exchange(Protocol):
    """Told of one answer: `on_answer`, any number of `on_part`, `on_end`; or of a failure at any place of that."""

    @property
    def sent_all(self) -> bool:
        """Whether the request has come to its end."""

    def on_whole_answer(self, status: int, data: bytes) -> bool:
        """All of it at once, in the place of `on_answer` and `on_end`; False, and nothing done, where it is to come by
        these."""

    def on_interim(self, data: bytes) -> None:
        """An answer of 100 to 199; the real one is still to come."""

    def on_answer(self, head: AnswerHead, data: bytes) -> None:
        """The answer's head, or all of it."""

    def on_part(self, data: bytes) -> None:
        """More of its body."""

    def on_end(self) -> None:
        """It has come to its end."""

    def on_failure(self, connection: Upstream, *, unread: bool) -> None:
        """No answer comes, or no more of it. `unread` says that the version has not seen the request."""

    def on_room(self) -> None:
        """More of the request can be taken."""
