job "mesh" {
  group "g" {
    service {
      name = "neither"
      port = "1"

      connect {}
    }

    service {
      name = "both"
      port = "2"

      connect {
        native = true

        sidecar_service {
          proxy {
            upstreams {
              destination_name = "db"
              local_bind_port  = 5432

              mesh_gateway {
                mode = "far"
              }
            }

            upstreams {
              local_bind_port = 5432
            }
          }
        }
      }
    }

    service {
      name = "watched"
      port = "3"

      check {
        type     = "tcp"
        interval = "10s"
        timeout  = "2s"
      }

      connect {
        sidecar_service {}
      }
    }

    service {
      name = "native"

      connect {
        native = true
      }
    }

    service {
      name = "gate"

      connect {
        gateway {
          proxy {
            envoy_dns_discovery_type = "DNS"

            envoy_gateway_bind_addresses "a" {
              port = 0
            }

            envoy_gateway_bind_addresses "a" {
              address = "10.0.0.1"
              port    = 80
            }
          }

          ingress {
            listener {
              port     = 0
              protocol = "udp"
            }

            listener {
              service {
                name  = "*"
                hosts = ["a"]
              }
            }
          }

          terminating {
            service {
              cert_file = "a.pem"
              sni       = "a"
            }
          }
        }
      }
    }

    service {
      name = "empty"

      connect {
        gateway {
          ingress {}
        }
      }
    }

    service {
      name = "nothing"

      connect {
        gateway {
          terminating {}
        }
      }
    }

    task "one" {
      driver = "exec"
      kind   = "connect-proxy:nobody"
      leader = true
    }

    task "two" {
      driver = "exec"
      leader = true
    }
  }

  group "nomad" {
    service {
      provider = "nomad"
      port     = "1"

      connect {
        sidecar_service {}
      }
    }
  }
}
