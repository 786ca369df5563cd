package io.ppmq.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MachineTest {
  /** The case of a chroot whose root directory is not a mount point. */
  @Test
  void fileSystemThatCannotBeToldStopsNothing() throws Exception {
    Machine machine = Machine.here(Path.of("/nowhere/at/all"));
    assertThat(machine.fileSystem()).isEqualTo(Machine.UNKNOWN);
    assertThat(machine.isInMemory()).isFalse();
  }
}
