"""Datastores: folders of the workspace, also those that a script registers for storage in Azure."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from azureml._scoredock import notes
from azureml._scoredock.absent import refuse_each
from azureml._scoredock.failures import coded_error, not_here
from azureml._scoredock.msrest_names import also_operation_error
from azureml._scoredock.notes import make_private
from azureml._scoredock.paths import here
from azureml.data.data_reference import DataReference, on_store
from azureml.exceptions import AzureMLException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

FOLDERS: Dict[str, str] = {
    "workspaceblobstore": "sdk-files",
    "workspacefilestore": "sdk-file-share",
    "workspaceartifactstore": "sdk-artifacts",
    "workspaceworkingdirectory": "sdk-working-directory",
}
"""Name of each → folder of the workspace; the first one is the default until a script chooses the other."""
_CHOICE = ".datastores"
_REGISTERED = "registered"
_NAME = re.compile(r"\w+")
_INSTEAD = "Copy the files to this machine; Datastore.get_default is a folder of the workspace."


class Datastore:
    """Files that scripts keep beside their models."""

    def __init__(self, workspace: "Workspace", name: Optional[str] = None) -> None:
        if name is None:
            name = str(notes.read(workspace, _CHOICE).get("default") or next(iter(FOLDERS)))
        folders = folders_of(workspace)
        if name not in folders:
            raise coded_error(
                also_operation_error(UserErrorException),
                f"Could not find datastore {name}: there are only {', '.join(folders)}.",
                "sdk-not-here",
                "Datastore.register_azure_blob_container makes one of this name, a folder of the workspace: copy there"
                " what the script reads.",
            )
        self.workspace = workspace
        self.name = name
        self.datastore_type = "Local"
        # Those of a blob container, which scripts print; a folder has none.
        self.account_name = self.container_name = self.endpoint = self.protocol = None
        self._folder = os.path.join(workspace._record["path"], folders[name])
        stands_for = _registered(workspace).get(name)
        self._is_stand_in = stands_for is not None
        vars(self).update(stands_for or {})

    @staticmethod
    def get(workspace: "Workspace", datastore_name: str) -> "Datastore":
        """Datastore by its name."""
        return Datastore(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: "Workspace") -> "Datastore":
        """workspaceblobstore, or the one that a script has chosen."""
        return Datastore(workspace)

    @staticmethod
    def register_azure_blob_container(
        workspace: "Workspace",
        datastore_name: str,
        container_name: str,
        account_name: str,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
        blob_cache_timeout: Optional[int] = None,
        grant_workspace_access: bool = False,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
    ) -> "Datastore":
        """An empty folder of the workspace under that name; nothing is done in Azure, and no credential is kept."""
        return _register(workspace, datastore_name, "AzureBlob", (container_name, account_name), overwrite)

    @staticmethod
    def register_azure_file_share(
        workspace: "Workspace",
        datastore_name: str,
        file_share_name: str,
        account_name: str,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
    ) -> "Datastore":
        """Registers an empty folder of the workspace under that name; nothing is done in Azure, and no credential is
        kept.
        """
        return _register(workspace, datastore_name, "AzureFile", (file_share_name, account_name), overwrite)

    @staticmethod
    def register_azure_data_lake(
        workspace: "Workspace",
        datastore_name: str,
        store_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        overwrite: bool = False,
        grant_workspace_access: bool = False,
    ) -> "Datastore":
        """Registers an empty folder of the workspace under that name; nothing is done in Azure, and no credential is
        kept.
        """
        return _register(workspace, datastore_name, "AzureDataLake", (store_name, None), overwrite)

    @staticmethod
    def register_azure_data_lake_gen2(
        workspace: "Workspace",
        datastore_name: str,
        filesystem: str,
        account_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        grant_workspace_access: bool = False,
    ) -> "Datastore":
        """Registers an empty folder of the workspace under that name; nothing is done in Azure, and no credential is
        kept.
        """
        return _register(workspace, datastore_name, "AzureDataLakeGen2", (filesystem, account_name), overwrite)

    @staticmethod
    def register_azure_sql_database(
        workspace: "Workspace", datastore_name: str, server_name: str, database_name: str, *more: Any, **others: Any
    ) -> "Datastore":
        """A database under that name, which nothing here asks: what reads it says so. No credential is kept."""
        return _register_database(
            workspace, datastore_name, "AzureSqlDatabase", (server_name, database_name), [*more, *others.values()]
        )

    @staticmethod
    def register_azure_postgre_sql(
        workspace: "Workspace", datastore_name: str, server_name: str, database_name: str, *more: Any, **others: Any
    ) -> "Datastore":
        """Registers a database under that name, which nothing here asks: what reads it says so. No
        credential is kept.
        """
        return _register_database(
            workspace, datastore_name, "AzurePostgreSql", (server_name, database_name), [*more, *others.values()]
        )

    @staticmethod
    def register_azure_my_sql(
        workspace: "Workspace", datastore_name: str, server_name: str, database_name: str, *more: Any, **others: Any
    ) -> "Datastore":
        """Registers a database under that name, which nothing here asks: what reads it says so. No
        credential is kept.
        """
        return _register_database(
            workspace, datastore_name, "AzureMySql", (server_name, database_name), [*more, *others.values()]
        )

    def upload_files(
        self,
        files: List[str],
        relative_root: Optional[str] = None,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copies files there. Raises UserErrorException where one of them is none, before anything is copied."""
        files = [here(os.fspath(each)) for each in files]
        for each in files:
            if not os.path.isfile(each):
                raise _nothing_uploaded(f"“{each}” is not a file.")
        # As in Azure, a place begins below the store, however it is written.
        target_path = re.sub(r"^(?:\.*/)+", "", on_store(target_path))
        root = os.path.abspath(
            here(relative_root) or os.path.commonpath([os.path.dirname(os.path.abspath(f)) for f in files])
        )
        for number, file in enumerate(files, 1):
            below = os.path.relpath(os.path.abspath(file), root)
            target = os.path.join(self._folder, target_path, below)
            if os.path.exists(target) and not overwrite:
                if show_progress:
                    print(f"Target already exists. Skipping upload for {os.path.join(target_path, below)}")
                continue
            if show_progress:
                print(f"Uploading {file}\nUploaded {file}, {number} files out of an estimated total of {len(files)}")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(file, target)
        return DataReference(self, path_on_datastore=target_path)

    def upload(
        self,
        src_dir: str,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copies a folder there. Raises UserErrorException where it is none."""
        src_dir = here(os.fspath(src_dir))
        if not os.path.isdir(src_dir):
            raise _nothing_uploaded(f"“{src_dir}” is not a folder.")
        files = [os.path.join(folder, name) for folder, _, names in os.walk(src_dir) for name in names]
        return self.upload_files(files, src_dir, target_path, overwrite, show_progress)

    def download(
        self, target_path: str, prefix: Optional[str] = None, overwrite: bool = False, show_progress: bool = True
    ) -> int:
        """Copies files from there; gives how many."""
        count = 0
        for folder, _, names in os.walk(os.path.join(self._folder, on_store(prefix))):
            for name in names:
                source = os.path.join(folder, name)
                target = os.path.join(target_path, os.path.relpath(source, self._folder))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if overwrite or not os.path.exists(target):
                    shutil.copy2(source, target)
                count += 1
        return count

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> DataReference:
        """A place in it."""
        return DataReference(self, data_reference_name, path)

    def as_mount(self) -> DataReference:
        """Files are on this machine."""
        return DataReference(self)

    def as_download(self, path_on_compute: Optional[str] = None) -> DataReference:
        """The datastore as a folder that a script downloads."""
        return DataReference(self).as_download(path_on_compute)

    def as_upload(self, path_on_compute: Optional[str] = None) -> DataReference:
        """The datastore as a folder that a script uploads to."""
        return DataReference(self).as_upload(path_on_compute)

    def set_as_default(self) -> None:
        """Makes it the default: `get_default` returns it from now on, in other scripts as well."""
        notes.note(self.workspace, _CHOICE, default=self.name)

    def unregister(self) -> None:
        """Removes the name of a datastore that a script has registered; its files stay."""
        if not self._is_stand_in:
            raise not_here("Datastore.unregister", _INSTEAD)
        others = {name: each for name, each in _registered(self.workspace).items() if name != self.name}
        notes.note(self.workspace, _CHOICE, **{_REGISTERED: others})

    def __repr__(self) -> str:
        return f"Datastore(name={self.name}, folder={self._folder})"


def folders_of(workspace: "Workspace") -> Dict[str, str]:
    """Name of each datastore → folder below that of the workspace."""
    return {**FOLDERS, **{name: os.path.join("sdk-datastores", name) for name in _registered(workspace)}}


def _registered(workspace: "Workspace") -> Dict[str, Dict[str, Any]]:
    """The records of those that scripts have registered, by name."""
    records = notes.read(workspace, _CHOICE).get(_REGISTERED)
    return records if isinstance(records, dict) else {}


def _register(
    workspace: "Workspace", name: str, kind: str, place: Tuple[str, Optional[str]], overwrite: bool
) -> Datastore:
    _require_name(workspace, name, overwrite)
    container, account = place
    store = _keep(workspace, name, {"datastore_type": kind, "container_name": container, "account_name": account})
    make_private(store._folder)
    print(f"The datastore {name} is the folder {store._folder}: nothing of {container} is in it.", file=sys.stderr)
    return store


def _register_database(
    workspace: "Workspace", name: str, kind: str, place: Tuple[str, str], others: List[Any]
) -> Datastore:
    _require_name(workspace, name, True in others)
    return _keep(workspace, name, {"datastore_type": kind, "server_name": place[0], "database_name": place[1]})


def _keep(workspace: "Workspace", name: str, record: Dict[str, Any]) -> Datastore:
    notes.note(workspace, _CHOICE, **{_REGISTERED: {**_registered(workspace), name: record}})
    return Datastore(workspace, name)


def _require_name(workspace: "Workspace", name: str, overwrite: bool) -> None:
    if not _NAME.fullmatch(str(name)) or name in FOLDERS:
        raise coded_error(
            UserErrorException,
            f"{name} cannot be the name of a datastore: it has letters, digits and underscores, and is none of"
            f" {', '.join(FOLDERS)}.",
            "sdk-argument-invalid",
        )
    if not overwrite and name in _registered(workspace):
        raise coded_error(
            also_operation_error(UserErrorException, 400),
            f"Another datastore with the same name already exists: {name}.",
            "sdk-argument-invalid",
            "Datastore.get gives it; overwrite=True registers it again, and keeps its files.",
        )


def _nothing_uploaded(sentence: str) -> AzureMLException:
    return coded_error(UserErrorException, f"{sentence} Nothing was uploaded.", "file-not-found", "Check the path.")


refuse_each(
    Datastore,
    ("register_dbfs", "register_hdfs"),
    _INSTEAD,
)
