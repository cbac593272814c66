"""What commands and the hub do with an installation: bring up, reconcile, watch, demonstrate, talk to a hub."""
