# For Authentik, Open WebUI and the hub, which each get a database and a user of their own in it.
resource "ionoscloud_pg_cluster_v2" "services" {
  name             = "${var.name}-services"
  version          = "17"
  location         = var.location
  replication_mode = "ASYNCHRONOUS"

  instances = { count = 2, cores = 2, ram = 4, storage_size = 20 }
  connections = {
    datacenter_id            = ionoscloud_datacenter.platform.id
    lan_id                   = ionoscloud_lan.private.id
    primary_instance_address = var.database_addresses.postgres
  }
  credentials = {
    username         = "presswerk"
    database         = "presswerk"
    password         = var.postgres_password
    password_version = var.postgres_password_version
  }
  backup             = { location = "eu-central-3", retention_days = 7 }
  maintenance_window = { day_of_the_week = var.maintenance.day, time = var.maintenance.time }

}

resource "ionoscloud_mariadb_cluster" "sites" {
  display_name    = "${var.name}-sites"
  location        = var.location
  mariadb_version = "10.6"
  instances       = 1
  cores           = 2
  ram             = 4
  storage_size    = 50

  connections {
    datacenter_id = ionoscloud_datacenter.platform.id
    lan_id        = ionoscloud_lan.private.id
    cidr          = var.database_addresses.mariadb
  }
  credentials {
    username = "presswerk"
    password = var.mariadb_password
  }
  maintenance_window {
    day_of_the_week = var.maintenance.day
    time            = var.maintenance.time
  }
}

# Open WebUI's, so that more than one of its processes can serve one conversation.
resource "ionoscloud_inmemorydb_replicaset" "chat" {
  display_name     = "${var.name}-chat"
  location         = var.location
  version          = "7.2"
  replicas         = 1
  persistence_mode = "None"
  eviction_policy  = "allkeys-lru"

  resources {
    cores = 1
    ram   = 4
  }
  connections {
    datacenter_id = ionoscloud_datacenter.platform.id
    lan_id        = ionoscloud_lan.private.id
    cidr          = var.database_addresses.redis
  }
  credentials {
    username            = "presswerk"
    plain_text_password = var.redis_password
  }
  maintenance_window {
    day_of_the_week = var.maintenance.day
    time            = var.maintenance.time
  }
}
