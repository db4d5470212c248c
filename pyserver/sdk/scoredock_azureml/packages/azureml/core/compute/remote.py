"""Machines and services of Azure that scripts attach: each name stands for this machine, as that of a cluster does."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any, Dict

from azureml.core.compute.compute import _CLASSES, ComputeTarget, _Configuration, _record_target

_MACHINE = (
    "username subscription_id= resource_group= vm_name= resource_id= address= ssh_port= password= private_key_file="
    " private_key_passphrase="
)
_ACCOUNT = "resource_group= account_name= resource_id="


def _target(name: str, kind: str, **configurations: str) -> Any:
    """A class of targets with the functions that describe one, by the parameters that v1 has for each."""

    def attach(workspace: Any, name: str, *given: Any, **named: Any) -> ComputeTarget:
        """The name stands for this machine from now on."""
        described = [each for each in (*given, *named.values()) if isinstance(each, _Configuration)]
        return _record_target(workspace, name, described[0] if described else _Configuration(kind, named))

    functions = {each: staticmethod(_describing(kind, listed)) for each, listed in configurations.items()}
    members = {
        "__doc__": "A name that stands for this machine.",
        "__module__": __name__,
        "_compute_type": kind,
        "attach": staticmethod(attach),
    }
    _CLASSES[kind] = type(name, (ComputeTarget,), {**members, **functions})
    return _CLASSES[kind]


def _describing(kind: str, listed: str) -> Any:
    pairs = ((each.rstrip("="), None if each.endswith("=") else Parameter.empty) for each in listed.split())
    signature = Signature([Parameter(n, Parameter.POSITIONAL_OR_KEYWORD, default=default) for n, default in pairs])

    def describe(*given: Any, **named: Any) -> _Configuration:
        """Calls nothing."""
        values: Dict[str, Any] = dict(signature.bind(*given, **named).arguments)
        return _Configuration(kind, values)

    return describe


AdlaCompute = _target("AdlaCompute", "DataLakeAnalytics", attach_configuration=_ACCOUNT)
BatchCompute = _target("BatchCompute", "Batch", attach_configuration=_ACCOUNT)
DatabricksCompute = _target(
    "DatabricksCompute", "Databricks", attach_configuration="resource_group= workspace_name= resource_id= access_token="
)
DataFactoryCompute = _target(
    "DataFactoryCompute",
    "DataFactory",
    attach_configuration="resource_group= factory_name= resource_id=",
    provisioning_configuration="location=",
)
DsvmCompute = _target("DsvmCompute", "Dsvm", provisioning_configuration="vm_size= ssh_port= location=")
HDInsightCompute = _target(
    "HDInsightCompute", "HDInsight", attach_configuration=_MACHINE.replace("vm_name", "cluster_name")
)
KubernetesCompute = _target(
    "KubernetesCompute", "Kubernetes", attach_configuration="resource_id= namespace= identity_type= identity_ids="
)
KustoCompute = _target(
    "KustoCompute",
    "Kusto",
    attach_configuration="resource_group= workspace_name= resource_id= tenant_id= kusto_connection_string="
    " application_id= application_key=",
)
RemoteCompute = _target("RemoteCompute", "VirtualMachine", attach_configuration=_MACHINE)
SynapseCompute = _target("SynapseCompute", "SynapseSpark", attach_configuration="linked_service type pool_name")
