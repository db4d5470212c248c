"""Names of services and models that the SDK takes, with its texts for the others."""

from __future__ import annotations

import re

from azureml.exceptions import WebserviceException

_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_MODEL = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")


def require_service_name(name: str) -> None:
    """Raises WebserviceException."""
    if not isinstance(name, str) or not 3 <= len(name) <= 32 or not _SERVICE.fullmatch(name):
        raise WebserviceException(
            "Error, provided service name is invalid. It must only consist of lowercase letters, numbers, or dashes,"
            " start with a letter, end with a letter or number, and be between 3 and 32 characters long."
        )


def require_model_name(name: str) -> None:
    """Raises WebserviceException."""
    if not isinstance(name, str) or not _MODEL.fullmatch(name):
        raise WebserviceException(
            "Error, provided model name is invalid. It must only consist of letters, numbers, dashes, periods, or"
            " underscores, start with a letter or number, and be between 1 and 255 characters long."
        )
