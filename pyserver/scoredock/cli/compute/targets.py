"""`scoredock compute …`: clusters that are attached under names."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.session import Session, facts, size, table
from scoredock.errors import ScoredockError
from scoredock.features.compute import confirming, targets
from scoredock.protocol import messages
from scoredock.service import Expose

_STATES: Mapping[messages.ComputeState, str] = {
    "ready": "ready",
    "incomplete": "rights are missing",
    "silent": "does not answer",
    "unread": "",
    "unconfirmed": "to be confirmed",
}
_EXPOSED: Mapping[Expose, str] = {
    "none": "",
    "node-port": "at a port of each node",
    "load-balancer": "by a load balancer",
    "ingress": "by an Ingress",
    "gateway": "by a Gateway",
}
_SIGNS: Mapping[messages.FindingState, str] = {"good": "✓", "missing": "✗", "note": "•"}


def _attach(options: Namespace, session: Session) -> int:
    kubeconfig = _absolute(options.kubeconfig)
    seal: str | None = ""
    if options.context or options.docker_context:
        place = messages.ComputeConfirmationParams("", options.context, kubeconfig, options.docker_context)
        seal = _seal(place, options, session)
    if seal is None:
        return FAILED
    attached = session.ask(
        targets.attach,
        options,
        kubeconfig=kubeconfig,
        tls_ca=_absolute(options.tls_ca),
        tls_cert=_absolute(options.tls_cert),
        tls_key=_absolute(options.tls_key),
        confirmed=seal,
    )
    if attached.kind == "ray":
        text = l10n.t(
            "attached {name}: the Ray cluster at {address}; `{command}` has its workers there",
            name=attached.name,
            address=attached.address,
            command=f"scoredock batch run --compute {attached.name} …",
        )
        session.result(attached, text)
        return OK
    if attached.kind == "machine":
        text = l10n.t(
            "attached {name}: the Docker at {address}; `{command}` deploys there",
            name=attached.name,
            address=attached.address,
            command=f"scoredock service deploy NAME --compute {attached.name}",
        )
        session.result(attached, text)
        return OK
    text = l10n.t(
        "attached {name}: context {context}, namespace {namespace}; `{command}` deploys there",
        name=attached.name,
        context=attached.context,
        namespace=attached.namespace,
        command=f"scoredock service deploy NAME --compute {attached.name}",
    )
    session.result(attached, text)
    return OK


def _confirm(options: Namespace, session: Session) -> int:
    seal = _seal(messages.ComputeConfirmationParams(options.name), options, session)
    if seal is None:
        return FAILED
    if not seal:
        confirming.require_yes(options.name, session.context)
    compute = session.ask(confirming.confirm, options, seal=seal)
    session.result(compute, l10n.t("confirmed {name}", name=compute.name))
    return OK


def _seal(params: messages.ComputeConfirmationParams, options: Namespace, session: Session) -> str | None:
    """Seal that the person confirms: empty where nobody can answer, None where the answer is no."""
    try:
        question = confirming.confirmation(params, session.context, session.operation())
    except ScoredockError:
        if params.name:
            raise
        return ""  # it cannot be used, or is not there, which attaching says
    if options.yes or not question.pending:
        return question.seal
    if session.as_json or not sys.stdin.isatty():
        return ""
    print(facts([(each.title, each.value) for each in question.facts]))
    if question.differences:
        print(l10n.t("What differs from what was confirmed:"))
        print(*(f"  {each}" for each in question.differences), sep="\n")
    if input(l10n.t("Run and send this from now on? [y/N] ")).strip().lower() not in ("y", "yes"):
        print(l10n.t("nothing was run or sent"))
        return None
    return question.seal


def _absolute(file: str) -> str:
    return str(Path(file).expanduser().absolute()) if file else ""


def _list(options: Namespace, session: Session) -> int:
    listing = session.ask(targets.list_targets, options)
    lines = [
        (
            each.name,
            each.address or each.context,
            each.namespace or "-",
            _state(each),
            each.version or "-",
            ", ".join(each.services) or "-",
        )
        for each in listing.targets
    ]
    names = ("NAME", "CONTEXT", "NAMESPACE", "STATE", "VERSION", "SERVICES")
    session.result(listing, table(lines, tuple(map(l10n.t, names))))
    return OK


def _check(options: Namespace, session: Session) -> int:
    checked = session.ask(targets.check, options)
    lines: list[str] = []
    for fix, findings in groupby(checked.findings, key=lambda each: "" if each.state == "good" else each.fix):
        lines += (f"{_SIGNS[each.state]} {each.what}: {each.detail}" for each in findings)
        if fix:
            lines.append(f"  {fix}")
    session.result(checked, "\n".join(lines))
    return OK if checked.complete else FAILED


def _show(options: Namespace, session: Session) -> int:
    details = session.ask(targets.show, options)
    compute, is_ray = details.compute, details.compute.kind == "ray"
    nodes = [f"{each.name} ({each.cores:g} cores, {size(each.memory_bytes)})" for each in details.nodes or []]
    rows = (
        (l10n.t("name"), compute.name),
        (l10n.t("state"), _state(compute)),
        (l10n.t("version"), compute.version),
        (l10n.t("Python"), compute.python),
        (l10n.t("server"), details.server),
        (l10n.t("port of the head node"), compute.relay_port or (l10n.t("any") if is_ray else "")),
        (l10n.t("context"), compute.context),
        (l10n.t("namespace"), compute.namespace),
        (l10n.t("kubeconfig"), compute.kubeconfig),
        (l10n.t("sign-in"), details.program),
        (l10n.t("registry"), compute.repository),
        (l10n.t("pull secret"), compute.pull_secret),
        (l10n.t("from outside"), l10n.t(_EXPOSED[compute.expose])),
        (l10n.t("host"), compute.host),
        (l10n.t("ingress class"), compute.ingress_class),
        (l10n.t("TLS secret"), compute.tls_secret),
        (l10n.t("gateway"), compute.gateway),
        (l10n.t("services"), ", ".join(compute.services)),
        (l10n.t("nodes"), ", ".join(nodes)),
        (l10n.t("namespaces"), ", ".join(details.namespaces or [])),
        (l10n.t("missing rights"), ", ".join(compute.missing)),
        (l10n.t("reason"), compute.reason),
    )
    session.result(details, facts(rows))
    return OK


def _state(compute: messages.Compute) -> str:
    return l10n.t(_STATES[compute.state])


COMMANDS = (
    Command("compute attach", _attach),
    Command("compute confirm", _confirm),
    Command("compute list", _list),
    Command("compute show", _show),
    Command("compute check", _check),
)
TEXTS = {
    messages.ComputeRole: lambda result: result.text.rstrip("\n"),
    messages.ComputeReplicas: lambda result: result.calculation,
}
