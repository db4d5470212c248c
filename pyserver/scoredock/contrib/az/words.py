"""Candidates for completing a line of `scoredock az ml`, by the table of azure-cli-ml. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoredock.cli.completion.candidates import FILES, Candidates
from scoredock.contrib.az.checks.option_values import MADE_BY_FILE
from scoredock.formats.az_lines.table import AzVerb, Option, v1_verbs

_OF_OPTIONS = {
    "--model-id": "model",
    "--model-name": "model",
    "--model": "model",
    "--environment-name": "environment",
    "--input-dataset-id": "dataset",
    "--sample-input-dataset-id": "dataset",
    "--sample-output-dataset-id": "dataset",
    "--compute-target": "compute",
    "--workspace-name": "workspace",
}
_OF_GROUPS = {
    "service": "service",
    "endpoint": "service endpoint",
    "environment": "environment",
    "dataset": "dataset",
    "computetarget": "compute",
}
"""What `--name` names in a group; elsewhere it is the name of something new."""
_PLACES = ("-file", "-directory", "-dir", "--path", "-path", "--directory")


def az_candidates(before: Sequence[str], last: str, global_options: Mapping[str, str]) -> Candidates:
    """`before` are the words behind `az ml`."""
    typed: list[str] = []
    for word in before:
        if word.startswith("-") or " ".join(typed) in v1_verbs():
            break
        typed.append(word)
    verb = v1_verbs().get(" ".join(typed))
    if verb is None:
        depth = len(typed)
        names = (name.split() for name in v1_verbs())
        following = {name[depth]: "" for name in names if name[:depth] == typed and len(name) > depth}
        return Candidates(dict(sorted(following.items())), global_options=global_options)
    option = next((each for each in verb.options if before[-1] in each.names), None)
    if option is not None and not option.flag:
        return Candidates(kind=_kind(verb, option), global_options=global_options)
    used = [each for each in verb.options if not each.pair and not set(each.names).isdisjoint(before)]
    options = {each.long: "" for each in verb.options if each not in used}
    return Candidates(options, global_options=global_options)


def _kind(verb: AzVerb, option: Option) -> str:
    if option.long in MADE_BY_FILE or option.long.endswith(_PLACES):
        return FILES
    if option.long == "--name":
        return "service" if verb.name == "model deploy" else _OF_GROUPS.get(verb.name.split()[0], "")
    return _OF_OPTIONS.get(option.long, "")
