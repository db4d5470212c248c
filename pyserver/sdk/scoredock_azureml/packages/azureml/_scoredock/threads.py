"""The one door to threads of the SDK: whoever waits for one is informed when it raises, and the person sees it."""

import sys
import threading
import traceback
from typing import Any, Callable


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
