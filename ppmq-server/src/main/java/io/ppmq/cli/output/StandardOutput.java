package io.ppmq.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** stdout, and why it took no more; a {@code PrintStream} over it only knows that it did not. */
public final class StandardOutput extends OutputStream {
  private final OutputStream out = new FileOutputStream(FileDescriptor.out);
  private volatile @Nullable String reason;

  /** Why something was not written; null when everything was, as far as it was flushed. */
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
