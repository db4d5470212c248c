"""Compute targets. Nothing is created in Azure: a name is that of a cluster which was attached with `scoredock compute
attach`, or stands for this machine."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Set, Tuple, Type

from azureml._scoredock.absent import MACHINE
from azureml._scoredock.callers import asks_whether, awaits_failure, handles_failure
from azureml._scoredock.failures import coded_error, compute_not_here
from azureml._scoredock.notes import make_private
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_FILE = "compute.json"
_HERE = "stands for this machine: what is deployed or submitted to it runs here"
_COMPUTE = "SCOREDOCK_SDK_COMPUTE"
"""Variable of `scoredock sdk run --compute`: with "local" what is attached stands for this machine as well."""
_LOCAL = (None, "", "local", "amlcompute-local")
"""What scripts call this machine themselves."""
_SIZES = "The list of sizes is empty: targets stand for this machine, and any size may be named."
_NONE = (
    "The workspace has no compute target. Create one, or name one as in ComputeTarget(ws, 'cluster'): it stands for"
    " this machine, and is in the list from then on."
)
_SAID: Set[str] = set()
"""Sentences that this run has printed."""
_OPEN_KIND = ""
"""Of a name that a script takes to be there without a word of its kind: AmlCompute, until it is used as another one."""
_STOPPED: Set[Tuple[str, str]] = set()
"""Workspace and name of the notebooks' machines that this run has stopped."""


class ComputeTarget:
    """A cluster that is attached, or a name for this machine."""

    _compute_type = "Unknown"

    def __new__(cls, workspace: Any = None, name: Any = None) -> "ComputeTarget":
        if cls is not ComputeTarget or workspace is None:
            return super().__new__(cls)
        return super().__new__(_class_of(_kind_of_target(workspace, name, _OPEN_KIND)))

    def __init__(self, workspace: "Workspace", name: str) -> None:
        _require_workspace(workspace)
        _kind_of_target(workspace, name, self._compute_type)
        self.workspace = workspace
        self.name = name
        self.type = self._compute_type
        self.location = "local"
        attached = _listed(workspace).get(name)
        self.description = _words(attached) if attached else f"{name} {_HERE}"
        self.tags: Dict[str, str] = {}
        self.provisioning_state = "Succeeded"
        self.provisioning_errors: Any = None
        self.is_attached = True
        self.cluster_resource_id = self.id = ""
        self.cluster_location = self.location
        self.created_on = self.modified_on = None

    @staticmethod
    def create(workspace: "Workspace", name: str, provisioning_configuration: Any) -> "ComputeTarget":
        """Creates nothing: the name is that of an attached cluster, or stands for this machine from now on."""
        return _record_target(workspace, name, provisioning_configuration)

    @staticmethod
    def attach(workspace: "Workspace", name: str, attach_configuration: Any) -> "ComputeTarget":
        """The cluster that is attached under one of the names, or a context of the cluster's name; else the name stands
        for this machine from now on."""
        return _record_target(workspace, name, attach_configuration)

    @staticmethod
    def list(workspace: "Workspace") -> "List[ComputeTarget]":
        """Compute targets that were attached or created; without any, a line is printed once in a run."""
        names = _names(workspace)
        if not names:
            _tell_once(_NONE)
        return [ComputeTarget(workspace, name) for name in names]

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False, **_: Any) -> None:
        """Returns at once, as there is nothing to wait for."""
        if show_output:
            sys.stdout.write("Succeeded\n")
            print('Provisioning operation finished, operation "Succeeded"')

    def _wait_for_completion(self, show_output: bool) -> Tuple[str, Any]:
        """The state, and what went wrong: scripts call this private method of v1 as well."""
        self.wait_for_completion(show_output)
        return self.provisioning_state, None

    def refresh_state(self) -> None:
        """Does nothing, as the state stays the same."""

    def get_status(self) -> str:
        """Succeeded."""
        return self.provisioning_state

    def delete(self) -> None:
        """Removes the target: its name stands for nothing any more. Raises ComputeTargetException while services run
        there.
        """
        if self.name in _listed(self.workspace):
            self.workspace._ask_raising(ComputeTargetException, "compute/detach", name=self.name)
        names = _stand_ins(self.workspace)
        names.pop(self.name, None)
        _write(self.workspace, names)

    def detach(self) -> None:
        """Removes the target, as `delete` does."""
        self.delete()

    def serialize(self) -> Dict[str, Any]:
        """The target under the names of the SDK."""
        return {
            "name": self.name,
            "computeType": self.type,
            "computeLocation": self.location,
            "provisioningState": self.provisioning_state,
            "provisioningErrors": self.provisioning_errors,
            "description": self.description,
            "tags": self.tags,
        }

    @staticmethod
    def deserialize(workspace: "Workspace", object_dict: Dict[str, Any]) -> "ComputeTarget":
        """Compute target that `serialize` described."""
        return ComputeTarget(workspace, object_dict["name"])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, type={self.type})"


