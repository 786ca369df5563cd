package io.ppmq.config;

import java.util.IdentityHashMap;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Counts the nodes of a file with each alias replaced by its target. A few lines of aliases to
 * aliases can stand for more nodes than any memory holds. A file that passes this check can be
 * walked.
 */
final class NodeCount {
  static final long MAX = 4_000_000;

  private static final long UNDER_WAY = -1;

  private final IdentityHashMap<Node, Long> counts = new IdentityHashMap<>();
  private final Problems problems;
  private long added;

  NodeCount(Problems problems) {
    this.problems = problems;
  }

  /**
   * Refuses a tree that contains itself or is larger than {@link #MAX}. An alias follows its
   * target, so the recursion is no deeper than the nesting of the text.
   */
  long check(Node node) throws InvalidConfig {
    Long known = counts.putIfAbsent(node, UNDER_WAY);
    if (known == null) {
      known = 1 + children(node);
      counts.put(node, known);
    }
    if (known == UNDER_WAY || node.isTwoStepsConstruction()) {
      throw problems.fatal(Problems.line(node), "an alias stands for a value that it is part of");
    }
    return known;
  }

  /** The same for an item of a list: the sum counts, and the item is not remembered. */
  void add(Node item) throws InvalidConfig {
    counts.clear();
    added += check(item);
    bound(added, item);
  }

  private long children(Node node) throws InvalidConfig {
    long count = 0;
    if (node instanceof SequenceNode sequence && sequence.getValue() instanceof PackedItems) {
      return 0; // counted when the item was packed
    } else if (node instanceof SequenceNode sequence) {
      for (Node item : sequence.getValue()) {
        count += check(item);
        bound(count, node);
      }
    } else if (node instanceof MappingNode mapping) {
      for (NodeTuple entry : mapping.getValue()) {
        count += check(entry.getKeyNode()) + check(entry.getValueNode());
        bound(count, node);
      }
    }
    return count;
  }

  private void bound(long count, Node node) throws InvalidConfig {
    if (count > MAX) {
      throw problems.fatal(
          Problems.line(node),
          "more than " + MAX + " values, each alias counted as the values it stands for");
    }
  }
}
