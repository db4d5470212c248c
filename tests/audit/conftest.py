"""The command line on a data folder of its own."""

from events.conftest import terminal

__all__ = ["terminal"]