class _Configuration:
    """Arguments of a cluster's configuration; only the kind of cluster matters."""

    def __init__(self, kind: str, arguments: Dict[str, Any]) -> None:
        vars(self).update({name: value for name, value in arguments.items() if name != "self"})
        self._kind = kind

    def validate_configuration(self) -> None:
        """There is nothing to check."""

    def enable_ssl(
        self,
        ssl_cname: Optional[str] = None,
        ssl_cert_pem_file: Optional[str] = None,
        ssl_key_pem_file: Optional[str] = None,
        leaf_domain_label: Optional[str] = None,
        overwrite_existing_domain: bool = False,
    ) -> None:
        """It changes nothing here."""
        print("enable_ssl changes nothing: a service has the TLS that its own configuration asks for.", file=sys.stderr)


class AksCompute(ComputeTarget):
    """A cluster that is attached, or a name that stands for this machine."""

    _compute_type = "AKS"

    class ClusterPurpose:
        """Purposes of a cluster."""

        FAST_PROD = "FastProd"
        DEV_TEST = "DevTest"

    @staticmethod
    def provisioning_configuration(
        agent_count: Optional[int] = None,
        vm_size: Optional[str] = None,
        ssl_cname: Optional[str] = None,
        ssl_cert_pem_file: Optional[str] = None,
        ssl_key_pem_file: Optional[str] = None,
        location: Optional[str] = None,
        vnet_resourcegroup_name: Optional[str] = None,
        vnet_name: Optional[str] = None,
        subnet_name: Optional[str] = None,
        service_cidr: Optional[str] = None,
        dns_service_ip: Optional[str] = None,
        docker_bridge_cidr: Optional[str] = None,
        cluster_purpose: Optional[str] = None,
        load_balancer_type: Optional[str] = None,
        load_balancer_subnet: Optional[str] = None,
    ) -> _Configuration:
        """Configuration of a new cluster; nothing is created with it."""
        return _Configuration("AKS", locals())

    @staticmethod
    def attach_configuration(
        resource_group: Optional[str] = None,
        cluster_name: Optional[str] = None,
        resource_id: Optional[str] = None,
        cluster_purpose: Optional[str] = None,
        load_balancer_type: Optional[str] = None,
        load_balancer_subnet: Optional[str] = None,
    ) -> _Configuration:
        """Configuration for attaching a cluster; Azure is not asked. Raises ComputeTargetException if no cluster is
        named.
        """
        if not resource_id and not (resource_group and cluster_name):
            raise ComputeTargetException(
                "Please provide resource_group and cluster_name for the AKS compute resource being attached. Or please"
                " provide resource_id for the resource being attached."
            )
        return _Configuration("AKS", locals())

    def update(self, update_configuration: Any) -> None:
        """Not available: no cluster is changed. Raises ComputeTargetException."""
        raise compute_not_here("AksCompute.update", f"{self._place()}.")

    def get_credentials(self) -> None:
        """Not available: the credentials stay in the kubeconfig file. Raises ComputeTargetException."""
        raise compute_not_here("AksCompute.get_credentials", f"{self._place()}.")

    def _place(self) -> str:
        """Words for the place that the name stands for."""
        context = _attached(self.workspace).get(self.name, {}).get("context", "")
        return f"{self.name} is the context {context} of your kubeconfig file" if context else f"{self.name} {_HERE}"


