"""Names that other contributions may use of tests: those of files, against a service that somebody else has started."""

from __future__ import annotations

from scoredock.contrib.request_tests.verbs.tests import run_against as run_against
