"""Messages between a driver and a worker on another machine: lines of JSON, some of them with bytes behind them.

Both sides say every few seconds that they are there, so that the end of a machine is noticed without an end of the
connection. The server uses this module too.
"""

import json
import threading
from typing import Any, BinaryIO, Dict, Iterator, Optional

SECRET = "SCOREDOCK_BATCH_SECRET"  # noqa: S105 (the name of the variable)
"""In the environment of a host: what its drivers prove to know."""
PROTOCOL = 2
"""Of what hosts and drivers say; a job keeps the host that it was begun with."""
ALIVE_SECONDS = 5.0
"""Between two signs of life."""
SILENT_SECONDS = 45.0
"""Without one the other side is taken for lost."""
_ALIVE = "alive"

RAY_APP_ROOT, RAY_SETTINGS = "app", "ray_job.json"
"""Of the package that a cluster of Ray gets: what a script sees as its root, and what `ray_job` is to do."""
RAY_PORT_LINE = "scoredock: workers are reached at port "
"""What `ray_job` says on standard output, with the port behind it."""
RAY_PYTHON_LINE = "scoredock: the job is for another Python than "
"""The same where the cluster has another Python than the job, with the cluster's behind it."""

BYTES = "bytes"
"""Key of a line: so many bytes follow it."""
_BLOCK = 1 << 20
_LONGEST = 64 << 20


class Frames:
    """One connection. Several threads may send; one receives."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()

    def send(self, message: Dict[str, Any], content: Optional[bytes] = None) -> None:
        """Raises OSError when the other side is gone."""
        head = message if content is None else dict(message, **{BYTES: len(content)})
        with self._lock:
            self._writing.write(json.dumps(head).encode("ascii") + b"\n")
            if content:
                self._writing.write(content)
            self._writing.flush()

    def send_alive(self, facts: Any = None) -> None:
        """A sign of life, with what there is to know. Raises OSError."""
        self.send({_ALIVE: facts})

    def send_file(self, message: Dict[str, Any], source: BinaryIO, size: int) -> None:
        """So many bytes of a file from where it stands. Raises OSError, also for a file that has become shorter: the
        connection is of no use then."""
        with self._lock:
            self._writing.write(json.dumps(dict(message, **{BYTES: size})).encode("ascii") + b"\n")
            while size:
                block = source.read(min(size, _BLOCK))
                if not block:
                    raise OSError("A file has become shorter while it was sent.")
                self._writing.write(block)
                size -= len(block)
            self._writing.flush()

    def receive(self) -> Optional[Dict[str, Any]]:
        """The next line; None at the end. What follows it is there for `content`. Raises OSError, ValueError.

        Signs of life are `{"alive": …}`, for the receiver to take notice of.
        """
        line = self._reading.readline(_LONGEST)
        if not line.endswith(b"\n"):
            return None
        message = json.loads(line.decode("ascii"))
        if not isinstance(message, dict):
            raise ValueError("A message is not a JSON object.")
        return message

    def content(self, message: Dict[str, Any]) -> Iterator[bytes]:
        """The bytes behind a line that was received, all of which must be taken. Raises OSError when they end early."""
        left = int(message.get(BYTES, 0))
        while left:
            block = self._reading.read(min(left, _BLOCK))
            if not block:
                raise OSError("The connection ended within a message.")
            left -= len(block)
            yield block
