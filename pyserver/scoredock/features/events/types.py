"""Which events there are, for whoever subscribes."""

from __future__ import annotations

from scoredock import l10n
from scoredock.features.context import Context, Operation
from scoredock.protocol import messages
from scoredock.verb import CliCommand, verb


@verb(
    "event/types",
    terminal=CliCommand("event types", "List which events a subscription may ask for.", (), ("scoredock event types",)),
)
def types(params: messages.EventTypesParams, context: Context, operation: Operation) -> messages.EventTypes:
    """Those of Azure by their last parts, and patterns for the others."""
    rows = (
        ("ModelRegistered", l10n.t("a model is registered")),
        ("ModelDeployed", l10n.t("a service serves after it was deployed")),
        ("DatasetDriftDetected", l10n.t("a comparison finds drift")),
        ("RunCompleted", l10n.t("a run has ended well")),
        ("RunStatusChanged", l10n.t("a run begins, fails or is cancelled")),
        ("service.*", l10n.t("a service is deployed, serves another revision, is in another state, or is deleted")),
        ("endpoint.*", l10n.t("an endpoint or its traffic is changed")),
        ("batch.finished", l10n.t("a batch job is completed, failed or cancelled")),
        ("model.*", l10n.t("a model is registered, changed, deleted, downloaded or exported")),
        ("dataset.*", l10n.t("a dataset is registered, changed or deleted")),
        ("environment.*", l10n.t("an environment is registered, changed or deleted")),
        ("image.*", l10n.t("an image is registered, changed or deleted")),
    )
    return messages.EventTypes([messages.EventType(pattern, when) for pattern, when in rows])
