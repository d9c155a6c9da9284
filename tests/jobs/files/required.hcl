# What a node has to be, in each way that it may be written.
job "required" {
  constraint {
    attribute = "${attr.nomad.version}"
    semver    = ">= 1.1.0"
  }

  constraint {
    attribute = "${attr.os.name}"
    regexp    = "^(debian|ubuntu)$"
  }

  group "g" {
    constraint {
      distinct_hosts = true
    }

    constraint {
      distinct_property = "${meta.rack}"
      value             = "2"
    }

    constraint {
      operator = "distinct_hosts"
      value    = "true"
    }

    task "t" {
      driver = "exec"

      constraint {
        attribute    = "${meta.features}"
        set_contains = "a,b"
      }

      constraint {
        attribute = "${meta.gone}"
        operator  = "is_not_set"
      }

      constraint {
        attribute = "${attr.cpu.totalcompute}"
        operator  = ">"
        value     = 4000
      }
    }
  }
}
