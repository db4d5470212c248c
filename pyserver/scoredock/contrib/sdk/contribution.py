"""Declares the contribution for scripts and notebooks of the SDK to the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scoredock.features.contribution import ClientPart, Contribution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scoredock.features.contribution import ShowFaults


class _Sdk(Contribution):
    noun = "sdk"
    help = "Azure ML SDK v1: run scripts and notebooks that use azureml.core."

    def for_client(self, push: Callable[[Any], None], show_faults: ShowFaults) -> Sequence[ClientPart]:
        from scoredock.contrib.sdk.verbs import SdkRuns

        return (SdkRuns(show_faults),)


CONTRIBUTION = _Sdk()
