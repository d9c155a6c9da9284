job "roles" {
  group "g" {
    consul {
      namespace = "apples"
    }

    task "before" {
      lifecycle {
        hook    = "prestart"
        sidecar = true
      }

      shutdown_delay = "3s"
      kill_signal    = "SIGTERM"
      kind           = "connect-proxy:x"
    }

    task "after" {
      lifecycle {
        hook = "poststop"
      }

      restart {
        attempts = 0
      }
    }
  }
}
