"""Lists the items of a workspace in Azure: models, environments, services, endpoints, deployments, runs."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, Iterator, List

from .account import ShelfAccount
from .faults import SIGN_IN, fault_of
from .model_management import ModelManagement

Item = Dict[str, Any]
_AT_ONCE = 8
_CURATED = re.compile(r"AzureML-|azureml-ready-|CliV2AnonymousEnvironment$", re.IGNORECASE)
"""Environments of Azure's own, which the lists of a workspace have among its own, and those without a name."""
_ASSET = re.compile(r".*/(models|environments)/([^/]+)/versions/([^/]+)")
_BEST_CHILD = ("automl_best_child_run_id", "azureml.best_child_run_id", "best_child_run_id")
_MOST_TEXT = 2000


def listed(account: ShelfAccount, job: Dict[str, Any], tell: Callable[..., None]) -> Iterator[Item]:
    """Yields each thing once: models, environments, services, endpoints, runs; of the kinds that the job names."""
    kinds: Dict[str, Callable[[], Iterator[Item]]] = {
        "model": lambda: _versions(account, "model", "models", job["archived"]),
        "environment": lambda: _versions(account, "environment", "environments", job["archived"]),
        "service": lambda: _services(account, job, tell),
        "online-endpoint": lambda: _endpoints(account, "online"),
        "batch-endpoint": lambda: _endpoints(account, "batch"),
        "run": lambda: _runs(account, job["archived"]),
    }
    for kind in job["kinds"]:
        for item in kinds[kind]():
            yield item


def _versions(account: ShelfAccount, kind: str, noun: str, archived: bool) -> Iterator[Item]:
    """By name, the oldest version first."""

    def all_of(**more: Any) -> List[Any]:
        return list(account.ask(lambda client: list(getattr(client, noun).list(**more))))

    views = ["ActiveOnly", "ArchivedOnly"] if archived else ["ActiveOnly"]
    names = {str(each.name): None for each in all_of(list_view_type="All" if archived else "ActiveOnly")}
    own = [name for name in names if not (kind == "environment" and curated(name))]

    def of_name(name: str) -> List[Item]:
        items = []
        for view in views:
            items += [_asset(kind, each, view != "ActiveOnly") for each in all_of(name=name, list_view_type=view)]
        return sorted(items, key=lambda item: (_number(item["version"]), item["created"], item["version"]))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for items in pool.map(of_name, own):
            for item in items:
                yield item


def curated(environment: str) -> bool:
    """True if an environment is one of Azure's own, or has no name of its own."""
    return bool(_CURATED.match(environment))


def _number(version: str) -> int:
    return int(version) if version.isdigit() and len(version) < 19 else -1


def _asset(kind: str, asset: Any, archived: bool) -> Item:
    name, version = str(asset.name), str(asset.version)
    item = {
        "key": "{}:{}:{}".format(kind, name, version),
        "kind": kind,
        "name": name,
        "version": version,
        "created": created(asset),
        "archived": archived,
        "title": text(asset.description),
        "requires": [],
    }
    if kind == "model":
        item["type"] = str(asset.type or "")
        item["tags"] = labels(asset.tags)
    else:
        item["type"] = str(asset.image or "")
    return item


def _services(account: ShelfAccount, job: Dict[str, Any], tell: Callable[..., None]) -> Iterator[Item]:
    """Those of v1 have a door of their own, which may be closed while the others are open: that is said, and the rest
    is listed."""
    from .services import listed_services

    try:
        for item in listed_services(ModelManagement(account, job)):
            yield item
    except Exception as error:
        fault = fault_of(error)
        if fault.code in SIGN_IN:
            raise
        tell("unlisted", kind="service", code=fault.code, message=fault.message)


def _endpoints(account: ShelfAccount, kind: str) -> Iterator[Item]:
    endpoints = account.ask(lambda client: list(getattr(client, kind + "_endpoints").list()))
    for endpoint in endpoints:
        name = str(endpoint.name)
        deployments = deployments_of(account, kind, name)
        requires = [each for deployment in deployments for each in required(deployment)]
        yield {
            "key": "{}-endpoint:{}".format(kind, name),
            "kind": kind + "-endpoint",
            "name": name,
            "version": "",
            "created": created(endpoint),
            "archived": False,
            "title": ", ".join(str(each.name) for each in deployments),
            "type": str(getattr(endpoint, "auth_mode", "") or ""),
            "requires": sorted(set(requires)),
        }


def deployments_of(account: ShelfAccount, kind: str, endpoint: str) -> List[Any]:
    """Deployments of an endpoint, by name."""
    noun = kind + "_deployments"
    deployments = account.ask(lambda client: list(getattr(client, noun).list(endpoint)))
    return sorted(deployments, key=lambda each: str(each.name))


def required(deployment: Any) -> List[str]:
    """Keys of the model and environment that a deployment names."""
    keys = []
    for asset in (getattr(deployment, "model", None), getattr(deployment, "environment", None)):
        match = _ASSET.fullmatch(asset) if isinstance(asset, str) and "/registries/" not in asset else None
        if match and not curated(match.group(2)):
            keys.append("{}:{}:{}".format(match.group(1)[:-1], match.group(2), match.group(3)))
    return keys


def _runs(account: ShelfAccount, archived: bool) -> Iterator[Item]:
    view = "All" if archived else "ActiveOnly"
    jobs = account.ask(lambda client: list(client.jobs.list(list_view_type=view)))
    for job in jobs:
        if job is not None:
            yield run_item(job)


def run_item(job: Any) -> Item:
    """A run of the list."""
    name = str(job.name)
    return {
        "key": "run:" + name,
        "kind": "run",
        "name": name,
        "version": "",
        "created": created(job),
        "archived": False,
        "title": text(getattr(job, "display_name", "") or ""),
        "type": str(getattr(job, "type", "") or ""),
        "status": plain_word(getattr(job, "status", "")),
        "experiment": text(getattr(job, "experiment_name", "") or ""),
        "requires": [],
    }


def best_child(job: Any) -> str:
    """Id of the best child of a run of automated ML or of a sweep; empty for others."""
    for place in (getattr(job, "properties", None) or {}, getattr(job, "tags", None) or {}):
        for name in _BEST_CHILD:
            if place.get(name):
                return str(place[name])
    return ""


def created(entity: Any) -> str:
    """Time of creation in ISO 8601; empty if it is not known."""
    context = getattr(entity, "creation_context", None)
    moment: Any = getattr(context, "created_at", None)
    return moment.isoformat() if hasattr(moment, "isoformat") else str(moment or "")


def labels(values: Any) -> Dict[str, str]:
    """Tags or properties, as text."""
    return {str(key): "" if value is None else str(value) for key, value in (values or {}).items()}


def text(value: Any) -> str:
    """Text that a person wrote, of bounded length."""
    return str(value or "")[:_MOST_TEXT]


def plain_word(value: Any) -> str:
    """The value as a word, also of an enumeration: `JobStatus.COMPLETED` is Completed."""
    return str(getattr(value, "value", value) or "")
