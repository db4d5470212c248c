"""The name of the account that works here, for records of who changed what."""

from __future__ import annotations

import getpass


def user() -> str:
    """Name of the account, for `created_by` and the history of aliases; empty when the account has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such account, as in some containers
        return ""