class AmlComputeStatus:
    """Status of this machine as a cluster of one node, which is always there."""

    provisioning_state = "Succeeded"
    allocation_state = "Steady"
    state = "Running"
    current_node_count = target_node_count = 1
    errors: Any = None
    vm_size = ""
    vm_priority = "dedicated"
    scale_settings: "ScaleSettings"
    creation_time = modified_time = allocation_state_transition_time = provisioning_state_transition_time = None

    def serialize(self) -> Dict[str, Any]:
        """The status under the names of the SDK."""
        return {
            "provisioningState": self.provisioning_state,
            "allocationState": self.allocation_state,
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "errors": self.errors,
        }


class ScaleSettings:
    """Scale settings of this machine: one node."""

    minimum_node_count = maximum_node_count = 1
    idle_seconds_before_scaledown = 1800

    def serialize(self) -> Dict[str, Any]:
        """The settings under the names of the SDK."""
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": self.idle_seconds_before_scaledown,
        }


AmlComputeStatus.scale_settings = ScaleSettings()


class _StoppedStatus(AmlComputeStatus):
    state = "Stopped"


class AmlCompute(ComputeTarget):
    """A name that stands for this machine, where batch scoring runs."""

    _compute_type = "AmlCompute"
    vm_size = ""
    vm_priority = "dedicated"
    scale_settings = ScaleSettings()
    status = AmlComputeStatus()
    admin_username = admin_user_password = admin_user_ssh_key = None
    subnet_name = vnet_name = vnet_resourcegroup_name = identity_type = identity_id = None
    remote_login_port_public_access = "NotSpecified"

    @staticmethod
    def supported_vmsizes(workspace: "Workspace", location: Optional[str] = None) -> List[Dict[str, Any]]:
        """Empty list: there are no machines to choose from, and one line says so."""
        return no_sizes()

    def get_status(self) -> AmlComputeStatus:  # type: ignore[override]
        """Status of this machine."""
        return self.status

    def __getattr__(self, name: str) -> Any:
        """Attribute of another kind of target, which makes this one that kind, if no kind was chosen yet."""
        kinds = [kind for kind, each in _CLASSES.items() if hasattr(each, name)]
        own: Any = vars(self).get("workspace")
        is_open = own is not None and _names(own).get(self.name) == _OPEN_KIND
        if not kinds or self._compute_type in kinds or not is_open or name.startswith("_") or asks_whether(name):
            return object.__getattribute__(self, name)  # which raises as it does without this method
        _write(own, {**_stand_ins(own), self.name: kinds[0]})
        self.__class__ = _CLASSES[kinds[0]]  # type: ignore[assignment]
        self.type = self._compute_type
        return getattr(self, name)

    def get(self) -> "AmlCompute":
        """Itself."""
        return self

    def list_nodes(self) -> List[Dict[str, Any]]:
        """Nodes of the target: this machine."""
        return [{"nodeId": "local", "nodeState": "idle", "privateIpAddress": "127.0.0.1", "port": None, "runId": None}]

    def get_active_runs(
        self, type: Any = None, tags: Any = None, properties: Any = None, status: Any = None
    ) -> Iterator[Any]:
        """Runs of all experiments that have not ended."""
        for experiment in self.workspace.experiments.values():
            runs = (each for each in experiment.get_runs(type, tags, properties) if each.status == "Running")
            yield from (each for each in runs if status in (None, each.status))

    def wait_for_completion(  # type: ignore[override]
        self,
        show_output: bool = False,
        min_node_count: Optional[int] = None,
        timeout_in_minutes: Optional[float] = None,
        is_delete_operation: bool = False,
    ) -> None:
        """Returns at once, as there is nothing to wait for."""
        super().wait_for_completion(show_output)

    def update(
        self,
        min_nodes: Optional[int] = None,
        max_nodes: Optional[int] = None,
        idle_seconds_before_scaledown: Optional[int] = None,
    ) -> None:
        """Does nothing, as this machine is as large as it is."""

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: Optional[int] = None,
        idle_seconds_before_scaledown: int = 1800,
        admin_username: Optional[str] = None,
        admin_user_password: Optional[str] = None,
        admin_user_ssh_key: Optional[str] = None,
        vnet_resourcegroup_name: Optional[str] = None,
        vnet_name: Optional[str] = None,
        subnet_name: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: Any = None,
        identity_id: Any = None,
        location: Optional[str] = None,
        enable_node_public_ip: bool = True,
    ) -> _Configuration:
        """Configuration of a new cluster; nothing is created with it."""
        return _Configuration("AmlCompute", locals())


