"""The model registry of a workspace: SQLite for what is known, content-addressed files for the bytes."""

from scoredock.registry.formats.recognise import Proposal, propose
from scoredock.registry.models import Registry
from scoredock.registry.records import ModelFile, ModelVersion
from scoredock.registry.source import Limits
from scoredock.registry.store import Store

__all__ = ["Limits", "ModelFile", "ModelVersion", "Proposal", "Registry", "Store", "propose"]
