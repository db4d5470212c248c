"""`model profile`: measures models and a script without a service that runs, as v1 does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute, request_of
from scoredock.contrib.profiling import messages
from scoredock.contrib.profiling.verbs.services import WISH
from scoredock.engine_table import LOCAL_ENGINES
from scoredock.errors import ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.verb import CliCommand, argument, verb

if TYPE_CHECKING:
    from scoredock.contrib.profiling.domain.size_search import SizeRequest
    from scoredock.contrib.profiling.domain.temporary import ProfileSubject
    from scoredock.services.deployments import Deployments

_RANGES = {"cpu": (0.1, 3.5), "memory": (0.1, 15.0)}


@verb(
    "model/profile",
    progress="Profiling model",
    errors=("profile-input-invalid", "model-not-found", "file-not-found", "check-failed"),
    terminal=CliCommand(
        "model profile",
        "Measure models and an entry script with a dataset, as Model.profile of Azure ML v1 does: they are deployed"
        " for as long as that takes.",
        (
            argument("-n", "--name", help="name of the profile", names="", default="", metavar="NAME"),
            *option_arguments(messages.ModelProfileParams),
            argument(
                "--rows",
                "--input-data",
                help="text file with one request body per line, or dataset:NAME[:VERSION]",
                default="",
                metavar="FILE",
            ),
            argument(
                "--idi",
                "--input-dataset-id",
                help="dataset of request bodies",
                names="dataset",
                dest="dataset",
                default="",
                metavar="NAME[:VERSION]",
            ),
            argument(
                "--cc",
                "--cpu-cores",
                help="CPU cores to measure at, 0.1 to 3.5; 3.5 by default, or what the machine"
                " has; the most that is tried where a size is searched",
                type=float,
                dest="cpu",
                metavar="CORES",
            ),
            argument(
                "--gb",
                "--memory-gb",
                help="the same of memory in GB, 0.1 to 15; 15 by default",
                type=float,
                dest="memory_in_g_b",
                metavar="GB",
            ),
            *WISH,
            argument("--rate", help="requests per second that have to be held", type=float, default=0.0, metavar="N"),
            argument("--engine", help="where it runs", choices=LOCAL_ENGINES, default=""),
            argument(
                "-t",
                "--output-metadata-file",
                help="JSON file with the fields of v1, for `az ml model deploy --profile-input`",
                dest="metadata_file",
                default="",
                metavar="FILE",
            ),
        ),
        (
            "scoredock model profile -n first --model diabetes:1 --ic inferenceconfig.json --idi diabetes-requests",
            "scoredock model profile --model diabetes:1 --ic inferenceconfig.json --rows rows.txt --latency-ms 50"
            " --rate 20",
        ),
    ),
)
def profile(params: messages.ModelProfileParams, context: Context, operation: Operation) -> messages.ModelProfile:
    """Measures at one size, or with a latency and a rate searches the smallest. Nothing of it stays."""
    from scoredock.contrib.profiling.domain.one_size import engine_that_limits, measure_one
    from scoredock.contrib.profiling.domain.request_bodies import bodies_in
    from scoredock.contrib.profiling.domain.size_search import search_size
    from scoredock.contrib.profiling.verbs.profile_messages import profile_message, size_report
    from scoredock.services.access.dataset_samples import DATASET

    request = _checked(params)
    deployments = context.deployments(params.workspace_id)
    rows = params.rows if params.rows.startswith(DATASET) else str(absolute(params.rows))
    sent = bodies_in(deployments.registry, rows)
    local = (deployments.engines.get(name) for name in LOCAL_ENGINES)
    engine = params.engine or engine_that_limits(each for each in local if each is not None)
    subject = _subject(params, engine, deployments)
    name = params.profile_name
    if request is not None:
        search = search_size(deployments, subject, request, sent, operation.progress, operation.cancel)
        report = size_report(search, name, 0, engine)
        return messages.ModelProfile(report.profile, report.requested, engine, report.notes, report)
    limits = (params.cpu, params.memory_in_g_b)
    measured = measure_one(deployments, subject, limits, sent, operation.progress, operation.cancel)
    size = None if measured.size is None else messages.ServiceSize(measured.size.cpu, measured.size.memory)
    return messages.ModelProfile(profile_message(name, measured.profile), size, engine, list(measured.notes), None)


def _checked(params: messages.ModelProfileParams) -> SizeRequest | None:
    """Request for a search; None if one size is measured. Raises ScoredockError `profile-input-invalid`, in v1's words
    where v1 has some.
    """
    for what, value in (("cpu", params.cpu), ("memory", params.memory_in_g_b)):
        least, most = _RANGES[what]
        if value and not least <= value <= most:
            raise ScoredockError(
                "profile-input-invalid",
                l10n.t(
                    "Expected {what} value is between {least} and {most}. Provided: {value:g}",
                    what=what,
                    least=least,
                    most=most,
                    value=value,
                )
                + ".",
            )
    if not params.rows:
        raise ScoredockError(
            "profile-input-invalid",
            l10n.t("Dataset not provided. Profiling required a dataset with sample input data."),
            l10n.t("Name a dataset with --idi, or a file with --rows."),
        )
    if not params.latency_ms and not params.rate:
        return None
    from scoredock.contrib.profiling.domain.size_search import SizeRequest
    from scoredock.contrib.profiling.domain.windows import LatencyWish

    wish = LatencyWish(params.rate, params.latency_ms, params.percentile)
    request = SizeRequest(wish, params.cpu or 0.0, params.memory_in_g_b or 0.0)
    if request.fault():
        raise ScoredockError("profile-input-invalid", request.fault())
    return request


def _subject(params: messages.ModelProfileParams, engine: str, deployments: Deployments) -> ProfileSubject:
    """Subject that a deployment would make. Raises what one raises before anything is made."""
    from scoredock.contrib.profiling.domain.temporary import PREFIX, ProfileSubject
    from scoredock.services.own_file import OwnFile
    from scoredock.services.request import DeployRequest

    request = request_of(DeployRequest, params, name=f"{PREFIX}model", engine=engine)
    try:
        plan = deployments.planned(request)
    except ScoredockError as error:
        raise OwnFile.of(request).error(error) from error
    return ProfileSubject(engine, "", plan.spec, plan.models, plan=plan)
