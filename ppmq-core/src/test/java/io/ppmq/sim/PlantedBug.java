package io.ppmq.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** The program with a bug: the changed sources compiled, and loaded before the others. */
final class PlantedBug implements AutoCloseable {
  private static final String SEPARATOR = System.getProperty("path.separator");

  /** Keeps the class path from the first bug on; for one compilation at a time. */
  private static @Nullable StandardJavaFileManager files;

  private final Path directory;
  private final URLClassLoader classes;

  private PlantedBug(Path directory, URLClassLoader classes) {
    this.directory = directory;
    this.classes = classes;
  }

  static PlantedBug plant(Mutation mutation) throws IOException {
    Path directory = Files.createTempDirectory("ppmq-bug");
    compile(mutation, directory);
    List<URL> urls = new ArrayList<>();
    urls.add(directory.toUri().toURL());
    for (String path : classPath().split(SEPARATOR, -1)) {
      urls.add(url(path));
    }
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    return new PlantedBug(directory, new URLClassLoader(urls.toArray(URL[]::new), platform));
  }

  private static URL url(String path) throws MalformedURLException {
    return Path.of(path).toUri().toURL();
  }

  /** Under Maven the class path is in a separate property. */
  private static String classPath() {
    return System.getProperty(
        "surefire.test.class.path", System.getProperty("java.class.path", ""));
  }

  private static synchronized void compile(Mutation mutation, Path directory) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("planting a bug takes a JDK, and this Java has no compiler");
    }
    List<JavaFileObject> sources = new ArrayList<>();
    for (Map.Entry<String, String> source : mutation.patched().entrySet()) {
      sources.add(new Source(source.getKey(), source.getValue()));
    }
    if (files == null) {
      files = compiler.getStandardFileManager(null, null, UTF_8);
    }
    StringWriter said = new StringWriter();
    List<String> options =
        List.of("-nowarn", "-proc:none", "-d", directory.toString(), "-cp", classPath());
    boolean done = compiler.getTask(said, files, null, options, null, sources).call();
    if (!done) {
      throw new IllegalStateException(mutation.name() + " does not compile:\n" + said);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String path, String text) {
      super(URI.create("string:///" + path.replace("src/main/java/", "")), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Runs a simulation of it; returns 0 if everything held. */
  int run(String[] args, PrintStream out) throws ReflectiveOperationException {
    Class<?> simulation = classes.loadClass(Simulation.class.getName());
    var run = simulation.getDeclaredMethod("run", String[].class, PrintStream.class);
    run.setAccessible(true);
    return (Integer) run.invoke(null, args, out);
  }

  @Override
  public void close() throws IOException {
    classes.close();
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
