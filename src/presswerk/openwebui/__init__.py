"""What Presswerk installs into Open WebUI: functions/, admin client, provisioning."""
