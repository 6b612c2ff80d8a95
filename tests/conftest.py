"""Settings for the whole suite."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Examples are timed by the runner's timeout alone: a shared machine makes single ones slow. CI
# tries the same examples each time, so that a change is judged by what it changes; by hand each run
# tries new ones.
settings.register_profile(
    "schematic",
    deadline=None,
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("schematic")
