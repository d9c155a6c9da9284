job "services" {
  group "g" {
    network {
      port "http" {}
    }

    service {
      name         = "not_a_name"
      address_mode = "driver"
      on_update    = "ignored"
      provider     = "konsul"
      kind         = "mesh"
      task         = "nobody"
    }

    service {
      name         = "own"
      port         = "http"
      address      = "10.0.0.1"
      address_mode = "host"

      identity {
        ttl = "1h"
      }
    }

    service {
      name = "own"
      port = "http"
    }

    task "t" {
      driver = "exec"

      service {
        provider     = "nomad"
        port         = "admin"
        address_mode = "alloc"
        task         = "u"
      }

      service {
        name = "native"
        port = "8080"

        connect {
          native = true
        }
      }
    }
  }

  group "without-network" {
    task "t" {
      driver = "exec"

      service {
        name         = "far"
        port         = "8080"
        address_mode = "driver"
      }

      service {
        name = "near"
        port = "http"
      }
    }
  }
}
