job "web" {
  drivr = "exec"
  zzz   = 1
}
