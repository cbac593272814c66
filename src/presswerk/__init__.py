"""Presswerk: a multi-tenant publishing platform, from a chat to a WordPress site exactly once."""

__version__ = "0.2.0"
