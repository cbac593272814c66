"""A declared platform brought to a cluster: checked, upgraded, proved, and taken back where it fails."""
