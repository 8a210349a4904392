import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageClientIDSetter;

/** How a producer sends: with a type of compression, by auto-batch (clients from 5.2 on), with message trace. */
final class Sends {
    private static final String COMPRESS_TYPE = "rocketmq.message.compressType";
    /** Longer than any pause of a busy machine between two sends: all that is sent meanwhile is one batch. */
    private static final int HOLD_MS = 1000;

    private Sends() {
    }

    /** Producers read the type when they are made. Those without a trace topic trace nothing. */
    static DefaultMQProducer producer(String group, String compressType, String traceTopic) {
        if (compressType == null) {
            System.clearProperty(COMPRESS_TYPE);
        } else {
            System.setProperty(COMPRESS_TYPE, compressType);
        }
        return traceTopic == null ? new DefaultMQProducer(group) : new DefaultMQProducer(group, true, traceTopic);
    }

    /** Before the start. */
    static void autoBatch(DefaultMQProducer producer) throws Exception {
        Method enable = DefaultMQProducer.class.getMethod("setAutoBatch", boolean.class);
        enable.invoke(producer, true);
        DefaultMQProducer.class.getMethod("batchMaxDelayMs", int.class).invoke(producer, HOLD_MS);
    }

    /** Sends them all, and waits for the results, in their order. */
    static SendResult[] async(DefaultMQProducer producer, List<Message> messages, long timeoutMs) throws Exception {
        SendResult[] results = new SendResult[messages.size()];
        CountDownLatch left = new CountDownLatch(results.length);
        for (int i = 0; i < results.length; i++) {
            int number = i;
            producer.send(messages.get(i), new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    results[number] = result;
                    left.countDown();
                }

                @Override
                public void onException(Throwable error) {
                    error.printStackTrace();
                    left.countDown();
                }
            });
        }
        if (!left.await(timeoutMs, TimeUnit.MILLISECONDS)) {
            throw new Exception(left.getCount() + " sends have no end within " + timeoutMs + " ms");
        }
        return results;
    }

    /** The result of a batch has the ids of all. Auto-batch gives messages no ids. */
    static String id(Message message, SendResult result) {
        String own = MessageClientIDSetter.getUniqID(message);
        return own == null ? result.getMsgId() : own;
    }

    /** How the body came; what has decompressed it may have taken back the bit that says so, the type stays. */
    static String compression(int sysFlag) {
        String[] names = {"no", "LZ4", "ZSTD", "ZLIB"};
        return names[sysFlag >> 8 & 3];
    }
}
