"""What PyYAML's messages mean, in words for people who do not know its grammar."""

from __future__ import annotations

import re

_REASONS = (
    (
        r"mapping values are not allowed",
        (
            "a colon begins a value where none can stand; check the indentation, the space after the colon before it,"
            " or put the text in quotes"
        ),
    ),
    (r"could not find expected ':'", "the line before this has a key without a colon"),
    (r"expected <block end>, but found", "the indentation of this line matches nothing above it"),
    (r"did not find expected|expected the node content", "something is missing before this; check the indentation"),
    (r"found character '(.)' that cannot start any token", r"a text cannot begin with \1; put it in quotes"),
    (r"found unexpected end of stream", "a quote is opened and never closed"),
    (r"expected ',' or '([\]}])', but got", r"a closing \1 is missing before this"),
    (r"found undefined alias", "this refers to a name that nothing above has; put the text in quotes if it is none"),
    (r"found unknown escape character", "this backslash means nothing in double quotes; use single quotes"),
    (r"found duplicate anchor", "this name is given twice"),
)


def reason(message: str) -> str:
    """The end of the sentence: as PyYAML has it where it is not known."""
    for pattern, meaning in _REASONS:
        match = re.search(pattern, message)
        if match is not None:
            return match.expand(meaning)
    return message
