"""The server speaks the language of the editor."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lsp.client import Client

CHINESE = re.compile("[\u4e00-\u9fff]")
MISSING = "def init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"


@pytest.mark.parametrize(("locale", "word"), [("zh-cn", "导入"), ("zh-tw", "匯入"), ("de", "Import"), ("", "Import")])
def test_findings_repairs_and_errors(start: Callable[..., Client], project: Path, locale: str, word: str) -> None:
    client = start()
    client.initialize(project, locale=locale)
    uri = client.open(project / "score.py", MISSING)
    (finding,) = client.diagnostics(uri, 1)
    where = {"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": [finding]}}
    titles = [action["title"] for action in client.ask("textDocument/codeAction", where)]
    assert any(title.startswith(word) for title in titles), titles
    refusal = client.error("scoredock/model/show", {"id": "nothing:1"})
    texts = (finding["message"], refusal["message"], refusal["data"]["fix"])
    assert [bool(CHINESE.search(text)) for text in texts] == [locale.startswith("zh")] * 3, texts
    assert (finding["code"], refusal["data"]["code"]) == ("SD110", "model-not-found")
