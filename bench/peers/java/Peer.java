// SPDX-License-Identifier: Apache-2.0
import java.lang.management.ManagementFactory;
import java.util.concurrent.Semaphore;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/** Peer NAMESRV TOPIC BODY COUNT WINDOW: asynchronous sends with a window; prints the rate and CPU a message (us). */
public class Peer {
    static Semaphore places;

    static void fail(Object why) {
        System.err.println("java: " + why);
        Runtime.getRuntime().halt(1);
    }

    static void sendAll(DefaultMQProducer producer, String topic, byte[] body, int count, int window) throws Exception {
        for (int i = 0; i < count; i++) {
            places.acquire();
            producer.send(new Message(topic, body), new SendCallback() {
                @Override public void onSuccess(SendResult result) {
                    if (result.getSendStatus() != SendStatus.SEND_OK) {
                        fail(result);
                    }
                    places.release();
                }

                @Override public void onException(Throwable e) {
                    fail(e);
                }
            });
        }
        places.acquire(window);
        places.release(window);
    }

    static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[3]), window = Integer.parseInt(args[4]);
        byte[] body = new byte[Integer.parseInt(args[2])];
        DefaultMQProducer producer = new DefaultMQProducer("bench_peers");
        producer.setNamesrvAddr(args[0]);
        producer.setSendMsgTimeout(10000);
        places = new Semaphore(window);
        producer.start();
        sendAll(producer, args[1], body, count, window);
        long start = System.nanoTime(), cpu = cpuNanos();
        sendAll(producer, args[1], body, count, window);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("%.0f %.3f%n", count / seconds, (cpuNanos() - cpu) / 1e3 / count);
        producer.shutdown();
        System.exit(0);
    }
}
