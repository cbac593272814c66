output "kubeconfig" {
  value     = data.ionoscloud_k8s_cluster.platform.kube_config
  sensitive = true
}

output "pools" {
  description = "Every pool's size by name; presswerk infra keeps those that are not declared any more until told."
  value       = local.pools
}

output "current_pool" {
  value = local.current_pool
}

output "database_hosts" {
  value = {
    postgres = ionoscloud_pg_cluster_v2.services.dns_name
    mariadb  = ionoscloud_mariadb_cluster.sites.dns_name
    redis    = one(ionoscloud_inmemorydb_cluster_v2.chat[*].dns_name)
  }
  sensitive = true
}

output "database_administrator" {
  description = "Who may make users and databases on each of them."
  value       = local.administrator
}

output "network" {
  description = "Where a tenant's own database is put: PRESSWERK_IONOS_DATACENTER_ID, _LAN_ID and _FIRST_ADDRESS of the operator."
  value = {
    datacenter_id = ionoscloud_datacenter.platform.id
    lan_id        = ionoscloud_lan.private.id
    first_address = local.first_tenant_address
  }
}

output "buckets" {
  value = { for use, bucket in ionoscloud_s3_bucket.storage : use => bucket.name }
}

output "storage" {
  description = "Where the buckets are."
  value = {
    region   = ionoscloud_s3_bucket.storage["media"].region
    endpoint = "https://s3.${ionoscloud_s3_bucket.storage["media"].region}.ionoscloud.com"
  }
}

output "storage_keys" {
  value = {
    access_key = ionoscloud_object_storage_accesskey.platform.accesskey
    secret_key = ionoscloud_object_storage_accesskey.platform.secretkey
  }
  sensitive = true
}

output "registry_host" {
  description = "What images.registry of platform.yaml may begin with."
  value       = ionoscloud_container_registry.images.hostname
}

output "registry_credentials" {
  description = "Of a token that may pull and nothing else."
  value       = ionoscloud_container_registry_token.pull.credentials
  sensitive   = true
}

output "entry_address" {
  description = "For entry.address of platform.yaml."
  value       = ionoscloud_ipblock.entry.ips[0]
}

output "nameservers" {
  description = "What the domain's registrar has to be told."
  value       = flatten(ionoscloud_dns_zone.platform[*].nameservers)
}
