"""How far environments are, in the words that the view, the pages and the command line have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scoredock import l10n
from scoredock.progress import amount
from scoredock.protocol import messages


def with_words(environment: messages.Environment) -> messages.Environment:
    """With the words, and all that use it."""
    builds = [replace(build, text=_build_text(build)) for build in environment.builds]
    named = environment.asset.used_by if environment.asset is not None else []
    users = {*named, *(name for build in builds for name in build.used_by)}
    return replace(environment, builds=builds, text=_text(builds), used_by=sorted(users))


def _text(builds: Sequence[messages.EnvironmentBuild]) -> str:
    """What is not built says nothing beside what is, and what is equal is said once, with what it takes together."""
    telling = [build for build in builds if build.state != "NotBuilt"] or builds
    ready = [build for build in telling if build.form != "image" and build.state == "Ready"]
    if len(ready) > 1:
        whole = replace(ready[0], size=sum(build.size or 0 for build in ready))
        telling = [whole, *(build for build in telling if build not in ready)]
    return " · ".join(_build_text(build) for build in telling)


def _build_text(build: messages.EnvironmentBuild) -> str:
    words = {
        "NotBuilt": l10n.t("not built"),
        "Building": l10n.t("building…"),
        "Ready": l10n.t("ready"),
        "Failed": l10n.t("failed"),
    }
    text = words[build.state]
    if build.state == "Building" and build.step:
        text = f"{text} {build.step}"
    elif build.state == "Ready" and build.size is not None:
        text = f"{text} · {amount(build.size)}"
    return l10n.t("image {state}", state=text) if build.form == "image" else text
