"""A command that works with another machine by SSH is killed: the next one takes its socket away."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.temporary.folders import left_over

import at_a_folder
from depth import rounds
from remote_docker.conftest import Remote

pytestmark = [pytest.mark.docker, pytest.mark.chance]


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
def test_nothing_is_left_of_a_connection_that_was_killed(remote: Remote, tmp_path: Path, number: int) -> None:
    remote.attach(*remote.ssh)
    terminal = at_a_folder.with_own_folders(remote.terminal, tmp_path)
    at_a_folder.require_nothing_left(terminal, "ssh", number, ("compute", "check", "gpu"))
    # Where paths are short, and not where the person has temporary folders.
    assert [path for path in left_over(Path("/tmp")) if path.name.startswith("scoredock-ssh-")] == []
