job "web" {
  args = ["-c" "true"]
  env {
    A = "1",
    B = "2"
  }
  driver = exec}
