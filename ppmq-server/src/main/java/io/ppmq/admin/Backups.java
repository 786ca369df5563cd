package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.broker.Broker;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Request;
import io.ppmq.store.StoreException;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicStats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Copies of the data directory, one at a time. A thread of its own makes each copy, since that may
 * take longer than a request may. A POST begins a copy, a GET asks for the result of the last one.
 */
final class Backups {
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;
  private static final JsonFactory FACTORY = new JsonFactory();

  /** A copy, finished or under way; {@code failure} says why it failed. */
  private record Backup(
      long number,
      String state,
      Path directory,
      long bytes,
      long messages,
      long millis,
      @Nullable String failure) {}

  private final Broker broker;
  private @Nullable Backup last;

  Backups(Broker broker) {
    this.broker = broker;
  }

  /** Begins a copy, or describes the last one, as JSON. */
  String handle(Request request, Query query) throws IOException, BadRequest {
    if (request.method().equals("GET")) {
      query.allow();
      return json(last());
    }
    query.allow("directory");
    if (request.header("origin") != null) {
      throw new BadRequest(FORBIDDEN, "a page in a browser may make no copy");
    }
    return json(begin(directory(query.required("directory"))));
  }

  private static Path directory(String text) throws BadRequest {
    try {
      Path directory = Path.of(text);
      if (directory.isAbsolute()) {
        return directory.normalize();
      }
    } catch (InvalidPathException e) {
      throw new BadRequest("the parameter directory is not a path");
    }
    throw new BadRequest("the parameter directory must be an absolute path");
  }

  private synchronized Backup last() throws BadRequest {
    if (last == null) {
      throw new BadRequest("no backup was made since the broker was started");
    }
    return last;
  }

  private synchronized Backup begin(Path directory) throws BadRequest {
    if (last != null && last.state.equals("running")) {
      throw new BadRequest(CONFLICT, "a backup to " + last.directory + " is being made");
    }
    long number = last == null ? 1 : last.number + 1;
    Backup begun = new Backup(number, "running", directory, 0, 0, 0, null);
    last = begun;
    Thread thread = new Thread(() -> end(make(begun)), "ppmq-backup");
    thread.setDaemon(true);
    thread.start();
    return begun;
  }

  private synchronized void end(Backup backup) {
    last = backup;
  }

  private Backup make(Backup begun) {
    long start = System.nanoTime();
    try {
      long messages = messages();
      long bytes = broker.copyTo(begun.directory);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      return new Backup(begun.number, "done", begun.directory, bytes, messages, millis, null);
    } catch (StoreException e) {
      return failed(begun, e.sentence());
    } catch (RuntimeException e) {
      return failed(begun, String.valueOf(e.getMessage()));
    }
  }

  private static Backup failed(Backup begun, String sentence) {
    return new Backup(begun.number, "failed", begun.directory, 0, 0, 0, sentence);
  }

  /**
   * The number of waiting messages: for each topic those of its fullest queue, and the delayed
   * ones.
   */
  private long messages() {
    long messages = 0;
    for (TopicStats topic : broker.stats().topics()) {
      long most = 0;
      for (QueueStats queue : topic.queues()) {
        most = Math.max(most, queue.backlog() + queue.inFlight() + queue.nacked());
      }
      messages += most + topic.delays().messages();
    }
    return messages;
  }

  private static String json(Backup backup) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      json.writeNumberField("number", backup.number);
      json.writeStringField("state", backup.state);
      json.writeStringField("directory", backup.directory.toString());
      if (backup.state.equals("done")) {
        json.writeNumberField("bytes", backup.bytes);
        json.writeNumberField("messages", backup.messages);
        json.writeNumberField("millis", backup.millis);
      }
      if (backup.failure != null) {
        json.writeStringField("failure", backup.failure);
      }
      json.writeEndObject();
      json.writeRaw('\n');
    }
    return out.toString(UTF_8);
  }
}
