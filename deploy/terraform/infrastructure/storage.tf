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
    time = var.maintenance.time
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

resource "ionoscloud_dns_zone" "platform" {
  count = var.domain == null ? 0 : 1
  name  = var.domain
}

resource "ionoscloud_auto_certificate_provider" "letsencrypt" {
  count    = var.domain == null || var.certificate_email == null ? 0 : 1
  name     = "Let's Encrypt"
  email    = var.certificate_email
  location = var.location
  server   = "https://acme-v02.api.letsencrypt.org/directory"
}

resource "ionoscloud_auto_certificate" "platform" {
  count                     = length(ionoscloud_auto_certificate_provider.letsencrypt)
  name                      = var.name
  provider_id               = ionoscloud_auto_certificate_provider.letsencrypt[0].id
  common_name               = var.domain
  subject_alternative_names = ["*.${var.domain}"]
  key_algorithm             = "rsa4096"
  location                  = var.location

  depends_on = [ionoscloud_dns_zone.platform]
}
