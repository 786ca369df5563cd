package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;

/** The asked node no longer leads: the caller can ask the next leader. */
final class NotLeadingException extends ClusterException {
  private static final long serialVersionUID = 1;

  NotLeadingException(String sentence) {
    super(sentence);
  }
}
