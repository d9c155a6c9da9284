# Functions, splats, templates with directives, and types that convert.  What a directive trims is no
# beginning of a line any more, so that the indentation after it stays.
variable "servers" {
  type = list(object({
    name = string
    port = optional(number, 80)
  }))
  default = [{ name = "one" }, { name = "two", port = "8080" }]
}

locals {
  names = var.servers[*].name
}

job "with-functions" {
  datacenters = concat(["dc0"], [for index, name in local.names : format("dc%d-%s", index + 1, name)])

  meta = merge({ owner = "ops" }, { list = join(",", local.names) })

  group "g" {
    count = length(var.servers)

    task "t" {
      driver = "exec"

      template {
        destination = "local/servers"
        data        = <<-EOT
        %{ for server in var.servers ~}
        server ${server.name}:${server.port}
        %{ endfor ~}
        %{ if length(local.names) > 1 }many%{ else }one%{ endif }
        EOT
      }

      env {
        JSON   = jsonencode({ a = [1, true, null] })
        SPLIT  = split("-", "a-b-c")[1]
        LOOKUP = lookup({ a = "x" }, "b", "none")
        HASH   = substr(sha256("x"), 0, 8)
        SORTED = join(" ", sort(["c", "a", "b"]))
        TRIED  = try(var.servers[9].name, "absent")
        MIN    = min(3, 1, 2)
        SLICED = join("", slice(["a", "b", "c", "d"], 1, 3))
      }

      resources {
        cpu    = 10 * 10
        memory = max(64, 128)
      }
    }
  }
}
