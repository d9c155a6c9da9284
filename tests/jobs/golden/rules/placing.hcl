job "placing" {
  region      = ""
  datacenters = ["dc1", ""]

  affinity {
    attribute = "${attr.cpu.arch}"
    regexp    = "(?=x86)"
  }
  affinity {
    value  = "a"
    weight = 0
  }

  affinity {
    attribute = "${node.class}"
    operator  = "is_set"
    weight    = -101
  }

  spread {
    weight = 101

    target "a" {
      percent = 60
    }

    target "a" {
      percent = 50
    }

    target "b" {
      percent = 101
    }
  }

  group "g" {
    constraint {
      attribute = "${attr.cpu.arch}"
      operator  = "is_set"
      value     = "amd64"
    }

    constraint {
      attribute = "${attr.cpu.arch}"
    }

    task "t" {
      driver = "exec"

      constraint {
        distinct_hosts = true
      }

      resources {
        device "nvidia/" {
          count = -1

          constraint {
            distinct_property = "${device.model}"
          }
        }
      }
    }
  }
}
