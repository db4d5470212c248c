"""`scoredock service deploy --file …`: deployment files of Azure ML v2."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, UsageError
from scoredock.cli.endpoints.endpoints import endpoint_text
from scoredock.cli.images.credentials import credentials
from scoredock.cli.session import Session, facts
from scoredock.features.services import deployment_files
from scoredock.options import options_of
from scoredock.protocol import messages

_WITH_FILES = {"engine", "compute", "port", "auth", "overwrite", "skip_checks"}
"""Options of a deployment that files leave open, or that may go before what they say."""
_MORE = {
    "register_models": "--register-model",
    "model_metadata_file": "--model-metadata-file",
    "environment_version": "--environment-version",
    "diff": "--diff",
}


def deploy(options: Namespace, session: Session) -> int:
    """Or, with `--dry-run`, what the files come to. Raises UsageError."""
    _require_alone(options)
    name = options.name or options.name_option
    params = messages.DeployFilesParams(
        [str(Path(each).absolute()) for each in options.files],
        str(name or ""),
        options.engine or "",
        options.compute or "",
        options.port or 0,
        options.auth or "",
        options.overwrite,
        options.skip_checks,
        credentials(options),
        options.deployment,
    )
    if options.dry_run:
        plan = deployment_files.plan_files(params, session.context, session.operation())
        session.result(plan, _plan_text(plan))
        return OK
    deployed = deployment_files.deploy_files(params, session.context, session.operation())
    session.result(deployed, endpoint_text(deployed.endpoint))
    return OK


def _require_alone(options: Namespace) -> None:
    """Raises UsageError for an option that the files decide."""
    written = {name: option.flags[-1] for name, option in options_of(messages.ServiceDeployParams).items()}
    for name, flag in {**written, **_MORE}.items():
        if name not in _WITH_FILES and getattr(options, name, None):
            raise UsageError(l10n.t("{flag} does not go with --file: write it into the file.", flag=flag))


def _plan_text(plan: messages.FilesPlan) -> str:
    about = facts(
        [
            (l10n.t("endpoint"), plan.endpoint if plan.exists else l10n.t("{name} (new)", name=plan.endpoint)),
            (l10n.t("authentication"), plan.auth),
            (l10n.t("engine"), plan.engine),
            (l10n.t("compute target"), plan.compute),
            (l10n.t("traffic"), ", ".join(f"{name} {share}%" for name, share in plan.traffic.items())),
            (l10n.t("copies"), f"{plan.mirror} {plan.mirror_share}%" if plan.mirror else ""),
        ]
    )
    parts = [about, *map(_deployment_text, plan.deployments), *plan.notes]
    return "\n\n".join(parts)


def _deployment_text(plan: messages.PlannedDeployment) -> str:
    about = facts(
        [
            (l10n.t("deployment"), plan.name),
            (l10n.t("service"), plan.service if plan.exists else l10n.t("{name} (new)", name=plan.service)),
            (l10n.t("models"), plan.models),
            (
                l10n.t("to register"),
                [
                    l10n.t("{paths} as {id}", paths=", ".join(each.paths), id=f"{each.name}:{each.version}")
                    for each in plan.register_models
                ],
            ),
            (l10n.t("entry script"), plan.entry_script),
            (l10n.t("environment"), plan.environment or plan.environment_file),
            (l10n.t("variables"), plan.environment_variables),
            (l10n.t("settings"), [f"{name}={value}" for name, value in plan.settings.items()]),
        ]
    )
    return "\n".join([about, *(f"  {note}" for note in plan.notes)])
