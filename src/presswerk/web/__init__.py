"""The hub: its application, limits, problems and event streams."""
