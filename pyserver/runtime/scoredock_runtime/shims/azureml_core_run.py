"""`Run.get_context()` where there is no run, as in a service and in a batch job of the command line: as in v1, what a
script logs is printed."""

import uuid
from functools import partial
from typing import Any, Callable, Optional

from scoredock_runtime.shims.absent import Absent

_KINDS = {
    "log": "scalar",
    "log_list": "list",
    "log_row": "row",
    "log_table": "table",
    "log_image": "image",
    "log_residuals": "residual",
    "log_predictions": "predictions",
    "log_accuracy_table": "accuracy_table",
    "log_confusion_matrix": "confusion_matrix",
}
"""Method that logs → what v1 calls that."""
_LINES = {
    "tag": "Attempted to add tag {} with value {}",
    "set_tags": "Attempted to set tags {}",
    "add_properties": "Attempted to add properties {}",
    "upload_file": "Attempted to track file {} at {}",
    "upload_files": "Attempted to track files {} at {}",
    "upload_folder": "Attempted to track folder {} at {}",
    "fail": "Run failed: {}",
    "flush": "Attempted to flush the run",
    "complete": "",
    "cancel": "",
}
"""Method → what it prints of its arguments."""


class _OfflineRun:
    """No run. Other attributes of one are not there, as in v1."""

    def __init__(self, run_id: str = "") -> None:
        self.id = run_id or f"OfflineRun_{uuid.uuid4()}"
        self._run_id = self.id

    def child_run(self, name: Optional[str] = None, run_id: Optional[str] = None, **_: Any) -> "_OfflineRun":
        """Another one."""
        return _OfflineRun(run_id or f"{self.id}.{name or uuid.uuid4()}")

    def __enter__(self) -> "_OfflineRun":
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name in _KINDS:
            return partial(_print_metric, _KINDS[name])
        if name in _LINES:
            return partial(_print_line, _LINES[name])
        raise AttributeError(f"'_OfflineRun' object has no attribute {name!r}, as there is no run around this script")


def _print_metric(kind: str, name: str, *values: Any, **more: Any) -> None:
    print(f"Attempted to log {kind} metric {name}:\n{values[0] if values else more.get('value', more)}")


def _print_line(line: str, *values: Any, **more: Any) -> None:
    if line:
        print(line.format(*values, *more.values(), *[None] * line.count("{}")))


_CONTEXT = _OfflineRun()
"""The one of this process: a script asks for it more than once."""


class Run(metaclass=Absent):
    """azureml.core.Run"""

    @staticmethod
    def get_context(allow_offline: bool = True, **_: Any) -> _OfflineRun:
        """Run without a workspace, the same for all calls. Raises RuntimeError where an offline one is not wanted."""
        if not allow_offline:
            raise RuntimeError("Could not load a submitted run, if outside of an execution context, use allow_offline")
        return _CONTEXT
