"""Deployment rules in a backup: with their history, paused, and with no candidate under way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.rules.domain.rule import (
    DeploymentRule,
    require_no_circle,
    require_rule,
    rule_from_json,
    rule_to_json,
)
from scoredock.contrib.rules.domain.rule_folder import (
    FOLDER,
    RULE_FILE,
    STATE_FILE,
    RuleFolder,
    missing_files,
    rule_names,
)
from scoredock.contrib.rules.domain.state import RuleEvent, RuleState, state_from_json, state_to_json
from scoredock.errors import ScoredockError
from scoredock.formats.secrets import command_text, without_secret_words
from scoredock.progress import CancelToken
from scoredock.record_check import document_of, require_field_types
from scoredock.registry.upkeep.carried_part import CarriedNote


class CarriedRules:
    """See `registry.upkeep.carried_part.CarriedPart`."""

    files = r"rules/[a-zA-Z0-9][a-zA-Z0-9\-._]{0,63}/(rule|state)\.json"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        """See there."""
        for name in rule_names(workspace):
            folder = RuleFolder(workspace / FOLDER / name)
            try:
                rule, state = _read(folder)
            except ValueError:
                left_out.append(l10n.t("The rule {name} cannot be read.", name=name))
                continue
            yield f"{FOLDER}/{name}/{RULE_FILE}", _content(rule_to_json(_paused(rule)))
            yield f"{FOLDER}/{name}/{STATE_FILE}", _content(state_to_json(_at_rest(state)))

    def settle(self, workspace: Path) -> list[CarriedNote]:
        """See there."""
        folders = sorted((workspace / FOLDER).iterdir()) if (workspace / FOLDER).is_dir() else []
        rules: list[DeploymentRule] = []
        missing: dict[str, None] = {}
        for path in folders:
            folder = RuleFolder(path)
            try:
                rule, state = _read(folder)
                require_no_circle(rule, rules)
            except (ValueError, ScoredockError):
                raise ValueError(l10n.t("a deployment rule “{name}” that is not valid", name=path.name)) from None
            rules.append(_paused(rule))
            event = RuleEvent(time=time.time(), version=0, what="restored", reason=_reason())
            folder.write_rule(rules[-1])
            folder.write_state(_at_rest(state).with_event(event))
            missing.update(dict.fromkeys(missing_files(rule)))
        if not rules:
            return []
        names = ", ".join(map(_title, rules))
        notes = [
            CarriedNote(l10n.t("Deployment rules are paused: {names}.", names=names), "scoredock rule resume NAME")
        ]
        if missing:
            text = l10n.t("They name files that are not on this machine: {paths}.", paths=", ".join(missing))
            notes.append(CarriedNote(text))
        return notes

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        """See there."""
        for name in rule_names(workspace):
            path = workspace / FOLDER / name
            try:
                _read(RuleFolder(path))
            except ValueError:
                fix = l10n.t(
                    "Delete the rule with `{command}`, and create it again.", command=f"scoredock rule delete {name}"
                )
                yield path, l10n.t("The rule {name} cannot be read.", name=name), fix


def _paused(rule: DeploymentRule) -> DeploymentRule:
    """Without what looks like a secret in its command."""
    conditions = replace(rule.conditions, command=without_secret_words(rule.conditions.command))
    return replace(rule, conditions=conditions, paused=True)


def _title(rule: DeploymentRule) -> str:
    command = rule.conditions.command
    return f"{rule.name} ({command_text(command)})" if command else rule.name


def _read(folder: RuleFolder) -> tuple[DeploymentRule, RuleState]:
    """Raises ValueError for what Scoredock does not write."""
    try:
        rule = rule_from_json(document_of(folder.path / RULE_FILE))
        path = folder.path / STATE_FILE
        state = state_from_json(document_of(path)) if path.exists() else RuleState()
        require_field_types(rule)
        require_field_types(state)
        require_rule(rule)
    except (OSError, KeyError, TypeError, AttributeError, OverflowError, ScoredockError) as error:
        raise ValueError(str(error)) from None
    if rule.name != folder.name:
        raise ValueError(rule.name)
    return rule, state


def _at_rest(state: RuleState) -> RuleState:
    """State without a candidate under way; what it has left away from its service is cleared by the first round, then
    its version begins again.
    """
    state, candidate = replace(state, note="", note_code=""), state.candidate
    if candidate is None or candidate.step == "ending":
        return state
    ended = replace(candidate, step="ending", outcome="superseded", code="", reason=_reason())
    event = RuleEvent(time=time.time(), version=candidate.version, what="superseded", reason=_reason())
    return replace(state, candidate=ended).with_event(event)


def _reason() -> str:
    return l10n.t("The workspace was restored from a backup.")


def _content(document: dict[str, object]) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
