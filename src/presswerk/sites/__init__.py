"""One tenant's site, described once for every runtime: its configuration, its PHP and its web server."""
