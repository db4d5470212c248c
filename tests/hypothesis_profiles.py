"""How hypothesis draws: always the same at the gate, anew in the long run.

The conftest of each layer that has tests with hypothesis imports this module, before those tests decide their settings;
the other layers do without half a second of imports.
"""

from __future__ import annotations

from hypothesis import settings

from depth import LONG

settings.register_profile("gate", derandomize=True)
settings.register_profile("long", derandomize=False, print_blob=True)
settings.load_profile("long" if LONG else "gate")
