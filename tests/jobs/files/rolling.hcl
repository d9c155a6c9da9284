job "rolling" {
  update {
    stagger           = "30s"
    max_parallel      = 2
    health_check      = "manual"
    min_healthy_time  = "10s"
    healthy_deadline  = "5m"
    progress_deadline = "0"
    canary            = 1
    auto_revert       = true
    auto_promote      = false
  }

  migrate {
    max_parallel     = 1
    health_check     = "checks"
    min_healthy_time = "1s"
    healthy_deadline = "2s"
  }

  group "g" {
    reschedule {
      attempts       = 0
      interval       = "24h"
      delay          = "5s"
      delay_function = "constant"
      max_delay      = "1h"
      unlimited      = false
    }

    shutdown_delay               = "2s"
    stop_after_client_disconnect = "3m"
  }
}
