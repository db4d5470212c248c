"""Requests to the control endpoint; handled in its threads, which hand decisions to the parent's loop."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import shutil
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple

from scoredock_runtime import contract, contract_history
from scoredock_runtime.log.log_reader import lines_after
from scoredock_runtime.log.log_writer import LogWriter
from scoredock_runtime.parent.control_server import ControlAnswer
from scoredock_runtime.parent.replacement import RELOAD, Replacement
from scoredock_runtime.parent.route_changes import lines_of, requested_change, traffic
from scoredock_runtime.service_folder.file_switch import BadSwitch, requested_switch, switch_from
from scoredock_runtime.service_folder.spec_file import read_spec
from scoredock_runtime.template.template_process import Event

if TYPE_CHECKING:
    from scoredock_runtime.parent.debug_tunnel import DebugTunnels

_LOOK_SECONDS = 0.05
"""From one look to the next whether the client of a change is still there."""
_RETIRE_MARGIN = 30.0
"""Seconds beyond its grace that a predecessor may take to answer."""
_PIECE = 512 * 1024
"""Bytes of collected data that one answer has at most."""
LONGEST_WAIT = 30.0
"""Seconds that a request for log records may wait for them."""


class ControlRequests:
    """Answers with the status once a request has been decided."""

    def __init__(
        self,
        folder: str,
        events: SimpleQueue[Event],
        spec: Callable[[], contract.ServiceSpec],
        status: Callable[[], contract.ServiceStatus],
        log: LogWriter,
        tunnels: Callable[[], DebugTunnels],
    ) -> None:
        self._folder = folder
        self._log = log
        self._tunnels = tunnels
        self.unwritten: Callable[[], List[contract_history.Row]] = list
        """Rows of the history that no file has yet."""
        self._events = events
        self._spec = spec
        self._status = status

    def answer(self, route: str, body: Dict[str, Any], is_disconnected: Callable[[], bool]) -> ControlAnswer:
        """Blocks until decided. A change whose client is gone before that, by `is_disconnected`, is given up: nobody
        would know of it."""
        if route == "replace":
            return self._replace(body, is_disconnected)
        if route == "reload":
            return self._reload(body, is_disconnected)
        if route == "code":
            return self._take_code(body, is_disconnected)
        handler = {
            "logs": self._logs,
            "cancel": self._cancel,
            "authentication": self._authenticate,
            "routes": self._change_routes,
            "history": self._history,
            "traffic": self._traffic,
            "differences": lambda _: (200, json.dumps(lines_of(self._folder, contract.DIFFERENCES_FILE))),
            "data": self._data,
            "stop": self._stop,
            "retire": self._retire,
            "open": self._open,
            "debugger": self._debugger,
        }.get(route)
        return self._tell(body) if handler is None else handler(body)

    def _tell(self, _: Dict[str, Any]) -> ControlAnswer:
        # Whoever asks once asks again: what has run out meanwhile is there by then.
        self._events.put(("limits", None, None))
        return 200, contract.to_json(self._status())

    def _stop(self, body: Dict[str, Any]) -> ControlAnswer:
        grace = body.get("grace", self._spec().stop_grace)
        if not _is_grace(grace):
            return _refused(400, "grace is a number of seconds between 0 and 86400.")
        self._hand_over_and_wait("stop", float(grace))
        return 200, contract.to_json(self._status())

    def _replace(self, body: Dict[str, Any], is_disconnected: Callable[[], bool]) -> ControlAnswer:
        path = body.get("spec")
        if not isinstance(path, str) or not os.path.isabs(path):
            return _refused(400, "spec is the absolute path of a spec.json.")
        try:
            spec = read_spec(path)
        except (OSError, ValueError) as fault:
            return _refused(422, f"{path} cannot be read: {fault}.")
        now = self._spec()
        if spec.port not in (0, self._status().port) or (spec.host, spec.health_port) != (now.host, now.health_port):
            return _refused(422, "Address and port hold for the life of a service; stop it to change them.")
        # What this parent was given or has found for itself stays (see packaged_spec.py).
        spec = dataclasses.replace(spec, nonce=spec.nonce or now.nonce, python=spec.python or now.python)
        try:
            switch = requested_switch(self._folder, spec.app_root, body)
        except BadSwitch as fault:
            return _refused(422, str(fault))
        if switch is not None and spec.app_root != now.app_root:
            return _refused(422, "The application's root stays where it is when its files are switched.")
        return self._hand_over(Replacement(spec, switch=switch), is_disconnected)

    def _reload(self, body: Dict[str, Any], is_disconnected: Callable[[], bool]) -> ControlAnswer:
        spec = self._spec()
        try:
            return self._hand_over(
                Replacement(spec, RELOAD, switch=requested_switch(self._folder, spec.app_root, body)), is_disconnected
            )
        except BadSwitch as fault:
            return _refused(422, str(fault))

    def _take_code(self, body: Dict[str, Any], is_disconnected: Callable[[], bool]) -> ControlAnswer:
        from scoredock_runtime.service_folder import code_bundle

        spec = self._spec()
        if not spec.code_folder:
            return _refused(409, "The service takes no files while it runs: it was not deployed for development.")
        try:
            data = base64.b64decode(str(body.get("bundle", "")), validate=True)
            bundle = code_bundle.bundle_from(data)
            source = code_bundle.unpacked(bundle, spec.app_root)
        except (OSError, ValueError) as fault:
            return _refused(422, f"The files cannot be taken: {fault}.")
        fresh = dataclasses.replace(spec, code=bundle.code, revision=bundle.revision)
        switch = switch_from(self._folder, spec.app_root, {"from": source})
        status, text = answer = self._hand_over(Replacement(fresh, switch=switch), is_disconnected)
        if status == 200 and contract.status_from_json(str(text)).failed_revision != bundle.revision:
            try:
                code_bundle.keep(self._folder, data)
            except OSError as fault:
                # The next start would have other files than those that answer now.
                return _refused(507, f"The files are served, but they could not be kept for the next start: {fault}.")
        shutil.rmtree(source, ignore_errors=True)  # of a change that was refused before it began
        return answer

    def _cancel(self, body: Dict[str, Any]) -> ControlAnswer:
        revision = body.get("revision", 0)
        if isinstance(revision, bool) or not isinstance(revision, int):
            return _refused(400, "revision is a whole number.")
        self._hand_over_and_wait("cancel", revision)
        return 200, contract.to_json(self._status())

    def _open(self, body: Dict[str, Any]) -> ControlAnswer:
        port, grace = body.get("predecessor", 0), body.get("grace", self._spec().stop_grace)
        if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535 or not _is_grace(grace):
            return _refused(400, "predecessor is a port, and grace a number of seconds between 0 and 86400.")
        self._hand_over_and_wait("open", None)
        status = self._status()
        if status.phase != contract.READY:
            return _refused(409, f"The service is {status.phase}, and only one that is prepared can be opened.")
        fault = ask_to_retire(port, self._spec().nonce, float(grace)) if port else ""
        if fault:
            # Nothing new comes to it, as the port is ours now. Who asked removes it; else whoever looks next does.
            self._log.tell(f"The service that was here before could not be told to retire: {fault}.", "W")
        return 200, contract.to_json(status)

    def _retire(self, body: Dict[str, Any]) -> ControlAnswer:
        grace, release = body.get("grace", self._spec().stop_grace), body.get("release_control", False)
        if not _is_grace(grace) or not isinstance(release, bool):
            return _refused(400, "grace is a number of seconds between 0 and 86400, release_control true or false.")
        self._hand_over_and_wait("retire", float(grace))
        status = self._status()
        if status.phase != contract.RETIRED:
            return _refused(409, "The service is stopping.")
        if release:
            self._events.put(("release control", None, None))
        return 200, contract.to_json(status)

    def _logs(self, query: Dict[str, Any]) -> ControlAnswer:
        try:
            since, limit = int(query.get("since", 0)), int(query.get("limit", 1_000_000))
            wait = float(query.get("wait", 0.0))
            if since < 0 or limit < 1 or not 0 <= wait <= LONGEST_WAIT:
                raise ValueError
        except ValueError:
            return _refused(400, f"since and limit are whole numbers, wait is seconds up to {LONGEST_WAIT:g}.")
        if not self._log.await_record(since, wait):
            return 200, b""
        return 200, lines_after(self._log.path, since, limit)

    def _history(self, query: Dict[str, Any]) -> ControlAnswer:
        """Rows after `since` of the counters `origin`, with one of now; all rows where the counters are others."""
        try:
            since, origin = int(query.get("since", 0)), int(query.get("origin", 0))
        except ValueError:
            return _refused(400, "since and origin are whole numbers.")
        self._hand_over_and_wait("history", None)
        rows = contract_history.merged([*contract_history.read_history(self._folder), *self.unwritten()])
        packed = b"".join(contract_history.packed(row) for row in rows if row.origin != origin or row.number > since)
        return 200, json.dumps({"rows": base64.b64encode(packed).decode("ascii")})

    def _data(self, query: Dict[str, Any]) -> ControlAnswer:
        root = self._spec().data_folder or os.path.join(self._folder, contract.DATA_FOLDER)
        files, name = _collected_files(root), query.get("name")
        if name is None:
            return 200, json.dumps({"files": files})
        try:
            start = int(query.get("from", 0))
        except ValueError:
            start = -1
        if start < 0 or name not in (each for each, _ in files):
            return _refused(400, "name is one of the files, and from a whole number.")
        piece = b""
        with contextlib.suppress(FileNotFoundError), open(os.path.join(root, *name.split("/")), "rb") as stream:
            stream.seek(start)
            piece = stream.read(_PIECE)
        return 200, json.dumps({"data": base64.b64encode(piece).decode("ascii")})

    def _debugger(self, body: Dict[str, Any]) -> ControlAnswer:
        token = body.get("token")
        if not isinstance(token, str) or not 16 <= len(token) <= 64:
            return _refused(400, "token is the debug_token of a spec.")
        try:
            return 101, self._tunnels().of(token).carry
        except OSError as fault:
            return _refused(422, f"No port can be opened for the debugger: {fault}.")

    def _hand_over(self, replacement: Replacement, is_disconnected: Callable[[], bool]) -> ControlAnswer:
        self._events.put(("replace", replacement, None))
        while not replacement.is_decided(_LOOK_SECONDS):
            if is_disconnected():
                self._events.put(("abandoned", replacement, None))
                break
        return replacement.wait()

    def _authenticate(self, body: Dict[str, Any]) -> ControlAnswer:
        try:
            given = contract.authentication_from(body)
            if not _digests_and_secret(given):
                raise ValueError("key_digests are hex SHA-256 and token_secret is hex")
        except (ValueError, TypeError) as fault:
            return _refused(400, f"This is not authentication: {fault}.")
        self._hand_over_and_wait("authentication", given)
        return 200, contract.to_json(self._status())

    def _change_routes(self, body: Dict[str, Any]) -> ControlAnswer:
        now = self._spec().routes
        if now is None:
            return _refused(409, "This service runs a script, and is not a router.")
        try:
            change = requested_change(body)
        except (ValueError, TypeError) as fault:
            return _refused(400, f"These are not routes: {fault}.")
        if change.routes.turn < now.turn:
            return _refused(409, f"The router goes by newer routes (turn {now.turn}) than these.")
        self._hand_over_and_wait("routes", change)
        return 200, contract.to_json(self._status())

    def _traffic(self, _: Dict[str, Any]) -> ControlAnswer:
        routes = self._spec().routes
        return 200, json.dumps({**traffic(self._folder), "turn": routes.turn if routes is not None else 0})

    def _hand_over_and_wait(self, kind: str, detail: Any) -> None:
        done = threading.Event()
        self._events.put((kind, done, detail))
        done.wait()


def ask_to_retire(port: int, nonce: str, grace: float) -> str:
    """Has the parent at a control port of this network namespace retire; empty, or why that failed."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=grace + _RETIRE_MARGIN)
    try:
        document = json.dumps({"grace": grace, "release_control": True})
        connection.request("POST", "/retire", document, {"Authorization": f"Bearer {nonce}"})
        answer = connection.getresponse()
        said = answer.read()
        return "" if answer.status == 200 else f"{answer.status} {said.decode('utf-8', 'replace')[:200]}"
    except (OSError, http.client.HTTPException) as fault:
        return str(fault) or type(fault).__name__
    finally:
        connection.close()


def _digests_and_secret(authentication: contract.Authentication) -> bool:
    """True for an authentication with well-formed digests and secret: what came over the wire may hold anything."""
    digests: Any = authentication.key_digests
    secret: Any = authentication.token_secret
    digits = set("0123456789abcdef")
    if not isinstance(digests, list) or not isinstance(secret, str) or not set(secret) <= digits:
        return False
    return all(isinstance(each, str) and len(each) == 64 and set(each) <= digits for each in digests)


def _is_grace(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and 0 <= value <= 86400


def _collected_files(root: str) -> List[Tuple[str, int]]:
    """Name below a folder with forward slashes, and size, of each file there but those that nobody should read."""
    files: List[Tuple[str, int]] = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith(".") or os.path.islink(path):
                continue
            with contextlib.suppress(OSError):  # the oldest ones go when there are too many
                files.append((os.path.relpath(path, root).replace(os.sep, "/"), os.stat(path).st_size))
    return sorted(files)


def _refused(status: int, sentence: str) -> ControlAnswer:
    return status, json.dumps({"error": sentence})
