"""`msrest.exceptions`, which comes with azureml-core and which scripts import to catch what it raises: the package
itself where it is installed, else its exceptions alone."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any, Optional

_EXCEPTIONS = (
    "AuthenticationError",
    "ClientException",
    "ClientRequestError",
    "DeserializationError",
    "HttpOperationError",
    "SerializationError",
    "ValidationError",
)


class MsrestModules:
    """Asked last: an installed msrest comes first."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        """Named by the import system; None for other modules."""
        if fullname not in ("msrest", "msrest.exceptions"):
            return None
        return ModuleSpec(fullname, _NamesLoader, origin="scoredock-azureml", is_package=True)  # type: ignore[arg-type]


class _NamesLoader:
    """Makes a module with the exceptions."""

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """None is the import system's default."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Those of `msrest.exceptions`; `msrest` itself has nothing else here."""
        if module.__name__ == "msrest.exceptions":
            base = type("ClientException", (Exception,), {"__module__": module.__name__})
            for name in _EXCEPTIONS:
                vars(module)[name] = type(name, (base,), {"__module__": module.__name__})
            vars(module)["ClientException"] = base


def install() -> None:
    """Puts the finder last; harmless when it is there."""
    if MsrestModules not in sys.meta_path:
        sys.meta_path.append(MsrestModules)


def also_operation_error(kind: Any, status: int = 404) -> Any:
    """An exception of ours that scripts may catch as `HttpOperationError`, too, with the response that such a one
    has."""
    from msrest.exceptions import HttpOperationError

    return type(kind.__name__, (kind, HttpOperationError), {"response": SimpleNamespace(status_code=status)})
