"""`Image`: models, script and packages in the older way; created, waited for, deployed."""

from __future__ import annotations

import datetime
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Union

from azureml._scoredock.failures import ServerFailure, coded_error, exception_of, not_here
from azureml._scoredock.server import Operation, begin
from azureml.core.webservice import deployment
from azureml.core.webservice.webservice import matches
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core.image.container import ContainerImageConfig
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

_DOT_SECONDS = 1.0
_FIXED = "Create the image again with them."


class Image:
    """Version of an image."""

    def __new__(cls, workspace: Any = None, *args: Any, **kwargs: Any) -> "Image":
        from azureml.core.image.container import ContainerImage

        return super().__new__(ContainerImage if cls is Image else cls)

    def __init__(
        self,
        workspace: "Workspace",
        name: Optional[str] = None,
        id: Optional[str] = None,
        tags: Optional[Sequence[Any]] = None,
        properties: Optional[Sequence[Any]] = None,
        version: Optional[int] = None,
    ) -> None:
        if not name and not id:
            raise WebserviceException("Error, one of id or name must be provided.")
        self.workspace = workspace
        self._operation: Optional[Operation] = None
        self._image: Optional[Dict[str, Any]] = None
        reference = id or (f"{name}:{version}" if version is not None else str(name))
        if not id and version is None and (tags or properties):
            found = Image.list(workspace, name, tags=tags, properties=properties)
            reference = found[0].id if found else reference
        self._load(reference)

    def _load(self, reference: str) -> None:
        try:
            details = self.workspace._ask("image/show", id=reference)
        except ServerFailure as failure:
            if failure.code == "asset-not-found":
                failure.message = f"ImageNotFound: Image with {reference} not found in provided workspace."
            raise exception_of(failure, kind=WebserviceException) from None
        self._image, self.properties = details["image"], dict(details["properties"])

    @classmethod
    def _begun(cls, workspace: "Workspace", name: str, operation: Operation) -> "Image":
        from azureml.core.image.container import ContainerImage

        one = object.__new__(ContainerImage)
        one.workspace, one._operation, one._image, one.properties = workspace, operation, None, {}
        one._name = name
        return one

    _name = ""
    properties: Dict[str, str]

    def _await_record(self) -> Dict[str, Any]:
        """Record of the image, once it has been made. Raises WebserviceException if it could not be made."""
        if self._operation is not None:
            try:
                self._image = self._operation.result()
            except ServerFailure as failure:
                raise exception_of(failure, "Image creation failed: ", WebserviceException) from None
            self._operation = None
        assert self._image is not None  # noqa: S101 (made or loaded)
        return self._image

    @property
    def id(self) -> str:
        """`name:version`."""
        return str(self._await_record()["asset"]["id"])

    @property
    def name(self) -> str:
        """Name of the image."""
        return self._name or str(self._await_record()["asset"]["name"])

    @property
    def version(self) -> int:
        """1, 2, …"""
        return int(self._await_record()["asset"]["version"])

    @property
    def tags(self) -> Dict[str, str]:
        """Tags of the image."""
        return dict(self._await_record()["asset"]["tags"])

    @property
    def description(self) -> str:
        """Description of the image."""
        return str(self._await_record()["asset"]["description"])

    @property
    def created_time(self) -> datetime.datetime:
        """Time of creation, in UTC."""
        return datetime.datetime.fromtimestamp(self._await_record()["asset"]["created"], datetime.timezone.utc)

    @property
    def creation_state(self) -> str:
        """Running, Succeeded or Failed."""
        if self._operation is not None and not self._operation.wait(0):
            return "Running"
        try:
            state = str(self._await_record()["state"])
        except WebserviceException:
            return "Failed"
        return {"Creating": "Running", "Registered": "Succeeded"}.get(state, state)

    @property
    def image_location(self) -> Optional[str]:
        """The name that Docker knows it by."""
        return self._await_record()["location"] or None

    @property
    def image_build_log_uri(self) -> str:
        """The command that shows the log."""
        return f"scoredock image logs {self.id}"

    @property
    def image_type(self) -> str:
        """Type of the image: always Docker."""
        return "Docker"

    @property
    def models(self) -> "List[Model]":
        """Models in the image."""
        from azureml.core.model import Model

        return [Model(self.workspace, id=each) for each in self._await_record()["models"]]

    @staticmethod
    def create(
        workspace: "Workspace", name: str, models: "List[Union[str, Model]]", image_config: "ContainerImageConfig"
    ) -> "Image":
        """Begins to make the next version of that name."""
        from azureml.core.model import _model_id

        print("Creating image")
        params = image_config.build_create_payload(workspace, name, [_model_id(workspace, each) for each in models])
        return Image._begun(workspace, name, begin("image/create", workspaceId=workspace._record["id"], **params))

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Waits until the image is there. Raises WebserviceException if it cannot be made."""
        operation = self._operation
        if operation is None:
            return
        if show_output:
            sys.stdout.write("Running")
        while not operation.wait(_DOT_SECONDS):
            if show_output:
                sys.stdout.write(".")
                sys.stdout.flush()
        state = self.creation_state
        if show_output:
            sys.stdout.write(f"\n{state}\n")
            sys.stdout.flush()
        if state == "Failed":
            self._await_record()
            raise coded_error(WebserviceException, "Image creation failed.", "image-not-ready")
        print(f'Image creation operation finished for image {self.id}, operation "{state}"')

    def update_creation_state(self) -> None:
        """Looks at it anew."""
        if self._operation is None:
            self._load(self.id)

    @staticmethod
    def list(
        workspace: "Workspace",
        image_name: Optional[str] = None,
        model_name: Optional[str] = None,
        model_id: Optional[str] = None,
        tags: Optional[Sequence[Any]] = None,
        properties: Optional[Sequence[Any]] = None,
    ) -> "List[Image]":
        """Images that match all that is given, newest version first."""
        records = workspace._ask("image/list", name=image_name or "")["images"]
        selection = [
            record
            for record in records
            if (not model_name or any(each.partition(":")[0] == model_name for each in record["models"]))
            and (not model_id or model_id in record["models"])
            and (not tags or matches(record["asset"]["tags"], tags))
        ]
        images = [Image(workspace, id=record["asset"]["id"]) for record in selection]
        return [one for one in images if not properties or matches(one.properties, properties)]

    def update(self, tags: Dict[str, str]) -> None:
        """Replaces all tags."""
        gone = [key for key in self.tags if key not in tags]
        self._change(deployment.texts(tags, "Tags"), gone)

    def add_tags(self, tags: Dict[str, str]) -> None:
        """Adds them; those that are there are replaced, with a line on each."""
        current = self.tags
        for key in [key for key in tags if key in current]:
            print(f"Replacing tag {key} -> {current[key]} with {key} -> {tags[key]}")
        self._change(deployment.texts(tags, "Tags"), [])
        print("Image tag add operation complete.")

    def remove_tags(self, tags: Union[str, Sequence[str]]) -> None:
        """Removes them by their keys."""
        current = self.tags
        if not current:
            print("Image has no tags to remove.")
            return
        asked = [tags] if isinstance(tags, str) else list(tags)
        for key in [key for key in asked if key not in current]:
            print(f"Tag with key {key} not found.")
        self._change({}, [key for key in asked if key in current])
        print("Image tag remove operation complete.")

    def add_properties(self, properties: Dict[str, str]) -> None:
        """Not available: properties are part of what is created. Raises WebserviceException."""
        raise not_here("Image.add_properties", _FIXED, WebserviceException)

    def _change(self, tags: Dict[str, str], removed_tags: Sequence[str]) -> None:
        fields = {"kind": "image", "id": self.id}
        self.workspace._ask_raising(
            WebserviceException, "asset/update", setTags=tags, removeTags=list(removed_tags), **fields
        )
        self._load(self.id)

    def delete(self) -> None:
        """Removes it. Raises WebserviceException while a service uses it."""
        self.workspace._ask_raising(WebserviceException, "image/delete", id=self.id)

    def serialize(self) -> Dict[str, Any]:
        """The image under the names of the SDK."""
        return {
            "name": self.name,
            "version": self.version,
            "id": self.id,
            "createdTime": self.created_time.isoformat(),
            "creationState": self.creation_state,
            "description": self.description,
            "imageLocation": self.image_location,
            "imageType": self.image_type,
            "imageBuildLogUri": self.image_build_log_uri,
            "modelIds": list(self._await_record()["models"]),
            "tags": self.tags,
            "properties": self.properties,
        }

    @classmethod
    def deserialize(cls, workspace: "Workspace", image_payload: Dict[str, Any]) -> "Image":
        """The image that `serialize` described."""
        return Image(workspace, id=image_payload["id"])

    @staticmethod
    def image_configuration(*_: Any, **__: Any) -> Any:
        """Not for this class: use `ContainerImage.image_configuration`."""
        raise NotImplementedError("Use ContainerImage.image_configuration().")

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, id={self.id}, tags={self.tags},"
            f" properties={self.properties}, version={self.version})"
        )


class ImageConfig:
    """Base of the configurations of images."""

    def build_create_payload(self, workspace: Any, name: str, model_ids: List[str]) -> Dict[str, Any]:
        """Request to the server that makes the image."""
        raise NotImplementedError

    def validate_configuration(self) -> None:
        """Raises WebserviceException."""
        raise NotImplementedError
