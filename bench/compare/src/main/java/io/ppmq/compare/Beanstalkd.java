package io.ppmq.compare;

import com.dinstone.beanstalkc.Configuration;
import com.dinstone.beanstalkc.Job;
import com.dinstone.beanstalkc.internal.Connection;
import com.dinstone.beanstalkc.internal.ConnectionFactory;
import com.dinstone.beanstalkc.internal.OperationFuture;
import com.dinstone.beanstalkc.internal.operation.DeleteOperation;
import com.dinstone.beanstalkc.internal.operation.PutOperation;
import com.dinstone.beanstalkc.internal.operation.ReserveOperation;
import com.dinstone.beanstalkc.internal.operation.UseOperation;
import com.dinstone.beanstalkc.internal.operation.WatchOperation;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Intake;
import io.ppmq.bench.Settings;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Received;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * beanstalkd with a binlog, through beanstalkc. Its protocol has no batches, but accepts commands
 * while others await their answer. The producers and consumers of beanstalkc wait for each answer;
 * the connection beneath them does not, so this driver uses the connection.
 */
public final class Beanstalkd implements Driver {
  static final String TUBE = "bench";
  static final int BATCH = 50;
  private static final int RUN_SECONDS_MAX = 60;
  private static final int WAIT_SECONDS = 10;

  static PeerServer start(Path directory, long syncMillis) throws Exception {
    int port = PeerServer.freePort();
    return PeerServer.start(
        directory,
        port,
        List.of(
            "beanstalkd",
            "-l",
            "127.0.0.1",
            "-p",
            "" + port,
            "-b",
            directory.toString(),
            "-f",
            "" + syncMillis),
        PeerServer.output(List.of("beanstalkd", "-v")).replace("beanstalkd ", ""));
  }

  static Connection connect(Settings settings) {
    Configuration configuration = new Configuration();
    configuration.setServiceHost("127.0.0.1");
    configuration.setServicePort(settings.number("port"));
    return ConnectionFactory.getInstance().createConnection(configuration);
  }

  @Override
  public DrivenProducer producer(Settings settings) throws InterruptedException {
    Connection connection = connect(settings);
    connection.handle(new UseOperation(TUBE)).get();
    return new WindowedProducer(
        new JobOutlet(
            connection,
            payload -> new PutOperation(0, 0, RUN_SECONDS_MAX, payload),
            Executors.newSingleThreadExecutor()),
        settings.number("payload"),
        settings.number("batch"));
  }

  /** Creates the command that puts one message. */
  interface Put {
    PutOperation of(byte[] payload);
  }

  record JobOutlet(Connection connection, Put put, ExecutorService waiter)
      implements WindowedProducer.Outlet {
    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed) {
      List<OperationFuture<Long>> puts = new ArrayList<>(payloads.size());
      for (byte[] payload : payloads) {
        puts.add(connection.handle(put.of(payload)));
      }
      waiter.execute(() -> await(puts, confirmed));
    }

    /** Waits for futures of the library, which has no callbacks. */
    private static void await(
        List<OperationFuture<Long>> puts, WindowedProducer.Confirmed confirmed) {
      try {
        for (OperationFuture<Long> put : puts) {
          put.get();
        }
        confirmed.done(null);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        confirmed.done(e);
      }
    }

    @Override
    public void close() {
      waiter.shutdownNow();
      connection.close();
    }
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws InterruptedException {
    return new JobSubscriber(watching(settings));
  }

  /** Opens a connection that reserves the jobs of the benchmark's tube. */
  static Connection watching(Settings settings) throws InterruptedException {
    Connection connection = connect(settings);
    connection.handle(new WatchOperation(TUBE)).get();
    return connection;
  }

  /** Waits for one job, and takes more jobs if they are ready. */
  static List<Job> reserve(Connection connection, int most) throws InterruptedException {
    List<OperationFuture<Job>> reserves = new ArrayList<>(most);
    for (int i = 0; i < most; i++) {
      reserves.add(connection.handle(new ReserveOperation(i == 0 ? WAIT_SECONDS : 0)));
    }
    List<Job> jobs = new ArrayList<>(most);
    for (OperationFuture<Job> reserve : reserves) {
      Job job = reserve.get();
      if (job != null) {
        jobs.add(job);
      }
    }
    return jobs;
  }

  private record JobSubscriber(Connection connection) implements DrivenSubscriber {
    @Override
    public Received receive(int ends) throws InterruptedException {
      Intake intake = new Intake(ends);
      List<OperationFuture<Boolean>> deletes = new ArrayList<>();
      int asked = 1;
      while (intake.isOpen()) {
        List<Job> jobs = reserve(connection, asked);
        if (!jobs.isEmpty()) {
          intake.batch();
        }
        deletes.clear();
        for (Job job : jobs) {
          intake.message(job.getData());
          deletes.add(connection.handle(new DeleteOperation(job.getId())));
        }
        // A command that finds no job costs an answer, too.
        asked = Math.max(1, Math.min(BATCH, 2 * jobs.size()));
      }
      for (OperationFuture<Boolean> delete : deletes) {
        delete.get();
      }
      return intake.received();
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
