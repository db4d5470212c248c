"""A candidate beside the service of its rule: its own service, its part of an endpoint, and their end. Each verb looks
at what is there before it does anything, so that it can be called again after a kill."""

from __future__ import annotations

from dataclasses import replace

from scoredock import l10n
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.state import RuleCandidate
from scoredock.contrib.rules.domain.wish import models_with
from scoredock.contrib.rules.options import RuleCanary
from scoredock.errors import Cancelled, ScoredockError, ServiceBusy, ServiceNotFound
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.services.deployments import Deployments
from scoredock.services.endpoints.changes import Guard, VersionChanges
from scoredock.services.endpoints.endpoints import Endpoints
from scoredock.services.endpoints.record import EndpointVersion, VersionLimits, stamp_of
from scoredock.services.endpoints.view import EndpointView
from scoredock.services.planning.image_request import with_image
from scoredock.services.request import DeployRequest, UpdateRequest, merged
from scoredock.services.revision import Revision
from scoredock.state_table import is_at_rest

RULE, CANDIDATE = "scoredock.rule", "scoredock.candidate"
"""Properties of the service of a candidate: the rule, and `name:version`."""
_LONGEST = 32
_ROUTERS_IN_CLUSTER = 2


@dataclass(frozen=True, slots=True)
class CandidateTally:
    """Counts of the endpoint for a candidate since its share began."""

    answered: int
    failed: int
    """Answered with a status of 500 or above, or not at all."""
    lost: int
    """Of these, those that were not answered at all; `answered` has them too, so that they have their part of the
    errors."""

    @property
    def responses(self) -> int:
        """Number of the candidate's own answers."""
        return self.answered - self.lost


def service_name(rule: DeploymentRule, candidate: RuleCandidate) -> str:
    """Name of the service of a candidate."""
    return f"{rule.service[: _LONGEST - 1 - len(candidate.entry)].rstrip('-')}-{candidate.entry}"


def candidate_request(rule: DeploymentRule, candidate: RuleCandidate, current: Revision) -> DeployRequest:
    """Request of the service, with the candidate's version in place of the model's other one."""
    changes = UpdateRequest(models=models_with(current, rule.model, candidate.version))
    request = merged(with_image(current.request, changes), changes)
    return replace(
        request,
        name=service_name(rule, candidate),
        port=0,
        overwrite=True,
        properties={**request.properties, RULE: rule.name, CANDIDATE: f"{rule.model}:{candidate.version}"},
    )


