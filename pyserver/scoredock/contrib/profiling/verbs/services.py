"""`service profile`: measures a service under requests."""

from __future__ import annotations

from scoredock.context import Context, Operation, absolute
from scoredock.contrib.profiling import messages
from scoredock.contrib.profiling.verbs.profile_messages import profile_message
from scoredock.features.arguments import SERVICE
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

WISH = (
    argument(
        "--latency-ms",
        help="milliseconds that a request may take from when it is due",
        type=float,
        default=0.0,
        metavar="MS",
    ),
    argument(
        "--percentile",
        help="per cent of the requests that may take so long at most; 95 by default",
        type=float,
        default=95.0,
        metavar="PERCENT",
    ),
)


@verb(
    "service/profile",
    progress="Profiling service",
    terminal=CliCommand(
        "service profile",
        "Send requests and measure latency, CPU and memory.",
        (
            SERVICE,
            argument(
                "--rows",
                help=(
                    "text file with one request body per line, or dataset:NAME[:VERSION]; by"
                    " default the sample of the service"
                ),
                default="",
                metavar="FILE",
            ),
            argument("--requests", help="number of requests; 200 without --duration", type=int, metavar="N"),
            argument(
                "--duration", help="seconds for which requests are sent", type=float, default=0.0, metavar="SECONDS"
            ),
            argument(
                "--connections",
                help="requests under way at the same time; 1 by default",
                type=int,
                default=1,
                metavar="N",
            ),
            argument(
                "--rate",
                help="requests due per second, whether or not the earlier ones are answered; by default as many as are"
                " answered",
                type=float,
                default=0.0,
                metavar="N",
            ),
            argument(
                "--search",
                help="search the smallest size that holds --latency-ms at --rate, on a temporary copy of the service;"
                " ends with 1 where none does",
                action="store_true",
            ),
            *WISH,
            argument("--max-cpu", help="the most cores that are tried", type=float, default=0.0, metavar="CORES"),
            argument(
                "--max-memory-gb", help="the most memory that is tried, in GB", type=float, default=0.0, metavar="GB"
            ),
            argument(
                "--minutes",
                help="the search ends after so many, with what it knows; 9 by default",
                type=float,
                default=9.0,
                metavar="N",
            ),
            argument(
                "--write",
                help="write the recommended size into the deployment configuration of the service, or into the"
                " resources of its model",
                action="store_true",
            ),
        ),
        (
            "scoredock service profile diabetes",
            "scoredock service profile diabetes --rows rows.txt --requests 1000",
            "scoredock service profile diabetes --connections 8 --duration 30 --rate 100",
            "scoredock service profile diabetes --search --latency-ms 50 --percentile 95 --rate 40",
        ),
    ),
    editor=(
        EditorCommand(
            "profileService",
            "Profile…",
            "contrib/profiling/profile",
            icon="dashboard",
            menus=(rows("services", "answering", "1_tools@2", menu="scoredock.service.tools"),),
        ),
    ),
)
def profile(params: messages.ServiceProfileParams, context: Context, operation: Operation) -> messages.ServiceProfile:
    """Sends it requests and measures how it did."""
    from scoredock.contrib.profiling.domain.load import LoadPlan
    from scoredock.contrib.profiling.domain.profile import profile as measure
    from scoredock.services.access.dataset_samples import DATASET

    report = measure(
        context.deployments(params.workspace_id),
        params.name,
        rows=str(absolute(params.rows)) if params.rows and not params.rows.startswith(DATASET) else params.rows,
        plan=LoadPlan(params.requests, params.connections, params.rate, params.duration),
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return profile_message(params.name, report)
