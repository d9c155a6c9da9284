# A policy is for the autoscaler to judge; it keeps the shape of a driver's block.
job "scaled-group" {
  group "g" {
    count = 2

    scaling {
      enabled = false
      min     = 0
      max     = 10

      policy {
        cooldown            = "2m"
        evaluation_interval = "30s"

        check "cpu" {
          source = "prometheus"
          query  = "avg(cpu)"

          strategy "target-value" {
            target = 70
          }
        }

        check "mem" {
          query = "avg(mem)"
        }
      }
    }

    task "t" {
      driver = "exec"

      scaling "mem" {
        enabled = true
        min     = 128
        max     = 1024

        policy {
          cooldown = "5m"
        }
      }
    }
  }
}
