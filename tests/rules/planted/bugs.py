"""Thirty one-line mistakes as a tired engineer makes them, one after the other planted to see whether the gate finds
them.

They were chosen by reading the product and asking what would hurt a person, not by looking for what tests assert. One
that is not found stays as it is: the test that should have found it is written, or `run.py` names it among the ones not
found.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """One changed line."""

    name: str
    file: str
    """From the root of the checkout."""
    before: str
    """Text within one line that is there exactly once."""
    after: str
    noticed: str
    """What a person would notice."""
    missed: str = ""
    """Why no test of the gate finds it, for the two at most of which that is so."""


SERVER = "pyserver/scoredock"
RUNTIME = "pyserver/runtime/scoredock_runtime"

BUGS = (
    # ------------------------------------------------------------------------------------------ registry, pickles,
    # mlflow
    Bug(
        "folder-not-flushed",
        f"{SERVER}/registry/store/durable.py",
        "    flush_folder(path.parent)",
        "    pass",
        "After a power cut a manifest that was replaced may be the old one again, or gone.",
    ),
    Bug(
        "prefix-of-gnu",
        f"{SERVER}/registry/archives/tar_members.py",
        'if prefix and header[257:263] == b"ustar\\0" else name',
        "if prefix else name",
        "Of archives that GNU tar wrote with times of access, members get those digits before their paths.",
    ),
    Bug(
        "path-upwards",
        f"{SERVER}/registry/blobs/extraction.py",
        '        part in ("", ".", "..")',
        '        part in ("", ".")',
        "A restored or damaged record writes a model's file outside of the folder that was chosen.",
    ),
    Bug(
        "memo-kept",
        f"{SERVER}/pickles/machine.py",
        "            self._memo.pop(index, None)",
        "            pass",
        "A pickle that overwrites a place of its memo is read as if the old value were there: what it calls is told"
        " wrongly.",
    ),
    Bug(
        "running-child",
        f"{SERVER}/contrib/runs/domain/mlflow/children.py",
        'child.status != "FINISHED"',
        'child.status == "FAILED"',
        "A run that still trains, or was killed, is registered as the best one.",
    ),
    # ------------------------------------------------------------------------------------------ configurations, checks
    Bug(
        "default-of-probe",
        f"{SERVER}/checks/configs/deployment/units.py",
        'number(probe.get("failureThreshold")) or 3',
        'number(probe.get("failureThreshold")) or 1',
        "A probe that leaves time enough by Azure's default is called too short.",
    ),
    Bug(
        "fix-removes-what-counts",
        f"{SERVER}/checks/configs/v2/values.py",
        "edits.remove(node, first[key.value], shape.lines)",
        "edits.remove(node, entry, shape.lines)",
        "The fix for a key that is there twice removes the value that counts, and the deployment changes.",
    ),
    Bug(
        "only-first-ignore-used",
        f"{SERVER}/checks/suppression.py",
        "any([i.silences(finding) for i in ignores])]  # noqa: C419",
        "any(i.silences(finding) for i in ignores)]",
        "Of two comments that silence the same finding the second is called unused.",
    ),
    Bug(
        "spread-arguments",
        f"{SERVER}/contrib/sdk/checks/calls.py",
        "    if not starred and not spread:",
        "    if not starred:",
        "Correct calls with **arguments are told to lack arguments.",
    ),
    Bug(
        "list-not-indented",
        f"{SERVER}/language/yaml_context.py",
        "        elif entry.column < limit or (in_list and entry.column == limit and not entry.value):",
        "        elif entry.column < limit:",
        "In lists that are not indented below their key, as most conda files have them, nothing fitting is proposed.",
    ),
    Bug(
        "unsaved-settings",
        f"{SERVER}/services/planning/project.py",
        "now < known[0] and not unsaved:",
        "now < known[0]:",
        "A rule switched off in a pyproject.toml that is not saved yet goes on being told.",
    ),
    # ------------------------------------------------------------------------------------------ environments, images
    Bug(
        "sweeps-the-young",
        f"{SERVER}/environments/build.py",
        "yield False",
        "yield True",
        "Building an environment kills and removes another one that is being built beside it.",
    ),
    Bug(
        "secret-in-image",
        f"{SERVER}/images/ignoring.py",
        "self._means(steps[: number + 1])",
        "self._means(steps)",
        "A line `!app` in .dockerignore puts app/.env into the image that is pushed.",
    ),
    # ------------------------------------------------------------------------------------------ containers, engines
    Bug(
        "follows-links",
        f"{SERVER}/containers/archives.py",
        "        elif entry.is_file(follow_symlinks=False):",
        "        elif entry.is_file():",
        "A link in a folder carries a file from elsewhere into a container.",
    ),
    Bug(
        "stranger-on-port",
        f"{SERVER}/engines/probe.py",
        "        return self.proven and self.status == 200",
        "        return self.status == 200",
        "Another program that took the port of a service is called healthy.",
    ),
    Bug(
        "port-for-everybody",
        f"{SERVER}/engines/docker/options.py",
        '[{"HostIp": "127.0.0.1", "HostPort": str(port or "")}]',
        '[{"HostIp": "", "HostPort": str(port or "")}]',
        "A service in a container answers everybody in the network.",
    ),
    # ------------------------------------------------------------------------------------------ deploy, no_code
    Bug(
        "lease-of-another",
        f"{SERVER}/services/ledger.py",
        '"DELETE FROM intents WHERE service = ? AND begun = ?", (intent.service, intent.begun)',
        '"DELETE FROM intents WHERE service = ?", (intent.service,)',
        "Whoever ends a change of a service frees it for a third one while another is changing it.",
    ),
    Bug(
        "empty-key",
        f"{SERVER}/services/access/access_file.py",
        "secondary=keys.secondary or access.secondary",
        "secondary=keys.secondary",
        "A deployment configuration with one key makes a service whose other key is the empty text.",
    ),
    Bug(
        "categories-of-nothing",
        f"{SERVER}/no_code/frameworks/lightgbm.py",
        'not in (b"", b"null", b"[]")',
        'not in (b"", b"[]")',
        "A LightGBM model without categories asks for pandas and does not start without it.",
    ),
    # ------------------------------------------------------------------------------------------ protocol, features,
    # doors
    Bug(
        "length-by-its-beginning",
        f"{SERVER}/lsp/framing.py",
        "_LENGTH.fullmatch(value)",
        "_LENGTH.match(value)",
        "A damaged message kills the server's reader instead of ending the connection: the editor hangs.",
    ),
    Bug(
        "answer-not-counted",
        f"{SERVER}/features/services/logs.py",
        "params.sequence >= entry.in_flight",
        "params.sequence > entry.in_flight",
        "The log of a service comes in bursts half a minute apart.",
    ),
    Bug(
        "tail-of-nothing",
        f"{SERVER}/cli/services/follow.py",
        "lines[-tail:] if tail > 0 else []",
        "lines[-tail:]",
        "`service logs --tail 0` with a filter prints the whole log.",
    ),
    Bug(
        "new-files-unseen",
        f"{SERVER}/server.py",
        "change.type != types.FileChangeType.Changed or change.uri",
        "change.type != types.FileChangeType.Changed and change.uri",
        "A configuration that another program changes is judged as it was until the editor is used again.",
    ),
    # ------------------------------------------------------------------------------------------ runtime
    Bug(
        "limit-of-chunks",
        f"{RUNTIME}/http/request_reader.py",
        "        if size > self._body_limit:",
        "        if len(data) > self._body_limit:",
        "A caller that sends chunks fills the memory of a service.",
    ),
    Bug(
        "one-restart-less",
        f"{RUNTIME}/parent/restarts.py",
        "len(self._useless) > limit and not others",
        "len(self._useless) >= limit and not others",
        "A service is given up one crash earlier than its configuration says.",
    ),
    Bug(
        "one-log-less",
        f"{RUNTIME}/log/log_writer.py",
        "range(self._file_count - 1, 0, -1)",
        "range(self._file_count - 2, 0, -1)",
        "The oldest of the log files that were to be kept is lost.",
    ),
    Bug(
        "host-by-its-end",
        f"{RUNTIME}/http/origin_policy.py",
        'name.endswith(".localhost")',
        'name.endswith("localhost")',
        "A web page of evil-localhost calls the services on this machine.",
    ),
    # ------------------------------------------------------------------------------------------ extension
    Bug(
        "stale-forgotten",
        "extension/state/state.ts",
        "stale: state.stale || now !== workspaceId",
        "stale: now !== workspaceId",
        "After two quick changes the view shows the services of another workspace.",
    ),
    Bug(
        "rows-lost",
        "extension/state/pages.ts",
        "Math.max(PAGE, before.rows.length)",
        "Math.min(PAGE, before.rows.length)",
        "A long list shrinks to its first page whenever something changes.",
    ),
    Bug(
        "no-key-is-a-key",
        "extension/panels/messages.ts",
        'text.trim() === "" ? null : text.trim()',
        "text.trim()",
        "The request panel sends no key to a service that takes keys: 401 where the key was left to the service.",
    ),
)
