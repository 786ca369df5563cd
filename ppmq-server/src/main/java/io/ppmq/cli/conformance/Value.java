package io.ppmq.cli.conformance;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON object of the wire. Names of its fields are matched without regard to case. */
final class Value {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Map<?, ?> fields;

  private Value(Map<?, ?> fields) {
    this.fields = fields;
  }

  /** The next object of a stream; null at its end. */
  static @Nullable Value next(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      return null;
    }
    if (json(parser) instanceof Map<?, ?> fields) {
      return new Value(fields);
    }
    throw new ProtocolException("it sent something other than a JSON object");
  }

  /** The values in a text. */
  static @Nullable Object json(String text) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      parser.nextToken();
      return json(parser);
    }
  }

  /** The parser's current value, as maps, lists, strings, numbers and booleans. */
  private static @Nullable Object json(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          object.put(name, json(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<@Nullable Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(json(parser));
        }
        yield array;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDecimalValue().stripTrailingZeros();
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  /** The field, the last one if it is repeated; null if it is absent. */
  @Nullable Object get(String name) {
    Object found = null;
    for (Map.Entry<?, ?> field : fields.entrySet()) {
      if (name.equalsIgnoreCase(String.valueOf(field.getKey()))) {
        found = field.getValue();
      }
    }
    return found;
  }

  boolean has(String name) {
    return get(name) != null;
  }

  /** A string; "" if it is absent. */
  String text(String name) {
    Object field = get(name);
    return field == null ? "" : String.valueOf(field);
  }

  /** The elements of an array, as text. */
  List<String> texts(String name) {
    return get(name) instanceof List<?> array
        ? array.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** The objects of an array. */
  List<Value> values(String name) {
    List<Value> values = new ArrayList<>();
    if (get(name) instanceof List<?> array) {
      for (Object element : array) {
        if (element instanceof Map<?, ?> object) {
          values.add(new Value(object));
        }
      }
    }
    return values;
  }
}
