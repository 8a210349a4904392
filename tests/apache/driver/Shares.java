import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** A member for each strategy, in a group of its own, which shares its topic with other clients. */
final class Shares {
    private Shares() {
    }

    /** The queues of the topic that it has now: "broker-a:0 broker-a:1 ...". */
    private static String held(DefaultMQPushConsumer consumer, String topic) {
        TreeSet<String> held = new TreeSet<>();
        for (MessageQueue queue : consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet()) {
            if (queue.getTopic().equals(topic)) {
                held.add(queue.getBrokerName() + ":" + queue.getQueueId());
            }
        }
        return String.join(" ", held);
    }

    private static void start(DefaultMQPushConsumer consumer, String topic, String strategy) throws Exception {
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAllocateMessageQueueStrategy(Allocations.strategy(strategy, null, null));
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                say("MSG " + strategy + "/" + new String(message.getBody(), StandardCharsets.UTF_8));
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** One for each strategy. Tells what they have, whenever it changes, until the file is there. False: it did not come. */
    static boolean share(DefaultMQPushConsumer[] consumers, String[] strategies, String topic, String file, long timeoutMs)
        throws Exception {
        Path end = Paths.get(file);
        long deadline = System.nanoTime() + timeoutMs * 1000000L;
        String[] told = new String[strategies.length];
        for (int i = 0; i < strategies.length; i++) {
            start(consumers[i], topic, strategies[i]);
        }
        while (!Files.exists(end) && System.nanoTime() < deadline) {
            for (int i = 0; i < strategies.length; i++) {
                String now = held(consumers[i], topic);
                if (!now.equals(told[i])) {
                    say("QUEUES " + strategies[i] + "/ " + now);
                }
                told[i] = now;
            }
            Thread.sleep(50);
        }
        for (DefaultMQPushConsumer consumer : consumers) {
            consumer.shutdown();
        }
        return Files.exists(end);
    }
}
