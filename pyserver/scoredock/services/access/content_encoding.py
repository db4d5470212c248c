"""The body of a response as it was before it was compressed to be sent (`Content-Encoding`), piece by piece: a small
body may stand for gigabytes, of which a receiver takes what it likes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from scoredock import l10n

_PIECE_BYTES = 1 << 18
_MOST_WAITING = 1 << 20
_GZIP, _ZLIB, _BARE = 31, 15, -15
"""What zlib expects: gzip, deflate as it should be, and deflate as some send it, without a head."""
_NAMES = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class ContentDecoder:
    """Decoder of the compressed body of one response. What is not what its header says is passed on as it came."""

    def __init__(self, header: str) -> None:
        names = [name for each in header.lower().split(",") if (name := each.strip()) not in ("", "identity")]
        self.encoding = ", ".join(names)
        """What the response says; empty where it is sent as it is."""
        self.is_decoded = len(names) == 1 and names[0] in _NAMES
        """What was passed on so far is what was compressed; only what one step compressed is read."""
        self.is_damaged = False
        """Its end is missing, or something in it is wrong: what was passed on is the beginning."""
        self._kind = _NAMES[names[0]] if self.is_decoded else 0
        self._zlib = zlib.decompressobj(self._kind) if self.is_decoded else None
        self._waiting = b""
        """What came before anything could be passed on."""
        self._has_begun = self._has_come = False

    def pieces(self, part: bytes) -> Iterator[bytes]:
        """Decoded pieces of one more part of the body, made on demand."""
        self._has_come = True
        if not self.is_decoded:
            yield part
            return
        if not self._has_begun:
            self._waiting += part
        try:
            yield from self._decoded(part)
            if len(self._waiting) > _MOST_WAITING:
                raise zlib.error
        except zlib.error:
            yield from self._instead()

    def advice(self) -> str:
        """Sentence about a body that is damaged or was not decoded; empty otherwise."""
        if self.is_damaged:
            return l10n.t("The {encoding} of the response is damaged: this is its beginning.", encoding=self.encoding)
        if self.is_decoded or not self.encoding or not self._has_come:
            return ""
        if self.encoding in _NAMES:
            return l10n.t(
                "The response says “Content-Encoding: {encoding}”, but it is not; this is the body as it came.",
                encoding=self.encoding,
            )
        return l10n.t(
            "The response is compressed with {encoding}, which is not decoded here. Request “Accept-Encoding: gzip”.",
            encoding=self.encoding[:60],
        )

    def end(self) -> None:
        """Notes that nothing more comes."""
        if self._zlib is not None and self.is_decoded and not self._zlib.eof and (self._has_begun or self._waiting):
            self.is_damaged = True

    def _decoded(self, part: bytes) -> Iterator[bytes]:
        while part and self._zlib is not None and not self.is_damaged:
            if self._zlib.eof:  # gzip may have several members; zeros fill up
                if self._kind != _GZIP or not part.strip(b"\0"):
                    return
                self._zlib = zlib.decompressobj(_GZIP)
            piece = self._zlib.decompress(part, _PIECE_BYTES)
            part = self._zlib.unconsumed_tail or self._zlib.unused_data
            if piece:
                self._has_begun, self._waiting = True, b""
                yield piece

    def _instead(self) -> Iterator[bytes]:
        """After what cannot be decoded."""
        if self._has_begun:
            self.is_damaged = True
            return
        raw, self._waiting = self._waiting, b""
        if self._kind == _ZLIB:
            self._kind, self._zlib = _BARE, zlib.decompressobj(_BARE)
            yield from self.pieces(raw)
            return
        self.is_decoded, self._zlib = False, None
        yield raw
