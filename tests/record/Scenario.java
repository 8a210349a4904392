import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * Drives the official client and admin tools through one long, fixed conversation, so that a relay can record what they say.
 * usage: Scenario NAMESRV BROKER-A-ADDRESS
 *
 * Compiles against the 4.9 and the 5.x client alike; what only one of them has is called by name. A step that fails is
 * reported and the conversation goes on: many steps are there for the error that they bring.
 */
public final class Scenario {
    private static final String TOPIC = "Frames";
    private static final String ORDERED = "FramesOrdered";
    private static final String RETRY = "FramesRetry";
    private static final String WRITE_ONLY = "FramesWriteOnly";
    private static final String CLUSTER = "DefaultCluster";

    private static String namesrv;
    private static String brokerA;
    private static DefaultMQAdminExt admin;
    private static boolean binary;

    interface Step {
        Object run() throws Exception;
    }

    private static void step(String name, Step step) {
        String result;
        try {
            result = "ok " + step.run();
        } catch (Throwable error) {
            while (error.getCause() != null) {
                error = error.getCause();
            }
            result = error.getClass().getSimpleName() + " " + error.getMessage();
        }
        result = result.replaceAll("\\s+", " ");
        System.out.println(name + ": " + result.substring(0, Math.min(result.length(), 150)));
    }

