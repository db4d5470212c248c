"""`scoredock endpoint …` and `scoredock service traffic`: several services as the versions of one, behind one port."""

from __future__ import annotations

import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError, argument, pairs
from scoredock.cli.session import Session, day, table
from scoredock.features import endpoint_files, endpoints
from scoredock.protocol import messages


def _list(options: Namespace, session: Session) -> int:
    found = endpoints.list_endpoints(messages.EndpointListParams(), session.context, session.operation())
    rows = [(each.name, _state(each), each.port or "-", _shares(each)) for each in found.endpoints]
    session.result(found, table(rows, (l10n.t("NAME"), l10n.t("STATE"), l10n.t("PORT"), l10n.t("TRAFFIC"))))
    return OK


def _show(options: Namespace, session: Session) -> int:
    return _tell(session, endpoints.show(messages.EndpointRef(options.name), session.context, session.operation()))


def _create(options: Namespace, session: Session) -> int:
    params = messages.EndpointCreateParams(
        options.name,
        options.version or options.name,
        options.service,
        options.port,
        options.sticky_header,
        not options.no_takeover,
    )
    return _tell(session, endpoints.create(params, session.context, session.operation()))


def _set_version(options: Namespace, session: Session) -> int:
    params = messages.EndpointVersionParams(
        options.name,
        options.version,
        options.service,
        options.traffic,
        options.default,
        options.control,
        _limits(options),
    )
    return _tell(session, endpoints.set_version(params, session.context, session.operation()))


def _limits(options: Namespace) -> messages.EndpointLimits | None:
    if not options.withdraw_above_errors and not options.withdraw_above_latency:
        return None
    return messages.EndpointLimits(
        _amount(options.withdraw_above_errors, "%"),
        _amount(options.withdraw_above_latency, "ms"),
        _amount(options.over, "s"),
        options.at_least,
    )


def _amount(written: str, unit: str) -> int:
    """`5%`, `500ms`, `60s`, with or without the unit; `off` and nothing are 0."""
    if written in ("", "off"):
        return 0
    try:
        amount = int(written.removesuffix(unit))
    except ValueError:
        amount = -1
    if amount < 0:
        raise UsageError(
            l10n.t("Expected a whole number like {example}, not “{word}”.", example=f"5{unit}", word=written)
        )
    return amount


def _delete_version(options: Namespace, session: Session) -> int:
    params = messages.EndpointVersionRef(options.name, options.version)
    return _tell(session, endpoints.remove_version(params, session.context, session.operation()))


def _promote(options: Namespace, session: Session) -> int:
    params = messages.EndpointVersionRef(options.name, options.version)
    return _tell(session, endpoints.promote(params, session.context, session.operation()))


def _withdraw(options: Namespace, session: Session) -> int:
    params = messages.EndpointVersionRef(options.name, options.version)
    return _tell(session, endpoints.withdraw(params, session.context, session.operation()))


def _start(options: Namespace, session: Session) -> int:
    started = endpoints.start(messages.EndpointRef(options.name), session.context, session.operation())
    if not session.as_json:
        for change in started.changes:
            print(change, file=sys.stderr)
    return _tell(session, started)


def _stop(options: Namespace, session: Session) -> int:
    return _tell(session, endpoints.stop(messages.EndpointRef(options.name), session.context, session.operation()))


def _delete(options: Namespace, session: Session) -> int:
    done = endpoints.delete(messages.EndpointRef(options.name), session.context, session.operation())
    session.result(done, "")
    return OK


def _traffic(options: Namespace, session: Session) -> int:
    shares = {name: _percent(share) for name, share in pairs(options.shares).items()}
    if options.mirror:
        copies = {} if options.mirror == "off" else pairs([options.mirror])
        version, share = next(iter(copies.items()), ("", "0"))
        mirrored = messages.EndpointMirrorParams(options.name, version, _percent(share))
        changed = endpoints.mirror(mirrored, session.context, session.operation())
        if not shares and not options.default:
            return _tell(session, changed)
    if not shares and not options.default:
        return _show(options, session)
    params = messages.EndpointTrafficParams(options.name, shares, options.default)
    return _tell(session, endpoints.traffic(params, session.context, session.operation()))


