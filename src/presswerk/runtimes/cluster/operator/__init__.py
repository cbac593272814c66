"""The operator: brings a cluster to what its `Tenant` objects declare, and keeps it there."""
