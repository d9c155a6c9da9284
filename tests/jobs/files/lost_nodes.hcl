# What happens when a node is not heard of any more, in the old words and in the new ones.
job "lost-nodes" {
  group "old" {
    stop_after_client_disconnect = "1m"
    max_run_duration             = "12h"
    shutdown_delay               = "4s"

    task "t" {
      driver = "exec"
    }
  }

  group "middle" {
    max_client_disconnect      = "6h"
    prevent_reschedule_on_lost = true

    task "t" {
      driver = "exec"
    }
  }

  group "new" {
    disconnect {
      stop_on_client_after = "2m"
      replace              = true
      reconcile            = "longest_running"
    }

    ephemeral_disk {
      migrate = true
      size    = 1000
      sticky  = true
    }

    task "t" {
      driver = "exec"
    }
  }
}
