job "system" {
  type = "system"

  affinity {
    attribute = "${node.class}"
    value     = "a"
  }

  spread {
    attribute = "${node.datacenter}"
  }

  reschedule {
    attempts = 1
  }

  parameterized {
    payload       = "perhaps"
    meta_required = ["a", "b"]
    meta_optional = ["b"]
  }

  group "g" {
    stop_after_client_disconnect = "1m"

    volume "v" {
      type      = "host"
      source    = "a"
      per_alloc = true
    }

    task "t" {
      driver = "exec"

      affinity {
        attribute = "${node.class}"
        value     = "a"
      }
    }
  }
}
