"""Some of these tests draw pickles."""

from __future__ import annotations

import hypothesis_profiles  # noqa: F401
