"""Names that other contributions may use of the SDK: what a script calls."""

from __future__ import annotations

from scoredock.contrib.sdk.checks.classes import SdkSignature as SdkSignature
from scoredock.contrib.sdk.checks.classes import is_a as is_a
from scoredock.contrib.sdk.checks.classes import line_of as line_of
from scoredock.contrib.sdk.checks.classes import method as method
from scoredock.contrib.sdk.checks.values import SdkValues as SdkValues
from scoredock.contrib.sdk.checks.values import possible as possible
