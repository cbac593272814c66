"""Bringing a declared platform to a cluster: checked, upgraded release by release, proved, and brought back if it fails."""
