"""Pinned, hashed requirements of the services that are not ours."""
