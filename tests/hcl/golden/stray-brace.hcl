job "web" {
}
}
count = )
