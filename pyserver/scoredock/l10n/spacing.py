"""Spaces between Chinese and what is filled in: a translation has one on each side of a placeholder, as beside Latin
words, and a value that begins or ends in Chinese needs none there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

_WIDE = re.compile("[\u2018-\u201d\u2026\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")
"""Chinese, and the full-width signs and quotes beside it."""
_FORMATTER = Formatter()


def filled(template: str, values: Mapping[str, object]) -> str:
    """`template` with its placeholders filled in, without the spaces that Chinese beside Chinese does not have."""
    written = value = ""
    for literal, name, spec, conversion in _FORMATTER.parse(template):
        text = literal.removeprefix(" ") if _WIDE.match(value[-1:]) else literal
        written += text
        value = ""
        if name is not None:
            field = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            value = f"{{{field}}}".format_map(values)
            written = written[:-1] if text.endswith(" ") and _WIDE.match(value) else written
            written += value
    return written
