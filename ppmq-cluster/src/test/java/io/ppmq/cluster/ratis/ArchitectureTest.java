package io.ppmq.cluster.ratis;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * The dependencies of this module; those of the others are in ppmq-server, which does not see it.
 */
final class ArchitectureTest {
  private static final String OURS = "io.ppmq.cluster.ratis";

  private static final JavaClasses PROGRAM =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.ppmq");

  @Test
  void theModuleUsesThePortsAndTheReplicaAlone() {
    noClasses()
        .that()
        .resideInAPackage(OURS)
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.ppmq..")
                .and(
                    DescribedPredicate.not(
                        resideInAnyPackage(
                            OURS,
                            "io.ppmq.cluster",
                            "io.ppmq.system",
                            "io.ppmq.store",
                            "io.ppmq.store.rocksdb"))))
        .check(PROGRAM);
  }

  @Test
  void onlyThisModuleKnowsRatis() {
    noClasses()
        .that()
        .resideOutsideOfPackage(OURS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.ratis..")
        .check(PROGRAM);
  }

  /** Only ServiceLoader finds them. */
  @Test
  void onlyWhatAServiceNamesIsPublic() {
    classes()
        .that()
        .resideInAPackage(OURS)
        .and()
        .arePublic()
        .should()
        .haveNameMatching(".*\\.(RatisClusters|NoMetrics)")
        .check(PROGRAM);
  }
}
