"""The hub's HTTP API, one router a noun."""
