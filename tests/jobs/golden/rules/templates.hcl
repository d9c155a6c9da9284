job "templates" {
  task "t" {
    driver = "exec"

    template {
      destination = "local/a"
    }

    template {
      data = "x"
    }

    template {
      data        = "x"
      destination = "../../out"
      perms       = "rw-r--r--"
      splay       = "-1s"
    }

    template {
      data        = "x"
      destination = "local/a"
      change_mode = "restrat"
    }

    template {
      data          = "x"
      destination   = "local/b"
      change_mode   = "signal"
      change_signal = ""
      env           = true
    }

    template {
      data        = "x"
      destination = "local/c"
      change_mode = "script"
    }

    template {
      data        = "x"
      destination = "local/d"
      change_mode = "script"

      change_script {
        args = ["x"]
      }

      wait {
        min = "5s"
        max = "2s"
      }
    }

    dispatch_payload {
      file = "../../../payload"
    }
  }
}
