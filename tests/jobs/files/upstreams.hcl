# A sidecar with all that its proxy may be told.
job "upstreams" {
  group "g" {
    service {
      name = "web"
      port = "8080"

      connect {
        sidecar_service {
          port = "proxy"

          meta {
            side = "left"
          }

          proxy {
            local_service_address = "127.0.0.1"

            upstreams {
              destination_name      = "db"
              destination_namespace = "data"
              destination_peer      = "west"
              destination_type      = "service"
              local_bind_port       = 5432

              config {
                connect_timeout_ms = 9999

                limits {
                  max_connections = 3
                }
              }
            }

            upstreams {
              destination_name       = "queue"
              local_bind_socket_path = "/tmp/q.sock"
              local_bind_socket_mode = "0600"
              local_bind_port        = "6000"
            }

            expose {
              path {
                path            = "/health"
                protocol        = "http2"
                local_path_port = 8080
                listener_port   = "health"
              }

              path {
                path = "/metrics"
              }
            }
          }
        }
      }
    }
  }
}
