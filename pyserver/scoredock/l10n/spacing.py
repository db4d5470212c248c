"""Spaces between Chinese and what is filled in: a translation has one on each side of a placeholder, as beside Latin
words, and a value that begins or ends in Chinese needs none there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

_CHINESE = re.compile("[\u3400-\u9fff]")
_SIGN = re.compile("[\u2018-\u201d\u2026\u3000-\u303f\uff00-\uff65]")
"""Full-width signs and quotes, which have no space beside them."""
_FORMATTER = Formatter()


def filled(template: str, values: Mapping[str, object]) -> str:
    """`template` with its placeholders filled in, without the spaces that Chinese beside Chinese does not have."""
    written = value = ""
    for literal, name, spec, conversion in _FORMATTER.parse(template):
        text = literal[1:] if literal.startswith(" ") and _is_close(value[-1:], literal[1:2]) else literal
        written += text
        value = ""
        if name is not None:
            field = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            value = f"{{{field}}}".format_map(values)
            if text.endswith(" ") and _is_close(value[:1], written[-2:-1]):
                written = written[:-1]
            written += value
    return written


def _is_close(edge: str, beside: str) -> bool:
    """Whether the edge of a value stands beside a character without a space between them."""
    return bool(_SIGN.match(edge) or (_CHINESE.match(edge) and (_CHINESE.match(beside) or _SIGN.match(beside))))
