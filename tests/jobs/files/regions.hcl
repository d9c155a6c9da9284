job "regions" {
  multiregion {
    strategy {
      max_parallel = 1
      on_failure   = "fail_all"
    }

    region "west" {
      count       = 2
      datacenters = ["w1"]

      meta {
        side = "w"
      }
    }

    region "east" {}
  }
}
