"""IONOS by Terraform: what it is told, what it plans, and running it."""
