package io.ppmq.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Stub. */
@Command(name = "report")
final class Report implements Callable<Integer> {
  @Override
  public Integer call() {
    return 0;
  }
}
