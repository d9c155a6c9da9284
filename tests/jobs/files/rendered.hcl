# Every key of a template.
job "rendered" {
  task "t" {
    driver = "exec"

    template {
      source               = "local/in.tpl"
      destination          = "local/out"
      change_mode          = "script"
      splay                = "30s"
      perms                = 640
      uid                  = 1000
      gid                  = "100"
      once                 = true
      error_on_missing_key = true

      change_script {
        command             = "/bin/reload"
        args                = ["-a", "b"]
        timeout             = "20s"
        fail_on_error       = true
        run_on_first_render = true
      }

      wait {
        min = "2s"
        max = "1m"
      }
    }

    template {
      data        = ""
      destination = "secrets/file.env"
      env         = true
      change_mode = "noop"
    }

    dispatch_payload {
      file = "input.json"
    }
  }
}
