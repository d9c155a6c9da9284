# A gateway with all that its listeners may say, and a sidecar's task with mounts and tokens.
job "ingress" {
  group "g" {
    service {
      name = "gate"

      connect {
        gateway {
          proxy {
            connect_timeout                     = "500ms"
            envoy_gateway_bind_tagged_addresses = true
            envoy_dns_discovery_type            = "STRICT_DNS"

            envoy_gateway_bind_addresses "web" {
              address = "0.0.0.0"
              port    = 8443
            }

            config {
              protocol = "http"
            }
          }

          ingress {
            tls {
              enabled         = true
              tls_min_version = "TLSv1_2"
              cipher_suites   = ["A", "B"]

              sds {
                cluster_name  = "sds"
                cert_resource = "cert"
              }
            }

            listener {
              port     = "8443"
              protocol = "http"

              service {
                name                    = "api"
                hosts                   = ["api.example.org"]
                max_connections         = 10
                max_pending_requests    = 20
                max_concurrent_requests = 30

                tls {
                  enabled = false
                }

                request_headers {
                  add {
                    X-In = "1"
                  }

                  remove = ["Cookie"]
                }

                response_headers {
                  set {
                    Server = "gate"
                  }
                }
              }

              service {
                name = "*"
              }
            }
          }
        }
      }
    }

    service {
      name = "mesh"

      connect {
        gateway {
          mesh {}
        }
      }
    }

    service {
      name = "side"

      connect {
        sidecar_service {}

        sidecar_task {
          volume_mount {
            volume      = "certs"
            destination = "/certs"
          }

          identity {
            name = "side"
            aud  = ["x"]
          }
        }
      }
    }
  }
}
