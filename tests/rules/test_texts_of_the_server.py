"""The catalogs of the server: sentences stay sentences, with the signs and spaces of Chinese."""

from __future__ import annotations

import re

import pytest
from scoredock import l10n

CHINESE = r"[\u3400-\u9fff]"
SPACED = re.compile(rf"{CHINESE}[A-Za-z0-9`]|[A-Za-z0-9`]{CHINESE}")
"""A Latin word or number without the space beside it that Chinese has there."""
HALF_WIDTH = re.compile(rf"{CHINESE}[,;:?!](?!\w)|[\u3001\u3002\uff0c\uff1a\uff1b\uff1f] ")
"""Signs of Latin text behind Chinese, and spaces behind full-width ones."""
CODE = re.compile(r"`[^`]*`|\u201c[^\u201d]*\u201d|\u300c[^\u300d]*\u300d|\{[^{}]*\}|\$\w+|[\w./-]*[=/\\][\w./-]*")
"""What stands in a translation as in the English text, and placeholders."""
CATALOGS = {language: l10n.catalog(language) for language in ("zh-cn", "zh-tw")}


@pytest.mark.parametrize("language", CATALOGS)
def test_a_sentence_stays_one(language: str) -> None:
    for text, said in CATALOGS[language].items():
        assert said.strip(), text
        if text.endswith("."):
            assert said.endswith(("\u3002", "\uff1f", ".", "\uff09")), said


@pytest.mark.parametrize("language", CATALOGS)
def test_chinese_has_its_own_signs_and_spaces(language: str) -> None:
    for said in CATALOGS[language].values():
        prose = CODE.sub("\u201d", said)
        assert not SPACED.search(prose), said
        assert not HALF_WIDTH.search(prose), said
