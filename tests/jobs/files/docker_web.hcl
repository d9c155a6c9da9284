# A container with blocks of its driver's own.
job "docker-web" {
  datacenters = ["east", "west"]
  priority    = 70

  group "site" {
    count = 2

    network {
      mode = "bridge"

      port "http" {
        to = 8080
      }
    }

    task "nginx" {
      driver = "docker"

      config {
        image = "nginx:1.25"
        ports = ["http"]

        auth {
          username = "me"
          password = "secret"
        }

        mount {
          type     = "bind"
          source   = "local/conf"
          target   = "/etc/nginx/conf.d"
          readonly = true
        }

        mount {
          type   = "tmpfs"
          target = "/cache"

          tmpfs_options {
            size = 65536
          }
        }

        labels {
          team = "web"
        }

        ulimit {
          nofile = "2048:4096"
        }

        logging {
          type = "fluentd"

          config {
            tag = "nginx"
          }
        }
      }

      resources {
        cpu        = 500
        memory     = 256
        memory_max = 512
      }
    }
  }
}
