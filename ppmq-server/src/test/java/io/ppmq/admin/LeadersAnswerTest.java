package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.http.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answer of a leader that is passed on. */
final class LeadersAnswerTest {
  private static final String HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";

  @TempDir Path directory;

  /** The answer to a request, when the leader sends this and closes the connection. */
  private Response answer(String sent) throws IOException {
    var address = UnixDomainSocketAddress.of(directory.resolve("leader"));
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(address);
      SocketChannel asking = SocketChannel.open(address);
      try (SocketChannel leader = listening.accept()) {
        leader.write(ByteBuffer.wrap(sent.getBytes(US_ASCII)));
        byte[] request = "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII);
        Response answer = LeadersAnswer.read(asking, request);
        leader.read(ByteBuffer.allocate(request.length)); // unread, it would break the connection
        return answer;
      }
    }
  }

  private static String text(Response response) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part = response.body().next(); part != null; part = response.body().next()) {
      all.write(part);
    }
    return all.toString(US_ASCII);
  }

  @Test
  void chunksArePassedOnWithoutTheirFrames() throws Exception {
    assertThat(text(answer(HEAD + "5\r\nhello\r\n1\r\n \r\na\r\n0123456789\r\n0\r\n\r\n")))
        .isEqualTo("hello 0123456789");
  }

  @Test
  void answerThatIsCutOffIsNotWhole() throws Exception {
    for (String cut : new String[] {"", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n"}) {
      Response response = answer(HEAD + cut);
      assertThatThrownBy(() -> text(response)).as(cut).hasMessageContaining("cut its answer off");
      Files.delete(directory.resolve("leader"));
    }
  }

  @Test
  void momentToAskAgainIsPassedOn() throws Exception {
    String sent =
        """
        HTTP/1.1 503 Service Unavailable
        Content-Type: text/plain
        Retry-After: 1
        Ppmq-Ended: bytes
        Content-Length: 5

        """;
    Response busy = answer(sent.replace("\n", "\r\n") + "busy\n");
    assertThat(busy.status()).isEqualTo(503);
    assertThat(busy.headers()).containsEntry("Retry-After", "1");
    assertThat(busy.headers()).containsEntry("Ppmq-Ended", "bytes");
    assertThat(text(busy)).isEqualTo("busy\n");
  }
}
