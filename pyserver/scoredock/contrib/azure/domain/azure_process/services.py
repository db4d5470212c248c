"""Services of v1 in Azure: which there are, and what one is made of: its code, its environment, its settings.

What is a secret in an answer is passed over: only fields that are named here are taken.
"""

import re
from typing import Any, Callable, Dict, Iterator, List, Tuple

from .faults import GONE, Fault, fault_of
from .listing import curated, labels, text
from .locations import Place
from .model_management import ModelManagement

Item = Dict[str, Any]
ENDPOINT = "AKSENDPOINT"
KINDS = ("ACI", "AKS", ENDPOINT)
_MODEL = re.compile(r"([^:/]+):(\d+)")
_PLAIN_SETTINGS = (
    "authEnabled",
    "aadAuthEnabled",
    "sslEnabled",
    "cname",
    "location",
    "appInsightsEnabled",
    "scoringTimeoutMs",
    "maxConcurrentRequestsPerContainer",
    "maxQueueWaitMs",
    "numReplicas",
    "namespace",
    "computeName",
    "trafficPercentile",
    "isDefault",
)
_OBJECTS = {
    "containerResourceRequirements": ("cpu", "cpuLimit", "memoryInGB", "memoryInGBLimit", "gpu"),
    "autoScaler": ("autoscaleEnabled", "minReplicas", "maxReplicas", "refreshPeriodInSeconds", "targetUtilization"),
    "dataCollection": ("storageEnabled",),
    "livenessProbeRequirements": (
        "periodSeconds",
        "initialDelaySeconds",
        "timeoutSeconds",
        "successThreshold",
        "failureThreshold",
    ),
    "vnetConfiguration": ("vnetName", "subnetName"),
    "encryptionProperties": ("vaultBaseUrl", "keyName", "keyVersion"),
}
_OF_ENVIRONMENT = ("name", "version", "environmentVariables", "inferencingStackVersion")
_OF_PYTHON = ("userManagedDependencies", "interpreterPath", "condaDependencies", "baseCondaEnvironment")
_OF_DOCKER = ("baseImage", "baseDockerfile", "shmSize", "arguments")
_OF_RUNTIME = {"condaEnvFile": "conda", "dockerFileUri": "docker"}


def listed_services(management: ModelManagement) -> Iterator[Item]:
    """Yields the services as items of a workspace's list."""
    for service in management.services():
        name = str(service.get("name") or "")
        if not name:
            continue
        models = sorted({each for part in _parts(service) for each in _models(part)})
        required = {"model:" + each for each in models}
        required |= {each for part in _parts(service) for each in _reference_key(part)}
        yield {
            "key": "service:" + name,
            "kind": "service",
            "name": name,
            "version": "",
            "created": str(service.get("createdTime") or ""),
            "archived": False,
            "title": ", ".join(models),
            "type": str(service.get("computeType") or ""),
            "status": str(service.get("state") or ""),
            "requires": sorted(required),
        }


class ServiceReader:
    """Reader of services, one after the other; `add` fetches what is at a place into a folder of the item's files."""

    def __init__(self, management: ModelManagement, place: Callable[[str], Place]) -> None:
        self._management = management
        self._place = place

    def read(self, name: str, add: Callable[..., List[Dict[str, str]]]) -> Item:
        """Service with its versions, by name. Raises Fault `service-kind` for a compute type that is neither ACI nor
        AKS.
        """
        service = self._management.service(name)
        kind = str(service.get("computeType") or "").upper()
        if kind not in KINDS:
            raise Fault("service-kind", kind)
        versions = [self._version(part, "{}".format(number), add) for number, part in enumerate(_parts(service))]
        return {
            "name": name,
            "computeType": kind,
            "state": str(service.get("state") or ""),
            "description": text(service.get("description")),
            "tags": labels(service.get("kvTags")),
            "properties": labels(service.get("properties")),
            "created": str(service.get("createdTime") or ""),
            "updated": str(service.get("updatedTime") or ""),
            "scoringUri": str(service.get("scoringUri") or ""),
            "versions": versions,
        }

    def _version(self, part: Item, folder: str, add: Callable[..., List[Dict[str, str]]]) -> Item:
        request, image, notes = self._source(part)
        assets = [each for each in request.get("assets") or [] if isinstance(each, dict) and each.get("url")]
        driver = str(request.get("driverProgram") or "")
        fetched = []
        for number, asset in enumerate(assets):
            below = "{}/{}".format(folder, number)
            url = str(asset["url"])
            notes += add(lambda url=url: self._place(url), below)
            is_driver = str(asset.get("id") or "") == driver
            fetched.append({"below": below, "unpack": bool(asset.get("unpack")), "driver": is_driver})
        runtime = _object(image.get("targetRuntime"))
        properties = _object(runtime.get("properties"))
        for field, below in _OF_RUNTIME.items():
            url = str(properties.get(field) or image.get(field) or "")
            if url:
                notes += add(lambda url=url: self._place(url), "{}/{}".format(folder, below))
        return {
            "name": str(part.get("versionName") or ""),
            "folder": folder,
            "settings": _settings(part),
            "models": _models(part) or _models(image),
            "assets": fetched,
            "environment": _environment(_object(request.get("environment"))),
            "reference": _named(_object(request.get("environmentReference"))),
            "image": _image(image, runtime, properties),
            "notes": notes,
        }

    def _source(self, part: Item) -> Tuple[Item, Item, List[Dict[str, str]]]:
        """Request that the service was made by, or its image, which then is not empty, and notes."""
        request = _object(part.get("environmentImageRequest"))
        if request.get("assets") or request.get("environment"):
            return request, {}, []
        image = _object(part.get("imageDetails"))
        id = str(part.get("imageId") or image.get("id") or "")
        if not image.get("assets") and id:
            try:
                image = self._management.image(id)
            except Exception as error:
                if fault_of(error).code != GONE:
                    raise
        if not image:
            return {}, {}, [{"what": "image", "code": GONE, "message": id}]
        return image, image, []


