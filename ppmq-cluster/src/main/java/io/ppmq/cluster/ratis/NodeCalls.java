package io.ppmq.cluster.ratis;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor.MethodType;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * The calls between nodes besides those of Ratis, on the same port:
 *
 * <pre>
 *  hello       a {@link NodeReport} each way, every half election timeout
 *  ask         a {@link Question} and its answer
 *  checkpoint  nothing, and then the files of a checkpoint ({@link CheckpointFrame})
 *  relay       the bytes of one connection ({@link RelayFrame}), both ways
 * </pre>
 */
final class NodeCalls {
  static final String SERVICE = "ppmq.Node";
  static final MethodDescriptor<byte[], byte[]> HELLO = method("hello", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> ASK = method("ask", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> CHECKPOINT =
      method("checkpoint", MethodType.SERVER_STREAMING);
  static final MethodDescriptor<byte[], byte[]> RELAY = method("relay", MethodType.BIDI_STREAMING);

  /** The refusal of a hello from a node whose disk is older than it was. */
  static final Status OLDER_DISK = Status.DATA_LOSS;

  /** The refusal by a node that no longer leads, of a request for the leader. */
  static final Status NOT_LEADING = Status.ABORTED;

  private NodeCalls() {}

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(Plain.BYTES)
        .setResponseMarshaller(Plain.BYTES)
        .build();
  }

  private enum Plain implements MethodDescriptor.Marshaller<byte[]> {
    BYTES;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
