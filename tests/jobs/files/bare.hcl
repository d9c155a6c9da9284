job "bare" {}
