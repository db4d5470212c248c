"""The size that a service needs, by measuring, and written where the next deployment reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.profiling import messages
from scoredock.engine_table import engine_kind
from scoredock.errors import Place, ScoredockError, ServiceStateInvalid
from scoredock.verb import EditorCommand, rows, verb

if TYPE_CHECKING:
    from scoredock.contrib.profiling.domain.temporary import ProfileSubject
    from scoredock.registry import Registry
    from scoredock.services.ledger import ServiceRows

_LARGEST_FILE = 1_000_000


@verb(
    "service/findSize",
    progress="Searching the size",
    errors=("profile-input-invalid", "service-state-invalid", "revision-damaged"),
    editor=(
        EditorCommand(
            "findServiceSize",
            "Find Size…",
            "contrib/profiling/size",
            icon="dashboard",
            menus=(rows("services", "answering", "1_tools@3", menu="scoredock.service.tools"),),
        ),
    ),
)
def find_size(params: messages.ServiceFindSizeParams, context: Context, operation: Operation) -> messages.SizeReport:
    """Measures a temporary service with the files of the revision that serves; the service itself goes on. Gives what
    was measured also where nothing is recommended."""
    from scoredock.contrib.profiling.domain.request_bodies import bodies_of
    from scoredock.contrib.profiling.domain.size_search import SizeRequest, search_size
    from scoredock.contrib.profiling.domain.windows import LatencyWish
    from scoredock.contrib.profiling.verbs.profile_messages import size_report
    from scoredock.services.access.dataset_samples import DATASET

    request = SizeRequest(
        LatencyWish(params.rate, params.latency_ms, params.percentile),
        params.most_cpu,
        params.most_memory_in_g_b,
        params.minutes * 60,
    )
    if request.fault():
        raise ScoredockError("profile-input-invalid", request.fault())
    deployments = context.deployments(params.workspace_id)
    service_rows = deployments.ledger.require(params.name)
    subject = subject_of(service_rows, deployments.registry)
    given = params.rows if params.rows.startswith(DATASET) or not params.rows else str(absolute(params.rows))
    sent = bodies_of(deployments, params.name, given)
    search = search_size(deployments, subject, request, sent, operation.progress, operation.cancel)
    revision = subject.kept_revision.revision.number if subject.kept_revision is not None else 0
    now = deployments.ledger.one(params.name)
    if now is None or now.current is None or now.current.number != revision:
        search.notes.append(
            l10n.t(
                "The service was changed meanwhile: the figures are those of revision {revision}.", revision=revision
            )
        )
    if engine_kind(service_rows.service.engine).in_cluster:
        search.notes.append(
            l10n.t("Requests went through the API server of the cluster, which adds some milliseconds to each.")
        )
    return size_report(search, params.name, revision, service_rows.service.engine)


def subject_of(service_rows: ServiceRows, registry: Registry) -> ProfileSubject:
    """The revision of a service that serves. Raises ScoredockError `service-state-invalid`, `revision-damaged`, and for
    a model that was deleted."""
    from scoredock.contrib.profiling.domain.temporary import ProfileSubject
    from scoredock.services.compute_targets import compute_of
    from scoredock.services.lifecycle.kept_files import KeptRevision

    revision = service_rows.current
    if revision is None or revision.spec is None:
        raise ServiceStateInvalid(
            l10n.t("The service {name} was never deployed completely.", name=service_rows.service.name),
            l10n.t("Deploy it again."),
        )
    kept = KeptRevision(registry.folder, revision)
    kept.require_files()
    models = tuple(registry.model(reference) for reference in revision.models)
    return ProfileSubject(service_rows.service.engine, compute_of(service_rows), revision.spec, models, kept)


@verb(
    "service/useSize",
    changes=True,
    errors=("profile-size-unplaced", "file-not-found", "file-unreadable"),
    editor=(EditorCommand("useServiceSize", "Use This Size", "contrib/profiling/size", icon="check"),),
)
def use_size(params: messages.ServiceUseSizeParams, context: Context, operation: Operation) -> messages.UsedSize:
    """Writes CPU and memory into the deployment configuration of a service, or where it has none into the default
    resources of its model. The service takes them with its next update."""
    deployments = context.deployments(params.workspace_id)
    current = deployments.ledger.require(params.name).current
    request = current.request if current is not None else None
    path = request.deployment_config if request is not None else ""
    if path:
        return _written(Path(path), params, context)
    models = current.models if current is not None else ()
    if request is None or request.deployment_source or not models:
        raise ScoredockError(
            "profile-size-unplaced",
            l10n.t("The service {name} has no deployment configuration of v1 and no model.", name=params.name),
        )
    return messages.UsedSize("", _give_model(models[0], params, deployments.registry), "")


def _written(path: Path, params: messages.ServiceUseSizeParams, context: Context) -> messages.UsedSize:
    from scoredock.contrib.profiling.domain.deployment_size import with_size
    from scoredock.scripts.fixing import write
    from scoredock.services.planning.reading import read_text

    before = context.overlays().get(str(path))
    stored = read_text(path, _LARGEST_FILE)
    after = with_size(stored if before is None else before, str(path), params.cpu, params.memory_in_g_b)
    if after is None:
        raise ScoredockError(
            "profile-size-unplaced",
            l10n.t("{path} cannot be read as a deployment configuration.", path=path),
            place=Place(str(path)),
        )
    if params.write:
        write(path, stored, after)
    return messages.UsedSize(str(path), "", after)


def _give_model(model: str, params: messages.ServiceUseSizeParams, registry: Registry) -> str:
    version = registry.model(model)
    resources = replace(version.metadata.resources, cpu=params.cpu, memory_in_gb=params.memory_in_g_b)
    return registry.update(model, resources=resources).id
