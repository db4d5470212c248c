"""Which entry scripts a file deploys: in a deployment of v2, or in a call of one of the SDKs."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LOOK = 400_000
"""Characters of a notebook that are searched."""
_NAMED = re.compile(
    r"\b(?:entry_script|scoring_script)\\?[\"']?[ \t]*[:=][ \t]*(?:r|f)?\\?[\"']?([^\"'\\#\r\n]{1,200}\.py)\b"
)


def deployed_scripts(text: str) -> Iterator[str]:
    """Names of the scripts, without their folders."""
    for named in _NAMED.finditer(text[:_LOOK]):
        yield re.split(r"[\\/]", named.group(1).strip())[-1]
