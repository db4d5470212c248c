"""Texts that are secrets: which names promise one, and which values only stand for one."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PWD|SECRET|TOKEN|APIKEY|API_KEY|ACCESS_KEY|ACCOUNT_KEY|PRIVATE_KEY|CLIENT_SECRET|CONNECTION_STRING|SAS)(?:$|_(?:KEY|VALUE|STRING)$)"
)
_STAND_IN = re.compile(
    r"^\s*(?:\$\{?\{?.*|<.*>|\{\{.*\}\}|#\{.*\}#?|__\w+__|%\w+%|@Microsoft\.KeyVault\(.*|\[.*\]|\*+|x+|\.{3}|…)\s*$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"^(?:true|false|none|null|yes|no|on|off|[0-9.]{1,6})$", re.IGNORECASE)


def names_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret."""
    upper = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:200]).upper().replace("-", "_")
    return _NAME.search(upper) is not None


def is_literal(value: str) -> bool:
    """Whether a value is the secret itself, and neither a placeholder that a pipeline fills nor a switch."""
    return bool(value.strip()) and len(value) < 10_000 and not _STAND_IN.match(value) and not _PLAIN.match(value)
