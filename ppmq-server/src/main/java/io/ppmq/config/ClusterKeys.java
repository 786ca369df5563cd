package io.ppmq.config;

import static io.ppmq.config.Key.required;
import static io.ppmq.config.Key.text;

import io.ppmq.config.ClusterConfig.Role;
import io.ppmq.config.Key.Change;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.yaml.snakeyaml.nodes.MappingNode;

/** The keys of the configuration file that are about a cluster. */
final class ClusterKeys {
  static final Key<MappingNode> CLUSTER =
      new Key<>(
          "Cluster",
          Change.RESTART,
          Section::mapping,
          "The machines that keep the queue together; see the keys of Cluster. It needs the"
              + " package ppmq-cluster. Default: a single broker. A change needs a restart.");

  static final Key<List<String>> SUBSCRIBER_NODES =
      new Key<>(
          "Nodes",
          Change.LIVE,
          Section::names,
          "The nodes of the cluster on which the broker looks for Socket, in this order, after the"
              + " leader's own. Default: all nodes, by name.");

  static final Key<String> NAME =
      new Key<>(
          "Name",
          Change.RESTART,
          required(KeyParsers::name),
          "The name of the cluster, the same on all its machines. Required.");

  static final Key<String> NODE =
      new Key<>(
          "Node",
          Change.RESTART,
          required(KeyParsers::name),
          "The name of this machine. A node's name is one of Nodes, a relay's is not. The"
              + " certificate must contain the name. Required.");

  static final Key<HostPort> LISTEN =
      new Key<>(
          "Listen",
          Change.RESTART,
          text(HostPort::parse),
          "HOST:PORT on which this machine listens for the others. Default: its address in Nodes.");

  static final Key<MappingNode> NODES =
      new Key<>(
          "Nodes",
          Change.RESTART,
          Section::mapping,
          "The machines that keep the queue: the name of each, and HOST:PORT where the others"
              + " reach it. There are 3 or 5, or 1 for a single server that relays may use."
              + " Required.");

  static final Key<Path> CERTIFICATE =
      new Key<>(
          "Certificate",
          Change.RESTART,
          required(KeyParsers::pem),
          "The file, in PEM, with the certificate of this machine. Its subjectAltName contains the"
              + " name in Node. Required.");

  static final Key<Path> KEY =
      new Key<>(
          "Key",
          Change.RESTART,
          required(KeyParsers::pem),
          "The file, in PEM (PKCS#8, not encrypted), with the private key of Certificate. Only the"
              + " broker's user should be able to read it. Required.");

  static final Key<Path> CA =
      new Key<>(
          "CA",
          Change.RESTART,
          required(KeyParsers::pem),
          "The file, in PEM, with the certificate that signed those of all machines. Every machine"
              + " with a certificate that it signed is let in, so it should sign nothing else."
              + " Required.");

  static final Key<Duration> ELECTION_TIMEOUT =
      new Key<>(
          "ElectionTimeout",
          Change.RESTART,
          Section::duration,
          "The time that the other nodes wait for a sign of the leader before they elect another;"
              + " each waits up to twice as long, at random. A duration from 100ms to 1m. Default:"
              + " 1s. Use 2s or more if machines or their network are slow.");

  static final Key<Role> ROLE =
      new Key<>(
          "Role",
          Change.RESTART,
          text(KeyParsers::role, Role.NODE),
          "node (the default): this machine keeps the queue. relay: it stores nothing, and its"
              + " programs use its sockets like those of a node.");

  static final Keys KEYS =
      new Keys(
          "Cluster",
          List.of(NAME, NODE, LISTEN, NODES, CERTIFICATE, KEY, CA, ELECTION_TIMEOUT, ROLE));

  private ClusterKeys() {}
}
