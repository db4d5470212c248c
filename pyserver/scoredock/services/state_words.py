"""Names of the changes of services and their phases for people; in the ledger they are keys."""

from __future__ import annotations

from scoredock import l10n
from scoredock.status import moved, silence

SILENT = "cluster does not answer"
"""The phase of a service in a cluster of which nobody can say how it is."""


def intent_text(verb: str) -> str:
    """A change under way, by the key that the ledger has for it."""
    texts = {
        "deploy": l10n.t("deploy"),
        "update": l10n.t("update"),
        "reload": l10n.t("reload"),
        "rollback": l10n.t("rollback"),
        "revisions": l10n.t("remove kept revisions"),
        "start": l10n.t("start"),
        "stop": l10n.t("stop"),
        "restart": l10n.t("restart"),
        "delete": l10n.t("delete"),
        "keys": l10n.t("renew keys"),
        "profile": l10n.t("profile"),
    }
    return texts.get(verb, verb)


def phase_text(phase: str) -> str:
    """Text of a phase, by the word that an engine or the ledger has for it: how far a change is, or why a service is
    not healthy."""
    texts = {
        "environment": l10n.t("environment"),
        "staging": l10n.t("staging"),
        "starting": l10n.t("starting"),
        "starting again": l10n.t("starting again"),
        "probing": l10n.t("probing"),
        "ready": l10n.t("ready"),
        "refusing": l10n.t("refusing"),
        "not answering": l10n.t("not answering"),
        "its process is halted": l10n.t("its process is halted"),
        "paused in Docker": l10n.t("paused in Docker"),
        "Docker does not answer": l10n.t("Docker does not answer"),
        "a stranger answers on its port": l10n.t("another program answers on its port"),
        SILENT: silence(),
        "its status cannot be read": l10n.t("its status cannot be read"),
        "its data folder was moved, restart it": moved(),
    }
    return texts.get(phase, phase)
