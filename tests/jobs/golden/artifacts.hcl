job "artifacts" {
  task "t" {
    driver = "exec"

    artifact {}

    artifact {
      source      = "https://example.com/a"
      destination = "../../x"
      mode        = "fil"
    }

    artifact {
      source      = "https://example.com/a"
      destination = "local/../../../etc"

      options {
        checksum = "00112233445566778899aabbccddeeff"
      }
    }

    artifact {
      source = "https://example.com/a"

      options {
        checksum = "sha256:00112233445566778899aabbccddeeff"
      }
    }

    artifact {
      source = "https://example.com/a"

      options {
        checksum = "md5:0011223344556677 99aabbccddeegg0"
      }
    }

    artifact {
      source = "https://example.com/a"

      options {
        checksum = "crc32:00112233"
      }
    }
  }
}