def _apply(options: Namespace, session: Session) -> int:
    return _tell(session, endpoint_files.apply(options.file, options.name, session.context, session.operation()))


def _export(options: Namespace, session: Session) -> int:
    text = endpoint_files.export(options.name, session.context, session.operation())
    session.result({"yaml": text}, text.rstrip("\n"))
    return OK


def _differences(options: Namespace, session: Session) -> int:
    found = endpoints.differences(messages.EndpointRef(options.name), session.context, session.operation())
    head = (l10n.t("TIME"), l10n.t("VERSION"), l10n.t("COMPARED WITH"), l10n.t("RESPONSE TIMES"), l10n.t("DIFFERENCE"))
    rows = [
        (
            day(each.time),
            each.version,
            each.compared_with,
            " / ".join(f"{time:.1f} ms" for time in reversed(each.milliseconds)),
            each.difference,
        )
        for each in found.differences
    ]
    session.result(found, table(rows, head) if rows else l10n.t("no differences"))
    return OK


def _percent(written: str) -> int:
    try:
        return int(written.removesuffix("%"))
    except ValueError:
        raise UsageError(l10n.t("Expected a whole number of percent, not “{word}”.", word=written)) from None


def _shares(endpoint: messages.EndpointDetails) -> str:
    return ", ".join(f"{each.name} {each.share}%" for each in endpoint.versions)


def _state(endpoint: messages.EndpointDetails) -> str:
    """The state in its English word, which scripts read, and what else is to know in words."""
    doubts = endpoint.status.doubts
    return f"{endpoint.state} ({doubts})" if doubts else endpoint.state


def _tell(session: Session, endpoint: messages.EndpointDetails) -> int:
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
    told = [first, "", table(rows, head)]
    told += [_in_place_of(each) for each in endpoint.versions if not each.takes_requests]
    told += [each.withdrawn for each in endpoint.versions if each.withdrawn]
    told += [_copies(endpoint, each) for each in endpoint.versions if each.name == endpoint.mirror]
    session.result(endpoint, "\n".join(told))
    return OK


