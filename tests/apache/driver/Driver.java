import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
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

    public static void main(String[] arguments) throws Exception {
        Patience.begin();
        if (arguments.length == 1 && arguments[0].equals("serve")) {
            Server.serve();
            System.exit(0);
        }
        int code = command(arguments);
        System.out.flush();
        System.exit(code);
    }

    /** One command with its options. Returns the exit code. */
    static int command(String[] arguments) {
        if (arguments[0].equals("mqadmin")) {
            return admin(arguments);
        }
        if (arguments.length % 2 == 0) {
            System.err.println("usage: send|consume|retry|transaction|create-topic --namesrv ADDRESS --topic TOPIC [--OPTION VALUE] ...");
            return 2;
        }
        OPTIONS.clear();
        for (int i = 1; i < arguments.length; i += 2) {
            OPTIONS.put(arguments[i], arguments[i + 1]);
        }
        try {
            run(arguments[0]);
        } catch (Throwable error) {
            System.err.println("driver: " + error);
            if (!(error instanceof Mismatch)) {
                error.printStackTrace();
            }
            return 1;
        }
        return 0;
    }

    private static int admin(String[] arguments) {
        try {
            return Admin.run(Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (Throwable error) {
            error.printStackTrace();
            return 1;
        }
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
            case "leave-open":
                leaveOpen();
                break;
            case "answer":
                answer();
                break;
            case "request":
                request();
                break;
            case "reply":
                reply();
                break;
            case "create-topic":
                createTopic();
                break;
            case "recall":
                recall();
                break;
            case "read-trace":
                readTrace();
                break;
            case "send-by-hash":
                sendByHash();
                break;
            case "lite-pull":
                litePull();
                break;
            case "set-mode":
                setMode();
                break;
            case "postpone":
                postpone();
                break;
            case "pop":
                pop();
                break;
            case "allocate":
                Allocations.print();
                break;
            case "hold":
                hold();
                break;
            case "share":
                share();
                break;
            case "inspect":
                inspect();
                break;
            case "find":
                find();
                break;
            case "stay":
                Admin.stay(configured(new DefaultMQPushConsumer(needed("group"))),
                    configured(new DefaultMQProducer(needed("group") + "-producers")), needed("topic"));
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
        return Long.parseLong(option("timeout-ms", "300000"));
    }

    /** Of those that stay until a file is there: whoever makes it waits for others meanwhile. */
    private static long stay() {
        return Long.parseLong(option("timeout-ms", "900000"));
    }

    private static <T extends ClientConfig> T configured(T client) throws Mismatch {
        client.setNamesrvAddr(needed("namesrv"));
        client.setInstanceName(option("instance", "driver-" + System.nanoTime()));
        client.setMqClientApiTimeout(20000); // the machine may be busy
        client.setUseTLS(Boolean.parseBoolean(option("tls", "false")));
        return client;
    }

    /** The i-th message; bodies are "PREFIX-i", filled up with a's behind a blank to --body-size. */
    private static Message message(int i) throws Exception {
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
        if (Boolean.parseBoolean(option("numbered", "false"))) {
            message.putUserProperty("number", Integer.toString(i));
        }
        String property = option("property", null);
        if (property != null) {
            message.putUserProperty(property.substring(0, property.indexOf('=')), property.substring(property.indexOf('=') + 1));
        }
        int delayLevel = Integer.parseInt(option("delay-level", "0"));
        if (delayLevel > 0) {
            message.setDelayTimeLevel(delayLevel);
        }
        if (delayMs() > 0) {
            Timed.delay(message, delayMs());
        }
        return message;
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private static long delayMs() {
        return Long.parseLong(option("delay-ms", "0"));
    }

    private static void sent(Message message, SendResult result) throws Exception {
        System.out.println("SENT " + text(message.getBody()) + "\tstatus=" + result.getSendStatus() + "\tmsgId="
            + Sends.id(message, result) + "\ttags=" + message.getTags() + "\tkeys=" + message.getKeys() + "\tnumber="
            + message.getUserProperty("number") + "\toffsetMsgId=" + result.getOffsetMsgId() + "\tqueue=" + result.getMessageQueue().getBrokerName() + ":"
            + result.getMessageQueue().getQueueId() + ":" + result.getQueueOffset()
            + (delayMs() > 0 ? "\thandle=" + Timed.handle(result) : ""));
        if (result.getSendStatus() != SendStatus.SEND_OK) {
            throw new Mismatch("sent, but " + result.getSendStatus());
        }
    }

    /** A send asks a name server once for the route, and fails when that takes long: so it is waited for here. */
    private static void awaitRoute(DefaultMQProducer producer) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeout());
        while (true) {
            String why = "no queue to write";
            try {
                if (!producer.fetchPublishMessageQueues(needed("topic")).isEmpty()) {
                    return;
                }
            } catch (MQClientException notYet) {
                why = notYet.toString();
            }
            if (System.nanoTime() - end > 0) {
                throw new Mismatch("no route of " + needed("topic") + " within " + timeout() + " ms: " + why);
            }
            Thread.sleep(50);
        }
    }

    private static void send() throws Exception {
        boolean isAuto = Boolean.parseBoolean(option("auto-batch", "false"));
        DefaultMQProducer producer = configured(
            Sends.producer(option("group", "driver-send"), option("compress-type", null), option("trace-topic", null)));
        Patience.sendOnce(producer);
        if (isAuto) {
            Sends.autoBatch(producer);
        }
        producer.start();
        awaitRoute(producer);
        if (isAuto) {
            sendAuto(producer);
        } else {
            sendAll(producer);
        }
        awaitFile();
        producer.shutdown();
    }

    /** A shutdown drops records of message trace that are under way. */
    private static void awaitFile() throws Exception {
        String file = option("until-file", null);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(stay());
        System.out.flush();
        while (file != null && !Files.exists(Paths.get(file)) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
    }

    private static void sendAuto(DefaultMQProducer producer) throws Exception {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < count(); i++) {
            messages.add(message(i));
        }
        SendResult[] results = Sends.async(producer, messages, timeout());
        for (int i = 0; i < results.length; i++) {
            if (results[i] == null) {
                throw new Mismatch(text(messages.get(i).getBody()) + " was not sent");
            }
            sent(messages.get(i), results[i]);
        }
    }

    private static void sendAll(DefaultMQProducer producer) throws Exception {
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
    }

    private static void readTrace() throws Exception {
        DefaultMQPushConsumer consumer = configured(new DefaultMQPushConsumer(needed("group")));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(needed("topic"), "*");
        if (!Traces.read(consumer, count(), timeout())) {
            throw new Mismatch("not " + count() + " records within " + timeout() + " ms");
        }
    }

    private static void litePull() throws Exception {
        Pulls.lite(configured(new DefaultLitePullConsumer(needed("group"))), needed("topic"), option("expr", "*"),
            needed("until-file"), stay(), message -> System.out.println(received(message)));
    }

    private static void recall() throws Exception {
        DefaultMQProducer producer = configured(new DefaultMQProducer(option("group", "driver-recall")));
        Patience.sendOnce(producer);
        producer.start();
        System.out.println("RECALLED " + Timed.recall(producer, needed("topic"), needed("handle")));
        producer.shutdown();
    }

    private static void sendByHash() throws Exception {
        DefaultMQProducer producer = configured(new DefaultMQProducer(option("group", "driver-send-by-hash")));
        Patience.sendOnce(producer);
        producer.start();
        awaitRoute(producer);
        Selectors.sendByHash(producer, needed("topic"), needed("hex-keys"));
        producer.shutdown();
    }

    private static DefaultMQProducer asking(String group) throws Exception {
        DefaultMQProducer producer = configured(new DefaultMQProducer(option("group", group)));
        Patience.sendOnce(producer);
        producer.setCompressMsgBodyOverHowmuch(Integer.parseInt(option("compress-over", "4096")));
        producer.start();
        awaitRoute(producer);
        return producer;
    }

    private static void request() throws Exception {
        DefaultMQProducer producer = asking("driver-request");
        boolean good = Requests.request(producer, needed("topic"), option("body-prefix", "java"), count());
        producer.shutdown();
        if (!good) {
            throw new Mismatch("a reply is not what it should be");
        }
    }

    private static void reply() throws Exception {
        DefaultMQProducer producer = asking("driver-reply");
        DefaultMQPushConsumer consumer = configured(new DefaultMQPushConsumer(needed("group")));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(needed("topic"), "*");
        boolean all = Requests.reply(consumer, producer, count(), timeout());
        producer.shutdown();
        if (!all) {
            throw new Mismatch("not " + count() + " requests within " + timeout() + " ms");
        }
    }

    private static String received(MessageExt message) {
        return "MSG " + text(message.getBody()) + "\tmsgId=" + message.getMsgId() + "\toffsetMsgId="
            + MessageDecoder.createMessageId(message.getStoreHost(), message.getCommitLogOffset()) + "\tqueue="
            + message.getBrokerName() + ":" + message.getQueueId() + ":" + message.getQueueOffset() + "\ttimes="
            + message.getReconsumeTimes() + "\ttags=" + message.getTags() + "\tkeys=" + message.getKeys() + "\tnumber="
            + message.getUserProperty("number") + "\tcompressed=" + Sends.compression(message.getSysFlag()) + "\tproperties="
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
            if (delayMs() > 0 && Timed.late(message, delayMs()) < 0) {
                wrong.add(body + " came " + -Timed.late(message, delayMs()) + " ms too early");
            }
            done++;
            left.countDown();
            return true;
        }

        /** False when nothing more has come for as long as the timeout: a slow machine only takes longer. */
        boolean await() throws InterruptedException {
            long before;
            do {
                before = left.getCount();
            } while (!left.await(timeout(), TimeUnit.MILLISECONDS) && left.getCount() < before);
            return left.getCount() == 0;
        }

        synchronized void finish(boolean inTime) throws Mismatch {
            if (!inTime) {
                throw new Mismatch(done + " of " + count() + " messages, then none within " + timeout() + " ms");
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
        DefaultMQPushConsumer consumer = configured(Traces.consumer(needed("group"), option("trace-topic", null)));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        if (Boolean.parseBoolean(option("server-rebalance", "false"))) {
            Pops.serverRebalance(consumer);
        }
        if (option("offsets", null) != null) {
            Broadcasts.set(consumer, option("offsets", null));
        }
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
        boolean inTime = intake.await();
        Thread.sleep(Long.parseLong(option("linger-ms", "300"))); // one message too many would come now
        awaitFile();
        consumer.shutdown();
        intake.finish(inTime);
    }

    private static void hold() throws Exception {
        DefaultMQPushConsumer consumer = configured(new DefaultMQPushConsumer(needed("group")));
        if (!Holds.hold(consumer, needed("topic"), count(), needed("until-file"), stay())) {
            throw new Mismatch("nobody ended it within " + stay() + " ms");
        }
    }

    private static void share() throws Exception {
        String[] strategies = needed("strategies").split(",");
        DefaultMQPushConsumer[] consumers = new DefaultMQPushConsumer[strategies.length];
        for (int i = 0; i < strategies.length; i++) {
            consumers[i] = configured(new DefaultMQPushConsumer(needed("group") + "-" + strategies[i]));
        }
        if (!Shares.share(consumers, strategies, needed("topic"), needed("until-file"), stay())) {
            throw new Mismatch("nobody ended it within " + stay() + " ms");
        }
    }

    private static void inspect() throws Exception {
        DefaultMQAdminExt admin = configured(new DefaultMQAdminExt(20000));
        admin.start();
        if (Inspections.inspect(admin, needed("group")) != count()) {
            throw new Mismatch("the group has not " + count() + " members");
        }
        if (option("msg-id", null) != null) {
            Inspections.direct(admin, needed("group"), needed("topic"), needed("msg-id"));
        }
        admin.shutdown();
    }

    private static void setMode() throws Exception {
        DefaultMQAdminExt admin = configured(new DefaultMQAdminExt(5000));
        admin.start();
        int brokers = Pops.setMode(admin, needed("topic"), needed("group"), needed("mode"),
            Integer.parseInt(option("share", "0")));
        admin.shutdown();
        System.out.println("MODE " + needed("mode") + "\tbrokers=" + brokers);
    }

    private static void postpone() throws Exception {
        DefaultMQPushConsumer consumer = configured(new DefaultMQPushConsumer(needed("group")));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(needed("topic"), option("expr", "*"));
        Pops.serverRebalance(consumer);
        if (!Pops.postpone(consumer, count(), timeout())) {
            throw new Mismatch("not " + count() + " messages within " + timeout() + " ms");
        }
    }

    private static void pop() throws Exception {
        DefaultMQPushConsumer consumer = configured(new DefaultMQPushConsumer(needed("group")));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(needed("topic"), "*");
        Pops.serverRebalance(consumer);
        if (!Pops.hold(consumer, needed("until-file"), stay())) {
            throw new Mismatch("nobody ended it within " + stay() + " ms");
        }
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
        TransactionMQProducer producer =
            Transactions.answering(configured(new TransactionMQProducer(option("group", "driver-transaction"))));
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
        // The broker asks those that it knows by a heartbeat, and the next one may be 30 s away.
        producer.setHeartbeatBrokerInterval(1000);
        Patience.sendOnce(producer);
        producer.start();
        awaitRoute(producer);
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
        boolean inTime = Transactions.await(producer, needed("topic"), asked, timeout());
        producer.shutdown();
        if (!inTime) {
            throw new Mismatch("the broker did not ask for " + asked.getCount() + " of " + open.size()
                + " open transactions within " + timeout() + " ms");
        }
    }

    private static void leaveOpen() throws Exception {
        TransactionMQProducer producer = configured(new TransactionMQProducer(option("group", "driver-transaction")));
        producer.setTransactionListener(Transactions.undecided());
        Patience.sendOnce(producer);
        producer.start();
        awaitRoute(producer);
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < count(); i++) {
            messages.add(message(i));
        }
        Transactions.leaveOpen(producer, messages);
        producer.shutdown();
    }

    private static void answer() throws Exception {
        CountDownLatch asked = new CountDownLatch(count());
        TransactionMQProducer producer =
            Transactions.answering(configured(new TransactionMQProducer(option("group", "driver-transaction"))));
        producer.setTransactionListener(Transactions.committing(asked));
        producer.setHeartbeatBrokerInterval(1000);
        Patience.sendOnce(producer);
        producer.start();
        awaitRoute(producer);
        // It has heartbeats only for the brokers of topics that it has sent to.
        producer.send(new Message("BenchmarkTest", "hello".getBytes(StandardCharsets.UTF_8)));
        boolean inTime = Transactions.await(producer, needed("topic"), asked, timeout());
        producer.shutdown();
        if (!inTime) {
            throw new Mismatch("the broker did not ask about " + asked.getCount() + " of " + count() + " transactions");
        }
    }

    /** Returns when every queue is in the route. On a busy machine a step may fail: it is tried again. */
    private static void find() throws Exception {
        DefaultMQProducer producer = configured(new DefaultMQProducer(option("group", "driver-find")));
        producer.start();
        int missing = 0;
        if (option("key", null) != null) {
            Finds.key(producer, needed("topic"), needed("key"));
        } else {
            missing = Finds.unique(producer, needed("topic"), needed("sent"));
        }
        producer.shutdown();
        if (missing > 0) {
            throw new Mismatch(missing + " are not found by their unique key");
        }
    }

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
