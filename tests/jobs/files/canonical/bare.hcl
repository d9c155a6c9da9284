# A service of one task that says nothing but what it has to.
job "bare" {
  group "web" {
    task "serve" {
      driver = "exec"
    }
  }
}
