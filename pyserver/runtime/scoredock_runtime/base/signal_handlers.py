"""Handlers of signals as they are, for code that looks at them with every request."""

import signal
import sys
from typing import Any, Callable

handler_of: Callable[[int], Any] = getattr(sys.modules.get("_signal"), "getsignal", signal.getsignal)
"""signal.getsignal of CPython's own module. The one of `signal` looks each handler up in an enumeration first: four
exceptions that nobody sees, a third of what a small request costs."""
