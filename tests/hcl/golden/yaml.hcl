job: web
  driver: exec
