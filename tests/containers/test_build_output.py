"""What a failed build says, as Docker's older builder, Podman and BuildKit write it."""

from __future__ import annotations

import pytest
from scoredock.containers.build_output import Steps
from scoredock.errors import ScoredockError
from scoredock.progress import Silent

DOCKER = (
    "Step 1/3 : FROM base",
    " ---> 0123456789ab",
    "Step 2/3 : RUN true",
    " ---> Running in 0123456789ab",
    "Step 3/3 : RUN make     it",
    " ---> Running in 0123456789ac",
    "the reason",
)
PODMAN = ("STEP 1/3: FROM base", "STEP 2/3: RUN true", "STEP 3/3: RUN make     it", "the reason")
BUILDKIT = (
    "#1 [internal] load build definition from Dockerfile",
    "#1 DONE 0.0s",
    "#4 [1/3] FROM base",
    "#4 CACHED",
    "#6 [stage-1 3/3] RUN make     it",
    "#5 [2/3] RUN true",
    "#6 0.211 the reason",
    "#5 0.333 of the other",
    '#6 ERROR: process "/bin/sh -c make     it" did not complete successfully: exit code: 5',
    "#5 0.444 goes on",
)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (DOCKER, "The command '/bin/sh -c make it' returned a non-zero code: 5"),
        (PODMAN, 'building at STEP "RUN make     it": while running runtime: exit status 5'),
        (BUILDKIT, 'failed to solve: process "/bin/sh -c make     it" did not complete successfully: exit code: 5'),
    ],
)
def test_the_failing_step_is_told_with_its_instruction_and_its_own_output(lines: tuple[str, ...], fault: str) -> None:
    steps = Steps(Silent())
    for line in lines:
        steps.take({"stream": f"{line}\n"})
    with pytest.raises(ScoredockError) as raised:
        steps.take({"error": fault})
    details = raised.value.details
    assert (details["number"], details["instruction"]) == ("3", "RUN make     it")
    assert details["output"] == ["the reason"]
    assert raised.value.message == f"{details['step']} ended with exit code 5: the reason."
