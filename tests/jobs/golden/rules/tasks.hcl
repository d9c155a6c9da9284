job "tasks" {
  task "t" {
    driver         = "exec"
    shutdown_delay = "-1s"

    lifecycle {
      sidecar = true
    }

    vault {
      policies    = ["read", "root"]
      change_mode = "reload"
    }

    identity {
      name        = "no spaces"
      aud         = ["a", ""]
      change_mode = "signal"
    }

    identity {
      ttl           = "1h"
      change_signal = "SIGHUP"
    }

    identity {
      filepath = "../../../token"
      ttl      = "-1s"
    }

    action "say hello" {}

    action "twice" {
      command = "/bin/true"
    }

    action "twice" {
      command = "/bin/true"
    }

    secret "" {
      provider = "nomad"
    }

    resources {
      memory  = 100
      secrets = 101
      disk    = 10

      device "gpu" {}

      numa {
        affinity = "always"
        devices  = ["gpu", "fpga"]
      }
    }
  }

  task "u" {
    driver = "exec"

    lifecycle {
      hook = "poststrat"
    }
  }
}
