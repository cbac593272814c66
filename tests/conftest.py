"""What holds for every test."""

from hypothesis import settings

# How long one example takes depends on what else the machine does; the timeout of a whole test is limit enough.
settings.register_profile("presswerk", deadline=None)
settings.load_profile("presswerk")
