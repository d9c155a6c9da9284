# Blocks that are repeated for each item, with labels, an iterator of their own and one within another.
locals {
  ports  = { http = 80, admin = 0 }
  checks = ["/health", "/ready"]
}

job "with-dynamic" {
  dynamic "group" {
    for_each = ["a", "b"]
    iterator = each
    labels   = ["group-${each.value}"]

    content {
      count = each.key + 1

      network {
        dynamic "port" {
          for_each = local.ports
          labels   = [port.key]

          content {
            static = port.value
          }
        }
      }

      service {
        port = "http"

        dynamic "check" {
          for_each = local.checks

          content {
            type     = "http"
            path     = check.value
            interval = "${check.key + 1}0s"
            timeout  = "2s"
          }
        }
      }

      task "t" {
        driver = "exec"

        dynamic "artifact" {
          for_each = []

          content {
            source = artifact.value
          }
        }
      }
    }
  }
}
