job {
}
job "web" {
  task {
    driver = "exec"
  }
}
