# Where allocations go, at each level that may say so.
job "spreading" {
  spread {
    attribute = "${node.datacenter}"
    weight    = 80

    target "east" {
      percent = 70
    }

    target "west" {
      percent = "30"
    }
  }

  affinity {
    attribute = "${attr.cpu.numcores}"
    operator  = ">="
    value     = 8
    weight    = -20
  }

  group "g" {
    spread {
      attribute = "${meta.rack}"
    }

    affinity {
      attribute        = "${meta.tags}"
      set_contains_any = "ssd,nvme"
      weight           = 100
    }

    task "t" {
      driver = "exec"

      affinity {
        attribute = "${attr.driver.docker.version}"
        version   = ">= 20.10"
      }
    }
  }
}
