job "web" {
  driver = << EOF
hello
EOF
  count = 
}
