"""Failures of the server as the exceptions that scripts of the SDK catch."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Type

from azureml.exceptions import (
    AzureMLException,
    ComputeTargetException,
    UserErrorException,
    WebserviceException,
    WorkspaceException,
)


class ServerFailure(AzureMLException):
    """Error that the server answered instead of a result."""

    def __init__(self, message: str, code: str, fix: str = "", details: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(message)
        self.code = code
        self.fix = "Fix the errors and deploy again." if "--skip-checks" in fix else fix  # a script has no such option
        self.details = dict(details or {})

    def __str__(self) -> str:
        return f"{self.message} {self.fix} [{self.code}]"

    def sentence(self, name: str) -> str:
        """Sentence about a service: its name, what is wrong, and the next step."""
        return f"{name}: {self.message} {self.fix}".strip()

    def finding_lines(self) -> List[str]:
        """Findings of the checks as lines of text, with positions."""
        return [str(line) for line in _lines(self.details.get("findings"))]

    def log_lines(self) -> List[str]:
        """The lines of the script and of the log that show it."""
        return [str(line) for key in ("frames", "log", "log_lines", "output") for line in _lines(self.details.get(key))]


def _lines(value: Any) -> List[str]:
    return value.splitlines() if isinstance(value, str) else list(value or ())


_KINDS: Dict[str, Type[AzureMLException]] = {
    "workspace": WorkspaceException,
    "environment": UserErrorException,
    "dataset": UserErrorException,
    "file": UserErrorException,
    "conda": UserErrorException,
    "python": UserErrorException,
    "run": UserErrorException,
}
"""By the first word of the code; everything else is a WebserviceException."""


def exception_of(
    failure: ServerFailure, prefix: str = "", kind: Optional[Type[AzureMLException]] = None
) -> AzureMLException:
    """The exception of the SDK for a failure, ready to be raised."""
    kind = kind or _KINDS.get(failure.code.partition("-")[0], WebserviceException)
    error = coded_error(kind, prefix + failure.message, failure.code, failure.fix)
    error.findings = failure.finding_lines()
    return error


def coded_error(kind: Type[AzureMLException], message: str, code: str, fix: str = "") -> AzureMLException:
    """An exception of the SDK that carries one of our codes and the next step."""
    text = f"{message} {fix}" if fix else message
    error = kind(f"{text} [{code}]")
    error.code = code
    error.fix = fix
    error.short = text
    return error


def require_given(value: Any, name: str) -> None:
    """Raises UserErrorException for None."""
    if value is None:
        message = f"The script gives None where a value is needed: {name}."
        raise coded_error(
            UserErrorException, message, "sdk-argument-invalid", "Look where the script has this value from."
        )


def not_here(what: str, instead: str, kind: Type[AzureMLException] = UserErrorException) -> AzureMLException:
    """Exception for a feature of v1 that has no counterpart on this machine; `instead` is the next step."""
    return coded_error(kind, f"{what} has no meaning on this machine.", "sdk-not-here", instead)


def compute_not_here(what: str, instead: str) -> AzureMLException:
    """ComputeTargetException for a feature of v1 without a counterpart on this machine; `instead` is the next step."""
    return not_here(what, instead, ComputeTargetException)
