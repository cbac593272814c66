"""What an installation on a cluster is made of, as files for people who keep them in a repository (pure)."""
