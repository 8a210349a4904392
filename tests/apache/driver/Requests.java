import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Requests and replies: "X" is replied to with "re: X". */
final class Requests {
    private static final int PATIENT_MS = 60000;

    private Requests() {
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Asks for PREFIX-0, PREFIX-1, ...; false when a reply is not what it should be. */
    static boolean request(DefaultMQProducer producer, String topic, String prefix, int count) throws Exception {
        boolean good = true;
        for (int i = 0; i < count; i++) {
            String asked = prefix + "-" + i;
            CompletableFuture<Message> replied = new CompletableFuture<>();
            // The form without a callback, and this one with null, tell of the stored request before 5.4.
            producer.request(new Message(topic, asked.getBytes(StandardCharsets.UTF_8)), new RequestCallback() {
                @Override
                public void onSuccess(Message reply) {
                    if (reply != null) {
                        replied.complete(reply);
                    }
                }

                @Override
                public void onException(Throwable error) {
                    replied.completeExceptionally(error);
                }
            }, PATIENT_MS);
            Message reply = replied.get(PATIENT_MS, TimeUnit.MILLISECONDS);
            String got = text(reply.getBody());
            System.out.println("REPLY " + got + "\tproperties=" + reply.getProperties());
            good &= got.equals("re: " + asked);
        }
        return good;
    }

    /** Replies to so many requests; false when they do not come. */
    static boolean reply(DefaultMQPushConsumer consumer, DefaultMQProducer producer, int count, long timeoutMs) throws Exception {
        CountDownLatch left = new CountDownLatch(count);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                try {
                    byte[] body = ("re: " + text(message.getBody())).getBytes(StandardCharsets.UTF_8);
                    producer.send(MessageUtil.createReplyMessage(message, body));
                    System.out.println("REPLIED " + text(body));
                    left.countDown();
                } catch (Exception failed) {
                    failed.printStackTrace();
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        boolean all = left.await(timeoutMs, TimeUnit.MILLISECONDS);
        consumer.shutdown();
        return all;
    }
}
