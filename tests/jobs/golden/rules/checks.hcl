job "checks" {
  group "g" {
    network {
      port "http" {}
    }

    service {
      name = "a"

      check {
        interval = "10s"
        timeout  = "2s"
      }

      check {
        type     = "https"
        interval = "10s"
        timeout  = "2s"
      }

      check {
        type           = "http"
        path           = "http://example.com/"
        port           = "http"
        interval       = "500ms"
        initial_status = "ok"
        address_mode   = "auto"
        on_update      = "never"
      }

      check {
        type     = "script"
        interval = "10s"
        timeout  = "2s"
        expose   = true

        success_before_passing = 2
      }

      check {
        type     = "tcp"
        interval = "10s"
        timeout  = "2s"

        failures_before_critical = -1
      }

      check {
        type      = "grpc"
        port      = "http"
        interval  = "10s"
        timeout   = "2s"
        on_update = "ignore"
        task      = "nobody"

        check_restart {
          limit = -1
          grace = "-1s"
        }
      }

      check {
        type      = "http"
        port      = "http"
        interval  = "10s"
        timeout   = "2s"
        on_update = "ignore_warnings"

        check_restart {
          limit = 1
        }
      }
    }

    task "t" {
      driver = "exec"

      service {
        port = "http"

        check {
          name     = "twice"
          type     = "tcp"
          interval = "10s"
          timeout  = "2s"
        }

        check {
          name         = "twice"
          type         = "tcp"
          port         = "9000"
          address_mode = "alloc"
          interval     = "10s"
          timeout      = "2s"
        }
      }
    }
  }

  group "nomad" {
    network {
      port "http" {}
    }

    service {
      provider = "nomad"
      port     = "http"

      check {
        type            = "http"
        path            = "/"
        interval        = "10s"
        timeout         = "2s"
        expose          = true
        tls_server_name = "x"
        on_update       = "ignore_warnings"
        method          = "FETCH"
        address_mode    = "driver"

        failures_before_critical = 3

        check_restart {
          ignore_warnings = true
        }
      }

      check {
        type     = "script"
        command  = "/bin/true"
        task     = "t"
        interval = "10s"
        timeout  = "2s"
      }
    }

    task "t" {
      driver = "exec"
    }
  }
}
