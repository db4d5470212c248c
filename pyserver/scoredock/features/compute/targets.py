"""Compute targets: attach, list, show, check, detach, and the rights that they need."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.features.compute.contexts import require_context
from scoredock.features.compute.records import (
    GIVE_ONE,
    attach_docker,
    attach_ray,
    details_of_cluster,
    looked_at,
    nodes_of_ray,
    records,
    refuse_others,
    server_of_docker,
    targets_of,
)
from scoredock.progress import WARNING
from scoredock.protocol import messages
from scoredock.registry.grammar import printable
from scoredock.scripts.compute_engine import attach_command
from scoredock.service import Expose
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.clusters.target import ClusterTarget
    from scoredock.services.compute_targets import ComputeTargets

TARGET = argument("name", help="name of the compute target", names="compute")
_NEW = argument("name", help="2 to 16 letters, digits and hyphens, beginning with a letter", names="")
_KUBECONFIG = argument(
    "--kubeconfig",
    help="kubeconfig file; by default those of KUBECONFIG, else ~/.kube/config",
    default="",
    metavar="FILE",
)


@verb(
    "compute/attach",
    progress="Attaching compute target",
    changes=True,
    errors=(
        "compute-exists",
        "compute-name-invalid",
        "compute-invalid",
        "compute-unconfirmed",
        "compute-changed",
        "cluster-config-invalid",
        "ray-address-invalid",
        "docker-address-invalid",
        "docker-context-missing",
        "docker-certificate-invalid",
        "ssh-host-key-unknown",
        "ssh-host-key-changed",
        "ssh-login-failed",
    ),
    terminal=CliCommand(
        "compute attach",
        "Attach a namespace of a Kubernetes cluster or the Docker of another machine under a name, for `service deploy"
        " --compute NAME`, or a Ray cluster for `batch run --compute NAME`. Nothing is changed there.",
        (
            _NEW,
            argument("--context", help="context of the kubeconfig file", default="", metavar="CONTEXT"),
            argument("--namespace", help="namespace that services run in", default="", metavar="NAMESPACE"),
            argument(
                "--ray",
                help="address of the dashboard of a Ray cluster, in place of a context and a namespace; its token comes"
                " from RAY_AUTH_TOKEN or the file in which Ray keeps it",
                names="",
                default="",
                metavar="ADDRESS",
            ),
            argument(
                "--relay-port",
                help="port at which the head node of a Ray cluster leads to workers; any free one by default",
                type=int,
                default=0,
                metavar="PORT",
            ),
            argument(
                "--docker",
                help="address of the Docker of another machine, in place of a context and a namespace:"
                " ssh://USER@HOST[:PORT][/SOCKET] or tcp://HOST:PORT with TLS",
                names="",
                default="",
                metavar="ADDRESS",
            ),
            argument(
                "--docker-context",
                help="context of Docker's command line that leads there",
                names="",
                default="",
                metavar="NAME",
            ),
            argument(
                "--tls-ca", help="for tcp://: file that the certificate is checked by", default="", metavar="FILE"
            ),
            argument("--tls-cert", help="for tcp://: file with your certificate", default="", metavar="FILE"),
            argument("--tls-key", help="for tcp://: file with its key", default="", metavar="FILE"),
            _KUBECONFIG,
            argument(
                "--registry",
                help="where images are pushed, and pulled from by the nodes; clusters of kind, k3d, minikube and the"
                " like on this machine need none, and containerd:SOCKET[,SOCKET] loads them into nodes of this machine",
                dest="repository",
                names="",
                default="",
                metavar="HOST/PATH",
            ),
            argument(
                "--pull-secret",
                help="Secret in the namespace with the login to the registry",
                default="",
                metavar="SECRET",
            ),
            argument(
                "--expose",
                help="how services are reached from outside of the cluster: at a port of each node, by a load balancer"
                " of its provider, by an Ingress, or by a Gateway",
                choices=get_args(Expose),
                default="none",
            ),
            argument(
                "--host",
                help="for an Ingress or a Gateway: domain below which each service has a name; with https:// before it"
                " where callers speak TLS",
                names="",
                default="",
                metavar="DOMAIN",
            ),
            argument(
                "--ingress-class",
                help="class of the Ingress; by default that of the cluster",
                default="",
                metavar="CLASS",
            ),
            argument(
                "--tls-secret",
                help="Secret in the namespace with the certificate of the Ingress",
                default="",
                metavar="SECRET",
            ),
            argument(
                "--gateway",
                help="Gateway that HTTPRoutes belong to",
                default="",
                metavar="[NAMESPACE/]NAME",
            ),
            argument("--yes", help="confirm what is run to sign in, without asking", action="store_true"),
        ),
        (
            "scoredock compute attach aks --context prod --namespace models --registry registry.example.com/team",
            "scoredock compute attach web --context prod --namespace web --expose ingress --host models.example.com",
            "scoredock compute attach ray --ray http://127.0.0.1:8265",
            "scoredock compute attach gpu --docker ssh://me@gpu.example.com",
        ),
        makes="compute",
    ),
    editor=(
        EditorCommand(
            "attachCompute",
            "Attach Compute…",
            "compute/attach",
            icon="add",
            menus=(head("workspaces", "3_compute@1"), rows("workspaces", "computes", "inline@1", "1_main@1")),
        ),
    ),
)
def attach(params: messages.ComputeAttachParams, context: Context, operation: Operation) -> messages.Compute:
    """Keeps a context and a namespace under a name, and lists what is missing there. A cluster that does not answer is
    attached all the same. Raises compute-exists, compute-name-invalid, compute-invalid, ray-address-invalid, what
    `attach_docker` raises, cluster-config-invalid where the files have no such context, and compute-unconfirmed where
    that runs a program to sign in."""
    from scoredock.clusters.target import ClusterPlace, ClusterTarget
    from scoredock.features.compute.confirming import confirm_attached
    from scoredock.registry.assets.compute_files import require_target

    if params.docker or params.docker_context:
        return attach_docker(params, context, operation)
    if params.ray:
        return attach_ray(params, context, operation)
    refuse_others(params, "--context", ("relay_port", "tls_ca", "tls_cert", "tls_key"))
    if not params.context:
        raise ScoredockError("compute-invalid", l10n.t("A context of a kubeconfig file is needed."), l10n.t(GIVE_ONE))
    kubeconfig = str(absolute(params.kubeconfig)) if params.kubeconfig else ""
    selection = require_context(params.context, kubeconfig)
    place = ClusterPlace(params.context, params.namespace or selection.namespace or "default", kubeconfig)
    target = ClusterTarget(
        params.name,
        place,
        params.repository.strip().rstrip("/"),
        params.pull_secret,
        params.expose,
        params.host.strip().rstrip("/").lower(),
        params.ingress_class,
        params.tls_secret,
        params.gateway,
    )
    targets = targets_of(context, params.workspace_id)
    require_target(target)
    confirm_attached(target, params.confirmed)
    targets.attach(target)
    operation.progress.report(l10n.t("Asking the cluster of {name}", name=target.name))
    attached = looked_at(targets, [target])[0]
    _warn(attached, target, operation)
    return attached


def _warn(attached: messages.Compute, target: ClusterTarget, operation: Operation) -> None:
    """Report what the person should see when the command has ended."""
    from scoredock.clusters.side_loading import loader_of
    from scoredock.services.compute_looks import by_resource

    notes = []
    if attached.state == "silent":
        notes.append(l10n.t("attached, though the cluster cannot be used now: {reason}", reason=attached.reason))
    if attached.missing:
        command = f"scoredock compute role {attached.name}"
        text = l10n.t(
            "not allowed there: {rights}; `{command}` prints what is needed",
            rights="; ".join(by_resource(attached.missing)),
            command=command,
        )
        notes.append(text)
    loader = loader_of(target)
    if loader is not None and not loader.is_installed:
        notes.append(
            l10n.t("images are loaded into the nodes by {program}, which is not installed", program=loader.program)
        )
    elif loader is not None:
        operation.progress.report(l10n.t("Images are loaded into the nodes by {title}", title=loader.title))
    elif not attached.repository:
        notes.append(l10n.t("without --registry no image can get to the cluster"))
    for note in notes:
        operation.progress.report(WARNING + note)


@verb(
    "compute/list",
    progress="Reading compute targets",
    terminal=CliCommand(
        "compute list",
        "List the compute targets and how their clusters are; none is waited for longer than 2 seconds.",
        (argument("--no-ask", help="do not ask the clusters", dest="ask", action="store_false", default=True),),
        ("scoredock compute list",),
    ),
    editor=(
        EditorCommand(
            "refreshCompute",
            "Refresh",
            "compute/compute",
            icon="refresh",
            menus=(rows("workspaces", "computes", "inline@2", "1_main@2"),),
        ),
    ),
)
def list_targets(params: messages.ComputeListParams, context: Context, operation: Operation) -> messages.ComputeList:
    """All of a workspace, by name."""
    targets = targets_of(context, params.workspace_id)
    clusters = targets.every()
    return messages.ComputeList(looked_at(targets, clusters) if params.ask else records(targets, clusters, {}))


@verb(
    "compute/show",
    progress="Reading compute target",
    errors=("compute-missing",),
    terminal=CliCommand(
        "compute show",
        "Show a compute target: its cluster, namespace and services, and the nodes where you may see them.",
        (TARGET,),
        ("scoredock compute show aks",),
    ),
)
def show(params: messages.ComputeRef, context: Context, operation: Operation) -> messages.ComputeDetails:
    """One compute target, with what its cluster tells. A cluster that does not answer is not an error."""
    from scoredock.clusters.target import DockerTarget, RayTarget

    targets = targets_of(context, params.workspace_id)
    target = targets.require_any(params.name)
    record = looked_at(targets, [target])[0]
    if isinstance(target, RayTarget):
        return messages.ComputeDetails(record, target.address, "", nodes_of_ray(target) if record.version else None)
    if isinstance(target, DockerTarget):
        return messages.ComputeDetails(record, server_of_docker(target), "")
    try:
        selection = require_context(target.place.context, target.place.kubeconfig)
        server, program = selection.server, selection.exec_program
    except ScoredockError:
        server, program = "", ""  # the record says why
    nodes, namespaces = details_of_cluster(target) if record.version else (None, None)
    return messages.ComputeDetails(record, server, program, nodes, namespaces)


@verb(
    "compute/check",
    progress="Checking compute target",
    errors=("compute-missing",),
    terminal=CliCommand(
        "compute check",
        "Check what services need on a compute target: the cluster, rights, registry, metrics, autoscaling."
        " Fails when something is missing.",
        (TARGET,),
        ("scoredock compute check aks",),
    ),
    editor=(
        EditorCommand(
            "checkCompute",
            "Check",
            "compute/compute",
            icon="checklist",
            menus=(rows("workspaces", "compute|rayCompute|dockerCompute", "inline@1", "1_main@1"),),
        ),
    ),
)
def check(params: messages.ComputeRef, context: Context, operation: Operation) -> messages.ComputeCheck:
    """Findings about what services need on a compute target, and what to do about them. Changes nothing."""
    from scoredock.services.compute_looks import check as look_closely

    targets = targets_of(context, params.workspace_id)
    target = targets.require_any(params.name)
    operation.progress.report(l10n.t("Asking {name}", name=target.name))
    look, findings = look_closely(target, operation.cancel)
    record = records(targets, [target], {target.name: look})[0]
    findings_there = [messages.ComputeFinding(each.what, each.state, each.detail, each.fix) for each in findings]
    return messages.ComputeCheck(record, findings_there, all(each.state != "missing" for each in findings))


@verb(
    "compute/role",
    progress="Reading compute target",
    errors=("compute-missing",),
    terminal=CliCommand(
        "compute role",
        "Print the least rights that Scoredock works with in the namespace, as YAML for `kubectl apply`.",
        (
            TARGET,
            argument("--account", help="ServiceAccount that gets them", default="", metavar="ACCOUNT"),
            argument("--user", help="user of the cluster who gets them", names="", default="", metavar="USER"),
            argument("--group", help="group of the cluster that gets them", names="", default="", metavar="GROUP"),
        ),
        ("scoredock compute role aks --account scoredock", "scoredock compute role aks --group data-science"),
    ),
    editor=(
        EditorCommand(
            "copyComputeRole",
            "Copy Role",
            "compute/compute",
            menus=(rows("workspaces", "compute", "5_copy@1"),),
        ),
    ),
)
def role(params: messages.ComputeRoleParams, context: Context, operation: Operation) -> messages.ComputeRole:
    """A Role and the RoleBinding to whom it is for, with the ServiceAccount where that is one. Asks no cluster."""
    from scoredock.clusters.rights import role as role_text

    target = targets_of(context, params.workspace_id).require(params.name)
    text = role_text(target.place, params.account, target.expose, user=params.user, group=params.group)
    return messages.ComputeRole(text)


@verb(
    "compute/detach",
    progress="Detaching compute target",
    changes=True,
    errors=("compute-missing", "compute-in-use"),
    terminal=CliCommand(
        "compute detach",
        "Forget a compute target. Nothing changes in its cluster; refused while services run there.",
        (
            TARGET,
            argument(
                "--force", help="also while services run there; they go on without Scoredock", action="store_true"
            ),
        ),
        ("scoredock compute detach aks",),
    ),
    editor=(
        EditorCommand(
            "detachCompute",
            "Detach…",
            "compute/compute",
            icon="debug-disconnect",
            menus=(rows("workspaces", "compute|rayCompute|dockerCompute", "9_delete@1"),),
        ),
    ),
)
def detach(params: messages.ComputeDetachParams, context: Context, operation: Operation) -> messages.Empty:
    """Forgets the name. Raises compute-in-use with the services that run there, unless it is forced."""
    targets_of(context, params.workspace_id).detach(params.name, force=params.force)
    return messages.Empty()


@verb("compute/meant", progress="Attaching compute target", changes=True)
def meant_target(params: messages.ComputeMeantParams, context: Context, operation: Operation) -> messages.ComputeMeant:
    """Compute target that a script means which attaches a cluster of Azure under a name: the one of that name, else one
    of the cluster's name, which gets this name as well, else the context of the cluster's name, unless that runs a
    program to sign in; else this machine. It connects to no cluster. Raises what attaching raises: `compute-exists`
    where a Ray cluster has the name."""
    from scoredock.clusters.kubeconfig import contexts as contexts_of
    from scoredock.clusters.target import ClusterPlace, ClusterTarget

    targets = targets_of(context, params.workspace_id)
    command = attach_command(params.name)
    target = _kept_for(params, targets)
    matching = []
    if target is None and params.cluster:
        with contextlib.suppress(ScoredockError):  # no kubeconfig file, or one that cannot be read, has no contexts
            matching = [each for each in contexts_of() if each.name == params.cluster]
    for each in matching:
        if each.exec_program:
            return messages.ComputeMeant(
                None,
                l10n.t(
                    "The context {context} runs {program} to sign in, so scripts do not attach it; `{command}` does.",
                    context=each.name,
                    program=each.exec_program,
                    command=command.replace("CONTEXT", each.name),
                ),
            )
        target = ClusterTarget(params.name, ClusterPlace(each.name, each.namespace), _registry_of(targets))
        targets.attach(target)
    if target is None:
        text = l10n.t(
            "No cluster is attached as {name}; `{command}` attaches one.", name=printable(params.name), command=command
        )
        return messages.ComputeMeant(None, text)
    text = l10n.t(
        "{name} is the namespace {namespace} of the context {context}.",
        name=target.name,
        namespace=target.place.namespace,
        context=target.place.context,
    )
    return messages.ComputeMeant(records(targets, [target], {})[0], text)


def _kept_for(params: messages.ComputeMeantParams, targets: ComputeTargets) -> ClusterTarget | None:
    """The compute target of the name, else one of the cluster's name, which gets this name as well."""
    from scoredock.clusters.target import ClusterTarget
    from scoredock.services.compute_targets import compute_exists

    target = targets.get_any(params.name)
    if target is not None and not isinstance(target, ClusterTarget):
        raise compute_exists(target)
    if target is not None or not params.cluster:
        return target
    other = targets.get_any(params.cluster)
    if not isinstance(other, ClusterTarget):
        return None
    target = replace(other, name=params.name)
    targets.attach(target)
    return target


def _registry_of(targets: ComputeTargets) -> str:
    """The registry that all compute targets share, as a workspace of Azure has one; empty for none or several."""
    repositories = {each.repository for each in targets.all()}
    return repositories.pop() if len(repositories) == 1 else ""
