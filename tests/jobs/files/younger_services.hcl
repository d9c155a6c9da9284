# Keys of services and checks that came later.
job "younger-services" {
  group "g" {
    consul {
      cluster   = "second"
      partition = "east"
    }

    service {
      name         = "api"
      cluster      = "second"
      kind         = "api-gateway"
      address_mode = "auto"
      address      = "api.example.org"

      tagged_addresses {
        wan = "198.51.100.7:80"
        lan = "10.0.0.7:80"
      }

      weights {
        passing = 10
        warning = 1
      }

      check {
        type                    = "http"
        path                    = "/"
        tls_server_name         = "api"
        failures_before_warning = 1
        notes                   = "asks the front page"
      }
    }
  }
}
