"""What holds for every test."""

import os

from hypothesis import settings

# How long one example takes depends on what else the machine does; the timeout of a whole test is limit enough. Every
# run draws the same examples, so that a change is judged by what it changed; HYPOTHESIS_PROFILE=search looks for more.
settings.register_profile("presswerk", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "presswerk"))
