"""Options and limits of a container, by the deployment configuration, environment and models. Pure."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import replace

from scoredock import l10n
from scoredock.engines.base import GIGABYTE, ContainerOptions
from scoredock.environments.spec import ImageSpec
from scoredock.formats.container import NOTHING_WISHED, ContainerWish, size_of
from scoredock.formats.deployment import DeploymentConfig
from scoredock.late_dataclass import dataclass
from scoredock.registry import ModelVersion
from scoredock_runtime import contract

_RESOURCES = "containerResourceRequirements"
_WITH_REQUESTS = ("aks", "aksendpoint")
"""Compute types on which an amount is what a cluster keeps free, and a limit is a key of its own."""
_SIZES = {"--shm-size": "shm_bytes", "--memory": "memory_bytes", "-m": "memory_bytes"}


@dataclass(slots=True)
class _Choice:
    """Options that are being made up, and what is to be said of them."""

    options: ContainerOptions
    notes: list[str]
    is_shm_given: bool = False
    """Whether anybody has said how large /dev/shm is to be."""


def options_of(
    config: DeploymentConfig | None, image: ImageSpec, models: Sequence[ModelVersion]
) -> tuple[ContainerOptions, list[str]]:
    """Options and remarks. The configuration goes before the environment, and that before what the models ask for."""
    choice = _Choice(_of_models(models), [])
    if image.shm_bytes:
        choice.options, choice.is_shm_given = replace(choice.options, shm_bytes=image.shm_bytes), True
    if image.gpu:
        choice.options = replace(choice.options, gpus=max(1, choice.options.gpus))
    _take_arguments(image.arguments, choice)
    if config is not None:
        choice.options = _with_resources(choice.options, config)
        _take_wish(config.container, choice)
    _fit_memory(choice, config.container if config is not None else NOTHING_WISHED)
    _require_processes(choice)
    return choice.options, choice.notes


def _require_processes(choice: _Choice) -> None:
    least, most = contract.LEAST_PROCESSES, choice.options.pids_limit
    if most < least:
        choice.options = replace(choice.options, pids_limit=least)
        choice.notes.append(
            l10n.t(
                "A service needs {least} processes and threads to start and to take an update, so the container may"
                " have {least}, not {most}.",
                least=least,
                most=most,
            )
        )


def _fit_memory(choice: _Choice, wish: ContainerWish) -> None:
    """Files in /tmp and /dev/shm count as memory: unless somebody says otherwise, both together leave a quarter of it
    to the script."""
    options, memory = choice.options, choice.options.memory_bytes
    if memory is None:
        return
    if wish.tmp_bytes is None:
        options = replace(options, tmp_bytes=min(options.tmp_bytes, memory // 2))
    if wish.shm_bytes is None and not choice.is_shm_given:
        options = replace(options, shm_bytes=min(options.shm_bytes, memory // 4))
    choice.options = options


def _of_models(models: Sequence[ModelVersion]) -> ContainerOptions:
    """The largest of what the registered models say they need, which limits nothing."""
    resources = [model.metadata.resources for model in models]
    memory = max((each.memory_in_gb for each in resources if each.memory_in_gb), default=None)
    return ContainerOptions(
        requested_cpus=max((each.cpu for each in resources if each.cpu), default=None),
        requested_bytes=None if memory is None else _bytes(memory),
        gpus=max((each.gpu for each in resources if each.gpu), default=0),
    )


def _with_resources(options: ContainerOptions, config: DeploymentConfig) -> ContainerOptions:
    """Only a limit limits: on AKS the keys that are called so, elsewhere the amount itself, as Container Instances have
    it. Every engine and export takes it from here."""
    cpu, memory, most_cpu, most_memory = (
        _number(config, f"{_RESOURCES}.{name}") for name in ("cpu", "memoryInGB", "cpuLimit", "memoryInGBLimit")
    )
    if config.compute_type not in _WITH_REQUESTS:
        most_cpu, most_memory = most_cpu or cpu, most_memory or memory
    gpus = _number(config, "gpuCores")
    return replace(
        options,
        cpus=most_cpu or options.cpus,
        memory_bytes=_bytes(most_memory) if most_memory else options.memory_bytes,
        requested_cpus=cpu or options.requested_cpus,
        requested_bytes=_bytes(memory) if memory else options.requested_bytes,
        gpus=int(gpus) if gpus else options.gpus,
    )


def _take_wish(wish: ContainerWish, choice: _Choice) -> None:
    """The named opt-outs; each that weakens the container is noted."""
    given = {name: value for name, value in wish.options().items() if value is not None}
    choice.options = replace(choice.options, **given)
    if weaker := wish.weakened():
        choice.notes.append(
            l10n.t("The container is less protected than usual: {options}.", options=", ".join(weaker.values()))
        )


def _take_arguments(arguments: Sequence[str], choice: _Choice) -> None:
    """`docker run` arguments of an environment: sizes and limits are honoured, anything else is noted."""
    unused_arguments: list[str] = []
    words = [word for each in arguments for word in _words(each)]
    while words:
        word = words.pop(0)
        name, given, value = word.partition("=")
        if name in (*_SIZES, "--cpus", "--pids-limit") and not given and words:
            value = words.pop(0)
        if not _take_argument(name, value, choice):
            unused_arguments.append(word)
    if unused_arguments:
        choice.notes.append(
            l10n.t(
                "These docker run arguments are not used from environments: {arguments}.",
                arguments=" ".join(unused_arguments),
            )
        )


def _take_argument(name: str, value: str, choice: _Choice) -> bool:
    if name in _SIZES and (size := size_of(value)) is not None:
        shared = _SIZES[name] == "shm_bytes"
        choice.is_shm_given |= shared
        choice.options = (
            replace(choice.options, shm_bytes=size)
            if shared
            else replace(choice.options, memory_bytes=size, requested_bytes=None)
        )
        return True
    try:
        if name == "--cpus" and math.isfinite(float(value)) and float(value) > 0:
            choice.options = replace(choice.options, cpus=float(value), requested_cpus=None)
            return True
        if name == "--pids-limit" and int(value) > 0:
            choice.options = replace(choice.options, pids_limit=int(value))
            return True
    except ValueError:
        return False
    return False


def _words(argument: str) -> list[str]:
    try:
        return shlex.split(argument)
    except ValueError:
        return [argument]


def _number(config: DeploymentConfig, name: str) -> float:
    value = config.fields.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else 0.0


def _bytes(gigabytes: float) -> int:
    return round(gigabytes * GIGABYTE)
