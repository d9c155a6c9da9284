# A main task with tasks before, beside and after it.
job "hooks" {
  group "g" {
    task "migrate" {
      driver = "exec"

      lifecycle {
        hook = "prestart"
      }

      config {
        command = "/bin/migrate"
      }
    }

    task "proxy" {
      driver = "exec"

      lifecycle {
        hook    = "poststart"
        sidecar = true
      }

      config {
        command = "/bin/proxy"
      }
    }

    task "main" {
      driver         = "exec"
      leader         = true
      shutdown_delay = "1.5s"
      kill_signal    = "SIGQUIT"

      config {
        command = "/bin/main"
      }
    }

    task "clean" {
      driver = "exec"

      lifecycle {
        hook    = "poststop"
        sidecar = false
      }

      config {
        command = "/bin/clean"
      }
    }
  }
}
