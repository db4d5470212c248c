"""Confirmation by a person of what a compute target runs and is sent: the facts are shown first, and taken by their
seal.

A file that changes between the question and the answer is another question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock import confirmations, l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ComputeChanged
from scoredock.features.compute.records import looked_at, targets_of
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.clusters.target import AnyTarget, ClusterPlace
    from scoredock.docker_place import DockerPlace

_BY_SSH = "ssh://"


@dataclass(frozen=True)
class _SignIn:
    """Present facts of a place, beside those that were confirmed."""

    place: str
    """Under which it is confirmed; empty for one whose address says everything."""
    facts: confirmations.Facts
    runs: bool
    """Whether a program of this machine signs in, as what the place names has it."""

    @property
    def before(self) -> confirmations.Facts | None:
        return confirmations.confirmed_facts(self.place) if self.place else self.facts

    @property
    def is_open(self) -> bool:
        """True if the first use would be refused, or be a surprise."""
        before = self.before
        return self.runs if before is None else bool(confirmations.changes(before, self.facts))

    @property
    def seal(self) -> str:
        return confirmations.seal(self.facts)

    def take(self) -> None:
        """Raises OSError."""
        if self.place:
            confirmations.confirm(self.place, self.facts)


def _of_cluster(place: ClusterPlace) -> _SignIn:
    from scoredock.clusters.kubeconfig import select
    from scoredock.clusters.login_facts import login_facts, place_key

    key = place_key(place)
    facts = login_facts(select(place), confirmations.confirmed_facts(key))
    return _SignIn(key, facts, bool(facts.get(confirmations.RUNS)))


def _of_docker(place: DockerPlace) -> _SignIn:
    from scoredock.containers.places import place_facts, place_key

    if not place.context:
        return _SignIn("", {"address": [place.address]}, runs=False)
    facts = place_facts(place)
    return _SignIn(place_key(place), facts, any(each.startswith(_BY_SSH) for each in facts["address"]))


def _of_target(target: AnyTarget) -> _SignIn:
    """Raises ScoredockError `cluster-config-invalid`, `docker-context-missing`, `docker-certificate-invalid`."""
    from scoredock.clusters.target import ClusterTarget, DockerTarget

    if isinstance(target, ClusterTarget):
        return _of_cluster(target.place)
    if isinstance(target, DockerTarget):
        return _of_docker(target.place)
    return _SignIn("", {"address": [target.address]}, runs=False)


@verb(
    "compute/confirmation",
    progress="Reading compute target",
    errors=("compute-missing", "cluster-config-invalid", "docker-context-missing"),
)
def confirmation(
    params: messages.ComputeConfirmationParams, context: Context, operation: Operation
) -> messages.ComputeConfirmation:
    """Facts for the question: what using a compute target runs and where it sends data. Nothing is run."""
    from scoredock.clusters.target import ClusterPlace
    from scoredock.docker_place import DockerPlace

    if params.name:
        target = targets_of(context, params.workspace_id).require_any(params.name)
        sign_in = _of_target(target)
        return _message(sign_in, is_open=target.paused or sign_in.is_open)
    if params.docker_context:
        sign_in = _of_docker(DockerPlace(context=params.docker_context))
    else:
        kubeconfig = str(absolute(params.kubeconfig)) if params.kubeconfig else ""
        sign_in = _of_cluster(ClusterPlace(params.context, "", kubeconfig))
    return _message(sign_in, is_open=sign_in.is_open)


def _message(sign_in: _SignIn, *, is_open: bool) -> messages.ComputeConfirmation:
    before = sign_in.before
    return messages.ComputeConfirmation(
        [messages.ComputeFact(title, value) for title, value in confirmations.described(sign_in.facts)],
        confirmations.changes(before, sign_in.facts) if before is not None else [],
        sign_in.seal,
        is_open,
    )


@verb(
    "compute/confirm",
    progress="Confirming compute target",
    changes=True,
    errors=("compute-missing", "compute-changed", "cluster-config-invalid", "docker-context-missing"),
    terminal=CliCommand(
        "compute confirm",
        "Show what a compute target runs to sign in and where it sends what, and confirm it. Until then, and when it"
        " changes, nothing is run or sent.",
        (
            argument("name", help="name of the compute target", names="compute"),
            argument("--yes", help="confirm without asking", action="store_true"),
        ),
        ("scoredock compute confirm aks", "scoredock compute confirm aks --yes"),
    ),
    editor=(
        EditorCommand(
            "confirmCompute",
            "Confirm…",
            "compute/confirm",
            icon="verified",
            menus=(rows("workspaces", "unconfirmed", "inline@0", "1_main@0"),),
        ),
    ),
)
def confirm(params: messages.ComputeConfirmParams, context: Context, operation: Operation) -> messages.Compute:
    """Takes what was shown, and looks at the cluster. Raises compute-changed where it is no longer that."""
    targets = targets_of(context, params.workspace_id)
    target = targets.require_any(params.name)
    _take(_of_target(target), params.seal, target.name)
    target = targets.unpause(target)
    operation.progress.report(l10n.t("Asking {name}", name=target.name))
    return looked_at(targets, [target])[0]


def require_yes(name: str, context: Context) -> None:
    """Refuse a compute target that is not confirmed, where nobody can say yes. Raises ComputeChanged or
    ComputeUnconfirmed with what is open, where anything is."""
    target = targets_of(context, "").require_any(name)
    sign_in = _of_target(target)
    confirmations.refuse(sign_in.before, sign_in.facts, l10n.t("The compute target {name}", name=target.name))


def confirm_attached(target: AnyTarget, seal: str) -> None:
    """Take the confirmation before a target is kept, and before anything is run for it. What needs no yes is taken as
    it is.

    Raises ComputeUnconfirmed where somebody has to say yes, ComputeChanged for the seal of something else, and what
    `_of_target` raises.
    """
    sign_in = _of_target(target)
    if sign_in.is_open and not seal:
        title = l10n.t("The compute target {name}", name=target.name)
        confirmations.refuse(sign_in.before, sign_in.facts, title)
    _take(sign_in, seal or sign_in.seal, target.name)


def confirm_context(place: ClusterPlace, seal: str) -> None:
    """Take what a person said yes to before the context is attached. Raises ComputeChanged."""
    if seal:
        _take(_of_cluster(place), seal, place.context)


def _take(sign_in: _SignIn, seal: str, title: str) -> None:
    if sign_in.seal != seal:
        raise ComputeChanged(
            l10n.t("What {name} runs or is sent has changed since it was shown.", name=title),
            l10n.t("Look at it once more, then confirm it."),
        )
    sign_in.take()
