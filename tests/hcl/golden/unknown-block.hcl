job "web" {
  tsk "one" {
    driver = "exec"
  }
}
jbo "x" {
}
