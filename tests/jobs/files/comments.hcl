// Comments of three kinds, and blocks on one line.
job "comments" { # the name
  /* over
     two lines */
  type = "batch" // ends

  group "g" {
    count = /* within */ 2
    task "t" {
      driver = "exec"
      config { command = "/bin/true" }
      logs { max_files = 1 }
      env {
        # nothing but this
      }
      resources {}
    }
  }
}
