import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** A member with an orderly listener, which takes a few milliseconds a message. */
final class Holds {
    private Holds() {
    }

    /** Leaves when so many came, or when the file is there. False: neither within the time. */
    static boolean hold(DefaultMQPushConsumer consumer, String topic, int count, String file, long timeoutMs)
        throws Exception {
        AtomicInteger came = new AtomicInteger();
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAwaitTerminationMillisWhenShutdown(10000); // its default interrupts the listener
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            for (MessageExt message : messages) {
                System.out.println("MSG " + new String(message.getBody(), StandardCharsets.UTF_8) + "\tqueue="
                    + context.getMessageQueue().getBrokerName() + ":" + message.getQueueId() + ":"
                    + message.getQueueOffset());
            }
            System.out.flush();
            try {
                Thread.sleep(5);
            } catch (InterruptedException interrupted) {
                return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
            }
            came.addAndGet(messages.size());
            return ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        long end = System.nanoTime() + timeoutMs * 1000000L;
        while (came.get() < count && !Files.exists(Paths.get(file)) && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        consumer.shutdown();
        return System.nanoTime() < end;
    }
}
