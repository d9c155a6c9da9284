job "restarts" {
  group "ambiguous" {
    restart {
      attempts = 0
      mode     = "delay"
    }

    task "t" {
      driver = "exec"
    }
  }

  group "short" {
    restart {
      interval = "4s"
      attempts = -1
      delay    = "-1s"
      mode     = "fial"
    }

    task "t" {
      driver = "exec"
    }
  }

  group "crowded" {
    restart {
      attempts = 10
      interval = "2m"
    }

    task "merged" {
      driver = "exec"

      restart {
        attempts = 3
        delay    = "1m"
      }
    }
  }
}
