"""The end of a script: runs that it submitted and did not wait for are waited for, and one that fails is named. The
exit code stays that of the script, as in Azure, where such a run goes on without it."""

from __future__ import annotations

import sys
from typing import Any, Callable, List


def wait_at_exit(run: Any, work: Any, failed_steps: Callable[[], List[str]] = list) -> None:
    """Waits where the work of the run has not ended."""
    if not work.is_running:
        return
    print(f"Waiting for the run {run.id}...", file=sys.stderr)
    try:
        work.wait()
    except KeyboardInterrupt:
        run.cancel()
    details = run.get_details()
    if details["status"] != "Failed" or run._record["parent"]:  # the run that it is a part of is named
        return
    steps = ", ".join(failed_steps())
    where = f" in its step {steps}" if steps else ""
    cause = details["error"]["error"]["message"] if "error" in details else "its log says why."
    print(f"The run {run.id} has failed{where}: {cause}", file=sys.stderr)
