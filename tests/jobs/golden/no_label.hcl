job {
  type = "batch"
}
