job "devices" {
  task "t" {
    resources {
      cores      = 2
      memory     = 100
      memory_max = 200
      disk       = 10
      iops       = 5

      device "nvidia/gpu" {
        count = 2

        constraint {
          attribute = "${device.attr.memory}"
          operator  = ">"
          value     = "2GB"
        }

        affinity {
          attribute = "${device.model}"
          regexp    = "10.*"
          weight    = 5
        }
      }

      device "fpga" {}
    }
  }
}
