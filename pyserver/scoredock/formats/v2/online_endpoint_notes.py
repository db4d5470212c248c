"""What of an online endpoint of Azure ML v2 means less on this machine, or nothing. Pure."""

from __future__ import annotations

from scoredock import l10n
from scoredock.analysis.edits import plain
from scoredock.formats.v2.online_deployment import document_of


def endpoint_notes(text: str) -> tuple[str, ...]:
    """One sentence for each such field that is given. Raises OnlineFileFault for a file that is no object."""
    root = document_of(text)
    values = {str(entry.key.value): plain(entry.value) for entry in root.entries}
    notes = []
    for name, is_said, reason in (
        ("identity", bool(values.get("identity")), l10n.t("a service runs as the person who deployed it")),
        (
            "public_network_access",
            values.get("public_network_access") == "disabled",
            l10n.t("an endpoint listens on 127.0.0.1 only"),
        ),
        ("location", bool(values.get("location")), l10n.t("the endpoint runs where its services run")),
        ("description", bool(values.get("description")), l10n.t("endpoints have none; deployments have")),
        ("tags", bool(values.get("tags")), l10n.t("endpoints have none; deployments have")),
        ("properties", bool(values.get("properties")), l10n.t("endpoints have none; deployments have")),
    ):
        if is_said:
            notes.append(l10n.t("{name} is not used: {reason}.", name=name, reason=reason))
    return tuple(notes)
