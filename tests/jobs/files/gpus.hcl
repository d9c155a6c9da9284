# Devices with what is asked of them.
job "gpus" {
  task "train" {
    driver = "docker"

    resources {
      device "nvidia/gpu" {
        count = 2

        constraint {
          attribute = "${device.attr.memory}"
          operator  = ">="
          value     = "8 GiB"
        }

        affinity {
          attribute = "${device.model}"
          regexp    = "A100"
          weight    = 75
        }
      }

      device "fpga" {}

      numa {
        affinity = "prefer"
        devices  = ["nvidia/gpu"]
      }

      memory  = 4096
      disk    = 10
      iops    = 1
      secrets = 2
    }
  }
}