class ComputeInstance(ComputeTarget):
    """A notebook's machine, which this one is."""

    _compute_type = "ComputeInstance"

    @staticmethod
    def supported_vmsizes(workspace: "Workspace", location: Optional[str] = None) -> List[Dict[str, Any]]:
        """Empty list: there are no machines to choose from, and one line says so."""
        return no_sizes()

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: Optional[str] = None,
        vnet_resourcegroup_name: Optional[str] = None,
        vnet_name: Optional[str] = None,
        subnet_name: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        assigned_user_object_id: Optional[str] = None,
        assigned_user_tenant_id: Optional[str] = None,
    ) -> _Configuration:
        """Configuration of a new compute instance; nothing is created with it."""
        return _Configuration("ComputeInstance", locals())

    def delete(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Deletes it at once. Raises ComputeTargetException while services run there."""
        super().delete()

    def get_status(self) -> AmlComputeStatus:  # type: ignore[override]
        """Status of this machine, which is running unless the script has stopped it."""
        return _StoppedStatus() if self._key() in _STOPPED else AmlComputeStatus()

    def start(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Sets the state to running."""
        _STOPPED.discard(self._key())

    def stop(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Sets the state to stopped, which scripts wait for; this machine goes on."""
        _STOPPED.add(self._key())

    def restart(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Starts it, as `start` does."""
        self.start()

    def _key(self) -> Tuple[str, str]:
        return self.workspace._record["id"], self.name


class ComputeTargets(Dict[str, ComputeTarget]):
    """Targets by name. A cluster of before that a script names without a question stands for this machine."""

    def __init__(self, workspace: "Workspace") -> None:
        super().__init__((name, ComputeTarget(workspace, name)) for name in _names(workspace))
        self._workspace = workspace

    def __missing__(self, name: str) -> ComputeTarget:
        self[name] = _record_target(self._workspace, name, _Configuration(_OPEN_KIND, {}))
        return self[name]


_CLASSES: Dict[str, Type[ComputeTarget]] = {
    "AKS": AksCompute,
    "AmlCompute": AmlCompute,
    "ComputeInstance": ComputeInstance,
}


def _class_of(kind: str) -> Type[ComputeTarget]:
    return _CLASSES[kind or AmlCompute._compute_type]


_KINDS = {"kubernetes": "AKS", "ray": "AmlCompute", "machine": "ComputeInstance"}
"""Of the SDK, by the kind of what is attached. A machine with a Docker runs services as a compute instance does."""


def _path(workspace: "Workspace") -> str:
    return os.path.join(workspace._record["path"], "sdk", _FILE)


def _names(workspace: "Workspace") -> Dict[str, str]:
    """Kinds by name: clusters that are attached, and names for this machine. A Ray cluster has batch jobs alone, as
    AmlCompute has in these scripts."""
    return {**_stand_ins(workspace), **{name: _KINDS[each["kind"]] for name, each in _listed(workspace).items()}}


def _stand_ins(workspace: "Workspace") -> Dict[str, str]:
    try:
        with open(_path(workspace), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return {str(name): str(kind) for name, kind in found.items() if kind in (*_CLASSES, _OPEN_KIND)}


def _attached(workspace: "Workspace") -> Dict[str, Dict[str, Any]]:
    """Records of the targets that services run on, by name."""
    return {name: record for name, record in _listed(workspace).items() if record["kind"] in ("kubernetes", "machine")}


def _listed(workspace: "Workspace") -> Dict[str, Dict[str, Any]]:
    """Records of all that is attached, by name; none where the person said that this machine is meant. No cluster is
    called."""
    if os.environ.get(_COMPUTE) == "local":
        return {}
    listed = workspace._ask_raising(ComputeTargetException, "compute/list", ask=False)
    return {record["name"]: record for record in listed["targets"]}


def is_attached(workspace: "Workspace", name: str) -> bool:
    """True if a cluster is attached under the name, so that services which name it run there. Another name stands for
    this machine."""
    if name in _attached(workspace):
        return True
    _tell(name)
    return False


def has_batch_jobs(workspace: "Workspace", name: str) -> bool:
    """True if a cluster of any kind is attached under the name, so that steps of batch scoring run there. Another name
    stands for this machine."""
    if name in _listed(workspace):
        return True
    _tell(name)
    return False


def require_this_machine(workspace: "Workspace", name: Any) -> None:
    """Checks that a target means this machine: a script that trains runs here, whatever its target is called. Raises
    ComputeTargetException for what is attached under the name, as somebody means another machine by it.
    """
    if name in _LOCAL:
        return
    record = _listed(workspace).get(str(name))
    if record is not None:
        instead = "Scripts run on this machine: write 'local', or use `scoredock sdk run --compute local`."
        raise compute_not_here(f"A script on {_words(record)}", instead)
    _tell(str(name))


def no_sizes() -> List[Dict[str, Any]]:
    """The sizes of machines that can be had; one line for each run."""
    _tell_once(_SIZES)
    return []


def _tell(name: str) -> None:
    """One line for each name and run."""
    _tell_once(f"{name or 'A compute target without a name'} {_HERE}.")


def _tell_once(sentence: str) -> None:
    if sentence not in _SAID:
        _SAID.add(sentence)
        print(sentence, file=sys.stderr)


def _words(record: Dict[str, Any]) -> str:
    if record["kind"] == "ray":
        return f"{record['name']}: Ray cluster at {record['address']}"
    if record["kind"] == "machine":
        return f"{record['name']}: Docker at {record['address']}"
    return f"{record['name']}: namespace {record['namespace']} of the context {record['context']}"


def _write(workspace: "Workspace", names: Dict[str, str]) -> None:
    make_private(os.path.dirname(_path(workspace)))
    with open(_path(workspace), "w", encoding="utf-8") as file:
        json.dump(names, file)


def _kind_of_target(workspace: "Workspace", name: str, kind: str) -> str:
    """The kind of an attached target. A name that a script takes to be there stands for this machine from then on, as
    one of the given kind. Raises ComputeTargetException where the script is ready for it, which then creates one."""
    own = _names(workspace).get(name)
    if own is not None:
        return own
    if handles_failure(awaits_failure):
        raise ComputeTargetException(
            f"ComputeTargetNotFound: Compute Target with name {name} not found in provided workspace"
        )
    _record_target(workspace, name, _Configuration(kind, {}))
    return kind


def _require_workspace(workspace: Any) -> None:
    if workspace is None:
        raise coded_error(
            ComputeTargetException,
            "The workspace is None.",
            "sdk-argument-invalid",
            "Give the workspace that Workspace.from_config() opens.",
        )


def _record_target(workspace: "Workspace", name: str, configuration: Any) -> ComputeTarget:
    _require_workspace(workspace)
    kind = getattr(configuration, "_kind", None)
    if kind not in (*_CLASSES, _OPEN_KIND):
        raise compute_not_here("This kind of compute target", MACHINE)
    answer: Dict[str, Any] = {"compute": None, "text": ""}
    if kind in ("AKS", "Kubernetes") and os.environ.get(_COMPUTE) != "local":
        cluster = _cluster_of(configuration)
        answer = workspace._ask_raising(ComputeTargetException, "compute/meant", name=name, cluster=cluster)
    if answer["compute"] is None:
        _write(workspace, {**_stand_ins(workspace), name: kind})
        _tell(name)
    if answer["text"]:
        print(answer["text"], file=sys.stderr)
    return ComputeTarget(workspace, name)


def _cluster_of(configuration: Any) -> str:
    """The name of the cluster that is attached; the last part of its resource id."""
    resource = str(getattr(configuration, "resource_id", None) or "")
    return str(getattr(configuration, "cluster_name", None) or "") or resource.rstrip("/").rpartition("/")[2]
