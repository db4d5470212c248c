"""`scoredock endpoint …` and `scoredock service traffic`: several services as the versions of one, behind one port."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError, pairs
from scoredock.cli.printed import nothing, printed
from scoredock.cli.session import Session, day, table
from scoredock.features.endpoints import endpoints, versions
from scoredock.features.endpoints import files as endpoint_files
from scoredock.features.endpoints.endpoints import ENDPOINT
from scoredock.protocol import messages
from scoredock.verb import CliCommand, argument
from scoredock.visible import visible


def _list(options: Namespace, session: Session) -> int:
    found = session.ask(endpoints.list_endpoints)
    rows = [(each.name, _state(each), each.port or "-", _shares(each)) for each in found.endpoints]
    session.result(found, table(rows, (l10n.t("NAME"), l10n.t("STATE"), l10n.t("PORT"), l10n.t("TRAFFIC"))))
    return OK


def _create(options: Namespace, session: Session) -> int:
    return _tell(
        session,
        session.ask(
            endpoints.create, options, version=options.version or options.name, takeover=not options.no_takeover
        ),
    )


def _set_version(options: Namespace, session: Session) -> int:
    return _tell(
        session,
        session.ask(
            versions.set_version,
            options,
            share=options.traffic,
            is_default=options.default,
            is_control=options.control,
            limits=_limits(options),
        ),
    )


def _limits(options: Namespace) -> messages.EndpointLimits | None:
    if not options.withdraw_above_errors and not options.withdraw_above_latency:
        return None
    return messages.EndpointLimits(
        _amount(options.withdraw_above_errors, "%"),
        _amount(options.withdraw_above_latency, "ms"),
        _amount(options.over, "s"),
        options.at_least,
    )


def _amount(word: str, unit: str) -> int:
    """`5%`, `500ms`, `60s`, with or without the unit; `off` and nothing are 0."""
    if word in ("", "off"):
        return 0
    try:
        amount = int(word.removesuffix(unit))
    except ValueError:
        amount = -1
    if amount < 0:
        raise UsageError(l10n.t("Expected a whole number like {example}, not “{word}”.", example=f"5{unit}", word=word))
    return amount


def _start(options: Namespace, session: Session) -> int:
    started = session.ask(endpoints.start, options)
    if not session.as_json:
        for change in started.changes:
            print(change, file=sys.stderr)
    return _tell(session, started)


def _traffic(options: Namespace, session: Session) -> int:
    shares = {name: _percent(share) for name, share in pairs(options.shares).items()}
    if options.mirror:
        copies = {} if options.mirror == "off" else pairs([options.mirror])
        version, share = next(iter(copies.items()), ("", "0"))
        changed = session.ask(versions.mirror, options, version=version, share=_percent(share))
        if not shares and not options.default:
            return _tell(session, changed)
    if not shares and not options.default:
        shown = session.ask(endpoints.show, options)
        return _tell(session, shown)
    changed = session.ask(versions.traffic, options, traffic=shares)
    return _tell(session, replace(changed, notes=[*changed.notes, *_not_as_asked(changed, shares)]))


def _not_as_asked(endpoint: messages.EndpointDetails, shares: Mapping[str, int]) -> Iterator[str]:
    """That the default version has another share than the one that was asked for."""
    for version in endpoint.versions:
        if shares.get(version.name, version.share) != version.share:
            yield l10n.t(
                "{name} gets {share}%: it is the default version, which gets what is left of 100. `{stop}` ends all"
                " responses.",
                name=version.name,
                share=version.share,
                stop=f"scoredock endpoint stop {endpoint.name}",
            )


def _apply(options: Namespace, session: Session) -> int:
    applied = endpoint_files.apply(options.file, options.name, session.context, session.exact())
    return _tell(session, applied)


def _export(options: Namespace, session: Session) -> int:
    text = endpoint_files.export(options.name, session.context, session.operation())
    session.result({"yaml": text}, text.rstrip("\n"))
    return OK


def _differences(options: Namespace, session: Session) -> int:
    comparison = session.ask(versions.differences, options)
    head = (l10n.t("TIME"), l10n.t("VERSION"), l10n.t("COMPARED WITH"), l10n.t("RESPONSE TIMES"), l10n.t("DIFFERENCE"))
    rows = [
        (
            day(each.time),
            each.version,
            each.compared_with,
            " / ".join(f"{time:.1f} ms" for time in reversed(each.milliseconds)),
            each.difference,
        )
        for each in comparison.differences
    ]
    session.result(comparison, table(rows, head) if rows else l10n.t("no differences"))
    return OK


def _percent(word: str) -> int:
    try:
        return int(word.removesuffix("%"))
    except ValueError:
        raise UsageError(l10n.t("Expected a whole number of percent, not “{word}”.", word=word)) from None


def _shares(endpoint: messages.EndpointDetails) -> str:
    return ", ".join(f"{each.name} {each.share}%" for each in endpoint.versions)


def _state(endpoint: messages.EndpointDetails) -> str:
    """The state in its English word, which scripts read, and what else is to know in words."""
    doubts = endpoint.status.doubts
    return f"{endpoint.state} ({doubts})" if doubts else endpoint.state


def _tell(session: Session, endpoint: messages.EndpointDetails) -> int:
    session.result(endpoint, endpoint_text(visible(endpoint)))
    return OK


def endpoint_text(endpoint: messages.EndpointDetails) -> str:
    head = (
        l10n.t("VERSION"),
        l10n.t("TRAFFIC"),
        l10n.t("SERVICE"),
        l10n.t("STATE"),
        l10n.t("RESPONSES"),
        l10n.t("ERRORS"),
        l10n.t("MEAN"),
    )
    rows = [
        (
            each.name,
            f"{each.share}%{_marks(each)}",
            each.service,
            _version_state(each),
            each.answered,
            each.failed + each.lost,
            "-" if each.mean_ms is None else f"{each.mean_ms:.1f} ms",
        )
        for each in endpoint.versions
    ]
    first = f"{endpoint.name}: {_state(endpoint)} {endpoint.scoring_uri}".rstrip()
    about = [
        *([l10n.t("Compute target: {name}", name=endpoint.compute)] if endpoint.compute else []),
        *([endpoint.reason] if endpoint.reason else []),
        *endpoint.notes,
    ]
    lines = [first, *about, "", table(rows, head)]
    lines += [_in_place_of(each) for each in endpoint.versions if not each.takes_requests]
    lines += [each.withdrawn for each in endpoint.versions if each.withdrawn]
    lines += [_copies(endpoint, each) for each in endpoint.versions if each.name == endpoint.mirror]
    return "\n".join(lines)


def _copies(endpoint: messages.EndpointDetails, version: messages.EndpointVersionDetails) -> str:
    text = l10n.t(
        "{name} gets copies of {share}% of the requests: {copied} responses, {different} different.",
        name=version.name,
        share=endpoint.mirror_share,
        copied=version.copied,
        different=version.different,
    )
    more = []
    if version.incomparable:
        more.append(l10n.t("{number} responses could not be compared.", number=version.incomparable))
    if version.uncopied:
        more.append(l10n.t("{number} copies got no response; clients do not notice it.", number=version.uncopied))
    if version.dropped:
        more.append(
            l10n.t("{number} copies were left out: too many waited, or they were too large.", number=version.dropped)
        )
    return "\n".join([text, *more])


def _in_place_of(version: messages.EndpointVersionDetails) -> str:
    text = l10n.t("{name} takes no requests: {status}.", name=version.name, status=version.status.text)
    if version.away_since is None:
        return text
    return l10n.t(
        "{name} takes no requests: {status} since {time}.",
        name=version.name,
        status=version.status.text,
        time=day(version.away_since),
    )


def _version_state(version: messages.EndpointVersionDetails) -> str:
    doubts = version.status.doubts
    return f"{version.state} ({doubts})" if doubts else version.state


def _marks(version: messages.EndpointVersionDetails) -> str:
    marks = [l10n.t("default")] if version.is_default else []
    marks += [l10n.t("control")] if version.type == "Control" else []
    return f" ({', '.join(marks)})" if marks else ""


COMMANDS = (
    Command("endpoint list", _list),
    Command("endpoint show", printed(endpoint_text)),
    Command("endpoint create", _create),
    Command("endpoint set-version", _set_version),
    Command("endpoint delete-version", printed(endpoint_text)),
    Command("endpoint promote", printed(endpoint_text)),
    Command("endpoint withdraw", printed(endpoint_text)),
    Command(
        CliCommand(
            "endpoint apply",
            "Give the versions of an endpoint the traffic and mirror_traffic of a YAML file of Azure ML v2.",
            (
                argument("file", help="YAML of an online endpoint (v2)"),
                argument(
                    "--name", help="name of the endpoint; by default that of the file", names="endpoint", default=""
                ),
            ),
            ("scoredock endpoint apply endpoint.yml",),
        ),
        _apply,
    ),
    Command(
        CliCommand(
            "endpoint export",
            "Print an endpoint as YAML of Azure ML v2, with the traffic of its versions.",
            (ENDPOINT,),
            ("scoredock endpoint export diabetes > endpoint.yml",),
        ),
        _export,
    ),
    Command("endpoint start", _start),
    Command("endpoint stop", printed(endpoint_text)),
    Command("endpoint delete", printed(nothing)),
    Command("service traffic", _traffic),
    Command("endpoint differences", _differences),
)

TEXTS = {messages.EndpointDetails: endpoint_text}
