package io.ppmq.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;

/**
 * Parsers for what the broker shows. It may hold every payload that the broker stores, so they have
 * no limits of their own for numbers, names and strings.
 */
public final class AnyJson {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private AnyJson() {}

  /** The text of a complete answer. */
  public static char[] text(byte[] answer) {
    return new String(answer, UTF_8).toCharArray();
  }

  /**
   * A parser of this text. It reads characters: from bytes the library refuses names with half a
   * surrogate pair, which a payload may have.
   */
  public static JsonParser parser(char[] text) throws IOException {
    return FACTORY.createParser(text);
  }
}
