"""`RunDetails`, the widget of a notebook: what it shows of a run, as text.

May import: the standard library and `azureml`. Door: `RunDetails`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azureml._scoredock.absent import PACKAGES, every_name

if TYPE_CHECKING:
    from azureml.core.run import Run

__all__ = ["RunDetails"]
__getattr__ = every_name(__name__, PACKAGES[__name__])


class RunDetails:
    """The state of a run, its metrics and files: of one that this process has submitted at its end, as a person waits
    for it before the next cell, of any other as they are when it is shown."""

    def __init__(self, run_instance: "Run") -> None:
        self._run = run_instance

    def show(self, render_lib: object = None, widget_settings: object = None) -> None:
        """Prints them."""
        if self._run._is_submitted_here:
            self._run.wait_for_completion(show_output=False, raise_on_error=False)
        print(f"Run {self._run.id}: {self._run.get_status()}")
        error = self._run.get_details().get("error")
        if error:
            print(f"  error: {error['error']['message']}")
        for name, value in self._run.get_metrics().items():
            print(f"  {name}: {value}")
        for name in self._run.get_file_names():
            print(f"  {name}")

    def get_widget_data(self, widget_settings: object = None) -> "dict[str, object]":
        """Status and metrics of the run as a dictionary."""
        return {"status": self._run.get_status(), "run_metrics": self._run.get_metrics()}
