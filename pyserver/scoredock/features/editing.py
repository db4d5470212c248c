"""What the editor asks about a position: lenses, actions, hovers, completions, definitions, over the pure `language`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from scoredock.configs.facts import Facts
from scoredock.configs.finding import Finding
from scoredock.features.context import Context
from scoredock.features.diagnostics import Diagnostics, diagnostic, range_to_client
from scoredock.features.facts import FactSource
from scoredock.protocol.documents import Document
from scoredock.text import Position, Range, TextEdit

logger = logging.getLogger(__name__)

R = TypeVar("R")
