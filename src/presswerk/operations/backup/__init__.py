"""Backups of tenants: taken while the site is written to, proven in a scratch site, and brought back."""
