import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;

/** A member of a broadcasting group, whose offsets are in a folder that it shares with a C member. */
final class Broadcasts {
    private Broadcasts() {
    }

    /**
     * Before it starts. The folder is read once by the JVM (LocalFileOffsetStore): the same one each time. The class of
     * the message model is in another package in clients from 5.0 on.
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    static void set(DefaultMQPushConsumer consumer, String folder) throws Exception {
        System.setProperty("rocketmq.client.localOffsetStoreDir", folder);
        consumer.setClientIP("127.0.0.1");
        Class<?> type = consumer.getMessageModel().getClass();
        DefaultMQPushConsumer.class.getMethod("setMessageModel", type)
            .invoke(consumer, Enum.valueOf((Class) type, "BROADCASTING"));
    }
}
