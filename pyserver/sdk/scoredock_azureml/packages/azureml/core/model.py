"""`Model`: registered, listed, downloaded, deployed, packaged and profiled; its path in a script."""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple, Union

from azureml._scoredock import names, notes
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of, not_here
from azureml._scoredock.paths import here
from azureml.core._inference_config import InferenceConfig
from azureml.core._model_record import attributes, dataset_id, described, details, missing
from azureml.core._package import ModelPackage
from azureml.core.profile import ModelProfile
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.core.webservice import deployment
from azureml.core.webservice.webservice import Webservice, WebserviceDeploymentConfiguration, _default_of, matches
from azureml.exceptions import ModelNotFoundException, UserErrorException, WebserviceException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace

__all__ = ["InferenceConfig", "Model", "ModelPackage"]

MODELS_DIR = os.path.join(os.environ.get("AML_APP_ROOT", ""), "azureml-models")
_PAGES = (20, 255)


class Model:
    """Version of a registered model."""

    class Framework:
        """Names of frameworks."""

        CUSTOM = "Custom"
        TENSORFLOW = "TensorFlow"
        SCIKITLEARN = "ScikitLearn"
        ONNX = "Onnx"
        TFKERAS = "TfKeras"
        PYTORCH = "PyTorch"
        MULTI = "Multi"

    def __init__(
        self,
        workspace: "Workspace",
        name: Optional[str] = None,
        id: Optional[str] = None,
        tags: Optional[Sequence[Any]] = None,
        properties: Optional[Sequence[Any]] = None,
        version: Optional[int] = None,
        run_id: Optional[str] = None,
        model_framework: Optional[str] = None,
        expand: bool = True,
        **kwargs: Any,
    ) -> None:
        if not id and not name:
            raise WebserviceException("Error, one of id or name must be provided.")
        self.workspace = workspace
        if not id and version is None and (tags or properties or run_id or model_framework):
            models = Model.list(workspace, name, tags, properties, run_id, model_framework=model_framework)
            if not models:
                raise missing(name, version, workspace)
            self._take(models[0]._details)
            return
        self._take(details(workspace, id or (f"{name}:{version}" if version is not None else str(name)), name, version))

    id: str
    name: str
    version: int
    description: str
    tags: Dict[str, str]
    properties: Dict[str, str]
    model_framework: Optional[str]
    model_framework_version: Optional[str]
    created_time: datetime.datetime
    created_by: str
    run_id: Optional[str]
    experiment_name: Optional[str]
    url: str
    sample_input_dataset: Optional[str]
    sample_output_dataset: Optional[str]
    datasets: Dict[str, List[str]]
    resource_configuration: Optional[ResourceConfiguration]
    mime_type = "application/json"
    unpack = False
    parent_id: Optional[str] = None
    derived_model_ids: "Sequence[str]" = ()

    def _take(self, details: Dict[str, Any]) -> None:
        self._details = details
        vars(self).update(attributes(details))
        self.url = f"scoredock://{self.workspace._record['id']}/models/{self.id}"

    @classmethod
    def _of(cls, workspace: "Workspace", id: str) -> "Model":
        return cls(workspace, id=id)

    @property
    def run(self) -> "Optional[Run]":
        """The run that it came from."""
        from azureml.core.run import Run

        return Run.get(self.workspace, self.run_id) if self.run_id else None

    # ------------------------------------------------------------------------------------------ registering

    @staticmethod
    def register(
        workspace: "Workspace",
        model_path: str,
        model_name: str,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        description: Optional[str] = None,
        datasets: Optional[Sequence[Tuple[str, Any]]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        child_paths: Optional[Sequence[str]] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Optional[ResourceConfiguration] = None,
    ) -> "Model":
        """The next version of that name, from a file or folder."""
        arguments = dict(locals())
        names.require_model_name(model_name)
        model_path = here(model_path)
        if model_framework_version and not model_framework:
            raise WebserviceException("Model framework version cannot be provided without a valid framework")
        if not os.path.exists(model_path):
            raise FileNotFoundError(f"Path does not exist: {model_path}")
        for child in child_paths or ():
            if not os.path.exists(os.path.join(model_path, child)):
                raise WebserviceException(f'Error, provided child path "{child}" cannot be found')
        print(f"Registering model {model_name}")
        params = {
            "paths": [os.path.abspath(model_path)],
            "name": model_name,
            "childPaths": list(child_paths or ()),
            **described(arguments, workspace),
        }
        return _registered(workspace, "model/register", params)

    @staticmethod
    def _registered_path(workspace: "Workspace", path: str) -> "Model":
        """A file or folder that a deployment names, registered under its own name."""
        _, files = deployment.models_of([path])
        if not files:
            raise FileNotFoundError(f"Path does not exist: {path}")
        return Model.register(workspace, path, files[0]["name"])

    @staticmethod
    def get_model_path(model_name: str, version: Optional[int] = None, _workspace: Any = None) -> str:
        """Path of the model's file or folder: in the workspace that is given, else below `azureml-models` or here."""
        if version is not None and not isinstance(version, int):
            raise WebserviceException("version should be an int")
        if _workspace is not None:
            model = Model(_workspace, model_name, version=version)
            return model.download(os.path.join(MODELS_DIR, model.name, str(model.version)), exist_ok=True)
        folder = os.path.join(MODELS_DIR, model_name)
        if not os.path.isdir(folder):
            if os.path.exists(model_name):
                return model_name
            raise ModelNotFoundException(
                f"Model {model_name} not found in cache at {MODELS_DIR} or in current working directory {os.getcwd()}."
                " For more info, set logging level to DEBUG."
            )
        versions = [int(each) for each in os.listdir(folder)] if version is None else [version]
        if not versions:
            raise ModelNotFoundException("versions is empty")
        versioned = os.path.join(folder, str(max(versions)))
        entries = os.listdir(versioned) if os.path.isdir(versioned) else []
        if len(entries) != 1:
            raise ModelNotFoundException(f"Dir {versioned} can contain only 1 file or folder. Found {entries}")
        return os.path.join(versioned, entries[0])

    # ------------------------------------------------------------------------------------------ finding

    @staticmethod
    def list(
        workspace: "Workspace",
        name: Optional[str] = None,
        tags: Optional[Sequence[Any]] = None,
        properties: Optional[Sequence[Any]] = None,
        run_id: Optional[str] = None,
        latest: bool = False,
        dataset_id: Optional[str] = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: Optional[str] = None,
    ) -> "List[Model]":
        """Models that fit all that is given, the newest first."""
        if not _PAGES[0] <= page_count <= _PAGES[1]:
            raise UserErrorException(
                f"Expected page_count value is between {_PAGES[0]} and {_PAGES[1]}. Provided: {page_count}"
            )
        query = {"framework": model_framework or "", "runId": run_id or "", "latest": latest, "order": "newest"}
        records = workspace._ask("model/list", name=name or "", query=query)["models"]
        models = [
            Model._of(workspace, record["id"])
            for record in records
            if (not tags or matches(record["tags"], tags))
            and (not properties or matches(record["properties"], properties))
        ]
        return [one for one in models if not dataset_id or any(dataset_id in ids for ids in one.datasets.values())]

    def download(self, target_dir: str = ".", exist_ok: bool = False, exists_ok: Optional[bool] = None) -> str:
        """Copies its file or folder there; gives the path of it."""
        overwrite = bool(exist_ok if exists_ok is None else exists_ok)
        try:
            path = self.workspace._ask(
                "model/download", id=self.id, target=os.path.abspath(target_dir), overwrite=overwrite
            )["path"]
        except ServerFailure as failure:
            if failure.code == "model-file-exists":
                failure.message = f"File already exists. To overwrite, set exist_ok to True. {failure.message}"
            raise exception_of(failure, kind=WebserviceException) from None
        files = [os.path.join(os.path.abspath(target_dir), each["path"]) for each in self._details["files"]]
        place = os.path.commonpath(files) if files else str(path)
        return os.path.relpath(place) if not os.path.isabs(target_dir) else place

    # ------------------------------------------------------------------------------------------ changing

    def update(
        self,
        tags: Optional[Dict[str, Any]] = None,
        description: Optional[str] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Optional[ResourceConfiguration] = None,
    ) -> None:
        """Replaces all tags, and what else is given."""
        changes: Dict[str, Any] = {}
        if tags:
            changes["setTags"] = deployment.texts(tags, "Tags")
            changes["removeTags"] = [key for key in self.tags if key not in changes["setTags"]]
        if description:
            changes["description"] = description
        if sample_input_dataset is not None:
            changes["sampleInputDataset"] = dataset_id(sample_input_dataset, "input", self.workspace, self.name)
        if sample_output_dataset is not None:
            changes["sampleOutputDataset"] = dataset_id(sample_output_dataset, "output", self.workspace, self.name)
        if resource_configuration is not None:
            changes["resources"] = resource_configuration.serialize()
        self._change(changes)

    def update_tags_properties(
        self,
        add_tags: Optional[Dict[str, Any]] = None,
        remove_tags: Union[str, Sequence[str], None] = None,
        add_properties: Optional[Dict[str, Any]] = None,
    ) -> None:
        """Adds and removes."""
        added = deployment.texts(add_tags, "Tags")
        for key in [key for key in added if key in self.tags]:
            print(f"Replacing tag {key} -> {self.tags[key]} with {key} -> {added[key]}")
        removed: List[str] = []
        if remove_tags and not self.tags:
            print("Model has no tags to remove.")
        elif remove_tags:
            for key in [remove_tags] if isinstance(remove_tags, str) else remove_tags:
                if key in self.tags:
                    removed.append(key)
                else:
                    print(f"Tag with key {key} not found.")
        more = deployment.texts(add_properties, "Properties")
        fixed = [key for key in more if key in self.properties]
        if fixed:
            raise coded_error(
                WebserviceException,
                f"Error, properties are immutable, the following keys cannot be added/modified: {','.join(fixed)}",
                "model-property-immutable",
            )
        self._change({"setTags": added, "removeTags": removed, "addProperties": more})

    def add_tags(self, tags: Dict[str, Any]) -> None:
        """Adds them; those that are there are replaced, and printed."""
        self.update_tags_properties(add_tags=tags)
        print("Model tag add operation complete.")

    def remove_tags(self, tags: Union[str, Sequence[str]]) -> None:
        """Removes them by their keys."""
        self.update_tags_properties(remove_tags=tags)
        print("Model tag remove operation complete.")

    def add_properties(self, properties: Dict[str, Any]) -> None:
        """Adds them; those that are there cannot be changed."""
        self.update_tags_properties(add_properties=properties)
        print("Model properties add operation complete.")

    def add_dataset_references(self, datasets: Sequence[Tuple[str, Any]]) -> None:
        """Datasets are named when a model is registered."""
        raise not_here("Model.add_dataset_references", "Name the datasets in Model.register.", WebserviceException)

    def _change(self, changes: Dict[str, Any]) -> None:
        self.workspace._ask_raising(WebserviceException, "model/update", id=self.id, **changes)
        self._take(details(self.workspace, self.id))

    def delete(self) -> None:
        """Moves it to the trash. Raises WebserviceException while something uses it."""
        self.workspace._ask_raising(WebserviceException, "model/delete", id=self.id)

    def serialize(self) -> Dict[str, Any]:
        """The model under the names of the SDK."""
        resources = self.resource_configuration
        return {
            "createdTime": self.created_time.isoformat(),
            "createdBy": {"userName": self.created_by},
            "description": self.description,
            "id": self.id,
            "mimeType": self.mime_type,
            "name": self.name,
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "tags": self.tags,
            "properties": self.properties,
            "unpack": self.unpack,
            "url": self.url,
            "version": self.version,
            "experimentName": self.experiment_name,
            "runId": self.run_id,
            "runDetails": None,
            "datasets": [{"name": scenario, "id": each} for scenario, ids in self.datasets.items() for each in ids],
            "resourceConfiguration": resources.serialize() if resources is not None else None,
            "sampleInputDatasetId": self.sample_input_dataset,
            "sampleOutputDatasetId": self.sample_output_dataset,
        }

    @staticmethod
    def deserialize(workspace: "Workspace", model_payload: Dict[str, Any]) -> "Model":
        """The model that `serialize` described."""
        return Model(workspace, id=model_payload["id"])

    def get_sas_urls(self) -> Dict[str, str]:
        """Files are downloaded."""
        raise not_here("Model.get_sas_urls", "Use Model.download.", WebserviceException)

    # ------------------------------------------------------------------------------------------ deploying

    @staticmethod
    def print_configuration(
        models: Sequence[Any], inference_config: Any, deployment_config: Any, deployment_target: Any
    ) -> None:
        """Prints the configuration of a deployment, as `show_output` does."""
        if models:
            print(f"Models: {[model if isinstance(model, str) else model.id for model in models]}")
        if deployment_target:
            print(f"Compute target: {deployment_target.name}")
        if inference_config is not None:
            print(f"Entry script: {inference_config.entry_script}")
            environment = inference_config.environment
            if environment is not None:
                print(f"Environment variables: {environment.environment_variables}")
                if environment.python.conda_dependencies is not None:
                    print(
                        f"Environment dependencies: {environment.python.conda_dependencies.as_dict()['dependencies']}"
                    )
        if deployment_config is not None:
            deployment_config.print_deploy_configuration()

    @staticmethod
    def deploy(
        workspace: "Workspace",
        name: str,
        models: "List[Union[str, Model]]",
        inference_config: Optional[InferenceConfig] = None,
        deployment_config: Optional[WebserviceDeploymentConfiguration] = None,
        deployment_target: Any = None,
        overwrite: bool = False,
        show_output: bool = False,
    ) -> Webservice:
        """Begins the deployment, and gives the service; `wait_for_deployment` waits for it."""
        names.require_service_name(name)
        configuration = deployment_config or _default_of(deployment_target)
        # In Azure a local service has no name in the workspace.
        replaces = overwrite or "Local" in (configuration._kind, notes.read(workspace, name).get("computeType"))
        Webservice.check_for_existing_webservice(workspace, name, replaces)
        if inference_config is None:
            _require_codeless(models)
        else:
            inference_config.validate_configuration()
        configuration.validate_configuration()
        if show_output:
            Model.print_configuration(models, inference_config, configuration, deployment_target)
        source = deployment.for_target(deployment.source_of(models), deployment_target)
        service = _begun(workspace, name, source, inference_config, configuration, replaces)
        if show_output:
            print("Request submitted, please run wait_for_deployment(show_output=True) to get deployment status.")
        return service

    @staticmethod
    def package(
        workspace: "Workspace",
        models: "List[Union[str, Model]]",
        inference_config: Optional[InferenceConfig] = None,
        generate_dockerfile: bool = False,
        image_name: Optional[str] = None,
        image_label: Optional[str] = None,
    ) -> ModelPackage:
        """Begins to make an image, or the files that one is made of."""
        if inference_config is None:
            _require_codeless(models)
        return ModelPackage._create(
            workspace,
            [_model_id(workspace, each) for each in models],
            inference_config,
            generate_dockerfile,
            (image_name, image_label),
        )

    @staticmethod
    def profile(
        workspace: "Workspace",
        profile_name: str,
        models: "List[Model]",
        inference_config: InferenceConfig,
        input_dataset: Any,
        cpu: Optional[float] = None,
        memory_in_gb: Optional[float] = None,
        description: Optional[str] = None,
    ) -> ModelProfile:
        """Begins to measure a service with these models by the requests of a dataset."""
        return ModelProfile._create(
            workspace,
            profile_name,
            [_model_id(workspace, each) for each in models],
            inference_config,
            input_dataset,
            {"cpu": cpu, "memory": memory_in_gb, "description": description},
        )

    def __repr__(self) -> str:
        return (
            f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, version={self.version},"
            f" tags={self.tags}, properties={self.properties})"
        )


def _begun(
    workspace: "Workspace",
    name: str,
    source: Dict[str, Any],
    inference_config: Optional[InferenceConfig],
    configuration: WebserviceDeploymentConfiguration,
    overwrite: bool,
) -> Webservice:
    """The service whose deployment begins."""
    operation = deployment.deploy(workspace, name, source, inference_config, configuration, overwrite)
    return object.__new__(configuration._service_class())._begin(workspace, name, None, operation)


_CODELESS = ("Onnx", "ScikitLearn", "TensorFlow", "Multi")


def _require_codeless(models: Sequence[Any]) -> None:
    """Raises WebserviceException for what cannot be served without an entry script."""
    if len(models) != 1:
        raise WebserviceException("You must provide an InferenceConfig when deploying zero or multiple models.")
    framework = getattr(models[0], "model_framework", None)
    if isinstance(models[0], Model) and framework in ("Custom", "TfKeras"):
        raise WebserviceException(
            "You must provide an InferenceConfig when deploying a model with model_framework set to"
            f" {framework}. Default environments are only provided for these frameworks: {list(_CODELESS)}."
        )


def _model_id(workspace: "Workspace", model: "Union[str, Model]") -> str:
    if isinstance(model, Model):
        return model.id
    return Model._registered_path(workspace, model).id if os.path.exists(model) else model


def _registered(workspace: "Workspace", method: str, params: Dict[str, Any]) -> Model:
    record = workspace._ask_raising(WebserviceException, method, **params)
    return Model(workspace, id=record["id"])
