"""A program of its own: looks for regular expressions in lines, and is killed when one of them does not end.

Asked with lines of JSON on standard input, it answers on standard output with a 1 or a 0 for each line that it has
looked at. Imports the standard library only, as it is started without anything else.
"""

from __future__ import annotations

import json
import re
import sys
import time

_TELLS_AFTER = 0.05
"""Seconds of work between two reports of the matches so far: after a longer silence one line takes that long."""


def main() -> None:
    """Answers searches until nobody asks any more."""
    out = sys.stdout.buffer
    out.write(b"1")
    out.flush()
    for asked in sys.stdin.buffer:
        request = json.loads(asked)
        search = re.compile(request["expression"], re.IGNORECASE).search
        answer, reported_at = bytearray(), time.monotonic()
        for line in request["lines"]:
            answer += b"0" if search(line) is None else b"1"
            if time.monotonic() - reported_at > _TELLS_AFTER:
                out.write(answer)
                out.flush()
                answer, reported_at = bytearray(), time.monotonic()
        out.write(answer)
        out.flush()


if __name__ == "__main__":
    main()
