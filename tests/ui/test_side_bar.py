"""After a reload of the window the side bar shows what it showed, before a server is there to be asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from test_quiet import SCRIPT, servers, write
from workbench import until

if TYPE_CHECKING:
    from desks import Desk


@contextmanager
def next_server_held(desk: Desk) -> Iterator[Callable[[], None]]:
    """The next language server stands still from its first moments on, until what is given here is called."""
    before = set(servers(desk))
    held: list[psutil.Process] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set() and not held:
            for pid in set(servers(desk)) - before:
                process = psutil.Process(pid)
                process.suspend()
                held.append(process)

    watching = threading.Thread(target=watch)
    watching.start()

    def let_go() -> None:
        until(lambda: held, "the server to be started", timeout=60)
        held[0].resume()

    try:
        yield let_go
    finally:
        over.set()
        watching.join()
        if held and held[0].is_running():
            held[0].resume()


def test_the_side_bar_is_filled_from_what_was_remembered_and_then_corrected(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    folder = write(tmp_path / "adder", {"score.py": SCRIPT, "a.bin": "1", "b.bin": "2"})
    desk = open_desk(folder)
    window = desk.window
    for name in ("ada", "bea"):
        desk.scoredock("model", "register", str(folder / f"{name[0]}.bin"), "--name", name)
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(folder / "score.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Models", "bea", timeout=60)
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    window.page.wait_for_timeout(4000)  # twice the rest after which it is written down

    with next_server_held(desk) as let_go:
        window.reload()
        window.side.wait_row("Models", "ada", timeout=60)
        window.side.wait_row("Models", "bea")
        window.side.wait_row("Services", "adder", "Healthy")
        desk.picture("remembered")
        desk.scoredock("model", "delete", "bea:1")
        desk.scoredock("service", "stop", "adder")
        let_go()
        window.side.wait_row("Services", "adder", "Stopped", timeout=60)
        until(lambda: all(row.label != "bea" for row in window.side.rows("Models")), "what is gone to go", timeout=60)
        window.side.wait_row("Models", "ada")
