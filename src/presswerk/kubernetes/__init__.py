"""One client of a cluster's API: kinds, reading, writing and watching objects, readiness."""
