job "nothing" {
  type = "batch"
}
