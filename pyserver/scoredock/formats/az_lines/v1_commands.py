"""Every command of azure-cli-ml (v1), of release 1.41 and those before it, and what becomes of each here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HERE = "here"
"""`contrib/az` carries it out; what each other word means is said by `here`."""
RUNS = "runs"
OF_RUNS = "of runs"
PIPELINES = "pipelines"
COMPUTE = "compute"
MACHINES = "machines"
STORAGE = "storage"
DATA = "data"
WORKSPACES = "workspaces"
VERSIONS = "versions"

_OF_SERVICES = "delete get-access-token get-keys get-logs list regen-key run show update"
_TABLE: Mapping[str, Mapping[str, str]] = {
    HERE: {
        "model": "register list show update delete download deploy package profile",
        "service": _OF_SERVICES,
        "endpoint realtime": _OF_SERVICES,
        "workspace": "list show create",
        "folder": "attach",
        "computetarget": "list show delete detach",
        "computetarget attach": "aks kubernetes",
        "computetarget create": "aks amlcompute computeinstance",
        "environment": "list show register download scaffold",
        "dataset": "list show",
        "datastore": "list show show-default set-default upload download",
        "experiment": "list",
        "run": "list show update",
    },
    RUNS: {"run": "submit-script submit-hyperdrive submit-notebook"},
    OF_RUNS: {"run": "cancel download-logs monitor-logs monitor-tensorboard"},
    PIPELINES: {
        "pipeline": (
            "clone clone-draft create create-draft create-schedule delete-draft disable disable-schedule enable"
            " enable-schedule get last-pipeline-run list list-drafts list-schedules list-steps pause-schedule"
            " pipeline-runs-list publish publish-draft resume-schedule run-draft set-default-pipeline show show-draft"
            " show-schedule submit submit-draft update-draft update-schedule"
        ),
        "run": "submit-pipeline",
    },
    COMPUTE: {
        "computetarget": "get-credentials",
        "computetarget attach": "adla batch databricks datafactory hdi remote",
        "computetarget create": "datafactory",
    },
    MACHINES: {
        "computetarget update": "aks amlcompute",
        "computetarget computeinstance": "restart start stop",
        "computetarget amlcompute identity": "assign remove show",
    },
    STORAGE: {
        "datastore": (
            "attach-adls attach-adls-gen2 attach-blob attach-dbfs attach-file attach-mysqldb attach-psqldb attach-sqldb"
            " detach"
        )
    },
    DATA: {"dataset": "archive deprecate reactivate register unregister"},
    WORKSPACES: {
        "workspace": "delete diagnose list-keys share sync-keys update update-dependencies",
        "workspace private-endpoint": "add delete list",
    },
    VERSIONS: {"endpoint realtime": "create-version delete-version update-version"},
}
COMMANDS: Mapping[str, str] = {
    f"{group} {verb}": place
    for place, groups in _TABLE.items()
    for group, text in groups.items()
    for verb in text.split()
}
"""Name → HERE, or the word of why not."""
VERBS_HERE = tuple(name for name, place in COMMANDS.items() if place == HERE)
_MOST_WORDS = 4


def beginnings(words: Sequence[str]) -> list[str]:
    """Candidates for the name of a command, made of its first words, the longest first."""
    return [" ".join(words[:count]) for count in range(min(_MOST_WORDS, len(words)), 1, -1)]


def named_command(words: Sequence[str]) -> str:
    """The command that a line names; empty for another one."""
    return next((name for name in beginnings(words) if name in COMMANDS), "")
