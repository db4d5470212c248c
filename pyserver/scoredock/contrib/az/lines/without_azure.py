"""Advice in place of a line of the Azure CLI that is not one of `az ml`, if no Azure CLI is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, takewhile

from scoredock import l10n
from scoredock.errors import ScoredockError


def no_azure_cli(words: Sequence[str]) -> ScoredockError:
    """Error for a line of `az` that needs the Azure CLI, with advice if there is some."""
    named = list(takewhile(lambda word: not word.startswith("-"), words))  # what follows may be a secret
    verb = " ".join(named[:3] or words[:1])
    message = (
        l10n.t("“az {words}” needs the Azure CLI, which is not installed here.", words=verb)
        if verb
        else l10n.t("“az” alone needs the Azure CLI, which is not installed here.")
    )
    advice = next((each for name, each in _ADVICE.items() if f"{verb} ".startswith(f"{name} ")), None)
    if advice is _defaults and not any(word == "-d" or "default" in word for word in words):
        advice = _settings
    if advice is _extension and (name := _named(words)) not in ("", "ml"):
        return ScoredockError("az-cli-missing", message, _other_extension(name))
    return ScoredockError("az-cli-missing", message, advice() if advice else "")


def _named(words: Sequence[str]) -> str:
    """The extension that a line is about; empty where it names none."""
    pairs = [*pairwise(words), *(word.partition("=")[::2] for word in words)]
    return next((value for option, value in pairs if option in ("-n", "--name")), "")


def _defaults() -> str:
    return l10n.t("Leave the line out, and add `-w NAME` to lines for a workspace that is not the one of the folder.")


def _settings() -> str:
    return l10n.t("Leave the line out: nothing that runs here needs a setting of the Azure CLI.")


def _account() -> str:
    return l10n.t("Leave the line out: Scoredock needs no account.")


def _extension() -> str:
    return l10n.t("Leave the line out: the lines of `az ml` that run here need no extension.")


def _other_extension(name: str) -> str:
    return l10n.t(
        "Install it from https://aka.ms/azure-cli for the lines of “{name}”, or leave both out: those of `az ml` that"
        " run here need no extension.",
        name=name,
    )


def _set_up() -> str:
    return l10n.t("Leave the line out: nothing of Azure is set up for what runs on this machine.")


def _download() -> str:
    return l10n.t("Install it from https://aka.ms/azure-cli, or put the files that the line fetches where it would.")


def _upload() -> str:
    return l10n.t("Leave the line out: scripts here read files by their paths.")


def _cluster() -> str:
    return l10n.t(
        "Leave the line out: services run on this machine. `{command}` attaches a cluster that kubectl knows.",
        command="scoredock compute attach NAME --context CONTEXT",
    )


def _image() -> str:
    return l10n.t(
        "Leave the line out: an image is built on this machine, by `{build}` or by `{package}`.",
        build="docker build",
        package="az ml model package",
    )


def _app() -> str:
    return l10n.t(
        "Install it from https://aka.ms/azure-cli for an app in Azure. On this machine `{deploy}` serves a model, and"
        " `{package}` makes an image of it.",
        deploy="az ml model deploy",
        package="az ml model package",
    )


def _secret() -> str:
    return l10n.t(
        "Leave the line out: a script gets a secret as a variable of its environment here, a service by `{option}`.",
        option="scoredock service deploy --env KEY=VALUE",
    )


_ADVICE: Mapping[str, Callable[[], str]] = {
    "configure": _defaults,
    "config": _defaults,
    **dict.fromkeys(("login", "logout", "account", "ad", "identity", "role"), _account),
    "extension": _extension,
    **dict.fromkeys(("storage blob download", "storage blob download-batch", "storage copy"), _download),
    "storage file download": _download,
    **dict.fromkeys(("storage blob upload", "storage blob upload-batch", "storage file upload"), _upload),
    **dict.fromkeys(("aks", "connectedk8s", "k8s-extension"), _cluster),
    "acr": _image,
    **dict.fromkeys(("appservice", "container", "containerapp", "functionapp", "webapp"), _app),
    "keyvault secret": _secret,
    **dict.fromkeys(("deployment", "feature", "group", "keyvault", "monitor", "network", "provider"), _set_up),
    **dict.fromkeys(("policy", "resource", "storage", "tag"), _set_up),
}
"""Beginning of a line → what to do, the longest first; of others it is only that they need the Azure CLI."""
