"""Names that other contributions may use of profiling: a service for as long as it is needed."""

from __future__ import annotations

from scoredock.contrib.profiling.domain.temporary import ProfileSubject as ProfileSubject
from scoredock.contrib.profiling.domain.temporary import SizedService as SizedService
from scoredock.contrib.profiling.domain.temporary import temporary_service as temporary_service
