"""Where sites run: one machine or a cluster, both described alike to the rest of the house."""
