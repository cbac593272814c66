locals {
  buckets   = toset(["media", "backups"])
  versioned = merge({ for use, bucket in ionoscloud_s3_bucket.storage : use => bucket.name }, var.state_bucket == null ? {} : { state = var.state_bucket })
}

resource "ionoscloud_s3_bucket" "storage" {
  for_each = local.buckets

  name          = "${var.name}-${each.key}"
  region        = "eu-central-3"
  force_destroy = false
}

resource "ionoscloud_s3_bucket_versioning" "storage" {
  for_each = local.versioned

  bucket = each.value
  versioning_configuration {
    status = "Enabled"
  }
}

resource "ionoscloud_object_storage_accesskey" "platform" {
  description = "${var.name}: media and backups"
}

resource "ionoscloud_container_registry" "images" {
  name     = var.name
  location = var.location

  garbage_collection_schedule {
    days = [var.maintenance.day]
    time = "${var.maintenance.time}Z"
  }
}

resource "ionoscloud_container_registry_token" "pull" {
  name        = "${var.name}-pull"
  registry_id = ionoscloud_container_registry.images.id
  status      = "enabled"

  scopes {
    type    = "repository"
    name    = "*"
    actions = ["pull"]
  }
}
