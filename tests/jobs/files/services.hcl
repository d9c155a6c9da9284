job "services" {
  group "g" {
    service {
      name                = "web"
      port                = "http"
      tags                = ["a", "b"]
      canary_tags         = []
      address_mode        = "host"
      enable_tag_override = true
      on_update           = "ignore"

      meta {
        key = 1
      }

      check_restart {
        limit = 3
        grace = "90s"
      }

      check {
        name     = "alive"
        type     = "http"
        path     = "/health"
        interval = "10s"
        timeout  = "2s"
        method   = "POST"
        body     = "x"

        header {
          Accept = ["text/html", "text/plain"]
        }
      }

      check {
        type            = "script"
        command         = "/bin/true"
        args            = ["-v"]
        task            = "t"
        interval        = 5000000000
        timeout         = "1s"
        initial_status  = "warning"
        tls_skip_verify = true

        check_restart {
          ignore_warnings = true
        }
      }
    }

    task "t" {
      service {
        port = 80

        canary_meta {
          c = "d"
        }
      }
    }
  }
}
