"""Declares the contribution for lines of the Azure CLI to the core."""

from __future__ import annotations

from scoredock.features.contribution import Contribution


class _AzureCli(Contribution):
    noun = "az"
    help = "Command lines of the Azure CLI for Azure ML v1."
    nameless = ("az/install",)


CONTRIBUTION = _AzureCli()
