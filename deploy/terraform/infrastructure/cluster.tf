locals {
  # What cannot be changed of a pool is in its name, so that another size is another pool.
  size = substr(sha256(jsonencode([
    var.node_pool.cores, var.node_pool.ram_gib, var.node_pool.storage_gib,
    var.node_pool.storage_type, var.node_pool.cpu_family,
  ])), 0, 8)
  current_pool = "${var.name}-${local.size}"
  pools        = merge(var.retiring_pools, { (local.current_pool) = var.node_pool })
}

resource "ionoscloud_datacenter" "platform" {
  name                = var.name
  location            = var.location
  description         = "Presswerk"
  sec_auth_protection = false
}

resource "ionoscloud_lan" "private" {
  datacenter_id = ionoscloud_datacenter.platform.id
  name          = "${var.name}-private"
  public        = false
}

resource "ionoscloud_k8s_cluster" "platform" {
  name                  = var.name
  k8s_version           = var.kubernetes_version
  api_subnet_allow_list = var.api_allow_list
  allow_replace         = false

  maintenance_window {
    day_of_the_week = var.maintenance.day
    time            = "${var.maintenance.time}Z"
  }
}

resource "ionoscloud_k8s_node_pool" "pool" {
  for_each = local.pools

  name              = each.key
  datacenter_id     = ionoscloud_datacenter.platform.id
  k8s_cluster_id    = ionoscloud_k8s_cluster.platform.id
  k8s_version       = ionoscloud_k8s_cluster.platform.k8s_version
  availability_zone = "AUTO"
  node_count        = each.value.nodes
  cores_count       = each.value.cores
  ram_size          = each.value.ram_gib * 1024
  storage_size      = each.value.storage_gib
  storage_type      = each.value.storage_type
  cpu_family        = each.value.cpu_family
  allow_replace     = false

  lans {
    id   = ionoscloud_lan.private.id
    dhcp = true
  }

  dynamic "auto_scaling" {
    for_each = each.value.autoscaling == null ? [] : [each.value.autoscaling]
    content {
      min_node_count = auto_scaling.value.min_nodes
      max_node_count = auto_scaling.value.max_nodes
    }
  }

  maintenance_window {
    day_of_the_week = var.maintenance.day
    time            = "${var.maintenance.time}Z"
  }

  lifecycle {
    create_before_destroy = true
  }
}

data "ionoscloud_k8s_cluster" "platform" {
  id         = ionoscloud_k8s_cluster.platform.id
  depends_on = [ionoscloud_k8s_node_pool.pool]
}
