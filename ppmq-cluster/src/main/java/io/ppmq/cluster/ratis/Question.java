package io.ppmq.cluster.ratis;

import io.ppmq.cluster.NodeAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A request of one node to another.
 *
 * @param from the node that asks
 * @param verb the request
 * @param words its arguments
 */
record Question(String from, Verb verb, List<String> words) {
  /** The kinds of requests. */
  enum Verb {
    /** To a waiting node: enter the group (cluster, group), whose messages follow. */
    ENTER,
    /** To the leader: add the disk of a node (node, disk, host, port). */
    ADMIT,
    /** To the leader: add the node that waits at the address (node, host, port). */
    ADD,
    /** To the leader: remove the member (node). */
    REMOVE,
    /** To the leader: remove the member, and add the node that waits under its name (node). */
    REPLACE,
    /** To the leader: make another member the leader (node). */
    TRANSFER,
    /** To the leader: compare the content of all members. */
    VERIFY,
    /** To a member: send the digest of its content after an entry (index). */
    DIGEST
  }

  private static final byte FORM = 1;
  private static final int WORDS_MAX = 16;

  /** The address in two of the words, from this index on. */
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
   * Reads a question.
   *
   * @throws IllegalArgumentException if it is from a newer version
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
