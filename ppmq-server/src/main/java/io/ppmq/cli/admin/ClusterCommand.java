package io.ppmq.cli.admin;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.Consent;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq cluster}. */
@Command(
    name = "cluster",
    header = "Show and change a cluster of brokers.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "status: shows the nodes, the leader, and the lag, free disk space and clock of each node.",
      "verify: compares the data of all nodes after the same entry; fails if they differ.",
      "",
      "init: founds the cluster with the DataPath of this node, which may be that of a single",
      "server. join: makes this node, whose DataPath must be empty, a member. add NODE HOST:PORT:",
      "makes a node a member. remove NODE: removes a node. replace NODE: admits a node again whose",
      "disk was lost, under the same name. transfer NODE: makes a node the leader.",
      "",
      "force-single: takes this node out of its cluster while its broker is stopped, so that 'init'",
      "can found another cluster. Use it only when the majority will not come back: messages that",
      "only the lost nodes had are lost, and a lost node may return only with an empty DataPath.",
      "",
      "All actions except force-single ask the running broker of this machine. init and join wait up",
      "to a minute for a broker that is starting."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq cluster init",
      "  ppmq cluster status",
      "  ppmq cluster transfer b",
      "  ppmq cluster remove c --yes",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class ClusterCommand implements Callable<Integer> {
  /** Makes a node a cluster by itself while its broker is stopped. */
  @FunctionalInterface
  public interface Forcing {
    /** Makes the cluster, and returns the name of the node. */
    String force(BrokerOption broker, Terminal terminal) throws Exception;
  }

  private static final String STATUS = "status";
  private static final String VERIFY = "verify";
  private static final String FORCE = "force-single";

  /** The actions for a broker that was started a moment ago. */
  private static final Set<String> BEGINNINGS = Set.of("init", "join");

  private static final long START_MILLIS_MAX = 60_000;

  /** In this order in the script of the completion, whose bytes are the same in each build. */
  private static final List<String> ACTIONS =
      List.of(STATUS, "init", "join", "add", "remove", "replace", "transfer", VERIFY, FORCE);

  private final Terminal terminal;
  private final Forcing forcing;

  @Parameters(
      index = "0",
      paramLabel = "ACTION",
      completionCandidates = Actions.class,
      description = "status, init, join, add, remove, replace, transfer, verify or force-single.")
  private String action = "";

  @Parameters(
      index = "1..*",
      arity = "0..2",
      paramLabel = "NODE",
      description = "The node; with add, also its address HOST:PORT.")
  private List<String> arguments = new ArrayList<>();

  @Option(names = "--json", description = "Print the answer as JSON.")
  private boolean json;

  @Mixin private final Consent consent = new Consent();
  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public ClusterCommand(Terminal terminal, Forcing forcing) {
    this.terminal = terminal;
    this.forcing = forcing;
  }

  @Override
  public Integer call() throws Exception {
    if (!ACTIONS.contains(action)) {
      throw new Failure(
          Status.USAGE,
          "the action must be status, init, join, add, remove, replace, transfer, verify or"
              + " force-single, and is "
              + action);
    }
    int needed = argumentsOf(action);
    if (arguments.size() != needed) {
      String[] what = {"takes no argument", "takes the name of a node", "takes NODE HOST:PORT"};
      throw new Failure(Status.USAGE, action + " " + what[needed]);
    }
    return switch (action) {
      case STATUS -> status(broker.admin(terminal));
      case VERIFY -> verify(broker.admin(terminal));
      case FORCE -> force();
      default -> change();
    };
  }

  private static int argumentsOf(String action) {
    return switch (action) {
      case "add" -> 2;
      case "remove", "replace", "transfer" -> 1;
      default -> 0;
    };
  }

  private int status(AdminClient admin) throws IOException, Failure {
    byte[] answer = admin.get("/cluster");
    if (json) {
      terminal.out().write(answer, 0, answer.length);
    } else {
      terminal.out().print(ClusterTable.of(JsonTree.parse(answer)));
    }
    return Status.DONE;
  }

  private int verify(AdminClient admin) throws IOException, Failure {
    byte[] answer = admin.post("/cluster/verify");
    JsonTree found = JsonTree.parse(answer);
    boolean equal = found.isTrue("equal");
    if (json) {
      terminal.out().write(answer, 0, answer.length);
    } else if (equal) {
      terminal.out().println(VerificationText.of(found));
    } else {
      terminal.complain(VerificationText.of(found));
    }
    return equal ? Status.DONE : Status.FAILED;
  }

  private int force() throws Exception {
    if (!isAllowed("discard all data that only other nodes have; it cannot be restored")) {
      return Status.FAILED;
    }
    String node = forcing.force(broker, terminal);
    say(
        "node "
            + node
            + " has left its cluster: start its broker, and found another with 'ppmq cluster init'");
    return Status.DONE;
  }

  private int change() throws IOException, Failure, InterruptedException {
    String node = arguments.isEmpty() ? null : arguments.get(0);
    boolean destroys = action.equals("remove") || action.equals("replace");
    if (destroys && !isAllowed(action + " node " + node)) {
      return Status.FAILED;
    }
    String path = "/cluster/" + (action.equals("init") ? "found" : action);
    String query = node == null ? "" : "?node=" + Target.encode(node);
    String address = arguments.size() == 2 ? "&address=" + Target.encode(arguments.get(1)) : "";
    AdminClient admin = broker.admin(terminal);
    if (BEGINNINGS.contains(action)) {
      admin.awaitListening(START_MILLIS_MAX);
    }
    byte[] answer = admin.post(path + query + address);
    if (json) {
      terminal.out().write(answer, 0, answer.length);
    } else {
      say(sentence(node));
    }
    return Status.DONE;
  }

  private String sentence(@Nullable String node) {
    return switch (action) {
      case "init" ->
          "founded: this node is the first member; now run 'ppmq cluster join' on the others";
      case "join" -> "joined";
      case "add" -> "node " + node + " is a member";
      case "remove" -> "node " + node + " is no longer a member";
      case "replace" -> "node " + node + " is a member again";
      default -> "node " + node + " leads";
    };
  }

  private boolean isAllowed(String what) throws IOException, Failure {
    boolean allowed = consent.isGiven(terminal, () -> what);
    if (!allowed) {
      terminal.complain("nothing was changed");
    }
    return allowed;
  }

  private void say(String sentence) {
    terminal.out().println(sentence);
  }

  /** The actions, for the completion of the shell. */
  static final class Actions implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ACTIONS.iterator();
    }
  }
}
