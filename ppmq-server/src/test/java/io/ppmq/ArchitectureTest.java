package io.ppmq;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The dependencies between the packages of the program. The test is in this module because it sees
 * them all. It reads the bytecode, so comments may refer to any package.
 */
final class ArchitectureTest {
  private static final String BASE = "io.ppmq";

  private static final JavaClasses PROGRAM =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(BASE);

  private static final Set<String> TIME_AND_CHANCE =
      Set.of("now", "currentTimeMillis", "nanoTime", "random", "randomUUID");

  /** The packages of the types that an embedding program passes to a broker and gets from it. */
  private static final String ASKED_OF_A_BROKER = "broker.port broker.request broker.settings";

  /** The packages that a turn of the writer uses, with their dependencies. */
  private static final String TURN = "broker.turn broker.stats " + ASKED_OF_A_BROKER;

  /**
   * The packages of this program that each package may use besides itself; {@code cli} starts all
   * others.
   */
  private static final Map<String, String> ARROWS =
      Map.ofEntries(
          entry("message", ""),
          entry("system", ""),
          entry("store", "message system"),
          entry("store.memory", "message store"),
          entry("store.rocksdb", "message store system"),
          entry("topic", "message store"),
          entry("broker.port", "store topic"),
          entry("broker.request", "message store broker.port"),
          entry("broker.settings", "message topic broker.request"),
          entry("broker.stats", "topic broker.request"),
          entry("broker.turn", "store topic broker.port broker.request broker.settings"),
          entry("broker.commit", "store topic " + TURN),
          entry("broker.delivery", "message store topic broker.commit " + TURN),
          entry("broker.intake", "message store topic broker.commit broker.delivery " + TURN),
          entry(
              "broker.upkeep",
              "message store topic broker.port broker.settings broker.turn broker.commit"
                  + " broker.delivery broker.intake"),
          entry(
              "broker.administration",
              "message store topic broker.commit broker.delivery broker.intake broker.upkeep "
                  + TURN),
          entry(
              "broker",
              "message store topic broker.commit broker.delivery broker.intake broker.upkeep"
                  + " broker.administration "
                  + TURN),
          entry("cluster", "store"),
          entry(
              "embed",
              "message store store.memory store.rocksdb topic broker " + ASKED_OF_A_BROKER),
          entry("client", ""),
          entry("client.micrometer", "client"),
          entry("config", "message system topic broker.request"),
          entry("wire", "message broker.request broker.stats"),
          entry("metrics", "system store topic broker broker.stats cluster " + ASKED_OF_A_BROKER),
          entry("http", ""),
          entry(
              "admin",
              "message store topic broker broker.stats cluster config wire metrics http "
                  + ASKED_OF_A_BROKER),
          entry(
              "server",
              "message system store store.memory store.rocksdb topic broker broker.stats cluster config"
                  + " wire admin "
                  + ASKED_OF_A_BROKER),
          entry("load", ""),
          entry("cli.output", "message client"),
          entry("cli.option", "client config admin cli.output"),
          entry("cli.process", "cli.output"),
          entry("cli.client", "message system client config cli.output cli.option cli.process"),
          entry("cli.admin", "message topic config cli.output cli.option cli.process"),
          entry(
              "cli.serve",
              "store broker broker.port broker.request cluster config metrics admin server"
                  + " cli.output cli.option cli.process"),
          entry("cli.demo", "client config admin cli.output cli.option cli.process"),
          entry("cli.conformance", "message system config cli.output cli.option cli.process"),
          entry("cli.bench", "config load admin cli.output cli.option cli.process"),
          entry(
              "cli",
              "system store client config admin server cli.output cli.option cli.process cli.client"
                  + " cli.admin cli.serve cli.demo cli.bench cli.conformance"));

