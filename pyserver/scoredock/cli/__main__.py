"""`python -m scoredock.cli` is `scoredock`."""

import sys

from scoredock.cli import main

sys.exit(main())
