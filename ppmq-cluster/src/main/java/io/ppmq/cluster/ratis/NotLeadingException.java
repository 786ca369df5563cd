package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;

/** The node that was asked led no more: the next leader can be asked the same. */
final class NotLeadingException extends ClusterException {
  private static final long serialVersionUID = 1;

  NotLeadingException(String sentence) {
    super(sentence);
  }
}
