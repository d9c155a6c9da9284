job "networks" {
  group "g" {
    network {
      mode = "bridge"

      dns {
        servers  = ["1.1.1.1"]
        searches = ["example.org"]
      }

      port "http" {
        static       = 8080
        to           = "80"
        host_network = "public"
      }

      port "any" {}

      port "inner" {
        to = 9000
      }
    }

    network {
      port "only" {
        static = 22
      }
    }

    task "t" {
      resources {
        network {
          mbits = 10

          port "old" {}
        }
      }
    }
  }
}
