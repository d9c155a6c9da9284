job "gateways" {
  group "g" {
    service {
      connect {
        gateway {
          proxy {
            connect_timeout                     = "3s"
            envoy_gateway_bind_tagged_addresses = true
            envoy_gateway_no_default_bind       = true
            envoy_dns_discovery_type            = "STRICT_DNS"

            envoy_gateway_bind_addresses "one" {
              address = "10.0.0.1"
              port    = 8888
            }
          }

          ingress {
            tls {
              enabled = true
            }

            listener {
              port     = 8001
              protocol = "tcp"

              service {
                name  = "a"
                hosts = ["a.example"]
              }

              service {
                name = "b"
              }
            }
          }
        }
      }
    }

    service {
      connect {
        gateway {
          terminating {
            service {
              name      = "legacy"
              ca_file   = "/ca"
              cert_file = "/cert"
              key_file  = "/key"
              sni       = "legacy.example"
            }
          }
        }
      }
    }

    service {
      connect {
        gateway {
          mesh {}
        }
      }
    }
  }
}
