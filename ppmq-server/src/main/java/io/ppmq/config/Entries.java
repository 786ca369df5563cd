package io.ppmq.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The entries of a mapping by key, including those of mappings merged into it ({@code <<:
 * *defaults}). Its own entries take precedence over merged ones, and earlier merged ones over
 * later.
 */
final class Entries {
  private final Map<String, NodeTuple> byKey = new LinkedHashMap<>();
  private final Map<Node, String> faults = new LinkedHashMap<>();

  /** The mapping must not contain itself. */
  Entries(MappingNode mapping) {
    add(mapping);
  }

  private void add(MappingNode mapping) {
    Map<String, Node> own = new HashMap<>();
    List<Node> merged = new ArrayList<>();
    for (NodeTuple entry : mapping.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        faults.put(entry.getKeyNode(), "a key must be a single word");
      } else if (key.getTag().equals(Tag.MERGE)) {
        merged.add(entry.getValueNode());
      } else {
        Node first = own.putIfAbsent(key.getValue(), key);
        if (first != null) {
          faults.put(
              key,
              Quoted.of(key.getValue()) + " is given twice, first in line " + Problems.line(first));
        }
        byKey.putIfAbsent(key.getValue(), entry);
      }
    }
    merged.forEach(this::merge);
  }

  private void merge(Node value) {
    if (value instanceof MappingNode mapping) {
      add(mapping);
    } else if (value instanceof SequenceNode sequence
        && sequence.getValue().stream().allMatch(MappingNode.class::isInstance)) {
      sequence.getValue().forEach(this::merge);
    } else {
      faults.put(value, "only mappings can be merged with <<");
    }
  }

  /** The value of {@code key}; null if it is absent or YAML's null. */
  @Nullable Node value(String key) {
    NodeTuple entry = byKey.get(key);
    if (entry == null || entry.getValueNode().getTag().equals(Tag.NULL)) {
      return null;
    }
    return entry.getValueNode();
  }

  /**
   * The node of {@code key}: its value, or the key itself if the value is YAML's null; null if
   * absent.
   */
  @Nullable Node at(String key) {
    Node value = value(key);
    NodeTuple entry = byKey.get(key);
    return value != null || entry == null ? value : entry.getKeyNode();
  }

  /** Whether {@code key} is present with YAML's null as its value. */
  boolean isEmpty(String key) {
    return byKey.containsKey(key) && value(key) == null;
  }

  /** Passes on each key with its node. */
  void forEachKey(BiConsumer<String, Node> action) {
    byKey.forEach((key, entry) -> action.accept(key, entry.getKeyNode()));
  }

  /** Passes on each error of the mapping itself, with its node. */
  void forEachFault(BiConsumer<Node, String> action) {
    faults.forEach(action);
  }
}
