job "policies" {
  group "update" {
    update {
      health_check      = "check"
      max_parallel      = -1
      canary            = -1
      stagger           = "0s"
      min_healthy_time  = "10m"
      healthy_deadline  = "5m"
      progress_deadline = "4m"
    }

    task "t" {
      driver       = "exec"
      kill_timeout = "5m"
    }
  }

  group "promote" {
    update {
      auto_promote = true
    }

    migrate {
      health_check     = "manual"
      max_parallel     = -1
      min_healthy_time = "6m"
    }

    task "t" {
      driver = "exec"
    }
  }

  group "reschedule" {
    reschedule {
      attempts       = 3
      interval       = "10s"
      delay          = "1s"
      delay_function = "linear"
      max_delay      = "2s"
      unlimited      = false
    }

    task "t" {
      driver = "exec"
    }
  }

  group "ambiguous" {
    reschedule {
      attempts = 3
    }

    task "t" {
      driver = "exec"
    }
  }

  group "crowded" {
    reschedule {
      attempts       = 10
      interval       = "5m"
      delay          = "1m"
      delay_function = "constant"
      unlimited      = false
    }

    task "t" {
      driver = "exec"
    }
  }

  group "growing" {
    reschedule {
      attempts  = 6
      interval  = "10m"
      delay     = "1m"
      max_delay = "3m"
      unlimited = false
    }

    task "t" {
      driver = "exec"
    }
  }
}
