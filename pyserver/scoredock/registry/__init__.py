"""The model registry of a workspace: SQLite for what is known, content-addressed files for the bytes."""

from scoredock.registry.blobs.source import Limits
from scoredock.registry.records import ModelFile, ModelVersion
from scoredock.registry.registry import Registry
from scoredock.registry.store.store import Store

__all__ = ["Limits", "ModelFile", "ModelVersion", "Proposal", "Registry", "Store", "propose"]
