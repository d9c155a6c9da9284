# When and where a job is started.
job "started" {
  type = "batch"

  periodic {
    cron = "0 3 * * *"
  }

  parameterized {
    meta_required = ["who"]
  }

  multiregion {
    region "west" {}

    region "east" {
      count       = 2
      datacenters = ["e1"]
    }
  }

  spread {
    attribute = "${node.datacenter}"
  }

  affinity {
    attribute = "${node.class}"
    value     = "big"
  }

  group "g" {
    network {
      port "http" {
        static = 80
      }

      port "any" {
        host_network = "public"
      }
    }

    disconnect {
      lost_after = "1h"
    }

    task "t" {
      driver = "exec"
    }
  }
}
