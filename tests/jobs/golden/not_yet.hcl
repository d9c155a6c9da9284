job "not-yet" {
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
      type = "host"
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
        data = "x"
      }

      template {
        data = "y"
      }

      resources {
        device "gpu" {}
      }
    }
  }
}
