job "sidecars" {
  group "g" {
    service {
      connect {
        sidecar_service {
          tags                      = ["s"]
          port                      = "p"
          disable_default_tcp_check = true

          proxy {
            local_service_address = "127.0.0.1"
            local_service_port    = 8080

            upstreams {
              destination_name   = "db"
              local_bind_port    = 5432
              datacenter         = "dc2"
              local_bind_address = "127.0.0.2"

              mesh_gateway {
                mode = "local"
              }
            }

            expose {
              path {
                path            = "/metrics"
                protocol        = "http"
                local_path_port = 9102
                listener_port   = "metrics"
              }
            }

            config {
              protocol = "http"
              limits {
                max = 3
              }
            }
          }
        }

        sidecar_task {
          name           = "proxy"
          driver         = "docker"
          user           = "envoy"
          kill_timeout   = "20s"
          shutdown_delay = "5s"
          kill_signal    = "SIGQUIT"

          config {
            image = "envoy:1"
          }

          env {
            LEVEL = "debug"
          }

          meta {
            owner = "mesh"
          }

          logs {
            max_files = 2
          }

          resources {
            cpu = 50
          }
        }
      }
    }

    service {
      connect {
        native = true
      }
    }
  }
}
