package io.ppmq.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** stdout, and the reason of a failed write, which a {@code PrintStream} over it does not keep. */
public final class StandardOutput extends OutputStream {
  private final OutputStream out = new FileOutputStream(FileDescriptor.out);
  private volatile @Nullable String reason;

  /** Why a write failed; null if everything that was flushed was written. */
  public @Nullable String reason() {
    return reason;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      reason = String.valueOf(e.getMessage());
      throw e;
    }
  }
}
