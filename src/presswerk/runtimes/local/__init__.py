"""Sites, chat and identity as supervised processes on this machine."""
