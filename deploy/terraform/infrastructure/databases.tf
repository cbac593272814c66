locals {
  # Far from the beginning of the range, where the nodes' own addresses are; 128 begins those of tenants' own databases.
  # 242 was the in-memory database of earlier versions, which stays until it may go.
  standard = {
    for which, host in { tenants = 128, postgres = 240, mariadb = 241, redis = 243 } :
    which => try("${cidrhost(ionoscloud_lan.private.ipv4_cidr_block, host)}/${split("/", ionoscloud_lan.private.ipv4_cidr_block)[1]}", "10.7.222.${host}/24")
  }
  addresses = {
    for which, asked in { postgres = var.postgres.address, mariadb = var.mariadb.address, redis = try(var.redis.address, null) } :
    which => coalesce(asked, local.standard[which])
  }
  first_tenant_address = local.standard.tenants
  administrator        = "presswerk"
}

# For Authentik, Open WebUI and the hub, which each get a database and a user of their own in it.
resource "ionoscloud_pg_cluster_v2" "services" {
  name             = "${var.name}-services"
  version          = "17"
  location         = var.location
  replication_mode = "ASYNCHRONOUS"

  instances = {
    count        = var.postgres.instances
    cores        = var.postgres.cores
    ram          = var.postgres.ram_gib
    storage_size = var.postgres.storage_gib
  }
  connections = {
    datacenter_id            = ionoscloud_datacenter.platform.id
    lan_id                   = ionoscloud_lan.private.id
    primary_instance_address = local.addresses.postgres
  }
  credentials = {
    username         = local.administrator
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
  instances       = var.mariadb.instances
  cores           = var.mariadb.cores
  ram             = var.mariadb.ram_gib
  storage_size    = var.mariadb.storage_gib

  connections {
    datacenter_id = ionoscloud_datacenter.platform.id
    lan_id        = ionoscloud_lan.private.id
    cidr          = local.addresses.mariadb
  }
  credentials {
    username = local.administrator
    password = var.mariadb_password
  }
  maintenance_window {
    day_of_the_week = var.maintenance.day
    time            = var.maintenance.time
  }
}

# Open WebUI's, so that more than one of its processes can serve one conversation.
resource "ionoscloud_inmemorydb_cluster_v2" "chat" {
  count            = var.redis == null ? 0 : 1
  name             = "${var.name}-chat"
  location         = var.location
  version          = "9.0"
  persistence_mode = "None"
  eviction_policy  = "allkeys-lru"

  instances = {
    count = var.redis.replicas
    cores = var.redis.cores
    ram   = var.redis.ram_gib
  }
  connections = {
    datacenter_id            = ionoscloud_datacenter.platform.id
    lan_id                   = ionoscloud_lan.private.id
    primary_instance_address = local.addresses.redis
  }
  credentials = {
    username = local.administrator
    password = { algorithm = "SHA-256", hash = sha256(var.redis_password) }
  }
  # It keeps nothing, and the provider wants to be told all the same.
  snapshot           = { location = "eu-central-3", retention_days = 1, snapshot_hours = [2] }
  maintenance_window = { day_of_the_week = var.maintenance.day, time = var.maintenance.time }
}
