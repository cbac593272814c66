mock_provider "ionoscloud" {
  # The provider takes nothing but a UUID for them.
  mock_resource "ionoscloud_datacenter" {
    defaults = { id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301" }
  }
  mock_resource "ionoscloud_k8s_cluster" {
    defaults = { id = "3f2504e0-4f89-41d3-9a0c-0305e82c3302" }
  }
  mock_resource "ionoscloud_container_registry" {
    defaults = { id = "3f2504e0-4f89-41d3-9a0c-0305e82c3303" }
  }
  mock_resource "ionoscloud_lan" {
    defaults = { id = "1", ipv4_cidr_block = "10.9.8.0/24" }
  }
  mock_resource "ionoscloud_ipblock" {
    defaults = { ips = ["203.0.113.20"] }
  }
}

variables {
  postgres_password = "for-this-test-only"
  mariadb_password  = "for-this-test-only"
  redis_password    = "for-this-test-only"
}

run "defaults" {
  assert {
    condition     = one([for pool in ionoscloud_k8s_node_pool.pool : [pool.node_count, pool.cores_count, pool.ram_size, pool.storage_size, pool.storage_type]]) == [3, 4, 8192, 100, "SSD"]
    error_message = "The default is three nodes of 4 cores, 8 GiB and 100 GiB of SSD."
  }
  assert {
    condition     = ionoscloud_datacenter.platform.location == "de/txl"
    error_message = "The default is Berlin."
  }
  assert {
    condition     = length(ionoscloud_dns_zone.platform) == 0
    error_message = "Without a domain there is no zone."
  }
  assert {
    condition     = keys(output.pools) == ["presswerk-96022c48"] && output.current_pool == "presswerk-96022c48"
    error_message = "The one pool has the name that presswerk infra computes for it."
  }
  assert {
    condition     = !ionoscloud_lan.private.public && tonumber(one(one(values(ionoscloud_k8s_node_pool.pool)).lans).id) == tonumber(ionoscloud_lan.private.id)
    error_message = "The nodes are in the private LAN."
  }
  assert {
    condition     = ionoscloud_pg_cluster_v2.services.connections.lan_id == ionoscloud_lan.private.id && ionoscloud_mariadb_cluster.sites.connections[0].lan_id == ionoscloud_lan.private.id && ionoscloud_inmemorydb_cluster_v2.chat[0].connections.lan_id == ionoscloud_lan.private.id
    error_message = "Every database is in the private LAN and nowhere else."
  }
  assert {
    condition     = [ionoscloud_pg_cluster_v2.services.connections.primary_instance_address, ionoscloud_mariadb_cluster.sites.connections[0].cidr, ionoscloud_inmemorydb_cluster_v2.chat[0].connections.primary_instance_address] == ["10.9.8.240/24", "10.9.8.241/24", "10.9.8.243/24"]
    error_message = "The databases' addresses are of the range that the LAN was given."
  }
  assert {
    condition     = ionoscloud_pg_cluster_v2.services.credentials.password == null
    error_message = "PostgreSQL's password is in no state."
  }
  assert {
    condition     = ionoscloud_pg_cluster_v2.services.instances.count == 2 && ionoscloud_pg_cluster_v2.services.backup.retention_days == 7
    error_message = "PostgreSQL has a second instance and backups of a week."
  }
  assert {
    condition     = alltrue([for bucket in ionoscloud_s3_bucket.storage : !bucket.force_destroy]) && keys(output.buckets) == ["backups", "media"]
    error_message = "There are buckets for media and backups, and none goes with what is in it."
  }
  assert {
    condition     = alltrue([for versioning in ionoscloud_s3_bucket_versioning.storage : versioning.versioning_configuration.status == "Enabled"]) && keys(ionoscloud_s3_bucket_versioning.storage) == ["backups", "media"]
    error_message = "Every bucket keeps former versions."
  }
  assert {
    condition     = one(ionoscloud_container_registry_token.pull.scopes).actions == tolist(["pull"])
    error_message = "The cluster's token may pull and nothing else."
  }
  assert {
    condition     = issensitive(output.kubeconfig) && issensitive(output.storage_keys) && issensitive(output.registry_credentials) && issensitive(output.database_hosts)
    error_message = "What opens something is shown nowhere."
  }
  assert {
    condition     = output.network == { lan_id = ionoscloud_lan.private.id, datacenter_id = ionoscloud_datacenter.platform.id, first_address = "10.9.8.128/24" }
    error_message = "Tenants' own databases are told where to be."
  }
}

run "a_domain_leads_to_the_entrys_address" {
  variables {
    domain = "press.example"
  }
  assert {
    condition     = [ionoscloud_dns_record.entry[0].name, ionoscloud_dns_record.entry[0].type, ionoscloud_dns_record.entry[0].content] == ["*", "A", output.entry_address] && output.entry_address == "203.0.113.20"
    error_message = "Every name of the domain leads to the reserved address."
  }
}

run "another_size_stands_beside_the_old_pool" {
  variables {
    node_pool = { cores = 8 }
    retiring_pools = {
      (run.defaults.current_pool) = { nodes = 3, cores = 4, ram_gib = 8, storage_gib = 100, storage_type = "SSD" }
    }
  }
  assert {
    condition     = length(ionoscloud_k8s_node_pool.pool) == 2 && contains(keys(ionoscloud_k8s_node_pool.pool), run.defaults.current_pool)
    error_message = "The old pool must stay as it is."
  }
}

run "the_old_pool_goes_when_it_retires_no_more" {
  variables {
    node_pool = { cores = 8 }
  }
  assert {
    condition     = [for pool in ionoscloud_k8s_node_pool.pool : pool.cores_count] == [8]
    error_message = "Only the new pool is left."
  }
}

run "overrides" {
  command = plan
  variables {
    node_pool      = { nodes = 5, autoscaling = { min_nodes = 3, max_nodes = 6 } }
    location       = "de/fra"
    api_allow_list = ["203.0.113.0/24"]
    state_bucket   = "press-state"

    kubernetes_version = "1.34.2"
    maintenance        = { day = "Monday", time = "03:30:00" }
    postgres           = { instances = 3, storage_gib = 40 }
    mariadb            = { ram_gib = 8, address = "10.7.222.21/24" }
    redis              = { replicas = 2 }
  }
  assert {
    condition     = ionoscloud_k8s_cluster.platform.k8s_version == "1.34.2" && one(values(ionoscloud_k8s_node_pool.pool)).k8s_version == "1.34.2"
    error_message = "Cluster and nodes have the version asked for."
  }
  assert {
    condition     = ionoscloud_k8s_cluster.platform.api_subnet_allow_list == tolist(["203.0.113.0/24"])
    error_message = "Only the networks named reach the Kubernetes API."
  }
  assert {
    condition = alltrue([for window in [
      ionoscloud_k8s_cluster.platform.maintenance_window[0],
      one(values(ionoscloud_k8s_node_pool.pool)).maintenance_window[0],
      ionoscloud_pg_cluster_v2.services.maintenance_window,
      ionoscloud_mariadb_cluster.sites.maintenance_window[0],
      ionoscloud_inmemorydb_cluster_v2.chat[0].maintenance_window,
    ] : window.day_of_the_week == "Monday" && trimsuffix(window.time, "Z") == "03:30:00"])
    error_message = "Everything is maintained in the one window."
  }
  assert {
    condition     = ionoscloud_pg_cluster_v2.services.instances.count == 3 && ionoscloud_pg_cluster_v2.services.instances.storage_size == 40 && ionoscloud_mariadb_cluster.sites.ram == 8 && ionoscloud_mariadb_cluster.sites.connections[0].cidr == "10.7.222.21/24" && ionoscloud_inmemorydb_cluster_v2.chat[0].instances.count == 2
    error_message = "The databases have the sizes and addresses asked for."
  }
  assert {
    condition     = one(values(ionoscloud_k8s_node_pool.pool)).auto_scaling[0].max_node_count == 6
    error_message = "Autoscaling is passed on."
  }
  assert {
    condition     = contains(keys(ionoscloud_s3_bucket_versioning.storage), "state") && ionoscloud_ipblock.entry.location == "de/fra"
    error_message = "The state's bucket keeps former versions, and the address is where the nodes are."
  }
}

run "without_a_managed_redis_none_is_made_and_no_password_is_asked_for" {
  variables {
    redis          = null
    redis_password = null
  }
  assert {
    condition     = length(ionoscloud_inmemorydb_cluster_v2.chat) == 0 && output.database_hosts.redis == null
    error_message = "Null makes no Redis."
  }
}

run "a_password_that_the_provider_refuses_is_told_by_its_name" {
  command = plan
  variables {
    mariadb_password = "too-short"
  }
  expect_failures = [var.mariadb_password]
}

run "the_state_holds_no_password_of_redis" {
  assert {
    condition     = ionoscloud_inmemorydb_cluster_v2.chat[0].credentials.password.hash == sha256(var.redis_password)
    error_message = "The database is told the hash only."
  }
}

run "an_empty_password_is_none" {
  command = plan
  variables {
    redis_password = ""
  }
  expect_failures = [var.redis_password]
}

run "an_empty_password_is_good_enough_for_no_redis" {
  command = plan
  variables {
    redis          = null
    redis_password = ""
  }
}

run "a_disk_too_small_is_refused" {
  command = plan
  variables {
    node_pool = { nodes = 2, cores = 2, ram_gib = 4, storage_gib = 20 }
  }
  expect_failures = [var.node_pool]
}

run "an_allow_list_that_is_none_is_refused" {
  command = plan
  variables {
    api_allow_list = ["everybody"]
  }
  expect_failures = [var.api_allow_list]
}

run "too_little_memory_is_refused" {
  command = plan
  variables {
    node_pool = { ram_gib = 4 }
  }
  expect_failures = [var.node_pool]
}

run "a_range_of_nodes_that_is_none_is_refused" {
  command = plan
  variables {
    node_pool = { autoscaling = { min_nodes = 6, max_nodes = 3 } }
  }
  expect_failures = [var.node_pool]
}

run "a_window_that_is_none_is_refused" {
  command = plan
  variables {
    maintenance = { day = "Sunday", time = "02:00:00Z" }
  }
  expect_failures = [var.maintenance]
}

run "two_databases_at_one_address_are_refused" {
  command = plan
  variables {
    mariadb = { address = "10.7.222.10/24" }
    redis   = { address = "10.7.222.10/24" }
  }
  expect_failures = [var.redis]
}

run "a_database_too_small_is_refused" {
  command = plan
  variables {
    mariadb = { ram_gib = 2 }
  }
  expect_failures = [var.mariadb]
}
