package io.ppmq.cluster.ratis;

import io.ppmq.cluster.NodeAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A request of one node to another.
 *
 * @param from the node that asks
 * @param verb what to do
 * @param words with what
 */
record Question(String from, Verb verb, List<String> words) {
  /** The kinds of requests. */
  enum Verb {
    /** Of a node that waits: be in the group (cluster, group), from which it then hears. */
    ENTER,
    /** Of the leader: let in the disk of a node (node, disk, host, port). */
    ADMIT,
    /** Of the leader: let in the node that waits there (node, host, port). */
    ADD,
    /** Of the leader: take out the member (node). */
    REMOVE,
    /** Of the leader: take out the member, and let in the node that waits under its name (node). */
    REPLACE,
    /** Of the leader: have another lead (node). */
    TRANSFER,
    /** To the leader: compare the content of all members. */
    VERIFY,
    /** To a member: send the digest of its content after an entry (index). */
    DIGEST
  }

  private static final byte FORM = 1;
  private static final int WORDS_MAX = 16;

  /** The address that two of the words are, from this one on. */
  NodeAddress address(int at) {
    return new NodeAddress(words.get(at), Integer.parseInt(words.get(at + 1)));
  }

  byte[] toBytes() {
    return Form.write(
        out -> {
          out.writeByte(FORM);
          out.writeUTF(from);
          out.writeUTF(verb.name());
          out.writeInt(words.size());
          for (String word : words) {
            out.writeUTF(word);
          }
        });
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when it is of a newer version
   */
  static Question of(byte[] bytes) {
    return Form.read(
        bytes,
        in -> {
          in.readByte();
          String from = in.readUTF();
          Verb verb = Verb.valueOf(in.readUTF());
          int count = Math.min(in.readInt(), WORDS_MAX);
          List<String> words = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            words.add(in.readUTF());
          }
          return new Question(from, verb, words);
        });
  }
}
