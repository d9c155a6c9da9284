# Every key of how a job is rolled out, moved and rescheduled.
job "rollout" {
  update {
    stagger           = "45s"
    max_parallel      = 3
    health_check      = "task_states"
    min_healthy_time  = "15s"
    healthy_deadline  = "3m"
    progress_deadline = "0s"
    canary            = 2
    auto_revert       = true
    auto_promote      = true
  }

  migrate {
    max_parallel     = 2
    health_check     = "checks"
    min_healthy_time = "20s"
    healthy_deadline = "4m"
  }

  reschedule {
    attempts       = 5
    interval       = "1h"
    delay          = "30s"
    delay_function = "fibonacci"
    max_delay      = "10m"
    unlimited      = false
  }

  group "g" {
    reschedule {
      unlimited = true
    }

    update {
      max_parallel = 0
    }

    migrate {}

    task "t" {
      driver = "exec"
    }
  }
}
