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
          "The machines that keep the queue together; see the keys of Cluster. Needs the package"
              + " ppmq-cluster. Unless given, this broker is alone. A change needs a restart.");

  static final Key<List<String>> SUBSCRIBER_NODES =
      new Key<>(
          "Nodes",
          Change.LIVE,
          Section::names,
          "The nodes of the cluster on which Socket is looked for, in this order, but the leader's"
              + " first. Unless given, all of them, by name.");

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
          "The name of this machine, one of Nodes; that of a relay is none of them. Its certificate"
              + " must carry it. Required.");

  static final Key<HostPort> LISTEN =
      new Key<>(
          "Listen",
          Change.RESTART,
          text(HostPort::parse),
          "HOST:PORT on which this machine listens for the others. Unless given, its address in"
              + " Nodes.");

  static final Key<MappingNode> NODES =
      new Key<>(
          "Nodes",
          Change.RESTART,
          Section::mapping,
          "The machines that keep the queue: the name of each, and HOST:PORT where the others reach"
              + " it. 3 or 5 of them; 1 is a single server that relays may use. Required.");

  static final Key<Path> CERTIFICATE =
      new Key<>(
          "Certificate",
          Change.RESTART,
          required(KeyParsers::pem),
          "The file, in PEM, with the certificate of this machine; its subjectAltName holds the"
              + " name that Node gives. Required.");

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
              + " with a certificate that it signed is let in: it should sign nothing else."
              + " Required.");

  static final Key<Duration> ELECTION_TIMEOUT =
      new Key<>(
          "ElectionTimeout",
          Change.RESTART,
          Section::duration,
          "How long the other nodes wait for a sign of the leader, before they elect another; each"
              + " waits up to twice as long, at random. A duration from 100ms to 1m. 1s unless"
              + " given; 2s or more where machines or their network are slow.");

  static final Key<Role> ROLE =
      new Key<>(
          "Role",
          Change.RESTART,
          text(KeyParsers::role, Role.NODE),
          "node (the default): this machine keeps the queue; relay: it keeps nothing, and its"
              + " programs use its sockets as they would use a node's.");

  static final Keys KEYS =
      new Keys(
          "Cluster",
          List.of(NAME, NODE, LISTEN, NODES, CERTIFICATE, KEY, CA, ELECTION_TIMEOUT, ROLE));

  private ClusterKeys() {}
}
