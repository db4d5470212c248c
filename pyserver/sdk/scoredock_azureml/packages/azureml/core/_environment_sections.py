"""Sections of an environment: what all have, and `python` with its packages."""

from __future__ import annotations

from typing import Any, Optional

from azureml.core.conda_dependencies import CondaDependencies


class EnvironmentSection:
    """A part of an environment: what it does not have cannot be set, so that a slip of the pen is noticed."""

    _sealed = False

    def __setattr__(self, name: str, value: Any) -> None:
        if self._sealed and not hasattr(self, name):
            raise AttributeError(f"{type(self)} has no attribute {name}")
        super().__setattr__(name, value)


class PythonSection(EnvironmentSection):
    """Python section of an environment: interpreter and packages."""

    __module__ = "azureml.core.environment"

    def __init__(self, **kwargs: Any) -> None:
        self.interpreter_path: str = "python"
        self._user_managed: Optional[bool] = False
        self.conda_dependencies: Optional[CondaDependencies] = None
        self.base_conda_environment: Optional[str] = None
        self._file: Optional[str] = None
        if kwargs.get("_skip_defaults") is not True:
            self.conda_dependencies = CondaDependencies()
        self._sealed = True

    @property
    def user_managed_dependencies(self) -> bool:
        """True if the packages are those that the interpreter has."""
        if self._user_managed is None:
            return self.conda_dependencies is None or self.conda_dependencies._is_default
        return self._user_managed

    @user_managed_dependencies.setter
    def user_managed_dependencies(self, value: Optional[bool]) -> None:
        """Sets the value; with None, the packages are the user's own until others than the default ones are named."""
        self._user_managed = value

    @property
    def conda_dependencies_file(self) -> Optional[str]:
        """Path of the conda file, as earlier releases of v1 named it; the packages are read from it at once."""
        return self._file

    @conda_dependencies_file.setter
    def conda_dependencies_file(self, value: Optional[str]) -> None:
        self._file = value
        if value:
            self.conda_dependencies = CondaDependencies(value)
