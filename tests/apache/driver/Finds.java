import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.impl.MQAdminImpl;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages by key, as Apache's tools look for them: one line "MSG body" each. */
final class Finds {
    private Finds() {
    }

    /** By the unique key of each line "SENT ... msgId=..." of the file. Returns how many were not found. */
    static int unique(DefaultMQProducer producer, String topic, String file) throws Exception {
        MQAdminImpl admin = admin(producer);
        int missing = 0;
        for (String line : Files.readAllLines(Paths.get(file), StandardCharsets.UTF_8)) {
            if (!line.startsWith("SENT ")) {
                continue;
            }
            String id = line.replaceAll(".*\tmsgId=([^\t]*).*", "$1");
            MessageExt found = admin.queryMessageByUniqKey(topic, id);
            if (found == null) {
                missing++;
            } else {
                print(found);
            }
        }
        return missing;
    }

    /** All that have the key: the client compares its text. */
    static void key(DefaultMQProducer producer, String topic, String key) throws Exception {
        QueryResult result = producer.queryMessage(topic, key, 1000, 0, Long.MAX_VALUE);
        result.getMessageList().forEach(Finds::print);
    }

    private static void print(MessageExt m) {
        System.out.println("MSG " + new String(m.getBody(), StandardCharsets.UTF_8) + "\tkeys=" + m.getKeys());
    }

    /** Its name has changed between the releases. */
    private static MQAdminImpl admin(DefaultMQProducer producer) throws Exception {
        Object inside = producer.getDefaultMQProducerImpl();
        for (Method method : inside.getClass().getMethods()) {
            if (method.getReturnType() == MQClientInstance.class && method.getParameterCount() == 0) {
                return ((MQClientInstance) method.invoke(inside)).getMQAdminImpl();
            }
        }
        throw new IllegalStateException("the producer has no client instance");
    }
}
