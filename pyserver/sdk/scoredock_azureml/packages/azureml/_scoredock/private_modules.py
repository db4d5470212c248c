"""Modules of v1 whose names begin with an underscore, and that packages of others import all the same: what of them
does no harm. An exception is the one of `azureml.exceptions`; all else in them is absent."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import sys
import uuid
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

import azureml.exceptions
from azureml._scoredock.workbench.data_packages import load_datasource
from azureml._scoredock.workbench.data_packages import run as run_package
from azureml._scoredock.workbench.service_schemas import DataTypes, SampleDefinition, generate_schema
from azureml.monitoring.modeldatacollector import ModelDataCollector

_VERSION = "1.61.0"
_ONE_MB = 1 << 20
SNAPSHOT_BYTES = 300 * _ONE_MB
"""Most of a source directory, unless the script says another limit."""
_LIMIT = "SNAPSHOT_MAX_SIZE_BYTES"
_SNAPSHOTS = ("azureml._restclient.snapshots_client", "azureml._restclient.constants")
_SHARED = "AZUREML_NATIVE_SHARE_DIRECTORY"
_PRODUCTS: List[str] = []


def snapshot_bytes() -> int:
    """The limit, which scripts change as the documents of Azure say: in the module that has it there."""
    for module in _SNAPSHOTS:
        with contextlib.suppress(TypeError, ValueError):
            limit = int(vars(sys.modules.get(module, azureml.exceptions)).get(_LIMIT, SNAPSHOT_BYTES))
            if limit != SNAPSHOT_BYTES:
                return limit
    return SNAPSHOT_BYTES


def _append(product_name: str, product_version: Optional[str] = None, comment: Optional[str] = None) -> None:
    """Notes a product that calls the services of Azure; here nothing does."""
    version = f"/{product_version}" if product_version is not None else ""
    _PRODUCTS.append(f"{product_name}{version}" + (f" ({comment})" if comment is not None else ""))


class _RunStatus:
    """How a run may be."""

    QUEUED = "Queued"
    NOT_STARTED = "NotStarted"
    PREPARING = "Preparing"
    PROVISIONING = "Provisioning"
    STARTING = "Starting"
    RUNNING = "Running"
    CANCEL_REQUESTED = "CancelRequested"
    CANCELED = "Canceled"
    FINALIZING = "Finalizing"
    COMPLETED = "Completed"
    FAILED = "Failed"
    UNAPPROVED = "Unapproved"
    NOTRESPONDING = "NotResponding"
    PAUSING = "Pausing"
    PAUSED = "Paused"

    @classmethod
    def list(cls) -> "List[str]":
        """All of them."""
        return [value for name, value in vars(cls).items() if name.isupper()]

    @classmethod
    def get_running_statuses(cls) -> "List[str]":
        """Statuses of a run that has not ended."""
        ended = (cls.CANCELED, cls.COMPLETED, cls.FAILED, *cls.get_post_processing_statuses())
        return [each for each in cls.list() if each not in ended]

    @classmethod
    def get_post_processing_statuses(cls) -> "List[str]":
        """Statuses of a run whose script has ended."""
        return [cls.CANCEL_REQUESTED, cls.FINALIZING]


class _RunEnvVars:
    """Variables of a script that was submitted."""

    SUBSCRIPTION_ID = "AZUREML_ARM_SUBSCRIPTION"
    RESOURCE_GROUP_NAME = "AZUREML_ARM_RESOURCEGROUP"
    WORKSPACE_NAME = "AZUREML_ARM_WORKSPACE_NAME"
    EXPERIMENT_NAME = "AZUREML_ARM_PROJECT_NAME"
    ID = "AZUREML_RUN_ID"
    TOKEN = "AZUREML_RUN_TOKEN"  # noqa: S105 (the name of a variable)
    TOKEN_EXPIRY = "AZUREML_RUN_TOKEN_EXPIRY"  # noqa: S105 (the same)
    SERVICE_ENDPOINT = "AZUREML_SERVICE_ENDPOINT"
    DISCOVERY_ENDPOINT = "AZUREML_DISCOVERY_SERVICE_ENDPOINT"


class _ChainedIdentity:
    """An object with a name of its own in the log."""

    DELIM = "#"

    def __init__(self, _ident: Optional[str] = None, _parent_logger: Any = None, **kwargs: Any) -> None:
        self._identity = _ident or type(self).__name__
        self._logger = (_parent_logger or logging.getLogger("azureml")).getChild(self._identity)
        super().__init__(**kwargs)

    @property
    def identity(self) -> str:
        """Its name."""
        return self._identity

    @contextlib.contextmanager
    def _log_context(self, context_name: str) -> "Iterator[logging.Logger]":
        yield self._logger.getChild(context_name)


def _same(wrapped: Any) -> Any:
    """A decorator that changes nothing."""
    return wrapped


def _workbench_logger() -> Any:
    """Logger for scripts of Workbench: the run, whose `log` takes lists as well and which has `upload` for bytes, as
    the logger had.
    """
    from azureml.core.run import Run

    run = Run.get_context()
    log_one = run.log

    def log(name: str, value: Any, *others: Any, **named: Any) -> None:
        if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__len__"):
            log_one(name, value, *others, **named)
        else:
            run.log_list(name, list(value))

    def upload(name: str, data: Any) -> None:
        stream = io.BytesIO(data.encode("utf-8") if isinstance(data, str) else bytes(data))
        run.upload_file(os.path.basename(name) if os.path.isabs(name) else name, stream)

    vars(run).update(log=log, upload=upload)
    return run


def _workbench_folders() -> None:
    """Runs of the Workbench had a folder for what they give, and all of a machine one in common; the logger tells a
    script of the Workbench."""
    with contextlib.suppress(OSError):
        Path("outputs").mkdir(exist_ok=True)
    if _SHARED not in os.environ:
        folder = Path.home() / ".azureml" / "share"
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[_SHARED] = f"{folder}/"  # names of files are put behind it


_LOGGING = {"ChainedIdentity": _ChainedIdentity, "START_MSG": "[START]", "STOP_MSG": "[STOP]"}
VALUES: Dict[str, Dict[str, Any]] = {
    "azureml._base_sdk_common": {"__version__": _VERSION, "_ClientSessionId": str(uuid.uuid4())},
    "azureml._base_sdk_common._docstring_wrapper": {"experimental": _same},
    "azureml._base_sdk_common.common": {
        "AML_CONFIG_DIR": "aml_config",
        "AZUREML_DIR": ".azureml",
        "CONFIG_FILENAME": "config.json",
    },
    "azureml._base_sdk_common.user_agent": {"append": _append, "get_user_agent": lambda: " ".join(_PRODUCTS)},
    "azureml._history.utils.constants": {
        "AZUREML_LOGS": "azureml-logs",
        "AZUREML_LOG_FILE_NAME": "azureml.log",
        "LOGS_AZUREML_DIR": "logs/azureml",
        "LOGS_DIR": "./logs",
        "OUTPUTS_DIR": "./outputs",
        "USER_LOG_FILE": "user_log.txt",
    },
    "azureml._logging": _LOGGING,
    "azureml._logging.chained_identity": _LOGGING,
    "azureml.api.realtime.services": {"generate_schema": generate_schema},
    "azureml.api.schema.dataTypes": {"DataTypes": DataTypes},
    "azureml.api.schema.sampleDefinition": {"SampleDefinition": SampleDefinition},
    "azureml.dataprep.datasource": {"load_datasource": load_datasource},
    "azureml.dataprep.package": {"run": run_package},
    "azureml.datacollector": {"ModelDataCollector": ModelDataCollector},
    "azureml.logging": {"get_azureml_logger": _workbench_logger},
    "azureml.sdk.data_collector": {"current_run": _workbench_logger},
    "azureml.webservice_schema.data_types": {"DataTypes": DataTypes},
    "azureml.webservice_schema.sample_definition": {"SampleDefinition": SampleDefinition},
    "azureml.webservice_schema.schema_generation": {"generate_schema": generate_schema},
    "azureml._restclient.constants": {
        "ONE_MB": _ONE_MB,
        "RUN_ORIGIN": "ExperimentRun",
        "RunStatus": _RunStatus,
        "SNAPSHOT_BATCH_SIZE": 500,
        "SNAPSHOT_MAX_FILES": 2000,
        _LIMIT: SNAPSHOT_BYTES,
    },
    "azureml._restclient.snapshots_client": {_LIMIT: SNAPSHOT_BYTES},
    "azureml._run_impl.constants": {"RunEnvVars": _RunEnvVars},
}
"""Module → name → what it is."""
_FINE_TUNING = ("azureml.acft", "azureml.train.finetune")
"""Packages with many modules that have the same."""


def private_name(module: str, other: Callable[[str], Any]) -> Callable[[str], Any]:
    """`__getattr__` of such a module; what is not here comes from `other`."""

    def find(name: str) -> Any:
        values = VALUES.get(module, {})
        if values.get(name) is _workbench_logger:
            _workbench_folders()
        if name in values:
            return values[name]
        if f"{module}.{name}" in VALUES:  # one that azureml.core has imported in v1
            return importlib.import_module(f"{module}.{name}")
        if name == "get_logger_app" and module.startswith(_FINE_TUNING):
            return logging.getLogger
        raised = vars(azureml.exceptions).get(name)
        return raised if isinstance(raised, type) and issubclass(raised, Exception) else other(name)

    return find
