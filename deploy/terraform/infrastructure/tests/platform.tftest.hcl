mock_provider "ionoscloud" {
  mock_resource "ionoscloud_lan" {
    defaults = { id = "1" }
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
    node_pool         = { nodes = 5, autoscaling = { min_nodes = 3, max_nodes = 6 } }
    location          = "de/fra"
    domain            = "press.example"
    certificate_email = "ops@press.example"
    api_allow_list    = ["203.0.113.0/24"]
    state_bucket      = "press-state"
  }
  assert {
    condition     = one(values(ionoscloud_k8s_node_pool.pool)).auto_scaling[0].max_node_count == 6
    error_message = "Autoscaling is passed on."
  }
  assert {
    condition     = length(ionoscloud_auto_certificate.platform) == 1 && contains(keys(ionoscloud_s3_bucket_versioning.storage), "state")
    error_message = "Domain, certificate and the state's versioning are made."
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
