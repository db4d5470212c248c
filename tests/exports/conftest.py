"""What the tests of packages have."""

import hypothesis_profiles  # noqa: F401
from packages.conftest import built, ca_base, folder, ready, runtime, shop  # noqa: F401