  static Stream<String> packagesWithArrows() {
    return ARROWS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("packagesWithArrows")
  void everyPackageUsesOnlyWhatIsBelowIt(String name) {
    check(
        noClasses()
            .that()
            .resideInAPackage(named(name))
            .should()
            .dependOnClassesThat(
                resideInAPackage(BASE + "..")
                    .and(not(resideInAnyPackage(allNamed(name + " " + ARROWS.get(name)))))));
  }

  @Test
  void everyPackageHasItsArrowsWrittenDown() {
    assertThat(packagesWithCode().map(JavaPackage::getName))
        .contains(named("message"))
        .isSubsetOf(packagesWithArrows().map(ArchitectureTest::named).toList());
  }

  @Test
  void thereAreNoCyclesBetweenPackages() {
    check(slices().matching(BASE + ".(**)").should().beFreeOfCycles());
  }

  /**
   * So a reader can follow the life of a message in one direction, also between the packages of a
   * part. A nested class counts as its outer class.
   */
  @ParameterizedTest
  @ValueSource(strings = {"broker", "topic"})
  void thereAreNoCyclesBetweenTheClassesOfTheMiddle(String name) {
    check(slices().assignedFrom(outermostClassesOf(named(name))).should().beFreeOfCycles());
  }

  private static SliceAssignment outermostClassesOf(String packageName) {
    return new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
        String name = javaClass.getName();
        boolean inside =
            name.startsWith(packageName + '.') && !javaClass.getSimpleName().equals("package-info");
        return inside
            ? SliceIdentifier.of(name.substring(packageName.length() + 1).split("\\$", 2)[0])
            : SliceIdentifier.ignore();
      }

      @Override
      public String getDescription() {
        return "outermost classes of " + packageName;
      }
    };
  }

  @Test
  void implementationsOfTheStoreAreNamedOnlyWhereTheProgramIsPutTogether() {
    String memory = named("store.memory");
    String rocksdb = named("store.rocksdb");
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(memory, rocksdb, named("embed"), named("server"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(memory, rocksdb));
  }

  @ParameterizedTest
  @CsvSource({
    "com.fasterxml.., wire admin cli.output cli.admin cli.conformance",
    "org.yaml.., config",
    "picocli.., cli..",
    "org.rocksdb.., store.rocksdb",
    "org.HdrHistogram.., load cli.bench",
  })
  void everyLibraryStaysInItsPackages(String library, String allowed) {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(allNamed(allowed))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(library));
  }

  @ParameterizedTest
  @CsvSource({"message", "topic"})
  void theDomainKnowsNoClockNoChanceNoThreadAndNoInputOrOutput(String name) {
    check(
        noClasses()
            .that()
            .resideInAPackage(named(name))
            .should()
            .dependOnClassesThat(reachesOutOfTheDomain())
            .orShould()
            .accessTargetWhere(asksForTimeOrChance()));
  }

  /**
   * Files.getFileStore fails in a chroot whose root directory is not a mount point;
   * File.getUsableSpace does not.
   */
  @Test
  void nothingThatIsNeededAsksForAFileStore() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(named("load"))
            .should()
            .callMethod(Files.class, "getFileStore", Path.class));
  }

  @Test
  void theBasePackageIsEmpty() {
    check(noClasses().should().resideInAPackage(BASE));
  }

  @Test
  void everyPackageSaysWhatItIs() {
    assertThat(packagesWithCode().filter(p -> p.tryGetPackageInfo().isEmpty()))
        .as("packages without a package-info")
        .isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() {
    check(
        classes()
            .that(simpleName("package-info"))
            .should()
            .beAnnotatedWith(org.jspecify.annotations.NullMarked.class));
  }

  private static DescribedPredicate<JavaClass> reachesOutOfTheDomain() {
    return resideInAnyPackage(
            "java.net..",
            "java.nio.channels..",
            "java.nio.file..",
            "java.util.concurrent..",
            "java.util.random..")
        .or(
            type(java.time.Clock.class)
                .or(type(java.io.File.class))
                .or(type(Thread.class))
                .or(type(ThreadLocal.class))
                .or(type(java.util.Random.class))
                .or(type(java.util.Timer.class))
                .or(type(java.security.SecureRandom.class)))
        .as("clocks, chance, threads, files and sockets");
  }

  /**
   * Calls and method references: {@code now} of any class of java.time, and the other methods in
   * the set.
   */
  private static DescribedPredicate<JavaAccess<?>> asksForTimeOrChance() {
    return DescribedPredicate.describe(
        "asks for the time or for chance",
        access ->
            access.getTargetOwner().getPackageName().startsWith("java.")
                && TIME_AND_CHANCE.contains(access.getTarget().getName()));
  }

  private static Stream<JavaPackage> packagesWithCode() {
    return PROGRAM.stream()
        .map(JavaClass::getPackage)
        .collect(toCollection(() -> new TreeSet<>(Comparator.comparing(JavaPackage::getName))))
        .stream();
  }

  private static String named(String name) {
    return BASE + "." + name;
  }

  private static String[] allNamed(String names) {
    return Stream.of(names.strip().split(" ")).map(ArchitectureTest::named).toArray(String[]::new);
  }

  /** A package without code yet breaks no rule. */
  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(PROGRAM);
  }
}
