"""Who is calling: token verification, principals, API keys, audit trail."""
