package io.ppmq.broker;

import java.util.function.Consumer;

/**
 * What the sender to a subscriber reports to, on whatever thread: every report becomes an errand of
 * the writer, which does nothing when the link was closed in the meantime.
 */
final class SenderReports implements Sender.Link {
  private final Inbox inbox;
  private final SubscriberLink link;

  SenderReports(Inbox inbox, SubscriberLink link) {
    this.inbox = inbox;
    this.link = link;
  }

  @Override
  public void opened() {
    tell(SubscriberLink::opened);
  }

  @Override
  public void pushed() {
    tell(SubscriberLink::pushed);
  }

  @Override
  public void failed(String reason) {
    tell(known -> known.failed(reason));
  }

  @Override
  public void closed(boolean unread) {
    tell(known -> known.closed(unread));
  }

  @Override
  public void appeared() {
    tell(SubscriberLink::awake);
  }

  private void tell(Consumer<SubscriberLink> what) {
    inbox.errand(
        writer -> {
          if (!link.isGone()) {
            what.accept(link);
          }
        });
  }
}
