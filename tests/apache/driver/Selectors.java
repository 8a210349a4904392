import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.message.Message;

/** Which queue a key goes to. Keys come as the hex of their UTF-8, since a command line has an encoding of its own. */
final class Selectors {
    private Selectors() {
    }

    /** One message a key, by SelectMessageQueueByHash; its body is the hex. */
    static void sendByHash(DefaultMQProducer producer, String topic, String hexKeys) throws Exception {
        for (String hex : hexKeys.split(",")) {
            SendResult result = producer.send(new Message(topic, hex.getBytes(StandardCharsets.UTF_8)),
                new SelectMessageQueueByHash(), text(hex));
            System.out.println("SENT " + hex + "\tqueue=" + result.getMessageQueue().getBrokerName() + ":"
                + result.getMessageQueue().getQueueId());
        }
    }

    private static String text(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
