variable "name" {
  description = "What everything's name begins with."
  type        = string
  default     = "presswerk"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,29}[a-z0-9]$", var.name))
    error_message = "name: 3 to 31 lower-case letters, digits and hyphens; a letter first, no hyphen last."
  }
}

variable "location" {
  description = "IONOS datacenter."
  type        = string
  default     = "de/txl"
}

variable "kubernetes_version" {
  description = "Of the cluster and its nodes; null takes the newest that IONOS offers."
  type        = string
  default     = null
}

variable "node_pool" {
  description = "The nodes. A pool's size is immutable: another size makes another pool beside the old one."
  type = object({
    nodes        = optional(number, 3)
    cores        = optional(number, 4)
    ram_gib      = optional(number, 8)
    storage_gib  = optional(number, 100)
    storage_type = optional(string, "SSD")
    cpu_family   = optional(string)
    autoscaling  = optional(object({ min_nodes = number, max_nodes = number }))
  })
  default = {}

  validation {
    condition     = var.node_pool.storage_gib >= 50
    error_message = "storage_gib: system, images and logs fill a disk this small, and under disk pressure every pod of the node is evicted; give at least 50, better 100."
  }
  validation {
    condition     = var.node_pool.ram_gib >= 8
    error_message = "ram_gib: the system and the platform's own services leave nothing for sites; give at least 8."
  }
  validation {
    condition     = var.node_pool.autoscaling == null ? true : var.node_pool.autoscaling.min_nodes <= var.node_pool.autoscaling.max_nodes
    error_message = "autoscaling: min_nodes is more than max_nodes; exchange them."
  }
}

variable "retiring_pools" {
  description = "Pools of earlier sizes that stay until they are drained, by name."
  type = map(object({
    nodes        = number
    cores        = number
    ram_gib      = number
    storage_gib  = number
    storage_type = string
    cpu_family   = optional(string)
    autoscaling  = optional(object({ min_nodes = number, max_nodes = number }))
  }))
  default = {}
}

variable "api_allow_list" {
  description = "Networks that reach the Kubernetes API, as CIDR; empty lets everybody try."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for network in var.api_allow_list : can(cidrhost(network, 0))])
    error_message = "api_allow_list: each entry is a network such as 203.0.113.0/24."
  }
}

variable "maintenance" {
  description = "When IONOS may maintain, in UTC."
  type        = object({ day = string, time = string })
  default     = { day = "Sunday", time = "02:00:00" }

  validation {
    condition     = contains(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], var.maintenance.day) && can(regex("^([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$", var.maintenance.time))
    error_message = "maintenance: a day such as Sunday and a time in UTC such as 02:00:00."
  }
}

variable "postgres" {
  description = "PostgreSQL of Authentik, Open WebUI and the hub: each instance's size, and its address in the private LAN such as 10.7.222.240/24; null takes one near the end of the range that IONOS gives the LAN."
  type = object({
    instances   = optional(number, 2)
    cores       = optional(number, 2)
    ram_gib     = optional(number, 4)
    storage_gib = optional(number, 20)
    address     = optional(string)
  })
  default = {}
}

variable "mariadb" {
  description = "MariaDB of the sites, likewise."
  type = object({
    instances   = optional(number, 1)
    cores       = optional(number, 2)
    ram_gib     = optional(number, 4)
    storage_gib = optional(number, 50)
    address     = optional(string)
  })
  default = {}

  validation {
    condition     = var.mariadb.ram_gib >= 4
    error_message = "mariadb.ram_gib: IONOS offers none below 4."
  }
  validation {
    condition     = var.mariadb.instances >= 1 && var.mariadb.instances <= 5
    error_message = "mariadb.instances: IONOS offers 1 to 5."
  }
  validation {
    condition     = var.mariadb.storage_gib >= 10 && var.mariadb.storage_gib <= 2000
    error_message = "mariadb.storage_gib: IONOS offers 10 to 2000."
  }
}

variable "redis" {
  description = "The in-memory database of Open WebUI, likewise; null makes none, and the cluster runs one."
  type = object({
    replicas = optional(number, 1)
    cores    = optional(number, 1)
    ram_gib  = optional(number, 4)
    address  = optional(string)
  })
  default = {}

  validation {
    condition     = length(distinct(compact([var.postgres.address, var.mariadb.address, try(var.redis.address, null)]))) == length(compact([var.postgres.address, var.mariadb.address, try(var.redis.address, null)]))
    error_message = "redis.address: two databases have the same address; give each its own."
  }
}

variable "domain" {
  description = "Sites are <tenant>.<domain>; null makes no DNS zone."
  type        = string
  default     = null
}

variable "state_bucket" {
  description = "The bucket of this state, made by hand before the first run; its versioning is switched on here."
  type        = string
  default     = null
}

variable "postgres_password" {
  description = "TF_VAR_postgres_password. It reaches neither plan nor state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "postgres_password_version" {
  description = "Raise it to have a new password taken."
  type        = string
  default     = "1"
}

variable "mariadb_password" {
  description = "TF_VAR_mariadb_password. The provider has no write-only argument for it, so the state holds it."
  type        = string
  sensitive   = true

  validation {
    condition     = length(trimspace(var.mariadb_password)) > 0 && length(var.mariadb_password) >= 10 && length(var.mariadb_password) <= 63
    error_message = "mariadb_password: set TF_VAR_mariadb_password to 10 to 63 characters."
  }
}

variable "redis_password" {
  description = "TF_VAR_redis_password. The state holds its hash."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.redis == null || try(length(var.redis_password) > 0, false)
    error_message = "redis_password: set TF_VAR_redis_password, or redis to null."
  }
}
