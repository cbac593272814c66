# Kept when the entry is made anew, so that DNS stays right; the cluster takes it as `entry.address` of platform.yaml.
resource "ionoscloud_ipblock" "entry" {
  name     = "${var.name}-entry"
  location = var.location
  size     = 1
}

resource "ionoscloud_dns_zone" "platform" {
  count = var.domain == null ? 0 : 1
  name  = var.domain
}

# Hub, chat, sign-on and every site, those of tomorrow too; certificates are cert-manager's, on the cluster.
resource "ionoscloud_dns_record" "entry" {
  count   = length(ionoscloud_dns_zone.platform)
  zone_id = ionoscloud_dns_zone.platform[0].id
  name    = "*"
  type    = "A"
  content = ionoscloud_ipblock.entry.ips[0]
  ttl     = 300
}
