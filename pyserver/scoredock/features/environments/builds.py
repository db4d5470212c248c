"""The records of builds of a workspace: environments in both forms, and images."""

from __future__ import annotations

from scoredock.context import Context
from scoredock.environments.build_records import BuildRecord
from scoredock.protocol import messages
from scoredock.services.planning.image_request import records_of
from scoredock.services.planning.image_request import subject as subject_of_image

STATES: dict[str, messages.BuildState] = {
    "building": "Building",
    "ready": "Ready",
    "failed": "Failed",
    "interrupted": "Interrupted",
}


def environment_subject(id: str, form: messages.EnvironmentForm) -> str:
    """Subject under which a build of an environment is noted. `id` as `resolve` gives it."""
    return f"environment/{id}/{form}"


def log_part(params: messages.BuildLogParams, context: Context) -> messages.BuildLog:
    """Lines of the log of a build from an offset on, and its state. Raises asset-not-found."""
    from scoredock.registry.assets.environments import resolve

    registry = context.registry(params.workspace_id)
    records = records_of(registry)
    if params.kind == "image":
        noted = subject_of_image(registry.assets.get("image", params.id).id)
    else:
        noted = environment_subject(resolve(registry.assets, params.id).id, params.form)
    record = records.last(noted)  # before the lines, so that the last ones come when it has ended
    part = records.log(noted, params.offset)
    return messages.BuildLog(
        [messages.BuildLogLine(time, step, text) for time, step, text in part.lines], part.next, state_of(record)
    )


def state_of(record: BuildRecord | None) -> messages.BuildState:
    """State of a build as a message says it."""
    return "NotBuilt" if record is None else STATES[record.state]
