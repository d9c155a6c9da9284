job "configs" {
  group "g" {
    task "t" {
      config {
        command = "/bin/sleep"
        args    = 1
        list    = ["a", 2, true, null]
        map     = { a = "b" }
        nested  = { a = { b = "c" } }

        port_map {
          http = 80
        }

        mount {
          type = "bind"
        }

        mount {
          type = "tmpfs"
        }

        logging "json" "file" {
          size = 1.5
        }
      }
    }

    task "empty" {
      config {}
    }
  }
}
