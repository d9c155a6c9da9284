job "web" { restart { } }
