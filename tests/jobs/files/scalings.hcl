job "scalings" {
  group "g" {
    scaling {
      min     = 1
      max     = 5
      enabled = true

      policy {
        cooldown = "1m"

        check "load" {
          query = "avg"
        }
      }
    }

    task "t" {
      scaling "cpu" {
        max = 1000
      }

      scaling "Mem" {
        min  = 64
        type = "vertical_mem"
      }
    }
  }
}
