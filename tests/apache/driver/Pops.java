import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** POP of clients from 5.0 on: a push consumer that lets the brokers share the queues. Before, a call fails. */
final class Pops {
    private Pops() {
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

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object mode(String name) throws Exception {
        return Enum.valueOf((Class) Class.forName("org.apache.rocketmq.common.message.MessageRequestMode"), name);
    }

    /** On every broker. Returns their number. */
    static int setMode(DefaultMQAdminExt admin, String topic, String group, String mode, int share) throws Exception {
        Class<?>[] types = {String.class, String.class, String.class, mode(mode).getClass(), int.class, long.class};
        Set<String> brokers = new HashSet<>();
        admin.examineBrokerClusterInfo().getBrokerAddrTable().values().forEach(broker -> brokers.add(broker.selectBrokerAddr()));
        for (String address : brokers) {
            call(admin, "setMessageRequestMode", types, address, topic, group, mode(mode), share, 20000L);
        }
        return brokers.size();
    }

    /** Before it starts. */
    static void serverRebalance(DefaultMQPushConsumer consumer) throws Exception {
        call(consumer, "setClientRebalance", new Class<?>[] {boolean.class}, false);
    }

    /**
     * Says of each message that it comes later: the client changes its invisible time, which nobody is told of. One
     * whose change is lost by the shutdown comes again, too, as it was never acknowledged. False: not all came.
     */
    static boolean postpone(DefaultMQPushConsumer consumer, int count, long timeoutMs) throws Exception {
        CountDownLatch left = new CountDownLatch(count);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                System.out.println("POSTPONED " + new String(message.getBody(), java.nio.charset.StandardCharsets.UTF_8)
                    + "\ttimes=" + message.getReconsumeTimes());
                if (message.getReconsumeTimes() == 0) {
                    left.countDown();
                }
            }
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        call(consumer, "setPopInvisibleTime", new Class<?>[] {long.class}, 15000L);
        consumer.start();
        boolean all = left.await(timeoutMs, TimeUnit.MILLISECONDS);
        consumer.shutdown();
        return all;
    }

    /** How many messages it has popped and not acknowledged. */
    private static int waiting(DefaultMQPushConsumer consumer) throws Exception {
        Object table = call(consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl(), "getPopProcessQueueTable", new Class<?>[0]);
        int count = 0;
        for (Object queue : ((java.util.Map<?, ?>) table).values()) {
            count += (Integer) call(queue, "getWaiAckMsgCount", new Class<?>[0]);
        }
        return count;
    }

    /** A member that takes a few milliseconds a message, until the file is there. False: not within the time. */
    static boolean hold(DefaultMQPushConsumer consumer, String file, long timeoutMs) throws Exception {
        consumer.setAwaitTerminationMillisWhenShutdown(10000); // its default interrupts the listener
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                System.out.println("MSG " + new String(message.getBody(), java.nio.charset.StandardCharsets.UTF_8)
                    + "\ttimes=" + message.getReconsumeTimes());
            }
            System.out.flush();
            try {
                Thread.sleep(5);
            } catch (InterruptedException interrupted) {
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        long end = System.nanoTime() + timeoutMs * 1000000L;
        while (!java.nio.file.Files.exists(java.nio.file.Paths.get(file)) && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        // A shutdown does not wait for them. What was acknowledged is on the connection that says goodbye then, before that.
        while (waiting(consumer) > 0 && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        consumer.shutdown();
        return System.nanoTime() < end;
    }
}
