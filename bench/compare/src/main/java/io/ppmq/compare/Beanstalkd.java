package io.ppmq.compare;

import com.dinstone.beanstalkc.BeanstalkClientFactory;
import com.dinstone.beanstalkc.Configuration;
import com.dinstone.beanstalkc.Job;
import com.dinstone.beanstalkc.JobConsumer;
import com.dinstone.beanstalkc.JobProducer;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Intake;
import io.ppmq.bench.Settings;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Received;
import java.nio.file.Path;
import java.util.List;

/**
 * beanstalkd with a binlog, through beanstalkc. Its protocol knows no batches, and the client waits
 * for the answer to each command: the window is one message.
 */
public final class Beanstalkd implements Driver {
  private static final String TUBE = "bench";
  private static final int BATCH = 50;

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

  private static BeanstalkClientFactory factory(Settings settings) {
    Configuration configuration = new Configuration();
    configuration.setServiceHost("127.0.0.1");
    configuration.setServicePort(settings.number("port"));
    configuration.setOperationTimeout(60_000);
    return new BeanstalkClientFactory(configuration);
  }

  @Override
  public DrivenProducer producer(Settings settings) {
    JobProducer jobs = factory(settings).createJobProducer(TUBE);
    return new WindowedProducer(
        new JobOutlet(jobs), settings.number("payload"), settings.number("batch"));
  }

  private record JobOutlet(JobProducer jobs) implements WindowedProducer.Outlet {
    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed) {
      for (byte[] payload : payloads) {
        jobs.putJob(0, 0, 60, payload);
      }
      confirmed.done(null);
    }

    @Override
    public void close() {
      jobs.close();
    }
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) {
    return new JobSubscriber(factory(settings).createJobConsumer(TUBE));
  }

  private record JobSubscriber(JobConsumer jobs) implements DrivenSubscriber {
    @Override
    public Received receive(int ends) {
      Intake intake = new Intake(ends);
      for (long i = 0; intake.isOpen(); i++) {
        Job job = jobs.reserveJob(10);
        if (job == null) {
          continue;
        }
        if (i % BATCH == 0) {
          intake.batch();
        }
        intake.message(job.getData());
        jobs.deleteJob(job.getId());
      }
      return intake.received();
    }

    @Override
    public void close() {
      jobs.close();
    }
  }
}
