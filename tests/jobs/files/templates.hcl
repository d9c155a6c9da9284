job "templates" {
  task "t" {
    template {
      destination = "local/conf"
      data        = <<-EOT
        name = {{ env "NOMAD_TASK_NAME" }}
          indented = ${NOMAD_ALLOC_ID}
        literal = $${HOME}
      EOT
    }

    template {
      source          = "local/x.tpl"
      destination     = "secrets/env"
      change_mode     = "signal"
      change_signal   = "SIGHUP"
      splay           = "0s"
      perms           = "600"
      left_delimiter  = "[["
      right_delimiter = "]]"
      env             = true
      vault_grace     = "1m"
    }
  }
}
