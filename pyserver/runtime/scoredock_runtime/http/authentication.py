"""Authentication of callers: a key, or a token that was signed for a service.

Keys are known by their SHA-256 only. Every known digest is compared, each in constant time, so that neither the
answer's time nor the worker's memory tells a key. Everything is bytes: a header may hold anything, and nothing of it is
decoded.
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256
from typing import Callable, List, Optional, Tuple

from scoredock_runtime.contract import TOKEN_PREFIX, Authentication, make_token

__all__ = ["NOT_BEFORE_TOLERANCE", "Authenticator", "make_token"]

NOT_BEFORE_TOLERANCE = 300.0
"""Seconds that the clock of whoever signed a token may be ahead of ours. A token's end is kept to the second."""
_LONGEST = 4096
"""Bytes of a credential; more is not even hashed."""
_PREFIX = TOKEN_PREFIX.encode("ascii")
_SCHEME = b"Bearer "

MISSING = "The request has no key: send the header `Authorization: Bearer <key>`."
SCHEME = "The Authorization header must be `Bearer <key>`."
SEVERAL = "The request has more than one Authorization value; send exactly one."
WRONG = "The key is not one of this service."
BAD_TOKEN = "The token was not signed for this service."  # noqa: S105 (a sentence)
NO_TOKENS = "This service takes keys, not tokens."
EARLY = "The token is not valid yet; compare the clocks."
EXPIRED = "The token has expired; get a new one."


class Authenticator:
    """Decides for each request; `replace` may come from another thread at any time."""

    def __init__(self, authentication: Optional[Authentication], clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since the epoch. Without `authentication` everybody is let in."""
        self._clock = clock
        self._callers: Optional[_Callers] = None
        self.replace(authentication)

    def replace(self, authentication: Optional[Authentication]) -> None:
        """Changes who may call from now on. Raises ValueError for digests or a secret that are not hexadecimal."""
        self._callers = None if authentication is None else _Callers(authentication)

    def refusal(self, authorization: Optional[bytes]) -> Optional[str]:
        """Reason to refuse the request, as one sentence for a 401; None when it may pass.

        `authorization` is the value of the header; several headers of that name come joined by commas, as HTTP says,
        and are refused.
        """
        callers = self._callers
        if callers is None:
            return None
        if authorization is None:
            return MISSING
        if authorization[:7] == _SCHEME:
            credential = authorization[7:]
        else:
            # Rare spellings: the scheme is the same in any case, and blanks around it mean nothing.
            scheme, _, credential = authorization.strip(b" \t").partition(b" ")
            if not scheme:
                return MISSING
            if scheme.lower() != b"bearer":
                return SEVERAL if b"," in authorization else SCHEME
            credential = credential.strip(b" \t")
        if len(credential) > _LONGEST:
            return WRONG
        digest = sha256(credential).digest()
        right = False
        for each in callers.digests:
            right |= hmac.compare_digest(digest, each)
        if right:
            return None
        return callers.refusal(credential, digest, self._clock())


class _Callers:
    """The digests and the secret of one time. Never altered but for the last good token, which is one assignment."""

    def __init__(self, authentication: Authentication) -> None:
        self.digests: List[bytes] = [_hexadecimal(each, 32) for each in authentication.key_digests]
        self.secret = _hexadecimal(authentication.token_secret, None)
        self._last: Tuple[bytes, float, float] = (b"\0" * 32, 0.0, 0.0)
        """Digest of the token that was good last, and from when until when it is."""

    def refusal(self, credential: bytes, digest: bytes, now: float) -> Optional[str]:
        """Reason to refuse a credential that is not a key as it stands; None for a good one."""
        bare = credential.strip(b" \t")
        if not bare:
            return MISSING
        if b"," in bare:
            return SEVERAL
        if bare != credential:
            return self._again(bare, now)
        if not credential.startswith(_PREFIX):
            return WRONG
        if not self.secret:
            return NO_TOKENS
        last, begins, ends = self._last
        if not hmac.compare_digest(last, digest):
            period = self._signed(credential)
            if period is None:
                return BAD_TOKEN
            begins, ends = period
            self._last = (digest, begins, ends)
        if now < begins - NOT_BEFORE_TOLERANCE:
            return EARLY
        return EXPIRED if now >= ends else None

    def _again(self, bare: bytes, now: float) -> Optional[str]:
        digest = sha256(bare).digest()
        right = False
        for each in self.digests:
            right |= hmac.compare_digest(digest, each)
        return None if right else self.refusal(bare, digest, now)

    def _signed(self, token: bytes) -> Optional[Tuple[float, float]]:
        """From when until when a token is good, or None when it was not signed with our secret.

        There is one way of signing and no field that names another. What the token says is read only once the signature
        over exactly these bytes is right.
        """
        content, _, signature = token.rpartition(b".")
        wanted = hmac.digest(self.secret, content, "sha256").hex().encode("ascii")
        if not hmac.compare_digest(wanted, signature):
            return None
        parts = content[len(_PREFIX) :].split(b".")
        if len(parts) != 3:
            return None
        try:
            return float(int(parts[0], 16)), float(int(parts[1], 16))
        except (ValueError, OverflowError):
            return None


def _hexadecimal(text: str, length: Optional[int]) -> bytes:
    value = bytes.fromhex(text)
    if length is not None and len(value) != length:
        raise ValueError("a digest of a key is 32 bytes long")
    return value
