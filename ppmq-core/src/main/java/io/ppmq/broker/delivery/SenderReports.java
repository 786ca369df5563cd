package io.ppmq.broker.delivery;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.Turn;
import java.util.function.BiConsumer;

/**
 * Takes the reports of a sender, on any thread: every report becomes an errand of the writer, which
 * does nothing when the link was closed in the meantime.
 */
final class SenderReports implements Sender.Link {
  private final Inbox inbox;
  private final WorkerLink link;

  SenderReports(Inbox inbox, WorkerLink link) {
    this.inbox = inbox;
    this.link = link;
  }

  @Override
  public void opened() {
    tell((known, turn) -> known.opened());
  }

  @Override
  public void pushed() {
    tell(WorkerLink::pushed);
  }

  @Override
  public void failed(String reason) {
    tell((known, turn) -> known.failed(reason, turn));
  }

  @Override
  public void closed(boolean unread) {
    tell((known, turn) -> known.closed(unread, turn));
  }

  @Override
  public void appeared() {
    tell((known, turn) -> known.appeared());
  }

  private void tell(BiConsumer<WorkerLink, Turn> what) {
    inbox.errand(
        turn -> {
          if (!link.isGone()) {
            what.accept(link, turn);
          }
        });
  }
}
