job "web" {
  args = ["${HOME:-/root}", "date +%{s}"]
}
