"""Tenants as cluster objects: their resource, the objects it becomes, and the operator that keeps them so."""
