"""Settings for the whole suite."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Examples are timed by the runner's timeout alone: a shared machine makes single ones slow.
settings.register_profile(
    "schematic", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("schematic")
