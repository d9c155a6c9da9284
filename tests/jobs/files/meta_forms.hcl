# Free texts as a block and as an attribute, at each level.
job "meta-forms" {
  meta {
    owner   = "ops"
    version = 1.10
  }

  group "g" {
    meta = {
      "with-dash" = "a"
      rank        = 7
    }

    task "t" {
      driver = "exec"

      meta = {
        flag  = false
        empty = ""
      }

      env {
        PATH = "/bin"
      }
    }
  }
}
