"""`scoredock service deploy|update|list|delete|sample|propose`, and how a service is printed."""

from __future__ import annotations

import base64
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.images.credentials import credentials
from scoredock.cli.metadata import is_of_v2, model_id_in
from scoredock.cli.params import params_of
from scoredock.cli.printed import printed
from scoredock.cli.services import call
from scoredock.cli.services.call import frame_line
from scoredock.cli.session import Session, facts, size, table
from scoredock.errors import ClusterUnreachable, DockerUnavailable, ScoredockError
from scoredock.features.services import calls, deployment, services
from scoredock.protocol import messages

_P = TypeVar("_P", messages.ServiceDeployParams, messages.ServiceUpdateParams)


def _deploy(options: Namespace, session: Session) -> int:
    of_v2 = [each for each in options.model_metadata_file if is_of_v2(Path(each))]
    if options.files or of_v2:
        from scoredock.cli.services import deployment_files

        options.files = [*options.files, *of_v2]
        options.model_metadata_file = [each for each in options.model_metadata_file if each not in of_v2]

        return deployment_files.deploy(options, session)
    if options.deployment:
        raise UsageError(l10n.t("--deployment goes with --file."))
    params = _params(messages.ServiceDeployParams, options)
    registered = [_to_register(text, session) for text in options.register_models]
    params = replace(params, register_models=registered)
    if options.dry_run or options.diff:
        return _tell_objects(deployment.preview(params, session.context, session.operation()), options, session)
    return _tell(deployment.deploy(params, session.context, session.operation()), session)


def _update(options: Namespace, session: Session) -> int:
    params = _params(messages.ServiceUpdateParams, options)
    if options.dry_run or options.diff:
        return _tell_objects(deployment.preview_update(params, session.context, session.operation()), options, session)
    return _tell(deployment.update(params, session.context, session.operation()), session)


def _list(options: Namespace, session: Session) -> int:
    service_list = session.ask(services.list_services, options)
    rows = [
        (
            item.name,
            shown_state(item),
            item.engine,
            ", ".join(item.models) or "-",
            item.scoring_uri or "-",
            *((item.workspace_id,) if options.all else ()),
        )
        for item in service_list.services
    ]
    head = (
        l10n.t("SERVICE"),
        l10n.t("STATE"),
        l10n.t("ENGINE"),
        l10n.t("MODELS"),
        l10n.t("ADDRESS"),
        *((l10n.t("WORKSPACE"),) if options.all else ()),
    )
    session.result(
        service_list,
        table(rows, head)
        if rows
        else session.nothing(l10n.t("no services; deploy one with `scoredock service deploy`"), "service"),
    )
    return OK


def shown_state(service: messages.Service) -> str:
    """The state in its English word, which scripts read, and what else is to know in words."""
    doubts = service.status.doubts
    return f"{service.state} ({doubts})" if doubts else service.state


def _failing(service: messages.Service) -> str:
    """How many of the newest requests failed, where some did."""
    request_counts = service.requests
    if not request_counts.failed:
        return ""
    return l10n.t(
        "{failed} of the last {total} requests failed", failed=request_counts.failed, total=request_counts.answered
    )


def _delete(options: Namespace, session: Session) -> int:
    try:
        response = session.ask(services.delete, options)
    except ScoredockError as error:
        if isinstance(error, DockerUnavailable) and not options.force:
            instead = l10n.t(
                "To delete it without Docker, run `{command}`.",
                command=session.line(f"service delete {options.name} --force"),
            )
            error.fix = f"{error.fix} {instead}"
        raise
    session.result(response, l10n.t("deleted {name}", name=options.name))
    return OK


def _sample(options: Namespace, session: Session) -> int:
    sample = session.ask(calls.sample, options)
    if sample.encoding == "base64" and not session.as_json and not sys.stdout.isatty():
        sys.stdout.buffer.write(base64.b64decode(sample.body))
        sys.stdout.buffer.flush()
    else:
        session.result(sample, sample.body)
    if not session.as_json:
        print(sample.reason, file=sys.stderr)
    return OK


def _propose(options: Namespace, session: Session) -> int:
    from scoredock.features.services import proposals

    proposal = session.ask(proposals.propose, path=str(Path(options.path).absolute()))
    session.result(
        proposal,
        facts(
            [
                (l10n.t("name"), proposal.name),
                (l10n.t("models"), proposal.models),
                (
                    l10n.t("to register"),
                    [
                        l10n.t("{paths} as {id}", paths=", ".join(each.paths), id=f"{each.name}:{each.version}")
                        for each in proposal.register_models
                    ],
                ),
                (l10n.t("entry script"), proposal.script),
                (l10n.t("inference configuration"), proposal.inference_config),
                (l10n.t("deployment configuration"), proposal.deployment_config),
                (l10n.t("environment"), proposal.environment or proposal.environment_file),
            ]
        ),
    )
    return OK


def _tell(service: messages.Service, session: Session) -> int:
    session.result(service, _text(service))
    return OK