    /** Calls a method by name, for what is not in both clients; picks the first that takes these arguments. */
    private static Object call(Object target, String name, Object... arguments) throws Exception {
        for (Method method : target.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == arguments.length) {
                try {
                    return method.invoke(target, arguments);
                } catch (IllegalArgumentException wrongTypes) {
                    continue;
                }
            }
        }
        throw new NoSuchMethodException(name);
    }

    private static <T extends ClientConfig> T named(T client, String instance) {
        client.setNamesrvAddr(namesrv);
        client.setClientIP("127.0.0.1");
        client.setInstanceName(instance);
        client.setHeartbeatBrokerInterval(5000);
        client.setPersistConsumerOffsetInterval(1000);
        client.setPollNameServerInterval(5000);
        return client;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Message message(String topic, String tag, String key, String body) {
        Message message = new Message(topic, tag, key, bytes(body));
        return message;
    }

    public static void main(String[] arguments) {
        try {
            converse(arguments);
            System.exit(0);
        } catch (Throwable error) {
            error.printStackTrace(System.out);
            System.exit(1);
        }
    }

    private static void converse(String[] arguments) throws Exception {
        namesrv = arguments[0];
        brokerA = arguments[1];
        binary = "ROCKETMQ".equals(System.getProperty("rocketmq.serialize.type"));
        admin = named(new DefaultMQAdminExt(10000), "admin");
        admin.start();
        topics();
        DefaultMQProducer producer = named(new DefaultMQProducer("group-send"), "send");
        producer.start();
        sends(producer);
        pulls();
        pushes(producer);
        ordered(producer);
        transactions();
        requestReply(producer);
        raw();
        if (!binary) {
            signed();
            traced();
        }
        fivePointX(producer);
        admins();
        producer.shutdown();
        deletions();
        admin.shutdown();
    }

    private static void topics() throws Exception {
        for (String name : new String[] {TOPIC, ORDERED, RETRY, WRITE_ONLY}) {
            TopicConfig config = new TopicConfig(name);
            config.setReadQueueNums(2);
            config.setWriteQueueNums(2);
            config.setPerm(name.equals(WRITE_ONLY) ? 2 : 6);
            config.setOrder(name.equals(ORDERED));
            step("create " + name, () -> {
                admin.createAndUpdateTopicConfig(brokerA, config);
                return "";
            });
        }
        step("cluster", () -> admin.examineBrokerClusterInfo());
        await("route of " + RETRY, () -> admin.examineTopicRouteInfo(RETRY) != null);
        await("route of " + WRITE_ONLY, () -> admin.examineTopicRouteInfo(WRITE_ONLY) != null);
        step("no route", () -> admin.examineTopicRouteInfo("FramesNowhere"));
        step("kv put", () -> {
            admin.createAndUpdateKvConfig("FramesSpace", "key", "value");
            return "";
        });
        step("kv get", () -> admin.getKVConfig("FramesSpace", "key"));
        step("kv list", () -> admin.getKVListByNamespace("FramesSpace"));
        step("kv delete", () -> {
            admin.deleteKvConfig("FramesSpace", "key");
            return "";
        });
        step("kv get nothing", () -> admin.getKVConfig("FramesSpace", "key"));
    }

    private interface Condition {
        boolean met() throws Exception;
    }

    private static void await(String name, Condition condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < end) {
            try {
                if (condition.met()) {
                    return;
                }
            } catch (Exception notYet) {
                // asked again below
            }
            Thread.sleep(50);
        }
        System.out.println("timed out: " + name);
    }

    private static void sends(DefaultMQProducer producer) {
        MessageQueue queue = new MessageQueue(TOPIC, "broker-a", 0);
        step("plain", () -> producer.send(new Message(TOPIC, bytes("plain")), queue));
        step("tag and key", () -> producer.send(message(TOPIC, "TagA", "key-1", "tagged"), queue));
        step("properties", () -> {
            Message message = message(TOPIC, "TagB", "key-2 key-3", "with properties \u00e4\u20ac");
            message.putUserProperty("a", "5");
            message.putUserProperty("name", "\u00fc\u4e2d");
            message.setFlag(7);
            return producer.send(message, queue);
        });
        step("compressed", () -> {
            StringBuilder body = new StringBuilder();
            while (body.length() < 5000) {
                body.append("compress me ");
            }
            return producer.send(message(TOPIC, "TagA", "key-big", body.toString()), queue);
        });
        step("delayed", () -> {
            Message message = message(TOPIC, "TagA", "key-delay", "delayed");
            message.setDelayTimeLevel(2);
            return producer.send(message, queue);
        });
        step("one-way", () -> {
            producer.sendOneway(message(TOPIC, "TagA", "key-oneway", "one-way"), queue);
            return "";
        });
        step("batch", () -> {
            List<Message> batch = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                batch.add(message(TOPIC, "TagA", "key-batch-" + i, "batch " + i));
            }
            return producer.send(batch, queue);
        });
        step("empty topic made by the broker", () -> producer.send(message("FramesAuto", "TagA", "key-auto", "auto")));
        step("bad queue", () -> producer.send(message(TOPIC, "TagA", "k", "x"), new MessageQueue(TOPIC, "broker-a", 99)));
        step("max offset", () -> admin.maxOffset(queue));
        step("min offset", () -> admin.minOffset(queue));
        step("search offset", () -> admin.searchOffset(queue, System.currentTimeMillis()));
        step("earliest store time", () -> admin.earliestMsgStoreTime(queue));
    }

    private static void pulls() throws Exception {
        DefaultMQPullConsumer consumer = named(new DefaultMQPullConsumer("group-pull"), "pull");
        consumer.setRegisterTopics(Collections.singleton(TOPIC));
        consumer.start();
        MessageQueue queue = new MessageQueue(TOPIC, "broker-a", 0);
        step("queues", () -> consumer.fetchSubscribeMessageQueues(TOPIC));
        step("pull 2", () -> consumer.pull(queue, "*", 0, 2));
        step("pull all", () -> consumer.pull(queue, "*", 0, 32));
        step("pull by tag", () -> consumer.pull(queue, "TagB", 0, 32));
        step("pull no such tag", () -> consumer.pull(queue, "TagNone", 0, 32));
        step("pull by property", () -> consumer.pull(queue, MessageSelector.bySql("a > 3"), 0, 32));
        step("pull by bad expression", () -> consumer.pull(queue, MessageSelector.bySql("a > > 3"), 0, 32));
        step("pull at the end", () -> consumer.pull(queue, "*", consumer.maxOffset(queue), 32));
        step("pull beyond the end", () -> consumer.pull(queue, "*", 99999, 32));
        step("pull from an empty queue", () -> consumer.pull(new MessageQueue(RETRY, "broker-a", 1), "*", 0, 32));
        step("pull from a write-only topic", () -> consumer.pull(new MessageQueue(WRITE_ONLY, "broker-a", 0), "*", 0, 32));
        step("pull and wait", () -> {
            consumer.setConsumerPullTimeoutMillis(10000);
            consumer.setBrokerSuspendMaxTimeMillis(1500);
            return consumer.pullBlockIfNotFound(queue, "*", consumer.maxOffset(queue), 32);
        });
        step("no offset yet", () -> consumer.fetchConsumeOffset(queue, true));
        step("commit", () -> {
            consumer.updateConsumeOffset(queue, 3);
            consumer.getOffsetStore().persistAll(new HashSet<>(Collections.singleton(queue)));
            Thread.sleep(200); // it goes one-way
            return "";
        });
        step("offset", () -> consumer.fetchConsumeOffset(queue, true));
        step("by id", () -> {
            MessageExt first = consumer.pull(queue, "*", 0, 1).getMsgFoundList().get(0);
            return call(admin, "viewMessage", TOPIC, first.getMsgId());
        });
        step("by place", () -> {
            MessageExt first = consumer.pull(queue, "*", 0, 1).getMsgFoundList().get(0);
            return call(admin, "viewMessage", TOPIC, MessageDecoder.createMessageId(first.getStoreHost(), first.getCommitLogOffset()));
        });
        step("by key", () -> admin.queryMessage(TOPIC, "key-1", 4, 0, Long.MAX_VALUE));
        step("by key, none", () -> admin.queryMessage(TOPIC, "no-such-key", 4, 0, Long.MAX_VALUE));
        step("send back", () -> {
            MessageExt first = consumer.pull(queue, "*", 0, 1).getMsgFoundList().get(0);
            consumer.sendMessageBack(first, 3, "broker-a");
            return "";
        });
        step("lite pull", () -> {
            DefaultLitePullConsumer lite = named(new DefaultLitePullConsumer("group-lite"), "lite");
            lite.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            lite.subscribe(TOPIC, "TagA || TagB");
            lite.start();
            AtomicInteger seen = new AtomicInteger();
            await("lite pull", () -> seen.addAndGet(lite.poll(500).size()) > 0);
            lite.commitSync();
            lite.shutdown();
            return seen;
        });
        consumer.shutdown();
    }

    private static DefaultMQPushConsumer retrying(String instance, CountDownLatch done) throws Exception {
        DefaultMQPushConsumer consumer = named(new DefaultMQPushConsumer("group-push"), instance);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeThreadMin(1);
        consumer.setConsumeThreadMax(1);
        consumer.subscribe(RETRY, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            MessageExt message = messages.get(0);
            if (message.getReconsumeTimes() == 0 && "TagAgain".equals(message.getTags())) {
                context.setDelayLevelWhenNextConsume(1);
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
            done.countDown();
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        return consumer;
    }

    private static void pushes(DefaultMQProducer producer) throws Exception {
        producer.send(message(RETRY, "TagAgain", "key-retry", "retried"), new MessageQueue(RETRY, "broker-a", 0));
        CountDownLatch done = new CountDownLatch(1);
        DefaultMQPushConsumer first = retrying("push-1", done);
        step("retried", () -> done.await(30, TimeUnit.SECONDS));
        // The second member makes the broker tell the first one.
        DefaultMQPushConsumer second = retrying("push-2", new CountDownLatch(1));
        await("two members", () -> admin.examineConsumerConnectionInfo("group-push").getConnectionSet().size() == 2);
        Thread.sleep(1500); // the offset of the message is written meanwhile
        step("connections", () -> admin.examineConsumerConnectionInfo("group-push"));
        step("running info", () -> admin.getConsumerRunningInfo("group-push", "127.0.0.1@push-1", false));
        step("consume stats", () -> admin.examineConsumeStats("group-push"));
        step("status of a client", () -> admin.getConsumeStatus(RETRY, "group-push", ""));
        step("who consumes", () -> admin.queryTopicConsumeByWho(RETRY));
        step("time span", () -> admin.queryConsumeTimeSpan(RETRY, "group-push"));
        step("reset", () -> admin.resetOffsetByTimestamp(RETRY, "group-push", System.currentTimeMillis(), true));
        step("reset by the clients", () -> {
            Properties change = new Properties();
            change.setProperty("useServerSideResetOffset", "false"); // 5.x; 4.9 knows no other way
            admin.updateBrokerConfig(brokerA, change);
            return admin.resetOffsetByTimestamp(RETRY, "group-push", System.currentTimeMillis(), true);
        });
        step("consume directly", () -> {
            MessageExt message = admin.queryMessage(RETRY, "key-retry", 1, 0, Long.MAX_VALUE).getMessageList().get(0);
            String id = (String) call(message, "getMsgId");
            try {
                return admin.consumeMessageDirectly("group-push", "127.0.0.1@push-1", RETRY, id);
            } catch (Exception byOtherId) {
                MessageExt stored = message;
                return admin.consumeMessageDirectly("group-push", "127.0.0.1@push-1", RETRY,
                    MessageDecoder.createMessageId(stored.getStoreHost(), stored.getCommitLogOffset()));
            }
        });
        second.shutdown();
        first.shutdown();
        step("filter", () -> {
            DefaultMQPushConsumer filter = named(new DefaultMQPushConsumer("group-filter"), "filter");
            filter.subscribe(RETRY, MessageSelector.bySql("a IS NOT NULL AND a > 1"));
            filter.registerMessageListener((MessageListenerConcurrently) (messages, context) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
            filter.start();
            filter.shutdown();
            return "";
        });
        step("bad filter", () -> {
            DefaultMQPushConsumer filter = named(new DefaultMQPushConsumer("group-filter-bad"), "filter-bad");
            filter.subscribe(RETRY, MessageSelector.bySql("a IS NOT AND"));
            filter.registerMessageListener((MessageListenerConcurrently) (messages, context) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
            filter.start();
            return "";
        });
    }

    private static void ordered(DefaultMQProducer producer) throws Exception {
        for (int i = 0; i < 3; i++) {
            producer.send(message(ORDERED, "TagO", "key-o-" + i, "ordered " + i), new MessageQueue(ORDERED, "broker-a", 0));
        }
        CountDownLatch done = new CountDownLatch(3);
        DefaultMQPushConsumer consumer = named(new DefaultMQPushConsumer("group-ordered"), "ordered");
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(ORDERED, "TagO");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            done.countDown();
            return ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        step("ordered", () -> done.await(40, TimeUnit.SECONDS));
        Thread.sleep(1200); // the offset is written
        consumer.shutdown();
    }

    private static void transactions() throws Exception {
        CountDownLatch checked = new CountDownLatch(1);
        TransactionMQProducer producer = named(new TransactionMQProducer("group-transaction"), "transaction");
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object state) {
                return (LocalTransactionState) state;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                checked.countDown();
                return LocalTransactionState.COMMIT_MESSAGE;
            }
        });
        producer.start();
        for (LocalTransactionState state : LocalTransactionState.values()) {
            step("transaction " + state, () -> producer.sendMessageInTransaction(message(TOPIC, "TagT", "key-t", state.name()), state));
        }
        step("checked", () -> checked.await(40, TimeUnit.SECONDS));
        step("producers", () -> admin.examineProducerConnectionInfo("group-transaction", TOPIC));
        Thread.sleep(300); // the answer to the check goes out
        producer.shutdown();
    }

    private static void requestReply(DefaultMQProducer producer) throws Exception {
        DefaultMQProducer replier = named(new DefaultMQProducer("group-reply"), "reply");
        replier.start();
        CountDownLatch replied = new CountDownLatch(1);
        DefaultMQPushConsumer server = named(new DefaultMQPushConsumer("group-serve"), "serve");
        server.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        server.subscribe(TOPIC, "TagRequest");
        server.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                step("reply", () -> replier.send(MessageUtil.createReplyMessage(message, bytes("answer"))));
                replied.countDown();
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        server.start();
        // The 5.3.3 client reports as soon as the request is stored, without an answer; so the answer is waited for here.
        step("request", () -> producer.request(message(TOPIC, "TagRequest", "key-request", "question"), 20000));
        step("replied", () -> replied.await(20, TimeUnit.SECONDS));
        Thread.sleep(300); // the broker hands it over
        server.shutdown();
        replier.shutdown();
    }

    private static RemotingCommand command(int code, String... pairs) {
        RemotingCommand command = RemotingCommand.createRequestCommand(code, null);
        HashMap<String, String> fields = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            fields.put(pairs[i], pairs[i + 1]);
        }
        if (!fields.isEmpty()) {
            command.setExtFields(fields);
        }
        return command;
    }

    private static void ask(NettyRemotingClient client, String name, String address, RemotingCommand command) {
        step(name, () -> {
            RemotingCommand answer = client.invokeSync(address, command, 8000);
            return answer.getCode() + " " + answer.getRemark();
        });
    }

    /** Requests that the client would not send by itself. */
    private static void raw() {
        NettyRemotingClient client = new NettyRemotingClient(new NettyClientConfig());
        client.start();
        RemotingCommand old = command(105, "topic", TOPIC);
        old.setVersion(399);
        ask(client, "route for an old client", namesrv, old);
        ask(client, "unknown code, name server", namesrv, command(29999));
        ask(client, "unknown code, broker", brokerA, command(29999));
        String[] send = {"a", "group-raw", "b", "FramesNever", "c", "TBW999", "d", "4", "e", "0", "f", "0",
            "g", String.valueOf(System.currentTimeMillis()), "h", "0", "i", "", "j", "0", "k", "false", "m", "false"};
        RemotingCommand lost = command(310, send);
        lost.setBody(bytes("lost"));
        ask(client, "send to no topic", brokerA, lost);
        String[] longKeys = {"producerGroup", "group-raw", "topic", TOPIC, "defaultTopic", "TBW102", "defaultTopicQueueNums", "4",
            "queueId", "1", "sysFlag", "0", "bornTimestamp", String.valueOf(System.currentTimeMillis()), "flag", "0",
            "properties", "KEYS\u0001raw\u0002", "reconsumeTimes", "0", "unitMode", "false", "batch", "false"};
        RemotingCommand legacy = command(10, longKeys);
        legacy.setBody(bytes("legacy"));
        ask(client, "send with long keys", brokerA, legacy);
        String[] pull = {"consumerGroup", "group-raw", "topic", "FramesNever", "queueId", "0", "queueOffset", "0",
            "maxMsgNums", "32", "sysFlag", "4", "commitOffset", "0", "suspendTimeoutMillis", "0", "subscription", "*",
            "subVersion", "0", "expressionType", "TAG"};
        ask(client, "pull from no topic", brokerA, command(11, pull));
        String[] other = pull.clone();
        other[3] = TOPIC;
        other[11] = "0";
        ask(client, "pull without a subscription", brokerA, command(11, other));
        String[] queue = other.clone();
        queue[5] = "77";
        queue[11] = "4";
        ask(client, "pull from no queue", brokerA, command(11, queue));
        ask(client, "members of no group", brokerA, command(38, "consumerGroup", "group-none"));
        ask(client, "stats of no topic", brokerA, command(202, "topic", "FramesNever"));
        ask(client, "view nothing", brokerA, command(33, "offset", "123456789"));
        ask(client, "no offset", brokerA, command(14, "consumerGroup", "group-raw", "topic", TOPIC, "queueId", "0",
            "setZeroIfNotFound", "false"));
        ask(client, "offset without the fields", brokerA, command(14, "consumerGroup", "group-raw"));
        client.shutdown();
    }

    private static void signed() throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("group-signed",
            new AclClientRPCHook(new SessionCredentials("rocketmq2", "12345678")));
        named(producer, "signed").start();
        step("signed", () -> producer.send(message(TOPIC, "TagS", "key-signed", "signed"), new MessageQueue(TOPIC, "broker-a", 1)));
        producer.shutdown();
    }

    private static void traced() throws Exception {
        DefaultMQProducer producer = named(new DefaultMQProducer("group-traced", null, true, null), "traced");
        producer.start();
        step("traced", () -> producer.send(message(TOPIC, "TagTrace", "key-traced", "traced"), new MessageQueue(TOPIC, "broker-a", 1)));
        await("trace", () -> admin.maxOffset(new MessageQueue("RMQ_SYS_TRACE_TOPIC", "broker-a", 0))
            + admin.maxOffset(new MessageQueue("RMQ_SYS_TRACE_TOPIC", "broker-b", 0)) > 0);
        producer.shutdown();
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void fivePointX(DefaultMQProducer producer) throws Exception {
        Class<?> mode;
        try {
            mode = Class.forName("org.apache.rocketmq.common.message.MessageRequestMode");
        } catch (ClassNotFoundException older) {
            return;
        }
        step("timer and recall", () -> {
            Message message = message(TOPIC, "TagTimer", "key-timer", "timer");
            call(message, "setDelayTimeMs", 60000L);
            SendResult sent = producer.send(message, new MessageQueue(TOPIC, "broker-a", 1));
            return call(producer, "recallMessage", TOPIC, call(sent, "getRecallHandle"));
        });
        step("topic config", () -> admin.examineTopicConfig(brokerA, TOPIC));
        step("topics of a group", () -> call(admin, "queryTopicsByConsumer", "group-push"));
        if (binary) {
            return; // the codes of pop do not fit into the binary header
        }
        TopicConfig config = new TopicConfig("FramesPop");
        config.setReadQueueNums(1);
        config.setWriteQueueNums(1);
        admin.createAndUpdateTopicConfig(brokerA, config);
        await("route of FramesPop", () -> admin.examineTopicRouteInfo("FramesPop") != null);
        step("pop mode", () -> call(admin, "setMessageRequestMode", brokerA, "FramesPop", "group-pop",
            Enum.valueOf((Class<Enum>) mode, "POP"), 0, 5000L));
        CountDownLatch done = new CountDownLatch(4);
        AtomicInteger calls = new AtomicInteger();
        DefaultMQPushConsumer consumer = named(new DefaultMQPushConsumer("group-pop"), "pop");
        call(consumer, "setClientRebalance", false);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe("FramesPop", "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            done.countDown();
            return calls.incrementAndGet() == 2 ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        await("a member", () -> admin.examineConsumerConnectionInfo("group-pop").getConnectionSet().size() == 1);
        for (int i = 0; i < 3; i++) {
            producer.send(message("FramesPop", "TagP", "key-pop-" + i, "pop " + i), new MessageQueue("FramesPop", "broker-a", 0));
        }
        step("popped", () -> done.await(30, TimeUnit.SECONDS));
        Thread.sleep(500); // the acknowledgements go out
        consumer.shutdown();
    }

    private static void admins() {
        step("topic stats", () -> admin.examineTopicStats(TOPIC));
        step("topics", () -> admin.fetchAllTopicList());
        step("topics of the cluster", () -> admin.fetchTopicsByCLuster(CLUSTER));
        step("groups", () -> admin.getAllSubscriptionGroup(brokerA, 5000));
        step("all topic configs", () -> admin.getAllTopicConfig(brokerA, 5000));
        step("group", () -> {
            Class<?> type;
            try {
                type = Class.forName("org.apache.rocketmq.common.subscription.SubscriptionGroupConfig");
            } catch (ClassNotFoundException newer) {
                type = Class.forName("org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig");
            }
            Object config = type.getDeclaredConstructor().newInstance();
            call(config, "setGroupName", "group-made");
            call(config, "setRetryMaxTimes", 3);
            return call(admin, "createAndUpdateSubscriptionGroupConfig", brokerA, config);
        });
        step("runtime", () -> admin.fetchBrokerRuntimeStats(brokerA));
        step("consume queue", () -> admin.queryConsumeQueue(brokerA, TOPIC, 0, 0, 3, ""));
        step("consume queue of a group", () -> admin.queryConsumeQueue(brokerA, RETRY, 0, 0, 3, "group-push"));
        step("stats item", () -> admin.viewBrokerStatsData(brokerA, "TOPIC_PUT_NUMS", TOPIC));
        step("stats of all groups", () -> admin.fetchConsumeStatsInBroker(brokerA, false, 5000));
        step("clone offsets", () -> {
            admin.cloneGroupOffset("group-push", "group-clone", RETRY, true);
            return "";
        });
        step("consume offset", () -> {
            admin.updateConsumeOffset(brokerA, "group-clone", new MessageQueue(RETRY, "broker-a", 0), 1);
            return "";
        });
        step("all producers", () -> admin.getAllProducerInfo(brokerA));
        step("clean", () -> admin.cleanExpiredConsumerQueueByAddr(brokerA) && admin.cleanUnusedTopicByAddr(brokerA));
        step("broker setting", () -> {
            Properties change = new Properties();
            change.setProperty("maxTransferCountOnMessageInMemory", "64");
            admin.updateBrokerConfig(brokerA, change);
            return "";
        });
        step("wipe write", () -> admin.wipeWritePermOfBroker(namesrv, "broker-b"));
        step("add write", () -> admin.addWritePermOfBroker(namesrv, "broker-b"));
        step("system topics", () -> admin.getTopicClusterList(TOPIC));
        step("offline reset", () -> admin.resetOffsetByTimestamp(RETRY, "group-push", 0, true));
        step("ordering", () -> {
            admin.createOrUpdateOrderConf(ORDERED, "broker-a:2", false);
            return "";
        });
        step("route with ordering", () -> admin.examineTopicRouteInfo(ORDERED));
    }

    private static void deletions() {
        step("delete group", () -> {
            admin.deleteSubscriptionGroup(brokerA, "group-made");
            return "";
        });
        step("delete topic", () -> {
            admin.deleteTopicInBroker(Collections.singleton(brokerA), WRITE_ONLY);
            return "";
        });
        step("delete route", () -> call(admin, "deleteTopicInNameServer",
            Collections.singleton(namesrv), CLUSTER, WRITE_ONLY));
    }
}