class CandidatePlace:
    """Place where one candidate runs. Every verb may block and raises ScoredockError."""

    def __init__(
        self,
        deployments: Deployments,
        rule: DeploymentRule,
        candidate: RuleCandidate,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._deployments, self._rule, self._candidate = deployments, rule, candidate
        self._progress, self._cancel = progress, cancel
        self._endpoints = Endpoints(deployments, progress, cancel)
        self.name = service_name(rule, candidate)

    # ------------------------------------------------------------------------------------------ its service

    def deploy(self, current: Revision) -> None:
        """Raises what a deployment raises; nothing of one that failed is left."""
        if self.runs():
            return
        try:
            request = candidate_request(self._rule, self._candidate, current)
            self._deployments.deploy(request, self._progress, self._cancel)
        except (Cancelled, ServiceBusy):
            raise
        except ScoredockError:
            self.delete()
            raise

    def runs(self) -> bool:
        """True if its service is there, complete and not ended."""
        rows = self._deployments.ledger.one(self.name)
        if rows is None or rows.current is None or not rows.service.active_revision:
            return False
        return not is_at_rest(self._deployments.service(self.name).state)

    def failure(self) -> ScoredockError | None:
        """Error for which its service does not run any more; None while it does."""
        if self._deployments.ledger.one(self.name) is None:
            return ServiceNotFound(l10n.t("The service {name} no longer exists.", name=self.name))
        seen = self._deployments.service(self.name)
        if not is_at_rest(seen.state):
            return None
        if seen.failure is not None:
            return ScoredockError(seen.failure.code, seen.failure.message, seen.failure.fix)
        return ScoredockError("service-unreachable", l10n.t("The service {name} was stopped.", name=self.name))

    def delete(self) -> None:
        """Deletes its service, if it is one of this rule."""
        rows = self._deployments.ledger.one(self.name)
        if rows is None:
            return
        current = rows.current
        if current is not None and current.request.properties.get(RULE) != self._rule.name:
            return
        self._deployments.delete(self.name, self._progress, self._cancel)

    # ------------------------------------------------------------------------------------------ its share

    def look(self) -> EndpointView:
        """The endpoint now."""
        return self._endpoints.one(self._canary().endpoint)

    def view(self) -> EndpointView:
        """The same, which a canary can use. Raises ScoredockError `rule-endpoint-unfit`."""
        view = self.look()
        require_endpoint(self._rule, self._canary(), view)
        return view

    def version(self, view: EndpointView) -> EndpointVersion | None:
        """Part of the endpoint that is the candidate's; None if it has none."""
        entry = self._candidate.entry
        return next((each for each in view.row.endpoint.versions if each.name == entry), None)

    def join(self, share: int, view: EndpointView) -> str:
        """Gives it a share, with the limits of the rule; the stamp of the endpoint then. Raises ScoredockError
        `endpoint-changed` where somebody has changed the endpoint since `view`."""
        canary = self._canary()
        version = self.version(view)
        if version is not None and version.share == share and not version.withdrawal:
            return stamp_of(view.row.endpoint)
        # In a cluster each of the routers counts for itself, and all of them together hold to what the rule says.
        routers = _ROUTERS_IN_CLUSTER if view.row.endpoint.compute else 1
        limits = VersionLimits(canary.errors, canary.milliseconds, canary.window, max(1, canary.least // routers))
        changes = VersionChanges(self.name, share, limits=limits if version is None else None)
        guard = Guard(expected=stamp_of(view.row.endpoint))
        return stamp_of(
            self._endpoints.set_version(canary.endpoint, self._candidate.entry, changes, guard).row.endpoint
        )

    def tally(self, view: EndpointView) -> CandidateTally:
        """Counts of the candidate since its share began."""
        counts, candidate = view.answered.get(self._candidate.entry), self._candidate
        if counts is None:
            return CandidateTally(0, 0, 0)
        answered, failed = counts.requests - candidate.answered, counts.failed + counts.lost - candidate.failed
        return CandidateTally(max(0, answered), max(0, failed), max(0, counts.lost - candidate.lost))

    def counted(self, view: EndpointView) -> tuple[int, int, int]:
        """All that the endpoint has counted for it: requests, failed ones, and those of them without a response."""
        counts = view.answered.get(self._candidate.entry)
        return (counts.requests, counts.failed + counts.lost, counts.lost) if counts is not None else (0, 0, 0)

    def leave(self) -> None:
        """Removes the candidate from the endpoint, once it has answered what it had; it gets nothing any more."""
        canary = self._rule.canary
        names = [each.endpoint.name for each in self._endpoints.rows()]
        if canary is None or canary.endpoint not in names:
            return
        version = self.version(self._endpoints.one(canary.endpoint))
        if version is not None and version.service == self.name:
            self._endpoints.remove_version(canary.endpoint, version.name)

    def clear(self) -> None:
        """Removes its share and its service."""
        self.leave()
        self.delete()

    def _canary(self) -> RuleCanary:
        canary = self._rule.canary
        if canary is None:
            raise ValueError("a rule without a canary")
        return canary


def require_endpoint(rule: DeploymentRule, canary: RuleCanary, view: EndpointView) -> None:
    """Raises ScoredockError `rule-endpoint-unfit`."""
    endpoint = view.row.endpoint
    default = next((each for each in endpoint.versions if each.name == endpoint.default), None)
    if default is None or default.service != rule.service:
        raise ScoredockError(
            "rule-endpoint-unfit",
            l10n.t(
                "The service {service} is not the default version of the endpoint {endpoint}.",
                service=rule.service,
                endpoint=canary.endpoint,
            ),
        )
    if view.divided_by_gateway:
        raise ScoredockError(
            "rule-endpoint-unfit",
            l10n.t(
                "A Gateway divides the requests of the endpoint {endpoint}, and nothing counts those of a candidate.",
                endpoint=canary.endpoint,
            ),
            l10n.t("Make the endpoint with --through-router."),
        )
