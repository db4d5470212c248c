"""A script of the SDK as a file: its own findings, and those of the files that its cells of Databricks write."""

from __future__ import annotations

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.contrib.sdk.checks.notebooks.targets import check_magic_files
from scoredock.contrib.sdk.checks.sdk_script import check_sdk_script


def check_script_file(text: str, facts: Facts) -> list[Finding]:
    """Never raises."""
    return check_sdk_script(text, facts) + check_magic_files(text, facts)
