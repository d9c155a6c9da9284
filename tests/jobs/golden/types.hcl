job "types" {
  type        = ["batch"]
  priority    = 0
  datacenters = "dc1"
  all_at_once = "maybe"
  meta        = ["a"]

  group "g" {
    count = 1.5

    meta {
      list = [1]
      none = null
    }

    task "t" {
      driver       = { a = 1 }
      kill_timeout = "15"
      env          = { A = {} }

      resources {
        cpu    = "many"
        memory = true
      }

      restart {
        interval = "1 hour"
        delay    = 1.5
      }
    }
  }
}
