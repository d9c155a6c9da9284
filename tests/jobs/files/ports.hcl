# A port with a static number is reserved, every other one dynamic; each list keeps the order of the text.
job "ports" {
  group "g" {
    network {
      mode     = "cni/mynet"
      hostname = "${NOMAD_TASK_NAME}.internal"

      dns {
        servers  = ["192.0.2.1", "192.0.2.2"]
        searches = []
        options  = ["ndots:2"]
      }

      port "c" {}

      port "b" {
        static = "443"
      }

      port "a" {
        to           = -1
        host_network = "private"
      }

      port "d" {
        static = 53
        to     = 5353
      }

      port "e" {
        static = 0
      }

      cni {
        args = {
          ADDRESS = "10.1.2.3"
        }
      }
    }
  }
}
