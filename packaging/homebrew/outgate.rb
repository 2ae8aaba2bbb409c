# Filled by packaging/homebrew.py, which replaces the words between @.
class Outgate < Formula
  desc "Fast, offline scanner for secrets in code repositories and their history"
  homepage "https://github.com/outgate/outgate"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@url:aarch64-apple-darwin@"
      sha256 "@sha256:aarch64-apple-darwin@"
    end
    on_intel do
      url "@url:x86_64-apple-darwin@"
      sha256 "@sha256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@url:aarch64-unknown-linux-musl@"
      sha256 "@sha256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@url:x86_64-unknown-linux-musl@"
      sha256 "@sha256:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "outgate"
    man1.install "man/outgate.1"
    bash_completion.install "completions/outgate.bash" => "outgate"
    fish_completion.install "completions/outgate.fish"
    zsh_completion.install "completions/_outgate"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/outgate --version")
    (testpath/"clean.txt").write "nothing to see\n"
    system bin/"outgate", "scan", "--isolated", testpath
  end
end
