import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** The lite pull consumer, polled until a file is there. */
final class Pulls {
    private Pulls() {
    }

    static void lite(DefaultLitePullConsumer consumer, String topic, String expression, String untilFile, long timeoutMs,
        Consumer<MessageExt> tell) throws Exception {
        Path end = Paths.get(untilFile);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);

        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommit(false);
        consumer.subscribe(topic, expression);
        consumer.start();
        while (!Files.exists(end) && System.nanoTime() < deadline) {
            List<MessageExt> messages = consumer.poll(100);
            messages.forEach(tell);
            System.out.flush();
            consumer.commitSync();
        }
        consumer.shutdown();
    }
}