def _parts(service: Item) -> List[Item]:
    """The versions of an endpoint; a service is its own only one."""
    versions = service.get("versions")
    if str(service.get("computeType") or "").upper() != ENDPOINT or not isinstance(versions, dict):
        return [service]
    shared = {name: service.get(name) for name in ("authEnabled", "aadAuthEnabled", "appInsightsEnabled", "namespace")}
    shared["computeName"] = service.get("computeName")
    return [
        dict(shared, **dict(_object(part), versionName=str(name)))
        for name, part in sorted(versions.items(), key=lambda each: not _object(each[1]).get("isDefault"))
    ]


def _models(part: Item) -> List[str]:
    """`name:version` of each model, as the service has them."""
    request = _object(part.get("environmentImageRequest"))
    details = _object(part.get("imageDetails"))
    lists = (part.get("models"), request.get("models"), request.get("modelIds"), part.get("modelIds"))
    for each in (*lists, details.get("modelDetails"), details.get("modelIds")):
        ids = [_model_id(model) for model in each] if isinstance(each, list) else []
        if any(ids):
            return [id for id in ids if id]
    return []


def _model_id(model: Any) -> str:
    id = str(model.get("id") or "") if isinstance(model, dict) else str(model)
    return id if _MODEL.fullmatch(id) else ""


def _named(reference: Item) -> Item:
    name, version = str(reference.get("name") or ""), str(reference.get("version") or "")
    return {"name": name, "version": version} if name else {}


def _reference_key(part: Item) -> List[str]:
    """Key of the registered environment that is only named; a list of one or none."""
    request = _object(part.get("environmentImageRequest"))
    reference = _named(_object(request.get("environmentReference")))
    if request.get("environment") or not reference.get("version") or curated(reference["name"]):
        return []
    return ["environment:{name}:{version}".format(**reference)]


def _settings(part: Item) -> Item:
    settings = {name: part[name] for name in _PLAIN_SETTINGS if part.get(name) is not None}
    for name, fields in _OBJECTS.items():
        own = _chosen(_object(part.get(name)), fields)
        if own:
            settings[name] = own
    return settings


def _environment(environment: Item) -> Item:
    """Without user and password of a registry."""
    if not environment:
        return {}
    document = _chosen(environment, _OF_ENVIRONMENT)
    python, docker = _object(environment.get("python")), _object(environment.get("docker"))
    document["python"] = _chosen(python, _OF_PYTHON)
    document["docker"] = _chosen(docker, _OF_DOCKER)
    registry = str(_object(docker.get("baseImageRegistry")).get("address") or "")
    if registry:
        document["docker"]["baseImageRegistry"] = {"address": registry}
    if docker.get("buildContext"):
        document["docker"]["buildContext"] = True
    spark = _object(environment.get("spark"))
    if spark.get("packages"):
        document["spark"] = _chosen(spark, ("packages", "repositories"))
    return document


def _image(image: Item, runtime: Item, properties: Item) -> Item:
    """Facts of an image beside its files."""
    if not image:
        return {}
    return {
        "id": str(image.get("id") or ""),
        "runtime": str(runtime.get("runtimeType") or ""),
        "gpu": bool(properties.get("installCuda")),
        "cuda": str(properties.get("cudaVersion") or ""),
        "base": str(image.get("baseImage") or ""),
    }


def _object(value: Any) -> Item:
    return value if isinstance(value, dict) else {}


def _chosen(values: Item, fields: Any) -> Item:
    return {name: values[name] for name in fields if values.get(name) is not None}
