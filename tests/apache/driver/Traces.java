import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.AccessChannel;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.trace.TraceContext;
import org.apache.rocketmq.client.trace.TraceDataEncoder;
import org.apache.rocketmq.common.message.MessageExt;

/** Records of message trace, by the client's own decoder. */
final class Traces {
    private Traces() {
    }

    /** Without a trace topic it traces nothing. */
    static DefaultMQPushConsumer consumer(String group, String traceTopic) {
        return traceTopic == null ? new DefaultMQPushConsumer(group) : new DefaultMQPushConsumer(group, true, traceTopic);
    }

    /**
     * Prints each record as the client's encoder writes down what its decoder has read, with bars between the fields; false when
     * so many do not come.
     */
    static boolean read(DefaultMQPushConsumer consumer, int count, long timeoutMs) throws Exception {
        CountDownLatch left = new CountDownLatch(count);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                String body = new String(message.getBody(), StandardCharsets.UTF_8);
                for (TraceContext record : TraceDataEncoder.decoderFromTraceDataString(body)) {
                    record.setAccessChannel(AccessChannel.LOCAL); // the encoder asks for it, the decoder leaves it out
                    String text = TraceDataEncoder.encoderFromContextBean(record).getTransData();
                    System.out.println("TRACE " + text.replace((char) 1, '|').replace("\u0002", ""));
                    left.countDown();
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
