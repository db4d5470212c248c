"""The keys that the platforms document, declared once in `github.json`, `azure.json` and `gitlab.json`;
`docs/pipelines-reading.md` is generated from them.

There each level of a file has its keys with two to five texts: how the key is read here, one sentence about it, the
level of what lies below it, what its value may be, and which keys it stands beside. Keys that are alike stand in one
row; `*` is each name that a person gives. The level `commands` has what a script may print.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from scoredock.contrib.pipelines.domain.pipeline import Platform

KeyReading = Literal["read", "none", "refused"]
"""It changes what runs here; it has no meaning on this machine; what it does on its platform does not happen here."""


class DeclaredKey(NamedTuple):
    """One key of a level."""

    reading: KeyReading
    text: str
    """What it does, why it has no meaning here, or what happens on its platform."""
    below: str = ""
    """The level of its mapping and of each item of its list, behind `- ` of the items alone; both where they differ;
    empty where its value has no keys of the platform."""
    values: str = ""
    """What its value may be: `text`, `number`, `=WORD`, `expression` for a text that expressions give, `mapping`;
    `texts`, `mappings` and `lists` for a list of such; `any`. Empty for a text, or for a mapping where a level is
    below."""

    beside: str = ""
    """Keys one of which its mapping must have for it to be read; or, behind `-`, keys that are read instead of it."""

    def takes(self, kind: str) -> bool:
        """True if its reader takes such a value."""
        return bool({kind, "any"} & set((self.values or ("mapping" if self.below else "text")).split()))


KeyLevels = Mapping[str, Mapping[str, DeclaredKey]]
"""The keys of each level; the first level is that of a whole file."""


@functools.cache
def tables() -> Mapping[Platform, KeyLevels]:
    """Tables of the keys of each platform."""
    return {platform: _levels(platform) for platform in get_args(Platform)}


def _levels(platform: Platform) -> KeyLevels:
    written = json.loads(Path(__file__).with_name(f"{platform}.json").read_text("utf-8"))
    return {
        level: {key: DeclaredKey(*texts) for keys, texts in rows.items() for key in keys.split(", ")}
        for level, rows in written.items()
    }
