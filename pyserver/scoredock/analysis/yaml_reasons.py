"""What PyYAML's messages mean, in words for people who do not know its grammar."""

from __future__ import annotations

import re

from scoredock import l10n

REASONS = (
    (
        r"mapping values are not allowed",
        (
            "a colon begins a value where no value is allowed; check the indentation, the space after the colon before it,"
            " or put the text in quotes"
        ),
    ),
    (r"could not find expected ':'", "the line before this has a key without a colon"),
    (r"expected <block end>, but found", "the indentation of this line does not match anything above it"),
    (r"did not find expected|expected the node content", "something is missing before this; check the indentation"),
    (r"found character '(.)' that cannot start any token", r"a text cannot begin with \1; put it in quotes"),
    (r"found unexpected end of stream", "a quote is opened and never closed"),
    (r"expected ',' or '([\]}])', but got", r"a closing \1 is missing before this"),
    (
        r"found undefined alias",
        "this refers to a name that is not defined above; put it in quotes if it is text",
    ),
    (r"found unknown escape character", "this backslash has no meaning in double quotes; use single quotes"),
    (r"found duplicate anchor", "this name is given twice"),
)
"""Pattern of a message → what it means."""


def reason(message: str) -> str:
    """The end of the sentence: as PyYAML has it where it is not known."""
    for pattern, meaning in REASONS:
        match = re.search(pattern, message)
        if match is not None:
            return match.expand(l10n.t(meaning))
    return message
