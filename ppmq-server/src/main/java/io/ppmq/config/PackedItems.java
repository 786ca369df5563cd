package io.ppmq.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The items of a long list, each in a few hundred bytes instead of a few hundred kilobytes. Each
 * access makes the nodes of an item again. Of their places in the file only the lines are kept.
 */
final class PackedItems extends AbstractList<Node> {
  private static final int[] NO_TEXT = {};

  /** The tags that nodes have by default. */
  private static final List<Tag> TAGS =
      List.of(
          Tag.STR,
          Tag.INT,
          Tag.BOOL,
          Tag.SEQ,
          Tag.MAP,
          Tag.NULL,
          Tag.FLOAT,
          Tag.TIMESTAMP,
          Tag.MERGE);

  private static final byte SCALAR = 0;
  private static final byte SEQUENCE = 1;
  private static final byte MAPPING = 2;

  private final List<byte[]> items = new ArrayList<>();

  /** Appends an item, which must be a tree. */
  void pack(Node item) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(item, new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException("an array that cannot be written to", e);
    }
    items.add(bytes.toByteArray());
  }

  @Override
  public Node get(int index) {
    try {
      return read(new DataInputStream(new ByteArrayInputStream(items.get(index))));
    } catch (IOException e) {
      throw new UncheckedIOException("an array that cannot be read", e);
    }
  }

  @Override
  public int size() {
    return items.size();
  }

  private static void write(Node node, DataOutputStream out) throws IOException {
    if (node instanceof ScalarNode scalar) {
      out.writeByte(SCALAR);
      writeHead(node, out);
      out.writeBoolean(scalar.getScalarStyle() == ScalarStyle.PLAIN);
      String text = scalar.getValue();
      boolean wide = !UTF_8.newEncoder().canEncode(text); // half a surrogate pair
      out.writeBoolean(wide);
      if (wide) {
        out.writeInt(text.length());
        out.writeChars(text);
      } else {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
      }
    } else if (node instanceof SequenceNode sequence) {
      out.writeByte(SEQUENCE);
      writeHead(node, out);
      out.writeInt(sequence.getValue().size());
      for (Node child : sequence.getValue()) {
        write(child, out);
      }
    } else if (node instanceof MappingNode mapping) {
      out.writeByte(MAPPING);
      writeHead(node, out);
      out.writeInt(mapping.getValue().size());
      for (NodeTuple entry : mapping.getValue()) {
        write(entry.getKeyNode(), out);
        write(entry.getValueNode(), out);
      }
    } else {
      throw new IllegalArgumentException("a node of an unknown kind: " + node.getNodeId());
    }
  }

  private static void writeHead(Node node, DataOutputStream out) throws IOException {
    int tag = TAGS.indexOf(node.getTag());
    out.writeByte(tag);
    if (tag < 0) {
      out.writeUTF(node.getTag().getValue());
    }
    out.writeInt(node.getStartMark().getLine());
  }

  private static Node read(DataInputStream in) throws IOException {
    byte kind = in.readByte();
    int known = in.readByte();
    Tag tag = known < 0 ? new Tag(in.readUTF()) : TAGS.get(known);
    Mark mark = new Mark("", 0, in.readInt(), 0, NO_TEXT, 0);
    if (kind == SCALAR) {
      ScalarStyle style = in.readBoolean() ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED;
      String text = in.readBoolean() ? chars(in) : new String(in.readNBytes(in.readInt()), UTF_8);
      return new ScalarNode(tag, text, mark, mark, style);
    }
    int count = in.readInt();
    if (kind == SEQUENCE) {
      List<Node> children = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        children.add(read(in));
      }
      return new SequenceNode(tag, true, children, mark, mark, FlowStyle.BLOCK);
    }
    List<NodeTuple> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Node key = read(in);
      entries.add(new NodeTuple(key, read(in)));
    }
    return new MappingNode(tag, true, entries, mark, mark, FlowStyle.BLOCK);
  }

  private static String chars(DataInputStream in) throws IOException {
    char[] chars = new char[in.readInt()];
    for (int i = 0; i < chars.length; i++) {
      chars[i] = in.readChar();
    }
    return new String(chars);
  }
}
