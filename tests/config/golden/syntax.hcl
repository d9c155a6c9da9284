client {
  enabled =
  meta {
    rack = "r7
  }
