"""Private attributes of v1, which begin with an underscore, and that scripts read all the same."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Callable, Dict


def _root(run: Any) -> Any:
    """The id of the run that all the others around it are parts of: in a step, that of the pipeline."""
    above = run.parent
    while above is not None:
        run, above = above, above.parent
    return run.id


PRIVATE_NAMES: Dict[str, Dict[str, Callable[[Any], Any]]] = {
    "Run": {"_run_id": attrgetter("id"), "_root_run_id": _root, "_experiment": attrgetter("experiment")},
    "Workspace": {"_workspace_name": attrgetter("name")},
}
"""Class → name → what is read."""
