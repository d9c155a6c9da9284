job "not-yet" {
  type = "batch"

  vault {
    policies = ["p"]
  }

  periodic {
    cron = "@daily"
  }

  parameterized {}

  group "g" {
    shutdown_delay = "1s"

    network {
      port "http" {}
    }

    volume "v" {
      type   = "host"
      source = "s"
    }

    service {
      name = "s"
    }

    consul {
      namespace = "n"
    }

    task "t" {
      driver = "exec"
      leader = true

      lifecycle {
        hook = "prestart"
      }

      template {
        data        = "x"
        destination = "local/x"
      }

      template {
        data        = "y"
        destination = "local/y"
      }

      resources {
        device "gpu" {}
      }
    }
  }
}
