import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.tools.command.MQAdminStartup;
import org.apache.rocketmq.tools.command.SubCommand;

/** Commands of mqadmin in the driver's JVM, as a JVM of its own takes longer than most of them; and members that they find. */
final class Admin {
    /** Clients that stay until the JVM ends. */
    private static final List<Object> STAYING = new ArrayList<>();

    private Admin() {
    }

    /** "--namesrv ADDRESS COMMAND WORD ...". Some commands keep a client that they have shut down, so all are made anew. */
    static int run(String[] words) throws Exception {
        String[] line = Arrays.copyOfRange(words, 2, words.length + 2);
        line[line.length - 2] = "-n";
        line[line.length - 1] = words[1];
        for (Field field : MQAdminStartup.class.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && Collection.class.isAssignableFrom(field.getType())) {
                field.setAccessible(true);
                ((Collection<?>) field.get(null)).clear();
            }
            if (Modifier.isStatic(field.getModifiers()) && List.class.isAssignableFrom(field.getType())) {
                commands(field).add(new PatientSend()); // the first of a name is the one that is run
            }
        }
        Thread caller = Thread.currentThread();
        Thread hurrier = new Thread(() -> hurry(caller));
        hurrier.setDaemon(true);
        hurrier.start();
        try {
            MQAdminStartup.main0(line, null);
        } finally {
            hurrier.interrupt();
        }
        System.out.flush();
        return 0;
    }

    @SuppressWarnings("unchecked")
    private static List<SubCommand> commands(Field field) throws IllegalAccessException {
        return (List<SubCommand>) field.get(null);
    }

    /** A client that is shut down waits for its thread of events, which looks up every 3 s only: it is woken. */
    private static void hurry(Thread caller) {
        try {
            while (true) {
                Thread.sleep(50);
                for (StackTraceElement at : caller.getStackTrace()) {
                    if (at.getClassName().endsWith(".ServiceThread") && at.getMethodName().equals("shutdown")) {
                        wakeEvents();
                    }
                }
            }
        } catch (InterruptedException e) {
            // The command has ended.
        }
    }

    private static void wakeEvents() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("NettyEventExecutor")) {
                thread.interrupt();
            }
        }
    }

    /** A member that consumes the topic from its beginning, and a producer beside it. */
    static void stay(DefaultMQPushConsumer consumer, DefaultMQProducer producer, String topic) throws Exception {
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPersistConsumerOffsetInterval(500);
        consumer.setHeartbeatBrokerInterval(1000);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) ->
            ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        consumer.start();
        producer.start();
        producer.fetchPublishMessageQueues(topic);
        STAYING.add(consumer);
        STAYING.add(producer);
    }
}
