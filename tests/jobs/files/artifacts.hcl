job "artifacts" {
  task "t" {
    artifact {
      source = "https://example.com/a.zip"
    }

    artifact {
      source      = "https://example.com/${attr.cpu.arch}/b"
      destination = "${NOMAD_ALLOC_DIR}/data"
      mode        = "file"

      options {
        checksum = "md5:00112233445566778899aabbccddeeff"
        depth    = 1
      }

      headers {
        X-Token = "t"
      }
    }
  }
}
