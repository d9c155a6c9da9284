job "networks" {
  group "g" {
    network {
      mode     = "brigde"
      hostname = "two..dots"

      port "http" {
        static = 80
      }

      port "web" {
        static = 80
      }

      port "high" {
        static = 65536
        to     = -2
      }

      port "shared" {
        static           = 81
        ignore_collision = true
      }

      port "elsewhere" {
        static       = 80
        host_network = "public"
      }

      cni {
        args = {
          KEY = "a;b"
        }
      }
    }

    network {
      port "http" {}
    }

    task "t" {
      driver = "exec"

      resources {
        network {
          port "high" {}
        }
      }
    }
  }
}
