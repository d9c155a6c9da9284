job "constraints" {
  constraint {
    value = "linux"
  }

  constraint {
    attribute = "${attr.kernel.name}"
    operator  = "equals"
    value     = "linux"
  }

  constraint {
    attribute = "${attr.kernel.name}"
    operator  = "regex"
    value     = "linux"
  }

  group "g" {
    constraint {
      attribute = "${attr.os.version}"
      operator  = "version"
    }

    constraint {
      distinct_property = "${meta.rack}"
      value             = "none"
    }

    task "t" {
      driver = "exec"

      constraint {
        attribute        = "${meta.features}"
        set_contains_any = "a,b"
      }

      constraint {}
    }
  }
}
