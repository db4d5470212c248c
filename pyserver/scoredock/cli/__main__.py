"""`python -m scoredock.cli` is `scoredock`."""

import sys

from scoredock.cli.main import main

sys.exit(main())
