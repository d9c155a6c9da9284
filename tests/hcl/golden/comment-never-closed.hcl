job "web" {
  /* the driver
  driver = "exec"
}