def _copies(endpoint: messages.EndpointDetails, version: messages.EndpointVersionDetails) -> str:
    told = l10n.t(
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
    return "\n".join([told, *more])


def _in_place_of(version: messages.EndpointVersionDetails) -> str:
    told = l10n.t("{name} takes no requests: {status}.", name=version.name, status=version.status.text)
    if version.away_since is None:
        return told
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


_NAME = argument("name", help="name of the endpoint", names="endpoint")
_NEW = argument("name", help="name of the endpoint", names="")
_VERSION = argument("version", help="name of the version")

COMMANDS = (
    Command(
        "endpoint list",
        "List the endpoints and the traffic of their versions.",
        _list,
        examples=("scoredock endpoint list", "scoredock endpoint list --json"),
    ),
    Command(
        "endpoint show",
        "Show an endpoint: its versions, their traffic and what they have responded.",
        _show,
        (_NAME,),
        ("scoredock endpoint show diabetes",),
    ),
    Command(
        "endpoint create",
        "Create an endpoint: one port for several services, which become its versions.",
        _create,
        (
            _NEW,
            argument(
                "--service", help="the service that is its first and default version", names="service", required=True
            ),
            argument("--version", help="name of that version; by default the name of the endpoint", default=""),
            argument("--port", help="port of the endpoint; 0 takes a free one", type=int, default=0),
            argument(
                "--sticky-header",
                help="requests with the same value of this header go to the same version",
                default="",
                metavar="HEADER",
            ),
            argument(
                "--no-takeover",
                help="while the default version takes no requests its share gets 503, and no other version responds",
                action="store_true",
            ),
        ),
        ("scoredock endpoint create diabetes --service diabetes-blue --version blue --port 8080",),
        makes="endpoint",
    ),
    Command(
        "endpoint set-version",
        "Add a service as a version of an endpoint, or change a version.",
        _set_version,
        (
            _NAME,
            _VERSION,
            argument("--service", help="the service that is this version", names="service", default=""),
            argument(
                "--traffic", help="percent of the requests, 0 to 100; a new version gets none", type=int, metavar="N"
            ),
            argument("--default", help="make it the default version, which gets all that is left", action="store_true"),
            argument("--control", help="make it the control version; all others are treatments", action="store_true"),
            argument(
                "--withdraw-above-errors",
                help="withdraw it when more of its responses are errors, such as 5%%; `off` ends that",
                default="",
                metavar="PERCENT",
            ),
            argument(
                "--withdraw-above-latency",
                help="withdraw it when the 95th percentile of its response times is above, such as 500ms",
                default="",
                metavar="TIME",
            ),
            argument("--over", help="how far back these limits look", default="60s", metavar="TIME"),
            argument(
                "--at-least",
                help="responses below which these limits decide nothing",
                type=int,
                default=20,
                metavar="N",
            ),
        ),
        ("scoredock endpoint set-version diabetes green --service diabetes-green --traffic 10",),
    ),
    Command(
        "endpoint delete-version",
        "Remove a version from an endpoint once it has responded to all its requests. Its service stays.",
        _delete_version,
        (_NAME, _VERSION),
        ("scoredock endpoint delete-version diabetes green",),
    ),
    Command(
        "endpoint promote",
        "Make a version the default one and send it all requests.",
        _promote,
        (_NAME, _VERSION),
        ("scoredock endpoint promote diabetes green",),
    ),
    Command(
        "endpoint withdraw",
        "Send a version no requests any more. The default version gets them.",
        _withdraw,
        (_NAME, _VERSION),
        ("scoredock endpoint withdraw diabetes green",),
    ),
    Command(
        "endpoint apply",
        "Give the versions of an endpoint the traffic and mirror_traffic of a YAML file of Azure ML v2.",
        _apply,
        (
            argument("file", help="YAML of an online endpoint (v2)"),
            argument("--name", help="name of the endpoint; by default that of the file", names="endpoint", default=""),
        ),
        ("scoredock endpoint apply endpoint.yml",),
    ),
    Command(
        "endpoint export",
        "Print an endpoint as YAML of Azure ML v2, with the traffic of its versions.",
        _export,
        (_NAME,),
        ("scoredock endpoint export diabetes > endpoint.yml",),
    ),
    Command(
        "endpoint start",
        "Start an endpoint that was stopped.",
        _start,
        (_NAME,),
        ("scoredock endpoint start diabetes",),
    ),
    Command(
        "endpoint stop",
        "Stop an endpoint. The services of its versions stay.",
        _stop,
        (_NAME,),
        ("scoredock endpoint stop diabetes",),
    ),
    Command(
        "endpoint delete",
        "Delete an endpoint. The services of its versions stay.",
        _delete,
        (_NAME,),
        ("scoredock endpoint delete diabetes",),
    ),
    Command(
        "service traffic",
        "Change which version of an endpoint gets how many percent of the requests.",
        _traffic,
        (
            _NAME,
            argument("shares", help="VERSION=PERCENT; versions that are not named get 0", nargs="*", metavar="SHARE"),
            argument("--default", help="the version that gets what is left of 100", default="", metavar="VERSION"),
            argument(
                "--mirror",
                help="VERSION=PERCENT: send this version copies of requests, 0 to 50%%; `off` ends that",
                default="",
                metavar="SHARE",
            ),
        ),
        (
            "scoredock service traffic diabetes blue=90 green=10",
            "scoredock service traffic diabetes --mirror green=20",
            "scoredock service traffic diabetes",
        ),
    ),
    Command(
        "endpoint differences",
        "List the first responses to copied requests that differ from the response that the client got.",
        _differences,
        (_NAME,),
        ("scoredock endpoint differences diabetes",),
    ),
)
