# Sidecars and gateways.
job "mesh" {
  group "g" {
    service {
      name = "api"
      port = "9001"

      connect {
        sidecar_service {}

        sidecar_task {
          resources {
            memory = 64
          }
        }
      }
    }

    service {
      name = "gate"

      connect {
        gateway {
          proxy {}

          ingress {
            listener {
              port = 8080

              service {
                name = "api"
              }
            }
          }
        }
      }
    }
  }
}
