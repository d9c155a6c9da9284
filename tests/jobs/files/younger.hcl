# Keys that came after the version whose output is printed: there only when set.
job "younger" {
  node_pool = "gpu"

  ui {
    description = "a job"

    link {
      label = "docs"
      url   = "https://example.com"
    }
  }

  periodic {
    crons = ["@daily", "@hourly"]
  }

  group "g" {
    max_run_duration      = "1h"
    max_client_disconnect = "2h"

    disconnect {
      lost_after = "6h"
      replace    = false
    }

    network {
      hostname = "h"

      port "p" {
        static           = 1
        ignore_collision = true
      }
    }

    service {
      connect {
        sidecar_service {
          proxy {
            transparent_proxy {
              uid                    = 101
              exclude_outbound_ports = [22, "23"]
              exclude_uids           = [1000]
            }
          }
        }
      }
    }

    service {
      provider = "nomad"
      address  = "10.0.0.1"

      identity {
        aud = ["x"]
        ttl = "1h"
      }
    }

    task "t" {
      logs {
        disabled = true
      }

      restart {
        render_templates = true
      }

      identity {
        env  = true
        file = true
      }

      action "say" {
        command = "/bin/echo"
        args    = ["hi"]
      }

      artifact {
        source   = "https://example.com"
        insecure = true
        chown    = true
      }

      template {
        once                 = true
        uid                  = 1000
        error_on_missing_key = true

        wait {
          min = "1s"
          max = "2s"
        }
      }

      resources {
        secrets = 5

        numa {
          affinity = "require"
        }
      }

      vault {
        role = "r"
      }
    }
  }
}
