"""Reasons for PyYAML's messages, in words for people who do not know its grammar."""

from __future__ import annotations

import re

from scoredock import l10n


def reason(message: str) -> str:
    """The end of the sentence: as PyYAML has it where it is not known."""
    for pattern, meaning in _reasons():
        match = re.search(pattern, message)
        if match is not None:
            return meaning.replace("{sign}", match.group(1)) if match.groups() else meaning
    return message


def _reasons() -> tuple[tuple[str, str], ...]:
    """Patterns of PyYAML's messages, and what they mean; `{sign}` stands for what the pattern catches."""
    return (
        (
            r"mapping values are not allowed",
            l10n.t(
                "a colon begins a value where none can stand; check the indentation, the space after the colon before"
                " it, or put the text in quotes"
            ),
        ),
        (
            r"could not find expected ':'",
            l10n.t("the line before this lacks a colon after its key, or a space after its dash"),
        ),
        (r"expected <block end>, but found ':'", l10n.t("the key before the colon is missing")),
        (
            r"expected <block end>, but found",
            l10n.t("this line does not go on with what is above it; check its indentation, and the space after a dash"),
        ),
        (
            r"did not find expected|expected the node content",
            l10n.t("something is missing before this; check the indentation"),
        ),
        (
            r"found character '(.)' that cannot start any token",
            l10n.t("a text cannot begin with {sign}; put it in quotes"),
        ),
        (r"found unexpected end of stream", l10n.t("a quote is opened and never closed")),
        (r"expected ',' or '([\]}])', but got", l10n.t("a closing {sign} is missing before this")),
        (
            r"found undefined alias",
            l10n.t("this refers to a name that is not defined above; put the text in quotes if it is not an alias"),
        ),
        (
            r"found unknown escape character",
            l10n.t("this backslash means nothing in double quotes; use single quotes"),
        ),
        (r"found duplicate anchor", l10n.t("this name is given twice")),
    )
