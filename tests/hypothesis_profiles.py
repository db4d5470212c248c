"""How hypothesis draws: always the same at the gate, anew in the long run.

The conftest of each layer that has tests with hypothesis imports this module, before those tests decide their settings;
the other layers do without half a second of imports.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from depth import LONG

WITHOUT_TIME = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is not a fault of what is tested."""

settings.register_profile("gate", WITHOUT_TIME, derandomize=True)
settings.register_profile("long", WITHOUT_TIME, derandomize=False, print_blob=True)
settings.load_profile("long" if LONG else "gate")
