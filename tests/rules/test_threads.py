"""Each thread of ours begins at one door, where it is said what becomes of one that raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.syntax import nodes_of

DOORS = {
    "pyserver/scoredock/threads.py",
    "pyserver/runtime/scoredock_runtime/base/threads.py",
    "pyserver/sdk/scoredock_azureml/packages/azureml/_scoredock/threads.py",
}
KNOWN = {
    # Runs before anything of the server is imported, so that breakpoints hold there; a tool of this repository.
    ("pyserver/tools/debugged_server.py", "Timer"),
    # The standard library's server: its `handle_error` gets what a request raised, and tells it as the door does.
    ("pyserver/runtime/scoredock_runtime/parent/control_server.py", "ThreadingHTTPServer"),
    # The same, for published pipelines of a script.
    ("pyserver/sdk/scoredock_azureml/packages/azureml/pipeline/core/_rest.py", "ThreadingMixIn"),
    # A program of its own, which imports nothing of the package; its `map` raises what a copy has raised.
    ("pyserver/runtime/scoredock_runtime/batch/fetch.py", "ThreadPoolExecutor"),
    # The same, for what speaks to Azure; its thread ends the process with whoever started it.
    ("pyserver/scoredock/contrib/azure/domain/azure_process/fetching.py", "ThreadPoolExecutor"),
    ("pyserver/scoredock/contrib/azure/domain/azure_process/listing.py", "ThreadPoolExecutor"),
    ("pyserver/scoredock/contrib/azure/domain/azure_process/main.py", "Thread"),
}
MAKERS = {
    "Thread",
    "Timer",
    "ThreadPoolExecutor",
    "ThreadPool",
    "start_new_thread",
    "start_joinable_thread",
    "to_thread",
    "ThreadingMixIn",
    "ThreadingTCPServer",
    "ThreadingUDPServer",
    "ThreadingHTTPServer",
    "ThreadingWSGIServer",
    "QueueListener",
}
"""What begins a thread when it is called or made a base of a class."""


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "timeit":
        return ""  # measures, and begins nothing
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def threads_in(text: str) -> Iterator[tuple[str, int]]:
    """What begins threads in a module, and at which line."""
    other = {
        alias.asname or alias.name: alias.name
        for node in nodes_of(text)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in MAKERS
    }
    for node in nodes_of(text):
        made: list[ast.expr] = []
        if isinstance(node, ast.Call):
            made = [node.func]
            # The loop's own pool is nobody's, and so is what it raises where nobody waits.
            if name_of(node.func) == "run_in_executor" and node.args and getattr(node.args[0], "value", 0) is None:
                yield "run_in_executor", node.lineno
        elif isinstance(node, ast.ClassDef):
            made = node.bases
        elif isinstance(node, ast.Assign):
            made = [node.value] if isinstance(node.value, (ast.Attribute, ast.Name)) else []
        for each in made:
            name = other.get(name_of(each), name_of(each))
            if name in MAKERS:
                yield name, node.lineno


def test_threads_begin_at_the_door(root: Path) -> None:
    found = {}
    for file in sorted((root / "pyserver").rglob("*.py")):
        path = file.relative_to(root).as_posix()
        if path in DOORS or any(part in path for part in ("/.venv/", "/build/", "/rule_pages/")):
            continue
        for name, line in threads_in(file.read_text(encoding="utf-8")):
            found[path, name] = line
    beside = [f"{path}:{line} {name}" for (path, name), line in found.items() if (path, name) not in KNOWN]
    assert beside == [], "start it by scoredock.threads or scoredock_runtime.base.threads"
    assert set(found) == KNOWN, "what is known is still there"


@pytest.mark.parametrize(
    "text",
    [
        "import threading\nthreading.Thread(target=print).start()",
        "from threading import Thread\nThread(target=print)",
        "from threading import Thread as T\nT(target=print)",
        "import threading as t\nt.Timer(1, print)",
        "import threading\nclass A(threading.Thread): pass",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor()",
        "import concurrent.futures\nwith concurrent.futures.ThreadPoolExecutor() as pool: pass",
        "import _thread\n_thread.start_new_thread(print, ())",
        "import asyncio\nasync def f(): await asyncio.to_thread(print)",
        "async def f(loop): await loop.run_in_executor(None, print)",
        "import threading\nmake = threading.Thread\nmake(target=print)",
        "from http.server import ThreadingHTTPServer\nclass A(ThreadingHTTPServer): pass",
    ],
)
def test_any_other_way_is_seen(text: str) -> None:
    assert list(threads_in(text))


def test_what_only_speaks_of_threads_is_none() -> None:
    text = "import threading\na: threading.Thread | None = None\nthreading.Event()\nthreading.current_thread()\n"
    assert list(threads_in(text)) == []
