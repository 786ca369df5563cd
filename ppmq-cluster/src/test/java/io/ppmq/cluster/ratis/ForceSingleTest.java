package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Taking a node out of its cluster where there is none to take. */
final class ForceSingleTest {
  @TempDir Path directory;

  @Test
  void aDataPathOfNoMemberIsLeftAsItIs() throws Exception {
    ClusterSettings fresh = Node.settings("a", directory, Node.addresses("a", "b", "c"));
    assertThatThrownBy(() -> new RatisClusters().forceSingle(fresh))
        .isInstanceOf(ClusterException.class)
        .hasMessage("DataPath " + directory + " belongs to no member of a cluster");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aDataPathThatIsMissingIsOfNoMember() throws Exception {
    Path missing = directory.resolve("missing");
    ClusterSettings none = Node.settings("a", missing, Node.addresses("a", "b", "c"));
    assertThatThrownBy(() -> new RatisClusters().forceSingle(none))
        .hasMessage("DataPath " + missing + " belongs to no member of a cluster");
  }

  @Test
  void aRelayHasNothingToTakeOut() throws Exception {
    ClusterSettings relay = Node.settings("r", directory, Node.addresses("a", "b", "c"));
    assertThatThrownBy(() -> new RatisClusters().forceSingle(relay))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("this machine is a relay");
    assertThat(directory).isEmptyDirectory();
  }
}
