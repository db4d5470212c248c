"""`Workspace`: from config.json, created, listed; and all that lies in one."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Type

from azureml._scoredock import notes
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of, not_here, require_given
from azureml._scoredock.paths import here
from azureml._scoredock.report import REPORT_OF_THIS_RUN
from azureml._scoredock.server import request
from azureml._scoredock.submission import workspace_of_the_run
from azureml.core._workspace_records import find_record, fits, named, records
from azureml.exceptions import AzureMLException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.compute import ComputeTarget
    from azureml.core.datastore import Datastore
    from azureml.core.environment import Environment
    from azureml.core.experiment import Experiment
    from azureml.core.image import Image
    from azureml.core.model import Model
    from azureml.core.run import Run
    from azureml.core.webservice import Webservice

_IN_AZURE = "Everything that a workspace of Scoredock has lies on this machine."
_DESCRIPTION = ".workspace"
"""Among the notes of services, of which none has a period in its name."""
_FOLDERS_WITHOUT_CONFIG: Set[str] = set()
"""Folders of which it was said that they have no configuration."""


class Workspace:
    """A workspace of this machine; `auth` and everything about the cloud is accepted and not needed."""

    DEFAULT_CPU_CLUSTER_NAME = "cpu-cluster"
    DEFAULT_GPU_CLUSTER_NAME = "gpu-cluster"

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: Any = None,
        _location: Optional[str] = None,
        _disable_service_check: bool = False,
        _workspace_id: Optional[str] = None,
        sku: str = "basic",
        tags: Optional[Dict[str, str]] = None,
        _cloud: str = "AzureCloud",
    ) -> None:
        self._auth = auth
        self._record = find_record(workspace_name, subscription_id, resource_group, _workspace_id)
        self._subscription_id = self._record["subscriptionId"] or subscription_id or ""
        self._resource_group = self._record["resourceGroup"] or resource_group or ""
        self._tags = dict(tags or {})

    @staticmethod
    def from_config(
        path: Optional[str] = None, auth: Any = None, _logger: Any = None, _file_name: Optional[str] = None
    ) -> "Workspace":
        """The workspace that a configuration names: a file, or the first above a folder (this one by default). Without
        one above the folder it is the default workspace, and a line says so."""
        place = os.path.abspath(os.path.expanduser(here(path) or os.curdir))
        try:
            return Workspace._of_configuration(place, auth, _file_name)
        except UserErrorException as error:
            if error.code != "workspace-config-missing" or _file_name or not os.path.isdir(place):
                raise
        return Workspace._instead_of_config(place, auth)

    @staticmethod
    def _of_configuration(place: str, auth: Any = None, name: Optional[str] = None) -> "Workspace":
        """Workspace of a file, or of the first one above a folder. Raises UserErrorException if there is none."""
        try:
            record = request("workspace/open", path=place, fileName=name or "")
        except ServerFailure as failure:
            if failure.details.get("placeholder"):
                return Workspace._instead_of_config(place, auth, failure.message)
            if failure.code != "workspace-config-missing":
                raise exception_of(failure, kind=UserErrorException) from None
            folder, file = os.path.split(place) if place.endswith(".json") else (place, name or "config.json")
            at = "" if folder == os.getcwd() else f' --folder "{folder}"'
            writes = f"`scoredock workspace write-config{at}` writes it. " if file == "config.json" else ""
            raise coded_error(
                UserErrorException,
                f"The workspace configuration file {name or 'config.json'}, could not be found in {place} or its"
                " parent directories. Please check whether the workspace configuration file exists, or provide the full"
                " path to the configuration file as an argument.",
                failure.code,
                f'{writes}For the default workspace of this machine without a file write Workspace.get("local").',
            ) from None
        return Workspace._of(record, auth)

    @staticmethod
    def _instead_of_config(folder: str, auth: Any, reason: str = "") -> "Workspace":
        """The workspace of a folder that no configuration names one for, or one with placeholders: in a script that was
        submitted, that of its run."""
        of_the_run = workspace_of_the_run()
        one = Workspace._of(request("workspace/show", id=of_the_run or "local"), auth)
        if of_the_run:
            return one
        if folder not in _FOLDERS_WITHOUT_CONFIG:
            _FOLDERS_WITHOUT_CONFIG.add(folder)
            line = (
                f"There is no config.json in {folder} or above it that names a workspace; the workspace {one.name} is"
            )
            line += " used. `scoredock workspace write-config` writes the file."
            print(f"{reason} The workspace {one.name} is used." if reason else line, file=sys.stderr)
        if not reason:
            REPORT_OF_THIS_RUN.assume(one.name, folder)
        return one

    @staticmethod
    def create(
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: Optional[Dict[str, str]] = None,
        friendly_name: Optional[str] = None,
        storage_account: Optional[str] = None,
        key_vault: Optional[str] = None,
        app_insights: Optional[str] = None,
        container_registry: Optional[str] = None,
        adb_workspace: Optional[str] = None,
        primary_user_assigned_identity: Optional[str] = None,
        cmk_keyvault: Optional[str] = None,
        resource_cmk_uri: Optional[str] = None,
        hbi_workspace: bool = False,
        default_cpu_compute_target: Any = None,
        default_gpu_compute_target: Any = None,
        private_endpoint_config: Any = None,
        private_endpoint_auto_approval: bool = True,
        exist_ok: bool = False,
        show_output: bool = True,
        user_assigned_identity_for_cmk_encryption: Optional[str] = None,
        system_datastores_auth_mode: str = "accessKey",
        v1_legacy_mode: Optional[bool] = None,
    ) -> "Workspace":
        """An empty workspace on this machine."""
        require_given(name, "name")
        try:
            record = request(
                "workspace/create",
                name=name,
                subscriptionId=subscription_id or "",
                resourceGroup=resource_group or "",
            )
        except ServerFailure as failure:
            if failure.code == "workspace-exists" and not exist_ok and "workspace use" not in failure.fix:
                failure.message = f"The workspace {name} already exists."
                failure.fix = "Give exist_ok=True, or open it with Workspace.get."
            if failure.code != "workspace-exists" or not exist_ok:
                raise exception_of(failure) from None
            return Workspace.get(name, auth, subscription_id, resource_group)
        made_here = Workspace._of(record, auth)
        made_here._subscription_id = made_here._subscription_id or subscription_id or ""
        made_here._resource_group = made_here._resource_group or resource_group or ""
        made_here._keep(tags=dict(tags or {}), friendlyName=friendly_name)
        return made_here

    @staticmethod
    def _get_or_create(
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        **kwargs: Any,
    ) -> "Workspace":
        """The workspace of that name, a new one where there is none: scripts call this private method of v1 as well."""
        return Workspace.create(name, auth, subscription_id, resource_group, location, exist_ok=True, **kwargs)

    @staticmethod
    def get(
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        cloud: str = "AzureCloud",
        id: Optional[str] = None,
    ) -> "Workspace":
        """The workspace of that name."""
        return Workspace(subscription_id or "", resource_group or "", name, auth, _workspace_id=id)

    @staticmethod
    def list(
        subscription_id: str, auth: Any = None, resource_group: Optional[str] = None
    ) -> "Dict[str, List[Workspace]]":
        """Workspaces of this machine that are not known to belong elsewhere, by their names."""
        found: Dict[str, List[Workspace]] = {}
        for record in records():
            if fits(record, subscription_id, resource_group):
                found.setdefault(record["name"], []).append(Workspace._of(record, auth))
        return found

    @staticmethod
    def setup() -> "Workspace":
        """The default workspace of this machine."""
        return Workspace.get("local")

    @classmethod
    def _of(cls, record: Dict[str, Any], auth: Any = None) -> "Workspace":
        one = cls.__new__(cls)
        one._auth, one._record, one._tags = auth, record, {}
        one._subscription_id, one._resource_group = record["subscriptionId"], record["resourceGroup"]
        return one

    def _engine(self) -> str:
        """Engine that was chosen for ACI and AKS; empty if none was."""
        return str(self._record.get("engine", ""))

    def _ask(self, method: str, **params: Any) -> Any:
        """Asks the server for something of this workspace. Raises ServerFailure."""
        try:
            return request(method, workspaceId=self._record["id"], **params)
        except ServerFailure as failure:
            raise named(failure, self._record) from None

    def _ask_raising(self, error: Type[AzureMLException], method: str, **params: Any) -> Any:
        """The same, for calls of which scripts catch `error`; raises that."""
        try:
            return self._ask(method, **params)
        except ServerFailure as failure:
            raise exception_of(failure, kind=error) from None

    @property
    def name(self) -> str:
        """Name of the workspace."""
        return str(self._record["name"])

    @property
    def subscription_id(self) -> str:
        """Subscription of the workspace in Azure that it stands for; empty if there is none."""
        return str(self._subscription_id)

    @property
    def resource_group(self) -> str:
        """Resource group of the workspace in Azure that it stands for; empty if there is none."""
        return str(self._resource_group)

    @property
    def location(self) -> str:
        """Location of the workspace: always `local`, this machine."""
        return "local"

    @property
    def sku(self) -> str:
        """Edition of the workspace: always Basic."""
        return "Basic"

    @property
    def tags(self) -> Dict[str, str]:
        """Tags that it was opened with, else those that a script has set."""
        return dict(self._tags or self._kept("tags") or {})

    def _kept(self, name: str) -> Any:
        """Value of the workspace that a script has set; None if there is none."""
        return notes.read(self, _DESCRIPTION).get(name)

    def _keep(self, **values: Any) -> None:
        given = {name: value for name, value in values.items() if value}
        if given:
            notes.note(self, _DESCRIPTION, **given)

    @property
    def discovery_url(self) -> str:
        """Not available, as no services of Azure are behind the workspace. Raises UserErrorException."""
        raise not_here("Workspace.discovery_url", _IN_AZURE)

    @property
    def service_context(self) -> Any:
        """Not available, as no services of Azure are behind the workspace. Raises UserErrorException."""
        raise not_here("Workspace.service_context", _IN_AZURE)

    def get_details(self) -> Dict[str, Any]:
        """Details of the workspace; resources of Azure are replaced by what stands for them here."""
        subscription = self.subscription_id or "00000000-0000-0000-0000-000000000000"
        return {
            "id": f"/subscriptions/{subscription}/resourceGroups/{self.resource_group or 'scoredock'}/providers"
            f"/Microsoft.MachineLearningServices/workspaces/{self.name}",
            "name": self.name,
            "location": self.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "tags": self.tags,
            "sku": self.sku,
            "workspaceid": self._record["id"],
            "friendlyName": self._kept("friendlyName") or self.name,
            "description": self._kept("description") or "",
            "storageAccount": self._record["path"],
            "containerRegistry": "local/docker",
            "keyVault": "",
            "applicationInsights": "",
        }

    def write_config(self, path: Optional[str] = None, file_name: Optional[str] = None) -> None:
        """Writes its configuration into `aml_config` there, or into `.azureml` where that is not; `path` may be that
        folder itself. Raises UserErrorException where it cannot be written, as in a folder that is not there."""
        folder = os.path.abspath(os.path.expanduser(path or os.curdir))
        below = "aml_config" if os.path.exists(os.path.join(folder, "aml_config")) else ".azureml"
        if os.path.basename(folder) != below:
            folder = os.path.join(folder, below)
        usual = "project.json" if os.path.exists(os.path.join(folder, "project.json")) else "config.json"
        file_path = os.path.join(folder, f"{os.path.splitext(file_name)[0]}.json" if file_name else usual)
        identity = {
            "subscription_id": self.subscription_id,
            "resource_group": self.resource_group,
            "workspace_name": self.name,
        }
        try:
            if not os.path.isdir(folder):
                os.mkdir(folder)
            with open(file_path, "w", encoding="utf-8") as file:
                json.dump(identity, file, indent=4)
        except OSError as error:
            raise coded_error(
                UserErrorException,
                f"The configuration {file_path} could not be written: {error.strerror}.",
                "folder-unwritable",
                "Create the folder first, or choose another one.",
            ) from None

    @property
    def models(self) -> "Dict[str, Model]":
        """The newest version of each model, by name."""
        from azureml.core.model import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def environments(self) -> "Dict[str, Environment]":
        """Registered and curated environments, by name."""
        from azureml.core.environment import Environment

        return Environment.list(self)

    @property
    def webservices(self) -> "Dict[str, Webservice]":
        """Services, by name."""
        from azureml.core.webservice import Webservice

        return {service.name: service for service in Webservice.list(self)}

    @property
    def images(self) -> "Dict[str, Image]":
        """The newest version of each image, by name."""
        from azureml.core.image import Image

        return {image.name: image for image in reversed(Image.list(self))}

    @property
    def compute_targets(self) -> "Dict[str, ComputeTarget]":
        """Compute targets that were attached or created, by name; another name stands for this machine from then on."""
        from azureml.core.compute.compute import ComputeTargets

        return ComputeTargets(self)

    @property
    def experiments(self) -> "Dict[str, Experiment]":
        """Experiments of the tracking stores that are found here, by name."""
        from azureml.core.experiment import Experiment

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    @property
    def datastores(self) -> "Dict[str, Datastore]":
        """Datastores that every workspace has, and those that scripts have registered, by name."""
        from azureml.core.datastore import Datastore, folders_of

        return {name: Datastore(self, name) for name in folders_of(self)}

    @property
    def datasets(self) -> Dict[str, Any]:
        """Registered datasets, by name."""
        from azureml.core.dataset import Dataset

        return Dataset._registered(self)

    def get_default_datastore(self) -> "Datastore":
        """workspaceblobstore, or the one that a script has chosen."""
        from azureml.core.datastore import Datastore

        return Datastore.get_default(self)

    def set_default_datastore(self, name: str) -> None:
        """Sets the datastore that `get_default_datastore` returns from now on."""
        from azureml.core.datastore import Datastore

        Datastore.get(self, name).set_as_default()

    def get_default_compute_target(self, type: str) -> Any:
        """Default compute target for training: None, as there is none."""
        return None

    def get_default_keyvault(self) -> Any:
        """Secrets are read from the variables of the process."""
        from azureml.core.keyvault import Keyvault

        return Keyvault(self)

    def get_run(self, run_id: str) -> "Run":
        """A run of the tracking stores that are found here."""
        from azureml.core.run import Run

        return Run.get(self, run_id)

    def get_mlflow_tracking_uri(self, _with_auth: bool = False) -> str:
        """Tracking URI of the workspace's own runs, or that of MLFLOW_TRACKING_URI if it names another store."""
        chosen = os.environ.get("MLFLOW_TRACKING_URI", "")
        if not chosen or chosen.startswith("azureml:"):  # as a script leaves it when it has taken ours, or another's
            return self._own_tracking_uri()
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # else MLflow from 3.17 on writes into no folder
        return chosen

    def _own_tracking_uri(self) -> str:
        return f"azureml://localhost/mlflow/v1.0/workspaces/{self._record['id']}"

    def delete(self, delete_dependent_resources: bool = False, no_wait: bool = False) -> None:
        """Hides the workspace; nothing is removed from the disk, and a line says so."""
        try:
            request("workspace/forget", id=self._record["id"])
        except ServerFailure as failure:
            raise exception_of(failure) from None
        print(
            f"The workspace {self.name} is no longer listed. Its files stay in {self._record['path']}; remove them by"
            " hand if nobody needs them.",
            file=sys.stderr,
        )

    def update_dependencies(self, container_registry: Any = None, force: bool = False) -> None:
        """Not available, as the workspace has no resources in Azure. Raises UserErrorException."""
        raise not_here("Workspace.update_dependencies", _IN_AZURE)

    def update(
        self,
        friendly_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        image_build_compute: Any = None,
        service_managed_resources_settings: Any = None,
        primary_user_assigned_identity: Any = None,
        allow_public_access_when_behind_vnet: Any = None,
        v1_legacy_mode: Any = None,
    ) -> Dict[str, Any]:
        """Changes the tags, the friendly name and the description, which other scripts find as well; what else there is
        to change belongs to Azure, and nothing here needs it. Returns the details.
        """
        given = {"friendlyName": friendly_name, "description": description, "tags": tags}
        changes = {name: value for name, value in given.items() if value is not None}
        if changes:
            notes.note(self, _DESCRIPTION, **changes)
        self._tags = {} if tags is not None else self._tags
        return self.get_details()

    def sync_keys(self, no_wait: bool = False) -> None:
        """Not available, as the workspace has no keys. Raises UserErrorException."""
        raise not_here("Workspace.sync_keys", _IN_AZURE)

    def list_keys(self) -> None:
        """Not available, as the workspace has no keys. Raises UserErrorException."""
        raise not_here("Workspace.list_keys", _IN_AZURE)

    def diagnose_workspace(self, diagnose_parameters: Any) -> None:
        """Not available: `scoredock doctor` checks this computer. Raises UserErrorException."""
        raise not_here("Workspace.diagnose_workspace", "Run `scoredock doctor`.")

    def add_private_endpoint(
        self,
        private_endpoint_config: Any,
        private_endpoint_auto_approval: bool = True,
        location: Optional[str] = None,
        show_output: bool = True,
        tags: Optional[Dict[str, str]] = None,
    ) -> None:
        """Services answer on this machine only."""
        raise not_here("Workspace.add_private_endpoint", _IN_AZURE)

    def delete_private_endpoint_connection(self, private_endpoint_connection_name: str) -> None:
        """Services answer on this machine only."""
        raise not_here("Workspace.delete_private_endpoint_connection", _IN_AZURE)

    def set_connection(self, name: str, category: str, target: str, authType: str, value: str) -> None:
        """Not available, as the workspace has no connections. Raises UserErrorException."""
        raise not_here("Workspace.set_connection", _IN_AZURE)

    def list_connections(self, category: Optional[str] = None, target: Optional[str] = None) -> None:
        """Not available, as the workspace has no connections. Raises UserErrorException."""
        raise not_here("Workspace.list_connections", _IN_AZURE)

    def get_connection(self, name: str) -> None:
        """Not available, as the workspace has no connections. Raises UserErrorException."""
        raise not_here("Workspace.get_connection", _IN_AZURE)

    def delete_connection(self, name: str) -> None:
        """Not available, as the workspace has no connections. Raises UserErrorException."""
        raise not_here("Workspace.delete_connection", _IN_AZURE)

    @property
    def private_endpoints(self) -> Dict[str, Any]:
        """Empty, as there are no private endpoints."""
        return {}

    @property
    def linked_services(self) -> Dict[str, Any]:
        """Empty, as there are no linked services."""
        return {}

    def __repr__(self) -> str:
        identity = f"subscription_id='{self.subscription_id}', resource_group='{self.resource_group}'"
        return f"Workspace.create(name='{self.name}', {identity})"
