# Every block once and empty: what the API prints for what isn't set.
job "whole" {
  update {}
  migrate {}

  group "g" {
    restart {}
    reschedule {}
    ephemeral_disk {}

    network {
      port "p" {}
    }

    service {
      check {
        check_restart {}
      }
    }

    task "t" {
      lifecycle {}
      resources {}
      logs {}
      artifact {}
      template {}
      vault {}
      volume_mount {}
      dispatch_payload {}
    }
  }
}
