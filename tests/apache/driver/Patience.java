import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.impl.MQClientManager;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.RemotingClient;

/**
 * Every request of this JVM has a minute for its answer, whatever its caller gives it: the commands of mqadmin give 5 s, a
 * send of theirs 3 s, and cannot be told otherwise. On a busy machine an answer takes longer, and what was stored or done is
 * then told as a failure, left out of a sum, or done once more.
 */
final class Patience {
    private static final int MS = 60000;

    private Patience() {
    }

    /** From now on, of all clients that are made. */
    static void begin() throws ReflectiveOperationException {
        Field table = MQClientManager.class.getDeclaredField("factoryTable");
        table.setAccessible(true);
        table.set(MQClientManager.getInstance(), new Instances());
    }

    /** A send that is made again because its answer is late may be stored twice. */
    static void sendOnce(DefaultMQProducer producer) {
        producer.setSendMsgTimeout(MS);
        producer.setRetryTimesWhenSendFailed(0);
        producer.setRetryTimesWhenSendAsyncFailed(0);
    }

    /** What MQClientManager keeps its instances in; it puts each there before anybody uses it. */
    private static final class Instances extends ConcurrentHashMap<String, MQClientInstance> {
        private static final long serialVersionUID = 1L;

        @Override
        public MQClientInstance putIfAbsent(String id, MQClientInstance instance) {
            try {
                lengthen(instance);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
            return super.putIfAbsent(id, instance);
        }
    }

    private static void lengthen(MQClientInstance instance) throws ReflectiveOperationException {
        instance.getMQAdminImpl().setTimeoutMillis(MS);
        Object api = instance.getMQClientAPIImpl();
        Field field = api.getClass().getDeclaredField("remotingClient");
        field.setAccessible(true);
        RemotingClient client = (RemotingClient) field.get(api);
        field.set(api, Proxy.newProxyInstance(RemotingClient.class.getClassLoader(), new Class<?>[] {RemotingClient.class},
            (proxy, method, arguments) -> {
                if (method.getName().startsWith("invoke")) {
                    arguments[2] = Math.max((long) arguments[2], MS);
                }
                try {
                    return method.invoke(client, arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            }));
    }
}
