"""Names that other contributions may use of migration."""

from __future__ import annotations

from scoredock.contrib.migration.verbs.reading import packages_of as packages_of
