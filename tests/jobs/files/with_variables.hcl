# Variables with their defaults, locals that refer to each other in any order.
variable "region" {
  type    = string
  default = "eu"
}

variable "counts" {
  type    = map(number)
  default = { web = 2, worker = 3 }
}

variables {
  image = "nginx"
  tag   = 1.25
}

locals {
  full  = "${local.name}:${var.tag}"
  name  = var.image
  ports = [for name, number in { http = 80, https = 443 } : "${name}=${number}"]
}

job "with-variables" {
  region = var.region

  group "web" {
    count = var.counts["web"]

    task "serve" {
      driver = "docker"

      config {
        image = local.full
        args  = local.ports
      }

      env {
        SUM     = var.counts.web + var.counts.worker
        REGION  = upper(var.region)
        NODE    = "${node.unique.name}-${var.region}"
        CHOICE  = var.region == "eu" ? "here" : "there"
      }
    }
  }
}
