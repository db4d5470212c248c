"""The one door to threads of the SDK: whoever waits for one is informed when it raises, and the person sees it."""

import shutil
import sys
import tempfile
import threading
import traceback
from contextlib import contextmanager
from typing import Any, Callable, Iterator


def start(
    work: Callable[..., Any], *arguments: Any, name: str, at_fault: Callable[[BaseException], Any]
) -> threading.Thread:
    """A thread that ends with the script. `at_fault` is called in it with what it raised."""

    def run() -> None:
        try:
            work(*arguments)
        except BaseException as fault:  # nobody else would see it
            at_fault(fault)
            traceback.print_exception(type(fault), fault, fault.__traceback__, file=sys.stderr)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


@contextmanager
def scratch_folder() -> Iterator[str]:
    """A folder for a moment. TemporaryDirectory would be gone at the end of the script, which threads outlive."""
    folder = tempfile.mkdtemp(prefix="scoredock-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
