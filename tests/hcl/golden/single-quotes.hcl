job 'web' {
  driver = 'exec'
}
