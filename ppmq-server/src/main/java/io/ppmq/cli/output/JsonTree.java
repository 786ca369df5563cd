package io.ppmq.cli.output;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A small JSON object from the admin interface, with methods for the types of its fields. */
public final class JsonTree {
  /**
   * A number as written. Only a number that is asked for becomes one: a payload may have some that
   * no type holds.
   */
  private record Numeral(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  private final Map<String, Object> fields;

  private JsonTree(Map<String, Object> fields) {
    this.fields = fields;
  }

  public static JsonTree parse(byte[] json) throws IOException {
    try (JsonParser parser = AnyJson.parser(AnyJson.text(json))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new ProtocolException("the admin interface does not answer with an object");
      }
      return object(parser);
    }
  }

  private static JsonTree object(JsonParser parser) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      Object value = value(parser);
      if (value != null) {
        fields.put(name, value);
      }
    }
    return new JsonTree(fields);
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          Object element = value(parser);
          if (element != null) {
            elements.add(element);
          }
        }
        yield elements;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Numeral(parser.getText());
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      default -> null;
    };
  }

  public String text(String field) {
    return String.valueOf(fields.getOrDefault(field, ""));
  }

  /** A number; null when there is none. */
  public @Nullable BigDecimal number(String field) {
    return fields.get(field) instanceof Numeral number ? new BigDecimal(number.text) : null;
  }

  /** A whole number; 0 when there is none. */
  public long count(String field) {
    BigDecimal number = number(field);
    return number == null ? 0 : number.longValue();
  }

  /** An object; an empty one when there is none. */
  public JsonTree object(String field) {
    return fields.get(field) instanceof JsonTree tree ? tree : new JsonTree(Map.of());
  }

  public boolean isTrue(String field) {
    return Boolean.TRUE.equals(fields.get(field));
  }

  /** The strings of an array. */
  public List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    if (fields.get(field) instanceof List<?> list) {
      list.forEach(element -> texts.add(String.valueOf(element)));
    }
    return texts;
  }

  /** The objects of an array. */
  public List<JsonTree> list(String field) {
    List<JsonTree> trees = new ArrayList<>();
    if (fields.get(field) instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof JsonTree tree) {
          trees.add(tree);
        }
      }
    }
    return trees;
  }
}
