job "placing" {
  affinity {
    attribute = "${node.datacenter}"
    value     = "dc1"
    weight    = -50
  }

  affinity {
    attribute        = "${meta.features}"
    set_contains_any = "a,b"
  }

  spread {
    attribute = "${meta.rack}"
  }

  group "g" {
    spread {
      attribute = "${node.datacenter}"
      weight    = 100

      target "dc1" {
        percent = 70
      }

      target "dc2" {
        percent = "30"
      }
    }

    affinity {
      attribute = "${attr.driver.version}"
      version   = "> 2"
      weight    = 10
    }
  }
}
