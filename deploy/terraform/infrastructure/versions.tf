terraform {
  required_version = ">= 1.11"

  required_providers {
    ionoscloud = {
      source  = "ionos-cloud/ionoscloud"
      version = "~> 6.7.34"
    }
  }

  # Bucket, key and endpoint are given by `presswerk infra` to `terraform init`; its keys are in AWS_ACCESS_KEY_ID and
  # AWS_SECRET_ACCESS_KEY.
  backend "s3" {
    region                      = "eu-central-3"
    use_path_style              = true
    use_lockfile                = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_requesting_account_id  = true
    skip_s3_checksum            = true
  }
}

# The token is in IONOS_TOKEN, the keys of object storage in IONOS_S3_ACCESS_KEY and IONOS_S3_SECRET_KEY.
provider "ionoscloud" {}
