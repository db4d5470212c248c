"""Pickle names on the command line: shown, refused at a deployment, allowed, withdrawn."""

from __future__ import annotations

import re
from typing import Any

from pickle_writing import by_stack

SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return 1\n"


def test_consent_by_command(terminal: Any) -> None:
    (terminal.folder / "evil.pkl").write_bytes(by_stack("os", "system", ("true",)))
    (terminal.folder / "score.py").write_text(SCRIPT)
    assert terminal.json("model", "register", "evil.pkl", "--name", "evil")["pickle"] == "bad"
    assert "os.system" in terminal.ok("model", "show", "evil")
    deploy = ("service", "deploy", "evil-one", "-m", "evil:1", "--entry-script", "score.py")
    refused = terminal.refused(*deploy)
    assert refused["code"] == "model-known-bad"
    assert "scoredock model consent evil:1" in refused["fix"]
    assert refused["details"] == {"models": ["evil:1"], "names": ["os.system"]}
    assert "may be deployed" in terminal.ok("model", "consent", "evil:1")
    consent = terminal.json("model", "show", "evil:1")["pickle"]["consent"]
    assert re.fullmatch(r".+, \d{4}-\d\d-\d\d \d\d:\d\d", consent), "who and when, for people"
    terminal.ok("model", "consent", "evil:1", "--withdraw")
    assert terminal.refused(*deploy)["code"] == "model-known-bad"


def test_what_cannot_be_read_is_not_called_unknown_names(terminal: Any) -> None:
    (terminal.folder / "cut.pkl").write_bytes(b"\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00}q")
    assert "could not be read to their end" in terminal.ok("model", "propose", "cut.pkl")
    terminal.ok("model", "register", "cut.pkl")
    told = terminal.ok("model", "show", "cut")
    assert "not read to their end" in told
    assert "unknown names" not in told
