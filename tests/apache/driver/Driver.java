import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * The official Java client as a test partner: it sends and consumes what the command line says and tells it on standard
 * output, one line a message, the body first and then details, separated by tabs:
 *
 * <pre>
 * SENT body    status=SEND_OK  msgId=...  offsetMsgId=...  queue=broker-a:0:17
 * MSG body     msgId=...  offsetMsgId=...  queue=broker-a:0:17  times=0  tags=...  keys=...  properties={...}
 * </pre>
 *
 * Exit code: 0 as asked, 1 something missing, too much or different (said on standard error), 2 wrong use.
 * Compiles against the 4.9 and the 5.x client.
 */
public final class Driver {
    private static final Map<String, String> OPTIONS = new HashMap<>();

    private static final class Mismatch extends Exception {
        private static final long serialVersionUID = 1L;

        Mismatch(String text) {
            super(text);
        }
    }

    public static void main(String[] arguments) {
        if (arguments.length == 0 || arguments.length % 2 == 0) {
            System.err.println("usage: send|consume|retry|transaction|create-topic --namesrv ADDRESS --topic TOPIC [--OPTION VALUE] ...");
            System.exit(2);
        }
        for (int i = 1; i < arguments.length; i += 2) {
            OPTIONS.put(arguments[i], arguments[i + 1]);
        }
        int code = 0;
        try {
            run(arguments[0]);
        } catch (Throwable error) {
            System.err.println("driver: " + error);
            if (!(error instanceof Mismatch)) {
                error.printStackTrace();
            }
            code = 1;
        }
        System.out.flush();
        System.exit(code);
    }

    private static void run(String command) throws Exception {
        switch (command) {
            case "send":
                send();
                break;
            case "consume":
                consume(false);
                break;
            case "retry":
                consume(true);
                break;
            case "transaction":
                transaction();
                break;
            case "create-topic":
                createTopic();
                break;
            default:
                throw new Mismatch("no such command: " + command);
        }
    }

    private static String option(String name, String otherwise) {
        return OPTIONS.getOrDefault("--" + name, otherwise);
    }

    private static String needed(String name) throws Mismatch {
        String value = option(name, null);
        if (value == null) {
            throw new Mismatch("--" + name + " is missing");
        }
        return value;
    }

    private static int count() {
        return Integer.parseInt(option("count", "1"));
    }

    private static long timeout() {
        return Long.parseLong(option("timeout-ms", "60000"));
    }

    private static <T extends ClientConfig> T configured(T client) throws Mismatch {
        client.setNamesrvAddr(needed("namesrv"));
        client.setInstanceName(option("instance", "driver-" + System.nanoTime()));
        client.setMqClientApiTimeout(20000); // the machine may be busy
        client.setUseTLS(Boolean.parseBoolean(option("tls", "false")));
        return client;
    }

