package io.ppmq.config;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Makes the tree of a file. Lists that are values of the file's top-level keys hold {@link
 * PackedItems}: thousands of topics as nodes take more memory than the broker has.
 */
final class PackingComposer extends Composer {
  /** An error in an item; thrown through the library. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient InvalidConfig reason;

    Refusal(InvalidConfig reason) {
      super(reason);
      this.reason = reason;
    }

    InvalidConfig reason() {
      return reason;
    }
  }

  private final NodeCount count;
  private int depth;

  PackingComposer(Parser parser, LoaderOptions options, NodeCount count) {
    super(parser, new Resolver(), options);
    this.count = count;
  }

  @Override
  protected Node composeMappingNode(String anchor) {
    depth++;
    try {
      return super.composeMappingNode(anchor);
    } finally {
      depth--;
    }
  }

  /**
   * Does not pack a list with an anchor, which may also stand elsewhere, or with a tag, which is
   * not ours.
   */
  @Override
  protected Node composeSequenceNode(@Nullable String anchor) {
    boolean plain = ((SequenceStartEvent) parser.peekEvent()).getTag() == null;
    return depth == 1 && anchor == null && plain ? packed() : super.composeSequenceNode(anchor);
  }

  private Node packed() {
    SequenceStartEvent start = (SequenceStartEvent) parser.getEvent();
    PackedItems items = new PackedItems();
    MappingNode parent =
        new MappingNode(
            Tag.MAP,
            true,
            new ArrayList<>(),
            start.getStartMark(),
            start.getEndMark(),
            start.getFlowStyle());
    depth++;
    while (!parser.checkEvent(Event.ID.SequenceEnd)) {
      pack(composeValueNode(parent), items); // the only way to compose a node of any kind
    }
    depth--;
    Event end = parser.getEvent();
    return new SequenceNode(
        Tag.SEQ, true, items, start.getStartMark(), end.getEndMark(), start.getFlowStyle());
  }

  private void pack(Node item, PackedItems items) {
    try {
      count.add(item);
      items.pack(item);
    } catch (InvalidConfig e) {
      throw new Refusal(e);
    }
  }
}
