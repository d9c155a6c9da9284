job "constraints" {
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  constraint {
    attribute = attr.cpu.numcores
    operator  = ">="
    value     = 2
  }

  constraint {
    attribute = "${attr.os.version}"
    version   = ">= 1"
  }

  constraint {
    attribute = "${attr.os.version}"
    semver    = ">= 1.0.0"
  }

  constraint {
    attribute = "${attr.cpu.arch}"
    regexp    = "amd|arm"
  }

  constraint {
    attribute    = "${meta.features}"
    set_contains = "a,b"
  }

  constraint {
    distinct_hosts = true
  }

  constraint {
    distinct_hosts = false
  }

  constraint {
    distinct_property = "${meta.rack}"
    value             = "2"
  }

  constraint {
    attribute = "${meta.x}"
    operator  = "is_set"
  }
}
