package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The pom of {@code ppmq-bom} in the form in which it is installed and published. */
class BillOfVersionsIT {
  private static final Path POM =
      Path.of(System.getProperty("ppmq.home"), "../../../ppmq-bom/target/.flattened-pom.xml")
          .normalize();

  /** Whatever else it managed would replace the versions of the project that imports it. */
  @Test
  void managesTheArtifactsOfThisProjectAndNoOther() throws Exception {
    Requirement.file(POM, "a build of ppmq-bom");
    Document pom =
        DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(POM.toFile());

    assertThat(texts(pom, "parent")).isEmpty();
    assertThat(texts(pom, "artifactId"))
        .containsExactlyInAnyOrder(
            "ppmq-bom",
            "ppmq-client",
            "ppmq-cluster",
            "ppmq-core",
            "ppmq-server",
            "ppmq-spring-boot-starter",
            "ppmq-testkit");
  }

  private static List<String> texts(Document pom, String element) {
    NodeList found = pom.getElementsByTagName(element);
    return IntStream.range(0, found.getLength())
        .mapToObj(i -> found.item(i).getTextContent())
        .toList();
  }
}
