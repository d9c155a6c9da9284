job "lost" {
  group "old" {
    max_client_disconnect        = "-1s"
    stop_after_client_disconnect = "1m"

    task "t" {
      driver = "exec"
    }
  }

  group "both" {
    max_client_disconnect      = "1h"
    prevent_reschedule_on_lost = true

    disconnect {
      lost_after           = "1h"
      stop_on_client_after = "-1m"
      replace              = false
      reconcile            = "best"
    }

    task "t" {
      driver = "exec"
    }
  }
}
