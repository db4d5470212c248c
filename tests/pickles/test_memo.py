"""A place of the memo that is written again holds what was written last, also when that cannot be told."""

from __future__ import annotations

import io

import pytest
from scoredock.pickles.scan import scan

_TEXT = b"\x8c\x0bcollections"
_NAME = b"\x8c\x0bOrderedDict"
_GET, _POP, _IMPORT, _END = b"h\x00", b"0", b"\x93", b"."


@pytest.mark.parametrize("put", [b"q\x00", b"r\x00\x00\x00\x00"], ids=["BINPUT", "LONG_BINPUT"])
@pytest.mark.parametrize("last", [b"K\x01", b"]"], ids=["number", "list"])
def test_what_was_there_before_is_not_taken_for_it(put: bytes, last: bytes) -> None:
    before = b"\x80\x04" + _TEXT + put + _POP
    state, found = scan([(lambda: io.BytesIO(before + _GET + _NAME + _IMPORT + _END), "m.pkl")])
    assert state == "known"
    over = before + last + put + _POP + _GET + _NAME + _IMPORT + _END
    state, found = scan([(lambda: io.BytesIO(over), "m.pkl")])
    assert state == "unknown", found
    assert "collections.OrderedDict" not in str(found)
