package io.ppmq.compare;

import com.dinstone.beanstalkc.Job;
import com.dinstone.beanstalkc.internal.Connection;
import com.dinstone.beanstalkc.internal.OperationFuture;
import com.dinstone.beanstalkc.internal.operation.DeleteOperation;
import com.dinstone.beanstalkc.internal.operation.PutOperation;
import com.dinstone.beanstalkc.internal.operation.ReleaseOperation;
import com.dinstone.beanstalkc.internal.operation.UseOperation;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Due;
import io.ppmq.bench.Settings;
import io.ppmq.bench.Tally;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Received;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * beanstalkd with several connections that reserve jobs and delete or release them. Its delays are
 * whole seconds.
 */
public final class BeanstalkdWorkers implements Driver {
  private static final int TTR_SECONDS = 300;

  @Override
  public DrivenProducer producer(Settings settings) throws InterruptedException {
    Connection connection = Beanstalkd.connect(settings);
    connection.handle(new UseOperation(Beanstalkd.TUBE)).get();
    Due due = new Due(settings.number("delaySeconds"));
    boolean delayed = settings.number("delaySeconds") > 0;
    Beanstalkd.Put put =
        payload -> {
          long millis = delayed ? Due.millisUntil(due.next()) : 0;
          int seconds = (int) TimeUnit.MILLISECONDS.toSeconds(millis + 999);
          return new PutOperation(0, seconds, TTR_SECONDS, payload);
        };
    return new WindowedProducer(
        new Beanstalkd.JobOutlet(connection, put, Executors.newSingleThreadExecutor()),
        settings.number("payload"),
        settings.number("batch"));
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws InterruptedException {
    return new Team(settings);
  }

  private static final class Team implements DrivenSubscriber {
    private final Tally tally = new Tally();
    private final Crew crew = new Crew();
    private final int nackMillis;

    Team(Settings settings) throws InterruptedException {
      this.nackMillis = settings.number("nackMillis");
      for (int i = 0; i < settings.number("workers"); i++) {
        Connection connection = Beanstalkd.watching(settings);
        crew.add(new Hand(connection, new HashSet<>())::work, connection::close);
      }
    }

    private final class Hand {
      private final Connection connection;
      private final Set<Long> seen;
      private int asked = 1;

      Hand(Connection connection, Set<Long> seen) {
        this.connection = connection;
        this.seen = seen;
      }

      void work() throws InterruptedException {
        List<Job> jobs = Beanstalkd.reserve(connection, asked);
        List<OperationFuture<Boolean>> answers = new ArrayList<>(jobs.size());
        if (!jobs.isEmpty()) {
          tally.arrived();
        }
        for (Job job : jobs) {
          if (nackMillis >= 0 && seen.add(job.getId())) {
            int seconds = (int) TimeUnit.MILLISECONDS.toSeconds(nackMillis);
            answers.add(connection.handle(new ReleaseOperation(job.getId(), 0, seconds)));
          } else {
            tally.message(job.getData());
            answers.add(connection.handle(new DeleteOperation(job.getId())));
          }
        }
        asked = Math.max(1, Math.min(Beanstalkd.BATCH, 2 * jobs.size()));
      }
    }

    @Override
    public Received receive(int ends) throws InterruptedException {
      return tally.await(ends);
    }

    @Override
    public void close() {
      crew.close();
    }
  }
}