def _text(service: messages.Service) -> str:
    """Text of a service, with its failure if it has one."""
    lines = [
        facts(
            [
                (l10n.t("name"), service.name),
                (l10n.t("state"), shown_state(service)),
                (l10n.t("requests"), _failing(service)),
                (l10n.t("engine"), service.engine),
                (l10n.t("compute target"), service.compute),
                (l10n.t("namespace"), service.namespace),
                (l10n.t("image"), service.image),
                (l10n.t("models"), service.models),
                (l10n.t("scoring"), service.scoring_uri),
                (l10n.t("address changed"), _address_change(service)),
                (l10n.t("from outside"), service.address_note),
                (l10n.t("authentication"), service.authentication),
                (l10n.t("swagger"), service.swagger_uri),
                (l10n.t("entry script"), service.entry_script),
                (l10n.t("environment"), service.environment),
                (
                    l10n.t("revision"),
                    l10n.t(
                        "{revision} of {revisions}",
                        revision=service.revision,
                        revisions=", ".join(map(str, sorted({service.revision, *service.revisions} - {0}))),
                    )
                    if service.revisions
                    else "",
                ),
                (l10n.t("code"), service.code),
                (l10n.t("memory"), size(service.memory_bytes) if service.memory_bytes else ""),
                (l10n.t("CPU"), f"{service.cpu_percent:.0f}%" if service.cpu_percent is not None else ""),
                (
                    l10n.t("network"),
                    l10n.t(
                        "kept up by the container {container}, which no longer serves requests and is removed when the"
                        " service stops",
                        container=service.network_holder,
                    )
                    if service.network_holder
                    else "",
                ),
                (l10n.t("log"), service.log_file),
                (l10n.t("collected data"), service.data_folder),
            ]
        )
    ]
    lines += map(_replica, service.replicas)
    if service.failure is not None:
        lines.append(f"\n{service.failure.code}: {service.failure.message}")
        lines += map(frame_line, service.failure.frames)
        lines.append(f"  {service.failure.fix}")
    return "\n".join(lines)


def _address_change(service: messages.Service) -> str:
    if not service.former_scoring_uri:
        return ""
    return l10n.t("from {former} to {address}", former=service.former_scoring_uri, address=service.scoring_uri)


def _replica(replica: messages.Replica) -> str:
    ready = l10n.t("ready") if replica.ready else l10n.t("not ready")
    restarts = l10n.t("{count} restarts", count=replica.restarts) if replica.restarts else ""
    facts_of = (replica.node, ready, l10n.t("revision {revision}", revision=replica.revision), restarts, replica.reason)
    return f"  {replica.name}  {', '.join(filter(None, facts_of))}"


def _params(kind: type[_P], options: Namespace) -> _P:
    models = (*(options.models or ()), *(model_id_in(Path(file)) for file in options.model_metadata_file))
    return params_of(
        kind,
        options,
        name=_name(options),
        models=models or None,
        environment=_environment(options),
        registry_credentials=credentials(options),
    )


def _to_register(text: str, session: Session) -> messages.ModelToRegister:
    """`[NAME=]PATH`; without a name what registering the file would propose."""
    from scoredock.features.services import proposals

    name, equals, path = text.partition("=")
    if equals and not Path(text).exists():
        return messages.ModelToRegister(name, [str(Path(path).absolute())])
    path = str(Path(text).absolute())
    found = proposals.propose(
        messages.ServiceProposeParams(str(Path(path).parent), model_file=path), session.context, session.exact()
    )
    return found.register_models[0]


def _name(options: Namespace) -> str:
    name = options.name or options.name_option
    if not name:
        raise UsageError(l10n.t("Give a name for the service."))
    if options.name and options.name_option and options.name != options.name_option:
        raise UsageError(
            l10n.t(
                "Two names were given for the service: “{first}” and “{second}”.",
                first=options.name,
                second=options.name_option,
            )
        )
    return str(name)


def _environment(options: Namespace) -> str:
    """`name:version` of `-e` and `--ev`, either of which may say the version."""
    name, version = str(options.environment), str(options.environment_version)
    if version and not name:
        raise UsageError(l10n.t("--environment-version needs --environment-name."))
    if version and ":" in name:
        raise UsageError(
            l10n.t("Two versions were given for the environment: “{first}” and “{second}”.", first=name, second=version)
        )
    return f"{name}:{version}" if version else name


COMMANDS = (
    Command("service deploy", _deploy),
    Command("service update", _update),
    Command("service list", _list),
    Command("service show", printed(_text)),
    Command("service stop", printed(_text)),
    Command("service start", printed(_text)),
    Command("service restart", printed(_text)),
    Command("service delete", _delete),
    Command("service call", call.send),
    Command("service sample", _sample),
    Command("service propose", _propose),
)

TEXTS = {messages.Service: _text}


def _tell_objects(preview: messages.ServicePreview, options: Namespace, session: Session) -> int:
    """The objects, or with `--diff` what differs; with `--json` both. As `kubectl diff` it ends with 1 where something
    differs."""
    if options.diff and preview.silence:
        raise ClusterUnreachable(preview.silence)
    if session.as_json:
        import yaml

        documents = list(yaml.safe_load_all(preview.text))
        document = {
            "documents": documents,
            "diff": preview.diff,
            "imageIsCertain": preview.image_is_certain,
            "silence": preview.silence,
        }
        session.result(document, "")
    else:
        for line in _preview_notes(preview):
            print(f"# {line}", file=sys.stderr)
        session.result(preview, (preview.diff if options.diff else preview.text).rstrip("\n"))
    return FAILED if options.diff and preview.diff else OK


def _preview_notes(preview: messages.ServicePreview) -> list[str]:
    notes = []
    if preview.silence:
        notes.append(
            l10n.t("The cluster does not answer, so it has not checked these objects: {reason}", reason=preview.silence)
        )
    else:
        notes.append(l10n.t("The cluster takes these objects; nothing was changed."))
    if not preview.image_is_certain:
        notes.append(l10n.t("The image is made when the service is deployed; until then a name stands for its digest."))
    return notes
