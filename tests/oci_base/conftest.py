"""Trees of images and what is judged of them, without a daemon; with Docker, beside what running an image tells."""

from __future__ import annotations

import hypothesis_profiles  # noqa: F401
