import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages that come later, and their recall. Clients before 5.0 and 5.3.2 have no such methods: then a call fails. */
final class Timed {
    private Timed() {
    }

    private static Object call(Object object, String name, Class<?>[] types, Object... arguments) throws Exception {
        Method method = object.getClass().getMethod(name, types);
        try {
            return method.invoke(object, arguments);
        } catch (InvocationTargetException error) {
            if (error.getCause() instanceof Exception) {
                throw (Exception) error.getCause();
            }
            throw error;
        }
    }

    static void delay(Message message, long ms) throws Exception {
        call(message, "setDelayTimeMs", new Class<?>[] {long.class}, ms);
    }

    /** Negative: it came so much too early. */
    static long late(MessageExt message, long delayMs) {
        return message.getStoreTimestamp() - message.getBornTimestamp() - delayMs;
    }

    /** "" where there is none. */
    static String handle(SendResult result) throws Exception {
        Object handle = call(result, "getRecallHandle", new Class<?>[0]);
        return handle == null ? "" : handle.toString();
    }

    /** Returns the message id that the broker tells. */
    static Object recall(DefaultMQProducer producer, String topic, String handle) throws Exception {
        return call(producer, "recallMessage", new Class<?>[] {String.class, String.class}, topic, handle);
    }
}
