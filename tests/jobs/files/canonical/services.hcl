# Services and checks get names, and checks what their service says.
job "shop" {
  group "web" {
    service {
      port = "http"

      check_restart {
        limit = 3
        grace = "90s"
      }

      check {
        type     = "tcp"
        interval = "10s"
        timeout  = "2s"
      }

      check {
        name      = "slow"
        type      = "tcp"
        interval  = "10s"
        timeout   = "2s"
        on_update = "ignore_warnings"

        check_restart {
          limit           = 1
          ignore_warnings = true
        }
      }
    }

    service {
      name      = "${JOB}-${TASKGROUP}-x"
      provider  = "consul"
      port      = "admin"
      on_update = "ignore"
      tags      = []

      check {
        type     = "http"
        path     = "/"
        interval = "1s"
        timeout  = "1s"
      }
    }

    task "serve" {
      driver = "exec"

      service {
        address_mode = "host"

        check {
          type     = "script"
          command  = "/bin/true"
          interval = "5s"
          timeout  = "1s"
        }
      }

      service {
        name = "base-${BASE}"
      }

      service {
        name = "kept-${attr.unique.hostname}"
      }
    }
  }
}
