"""Which request ids an answer carries. Pure."""

from __future__ import annotations

import uuid
from typing import List, Optional, Tuple

ID_LIMIT = 100

Headers = List[Tuple[bytes, bytes]]


class IdTooLong(Exception):
    """The text is the message of the 431 answer; `headers` are the ids that were acceptable."""

    def __init__(self, message: str, headers: Headers) -> None:
        super().__init__(message)
        self.headers = headers


def answer_ids(request_id: Optional[bytes], legacy_id: Optional[bytes], client_id: Optional[bytes]) -> Headers:
    """Headers of the answer, for x-request-id, the deprecated x-ms-request-id and x-ms-client-request-id as given.

    Raises IdTooLong."""
    own = uuid.uuid4().hex.encode() if request_id is None else request_id
    if request_id is None:
        own = b"-".join((own[:8], own[8:12], own[12:16], own[16:20], own[20:]))
    if len(own) > ID_LIMIT:
        raise IdTooLong(f"x-request-id must not exceed {ID_LIMIT} characters", [])
    client = client_id or legacy_id or b""
    legacy = legacy_id or client or own
    headers: Headers = [(b"x-request-id", own)] if own else []
    if len(legacy) > ID_LIMIT or len(client) > ID_LIMIT:
        raise IdTooLong(f"x-ms-request-id and x-ms-client-request-id must not exceed {ID_LIMIT} characters", headers)
    if legacy:
        headers.append((b"x-ms-request-id", legacy))
    if client:
        headers.append((b"x-ms-client-request-id", client))
    return headers
