"""A program: `FILE… -- COMMAND…` puts itself into the control groups of these files and becomes the command, so that
all that this starts is in them from its first byte."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from scoredock.run import become


def main(words: list[str]) -> int:
    """Exit code of the command, where it comes back."""
    end = words.index("--")
    for file in words[:end]:
        Path(file).write_text(str(os.getpid()))
    return become(words[end + 1 :], os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
