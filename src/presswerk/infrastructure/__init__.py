"""IONOS: Terraform runs, kubeconfig, capacity and cost."""