    /** The i-th message; bodies are "PREFIX-i", filled up with a's behind a blank to --body-size. */
    private static Message message(int i) throws Mismatch {
        StringBuilder body = new StringBuilder(option("body-prefix", "java") + "-" + i);
        int size = Integer.parseInt(option("body-size", "0"));
        if (body.length() < size) {
            body.append(' ');
        }
        while (body.length() < size) {
            body.append('a');
        }
        Message message = new Message(needed("topic"), body.toString().getBytes(StandardCharsets.UTF_8));
        if (option("tag", null) != null) {
            message.setTags(option("tag", null));
        }
        if (Boolean.parseBoolean(option("keys", "false"))) {
            message.setKeys("key-" + i);
        }
        String property = option("property", null);
        if (property != null) {
            message.putUserProperty(property.substring(0, property.indexOf('=')), property.substring(property.indexOf('=') + 1));
        }
        int delayLevel = Integer.parseInt(option("delay-level", "0"));
        if (delayLevel > 0) {
            message.setDelayTimeLevel(delayLevel);
        }
        return message;
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private static void sent(Message message, SendResult result) throws Mismatch {
        System.out.println("SENT " + text(message.getBody()) + "\tstatus=" + result.getSendStatus() + "\tmsgId=" + result.getMsgId()
            + "\toffsetMsgId=" + result.getOffsetMsgId() + "\tqueue=" + result.getMessageQueue().getBrokerName() + ":"
            + result.getMessageQueue().getQueueId() + ":" + result.getQueueOffset());
        if (result.getSendStatus() != SendStatus.SEND_OK) {
            throw new Mismatch("sent, but " + result.getSendStatus());
        }
    }

    private static void send() throws Exception {
        DefaultMQProducer producer = configured(new DefaultMQProducer(option("group", "driver-send")));
        producer.setSendMsgTimeout(20000);
        producer.start();
        int batch = Integer.parseInt(option("batch", "1"));
        for (int i = 0; i < count(); i += batch) {
            if (batch == 1) {
                Message message = message(i);
                sent(message, producer.send(message));
                continue;
            }
            List<Message> messages = new ArrayList<>();
            for (int j = i; j < Math.min(i + batch, count()); j++) {
                messages.add(message(j));
            }
            SendResult result = producer.send(messages);
            for (Message message : messages) {
                sent(message, result);
            }
        }
        producer.shutdown();
    }

    private static String received(MessageExt message) {
        return "MSG " + text(message.getBody()) + "\tmsgId=" + message.getMsgId() + "\toffsetMsgId="
            + MessageDecoder.createMessageId(message.getStoreHost(), message.getCommitLogOffset()) + "\tqueue="
            + message.getBrokerName() + ":" + message.getQueueId() + ":" + message.getQueueOffset() + "\ttimes="
            + message.getReconsumeTimes() + "\ttags=" + message.getTags() + "\tkeys=" + message.getKeys() + "\tproperties="
            + new TreeMap<>(message.getProperties());
    }

    /** Takes in what a listener gets; counts down once for each message that is done. */
    private static final class Intake {
        private final CountDownLatch left = new CountDownLatch(count());
        private final boolean refuseFirst;
        private final Set<String> refused = new HashSet<>();
        private final List<String> wrong = new ArrayList<>();
        private int done;

        Intake(boolean refuseFirst) {
            this.refuseFirst = refuseFirst;
        }

        synchronized boolean take(MessageExt message) {
            System.out.println(received(message));
            String body = text(message.getBody());
            if (refuseFirst && refused.add(body)) {
                if (message.getReconsumeTimes() != 0) {
                    wrong.add(body + " came the first time with reconsumeTimes " + message.getReconsumeTimes());
                }
                return false;
            }
            if (refuseFirst && message.getReconsumeTimes() != 1) {
                wrong.add(body + " came again with reconsumeTimes " + message.getReconsumeTimes());
            }
            if (refuseFirst && !message.getTopic().equals(option("topic", null))) {
                wrong.add(body + " came again under the topic " + message.getTopic());
            }
            done++;
            left.countDown();
            return true;
        }

        synchronized void finish(boolean inTime) throws Mismatch {
            if (!inTime) {
                throw new Mismatch(done + " of " + count() + " messages within " + timeout() + " ms");
            }
            if (done > count()) {
                throw new Mismatch(done + " messages instead of " + count());
            }
            if (!wrong.isEmpty()) {
                throw new Mismatch(wrong.toString());
            }
        }
    }

    /** retry: the listener refuses every message once and expects it again. */
    private static void consume(boolean retry) throws Exception {
        Intake intake = new Intake(retry);
        DefaultMQPushConsumer consumer = configured(new DefaultMQPushConsumer(needed("group")));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        if (option("sql", null) != null) {
            consumer.subscribe(needed("topic"), MessageSelector.bySql(option("sql", null)));
        } else {
            consumer.subscribe(needed("topic"), option("expr", "*"));
        }
        if (Boolean.parseBoolean(option("orderly", "false"))) {
            consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
                boolean all = true;
                for (MessageExt message : messages) {
                    all &= intake.take(message);
                }
                return all ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
            });
        } else {
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                context.setDelayLevelWhenNextConsume(1);
                boolean all = true;
                for (MessageExt message : messages) {
                    all &= intake.take(message);
                }
                return all ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
            });
        }
        consumer.start();
        boolean inTime = intake.left.await(timeout(), TimeUnit.MILLISECONDS);
        Thread.sleep(Long.parseLong(option("linger-ms", "300"))); // one message too many would come now
        consumer.shutdown();
        intake.finish(inTime);
    }

    /** Message 3k is committed at once, 3k+1 rolled back, 3k+2 left open and committed when the broker asks. */
    private static void transaction() throws Exception {
        Set<String> open = new HashSet<>();
        Set<String> rolledBack = new HashSet<>();
        Set<String> answered = new HashSet<>();
        for (int i = 0; i < count(); i++) {
            if (i % 3 != 0) {
                (i % 3 == 1 ? rolledBack : open).add(text(message(i).getBody()));
            }
        }
        CountDownLatch asked = new CountDownLatch(open.size());
        TransactionMQProducer producer = configured(new TransactionMQProducer(option("group", "driver-transaction")));
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object state) {
                return (LocalTransactionState) state;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                String body = text(message.getBody());
                synchronized (answered) {
                    System.out.println("CHECK " + body + "\tmsgId=" + message.getMsgId());
                    if (open.contains(body) && answered.add(body)) {
                        asked.countDown();
                    }
                    return rolledBack.contains(body) ? LocalTransactionState.ROLLBACK_MESSAGE : LocalTransactionState.COMMIT_MESSAGE;
                }
            }
        });
        producer.start();
        LocalTransactionState[] states = {LocalTransactionState.COMMIT_MESSAGE, LocalTransactionState.ROLLBACK_MESSAGE,
            LocalTransactionState.UNKNOW};
        for (int i = 0; i < count(); i++) {
            Message message = message(i);
            SendResult result = producer.sendMessageInTransaction(message, states[i % 3]);
            if (i % 3 == 1) {
                System.out.println("ROLLED-BACK " + text(message.getBody()));
            } else {
                sent(message, result);
            }
        }
        boolean inTime = asked.await(timeout(), TimeUnit.MILLISECONDS);
        Thread.sleep(300); // the last answer goes one-way
        producer.shutdown();
        if (!inTime) {
            throw new Mismatch("the broker did not ask for " + asked.getCount() + " of " + open.size() + " open transactions");
        }
    }

    /** Returns when every queue is in the route. On a busy machine a step may fail: it is tried again. */
    private static void createTopic() throws Exception {
        DefaultMQAdminExt admin = configured(new DefaultMQAdminExt(5000));
        admin.start();
        String topic = needed("topic");
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeout());
        Set<String> brokers = new HashSet<>();
        while (true) {
            try {
                brokers.clear();
                admin.examineBrokerClusterInfo().getBrokerAddrTable().values()
                    .forEach(broker -> brokers.add(broker.selectBrokerAddr()));
                for (String address : brokers) {
                    TopicConfig config = new TopicConfig(topic);
                    config.setReadQueueNums(Integer.parseInt(option("queues", "4")));
                    config.setWriteQueueNums(Integer.parseInt(option("queues", "4")));
                    admin.createAndUpdateTopicConfig(address, config);
                }
                break;
            } catch (RemotingException late) {
                if (System.nanoTime() > end) {
                    throw late;
                }
            }
        }
        while (true) {
            try {
                if (admin.examineTopicRouteInfo(topic).getQueueDatas().size() == brokers.size()) {
                    break;
                }
            } catch (Exception notYet) {
                // asked again
            }
            if (System.nanoTime() > end) {
                throw new Mismatch("the topic does not get into the route");
            }
            Thread.sleep(50);
        }
        admin.shutdown();
        System.out.println("CREATED " + topic + "\tbrokers=" + brokers.size());
    }
}
