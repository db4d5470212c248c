"""The exceptions of the SDK v1.

May import: the standard library. Door: the classes.
"""

from __future__ import annotations

import json
import traceback
from typing import Any, Optional, Sequence


class AzureMLException(Exception):
    """The base of all. `code` is the stable code of Scoredock's failure, empty where it is the SDK's own."""

    code = ""
    fix = ""
    short = ""
    """The sentence without what terminals need besides; empty where the message is short itself."""
    findings: Sequence[str] = ()
    """What checks have found, each with its place."""
    _error_code = ""
    """What the SDK itself calls this kind of failure."""

    def __init__(
        self,
        exception_message: str,
        inner_exception: Optional[BaseException] = None,
        target: Optional[str] = None,
        details: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message)
        self._exception_message = exception_message
        self._inner_exception = inner_exception
        self._target = target
        self._details = details

    @property
    def message(self) -> str:
        """The sentence."""
        return self._exception_message

    @message.setter
    def message(self, value: str) -> None:
        self._exception_message = value

    @property
    def inner_exception(self) -> Optional[BaseException]:
        """Exception that caused this one, or None."""
        return self._inner_exception

    def print_stacktrace(self) -> None:
        """Prints the traceback of the exception."""
        traceback.print_exception(type(self), self, self.__traceback__)

    def __str__(self) -> str:
        code = self.code or self._error_code
        error = {"error": {**({"code": code} if code else {}), "message": self.short or self.message}}
        return (
            f"{type(self).__name__}:\n\tMessage: {self.message}\n\tInnerException {self._inner_exception}\n"
            f"\tErrorResponse \n{json.dumps(error, indent=4)}"
        )

    def __repr__(self) -> str:
        return str(self)


class AzureMLAggregatedException(AzureMLException):
    """Raised for several exceptions at once."""


class TrainingException(AzureMLException):
    """Training failed."""


class ExperimentExecutionException(AzureMLException):
    """An experiment could not be submitted."""


class ProjectSystemException(AzureMLException):
    """A project could not be used."""


class SnapshotException(AzureMLException):
    """A snapshot could not be made."""


class RunEnvironmentException(AzureMLException):
    """Raised if there is no run around this script."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            "Could not load a submitted run, if outside of an execution context, use experiment.start_logging to"
            " initialize an azureml.core.Run.",
            **kwargs,
        )


class WorkspaceException(AzureMLException):
    """A workspace could not be found or used."""

    def __init__(self, exception_message: str, found_multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


class WorkspacePrivateEndpointException(WorkspaceException):
    """A private endpoint could not be used."""


class ComputeTargetException(AzureMLException):
    """A compute target could not be found or used."""

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class UserErrorException(AzureMLException):
    """Raised if what was asked for is wrong."""

    _error_code = "UserError"

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class AuthenticationException(UserErrorException):
    """A sign-in failed."""


class RunConfigurationException(AzureMLException):
    """A run configuration is wrong."""


class WebserviceException(AzureMLException):
    """A model, an image or a service could not be found, made or used."""

    def __init__(self, exception_message: str, status_code: Any = None, logger: Any = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code


class ModelNotFoundException(AzureMLException):
    """The model is not there."""

    def __init__(self, exception_message: str, logger: Any = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class ModelPathNotFoundException(AzureMLException):
    """The path of a model is not there."""

    def __init__(self, exception_message: str, logger: Any = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class DiscoveryUrlNotFoundException(AzureMLException):
    """Raised if there is no such service of Azure."""

    def __init__(self, discovery_key: str, **kwargs: Any) -> None:
        super().__init__(f"Could not find {discovery_key}.", **kwargs)


class ActivityFailedException(AzureMLException):
    """A run has failed."""

    def __init__(self, error_details: Any, **kwargs: Any) -> None:
        super().__init__(f"Activity Failed:\n{error_details}", **kwargs)


class ActivityCanceledException(AzureMLException):
    """A run was cancelled."""

    def __init__(self, cancellation_source: Any = None, **kwargs: Any) -> None:
        super().__init__("Activity canceled", **kwargs)


class DatasetTimestampMissingError(AzureMLException):
    """A dataset has no timestamps."""

    def __init__(self, error_details: Any, **kwargs: Any) -> None:
        super().__init__(str(error_details), **kwargs)


class ParallelRunException(AzureMLException):
    """A parallel run failed."""


class ServiceException(AzureMLException):
    """A service of Azure answered with an error."""
