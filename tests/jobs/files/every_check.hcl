# Every key of a check, and every type of one.
job "every-check" {
  group "g" {
    service {
      name = "api"
      port = "grpc"

      check {
        name                     = "health"
        type                     = "grpc"
        port                     = "grpc"
        grpc_service             = "example.Health"
        grpc_use_tls             = true
        tls_skip_verify          = true
        interval                 = "15s"
        timeout                  = "3s"
        success_before_passing   = 2
        failures_before_critical = 3
        address_mode             = "alloc"
        expose                   = true
      }

      check {
        type           = "http"
        protocol       = "https"
        method         = "PUT"
        path           = "/ready?full=1"
        body           = "{\"a\": 1}"
        interval       = "1m"
        timeout        = "500ms"
        initial_status = "passing"
        on_update      = "ignore_warnings"

        header {
          Authorization = ["Basic abc"]
          Accept        = ["a", "b"]
        }

        check_restart {
          limit           = 5
          grace           = "2m"
          ignore_warnings = true
        }
      }

      check {
        type     = "tcp"
        port     = 9090
        interval = 10000000000
        timeout  = 2000000000
      }
    }
  }
}
