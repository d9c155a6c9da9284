job "java-app" {
  group "g" {
    task "server" {
      driver = "java"

      config {
        jar_path    = "local/server.jar"
        jvm_options = ["-Xmx${NOMAD_MEMORY_LIMIT}m", "-Xms256m"]
        args        = []
        class_path  = "local/lib/*:local/conf"
      }

      artifact {
        source      = "https://repo.example.com/server.jar"
        destination = "local/server.jar"
        mode        = "file"

        options {
          checksum = "sha1:0123456789abcdef0123456789abcdef01234567"
        }
      }

      resources {
        cores  = 2
        memory = 1024
      }
    }
  }
}
