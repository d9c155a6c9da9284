job "schedules" {
  periodic {
    cron             = "*/15 * * * *"
    prohibit_overlap = true
    time_zone        = "Europe/Berlin"
    enabled          = false
  }

  parameterized {
    payload       = "required"
    meta_required = ["a"]
    meta_optional = ["b", "c"]
  }

  task "t" {
    dispatch_payload {
      file = "input"
    }
  }
}
