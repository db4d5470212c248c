"""`AciWebservice`: services for Azure Container Instances, which run on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock import notes
from azureml.core.webservice import checks
from azureml.core.webservice.aks_values import AksValues
from azureml.core.webservice.webservice import (
    ContainerResourceRequirements,
    Webservice,
    WebserviceDeploymentConfiguration,
)
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.image import Image

_PLACES = {
    "cpu_cores": "containerResourceRequirements.cpu",
    "memory_gb": "containerResourceRequirements.memoryInGB",
    "location": "location",
    "auth_enabled": "authEnabled",
    "ssl_enabled": "sslEnabled",
    "ssl_cert_pem_file": "sslCertificate",
    "ssl_key_pem_file": "sslKey",
    "ssl_cname": "cname",
    "enable_app_insights": "appInsightsEnabled",
    "dns_name_label": "dnsNameLabel",
    "cmk_vault_base_url": "vaultBaseUrl",
    "cmk_key_name": "keyName",
    "cmk_key_version": "keyVersion",
    "vnet_name": "vnetName",
    "subnet_name": "subnetName",
    "collect_model_data": "dataCollection.storageEnabled",
}


class AciWebservice(Webservice):
    """A service that was deployed with a configuration for ACI."""

    _webservice_type = "ACI"
    location = "local"
    cname = encryption_properties = public_fqdn = public_ip = ssl_certificate = ssl_key = vnet_configuration = None

    @staticmethod
    def deploy_configuration(
        cpu_cores: Optional[float] = None,
        memory_gb: Optional[float] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        location: Optional[str] = None,
        auth_enabled: Optional[bool] = None,
        ssl_enabled: Optional[bool] = None,
        enable_app_insights: Optional[bool] = None,
        ssl_cert_pem_file: Optional[str] = None,
        ssl_key_pem_file: Optional[str] = None,
        ssl_cname: Optional[str] = None,
        dns_name_label: Optional[str] = None,
        primary_key: Optional[str] = None,
        secondary_key: Optional[str] = None,
        collect_model_data: Optional[bool] = None,
        cmk_vault_base_url: Optional[str] = None,
        cmk_key_name: Optional[str] = None,
        cmk_key_version: Optional[str] = None,
        vnet_name: Optional[str] = None,
        subnet_name: Optional[str] = None,
    ) -> "AciServiceDeploymentConfiguration":
        """Deployment configuration for Azure Container Instances: CPU, memory, authentication, tags."""
        return AciServiceDeploymentConfiguration(**locals())

    def update(
        self,
        image: "Optional[Image]" = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        auth_enabled: Optional[bool] = None,
        ssl_enabled: Optional[bool] = None,
        ssl_cert_pem_file: Optional[str] = None,
        ssl_key_pem_file: Optional[str] = None,
        ssl_cname: Optional[str] = None,
        enable_app_insights: Optional[bool] = None,
        models: Any = None,
        inference_config: "Optional[InferenceConfig]" = None,
    ) -> None:
        """Moves it to what is given; what is not stays."""
        given = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        self._update_from(given)

    def _update_from(self, arguments: Dict[str, Any]) -> None:
        """One update of all that is given, in the arguments of the SDK."""
        if all(value is None for value in arguments.values()):
            raise WebserviceException("No parameters provided to update.")
        changes = self._changes(arguments.get("models"), arguments.get("inference_config"), arguments.get("image"))
        noted = self._notes.get("config", {})
        more = checks.placed({name: value for name, value in arguments.items() if value}, self._places())
        refused = {name: value for name, value in arguments.items() if value is False}
        more = _merged(more, checks.placed(refused, self._places()))
        if more and noted:
            document = _merged(noted, more)
            changes["deploymentConfig"] = notes.write(self.workspace, self.name, notes.DEPLOYMENT, document)
            notes.note(self.workspace, self.name, config=document)
            self._notes = notes.read(self.workspace, self.name)
        elif more:
            # Nobody but the server knows what it was deployed with.
            more.setdefault("computeType", self._webservice_type.lower())
            changes["settings"] = checks.by_path(more)
        if changes:
            self._update(**changes)
        self._note_texts(arguments.get("tags"), arguments.get("properties"), arguments.get("description"))

    @property
    def container_resource_requirements(self) -> ContainerResourceRequirements:
        """The wishes of its configuration."""
        return AksValues(self._configuration()["values"]).resources()

    @property
    def enable_app_insights(self) -> bool:
        """True if requests are traced."""
        return bool(AksValues(self._configuration()["values"]).one("appInsightsEnabled", False))

    @staticmethod
    def _places() -> Dict[str, str]:
        return _PLACES

    def get_token(self) -> Any:
        """ACI has none."""
        raise NotImplementedError("ACI webservices do not support Token Authentication.")


class AciServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """Deployment configuration for Azure Container Instances, as given to `AciWebservice.deploy_configuration`."""

    _kind = "ACI"

    def __init__(
        self,
        cpu_cores: Optional[float] = None,
        memory_gb: Optional[float] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        location: Optional[str] = None,
        auth_enabled: Optional[bool] = None,
        ssl_enabled: Optional[bool] = None,
        enable_app_insights: Optional[bool] = None,
        ssl_cert_pem_file: Optional[str] = None,
        ssl_key_pem_file: Optional[str] = None,
        ssl_cname: Optional[str] = None,
        dns_name_label: Optional[str] = None,
        primary_key: Optional[str] = None,
        secondary_key: Optional[str] = None,
        collect_model_data: Optional[bool] = None,
        cmk_vault_base_url: Optional[str] = None,
        cmk_key_name: Optional[str] = None,
        cmk_key_version: Optional[str] = None,
        vnet_name: Optional[str] = None,
        subnet_name: Optional[str] = None,
    ) -> None:
        given = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        super().__init__(AciWebservice, description, tags, properties, primary_key, secondary_key, location)
        vars(self).update(given)
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises WebserviceException with all that is wrong."""
        values = vars(self)
        wrong = [
            f"Invalid configuration, {name} must be positive."
            for name in ("cpu_cores", "memory_gb")
            if values[name] is not None and values[name] <= 0
        ]
        wrong += _certificates(values)
        keys = [values[f"cmk_{name}"] for name in ("vault_base_url", "key_name", "key_version")]
        if any(keys) and not all(keys):
            wrong.append(
                "customer managed key vault_base_url, key_name and key_version must all have values or all are"
                " empty/null"
            )
        if bool(values["vnet_name"]) != bool(values["subnet_name"]):
            wrong.append("vnet_name and subnet_name must all have values or both are empty/null")
        checks.require(wrong, "")
        super().validate_configuration()

    def _document(self) -> Dict[str, Any]:
        values = dict(vars(self))
        for name in ("ssl_cert_pem_file", "ssl_key_pem_file"):
            values[name] = os.path.abspath(values[name]) if values[name] else None
        return {"computeType": "aci", **checks.placed(values, _PLACES)}


def _certificates(values: Dict[str, Any]) -> List[str]:
    names = ("ssl_cert_pem_file", "ssl_key_pem_file", "ssl_cname")
    if values["ssl_enabled"] and not all(values[name] for name in names):
        return ["SSL is enabled, you must provide a SSL certificate, key, and cname."]
    return [
        f"Error, unable to find SSL {what} pem file provided paths:\n{values[name]}"
        for what, name in (("cert", names[0]), ("key", names[1]))
        if values[name] and not os.path.exists(values[name])
    ]


def _merged(document: Dict[str, Any], more: Dict[str, Any]) -> Dict[str, Any]:
    """Both, and what stands in both as the second says it."""
    merged = dict(document)
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
