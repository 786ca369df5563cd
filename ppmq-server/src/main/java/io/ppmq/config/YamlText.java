package io.ppmq.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Turns bytes into a tree of YAML nodes with lines. The content of a file never makes objects, and
 * its size, depth and aliases are bounded, so that any bytes take little time.
 */
final class YamlText {
  /** The longest file, with room for some sixty thousand topics. */
  static final int BYTES_MAX = 16 << 20;

  private static final int NESTING_MAX = 20;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private YamlText() {}

  /** The mapping that is the whole file. */
  static MappingNode parse(byte[] bytes, Problems problems) throws InvalidConfig {
    if (bytes.length > BYTES_MAX) {
      throw problems.fatal(0, "is larger than " + (BYTES_MAX >> 20) + " MiB");
    }
    String text = decode(bytes, problems);
    refuseUnprintable(text, problems);
    NodeCount count = new NodeCount(problems);
    Node root = compose(text, count, problems);
    if (root == null) {
      throw problems.fatal(0, "is empty: ServerSocket and DataPath are needed");
    }
    count.check(root);
    if (root instanceof MappingNode mapping) {
      return mapping;
    }
    throw problems.fatal(
        Problems.line(root), "must be a mapping of keys to values, like \"DataPath: mem\"");
  }

  private static String decode(byte[] bytes, Problems problems) throws InvalidConfig {
    CharsetDecoder decoder = UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    out.flip();
    if (result.isError()) {
      throw problems.fatal(lineAfter(out), "is not UTF-8");
    }
    boolean marked = out.hasRemaining() && out.get(0) == BYTE_ORDER_MARK;
    return marked ? out.subSequence(1, out.length()).toString() : out.toString();
  }

  private static void refuseUnprintable(String text, Problems problems) throws InvalidConfig {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int codePoint = text.codePointAt(i);
      if (!StreamReader.isPrintable(codePoint)) {
        throw problems.fatal(
            lineAfter(text.substring(0, i)),
            String.format("holds U+%04X, which YAML does not allow", codePoint));
      }
    }
  }

  private static int lineAfter(CharSequence text) {
    return 1 + (int) text.chars().filter(c -> c == '\n').count();
  }

  private static @Nullable Node compose(String text, NodeCount count, Problems problems)
      throws InvalidConfig {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(BYTES_MAX);
    options.setNestingDepthLimit(NESTING_MAX);
    options.setMaxAliasesForCollections(Integer.MAX_VALUE); // NodeCount bounds their targets
    StreamReader reader = new StreamReader(text);
    try {
      return new PackingComposer(new ParserImpl(reader, options), options, count).getSingleNode();
    } catch (PackingComposer.Refusal e) {
      throw e.reason();
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      String fault =
          Stream.of(e.getContext(), e.getProblem())
              .filter(Objects::nonNull)
              .collect(Collectors.joining(", "));
      throw problems.fatal(line, "is not YAML: " + oneLine(fault));
    } catch (YAMLException e) {
      throw problems.fatal(reader.getLine() + 1, "is not YAML: " + oneLine(e.getMessage()));
    } catch (IllegalArgumentException e) {
      // SnakeYAML throws this for escapes such as \UFFFFFFFF.
      throw problems.fatal(reader.getLine() + 1, "is not YAML: an escape stands for no character");
    }
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).strip().replaceAll("\\s+", " ");
  }
}
