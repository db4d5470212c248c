"""Tests of requests through the command line, and answers beside what was expected by generated inputs."""

from __future__ import annotations

import hypothesis_profiles  # noqa: F401
from cli.conftest import Terminal, environments, runtime, shared_environments, terminal

__all__ = ["Terminal", "environments", "runtime", "shared_environments", "terminal"]
