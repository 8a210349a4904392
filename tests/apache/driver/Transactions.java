import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Half messages that another client of the group answers for, and the other way round. */
final class Transactions {
    private Transactions() {
    }

    /** Decides nothing, however often it is asked. */
    static TransactionListener undecided() {
        return new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object state) {
                return LocalTransactionState.UNKNOW;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                return LocalTransactionState.UNKNOW;
            }
        };
    }

    /** Half messages and no end. */
    static void leaveOpen(TransactionMQProducer producer, List<Message> messages) throws Exception {
        for (Message message : messages) {
            TransactionSendResult result = producer.sendMessageInTransaction(message, null);
            System.out.println("SENT " + text(message) + "\tstatus=" + result.getSendStatus() + "\tmsgId=" + result.getMsgId());
        }
    }

    /** Commits what it is asked about; the latch counts different bodies. */
    static TransactionListener committing(CountDownLatch asked) {
        Set<String> seen = new HashSet<>();
        return new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object state) {
                return LocalTransactionState.UNKNOW;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                synchronized (seen) {
                    if (seen.add(text(message))) {
                        System.out.println("CHECK " + text(message) + "\tmsgId=" + message.getMsgId());
                        asked.countDown();
                    }
                }
                return LocalTransactionState.COMMIT_MESSAGE;
            }
        };
    }

    /** With answers on a thread of our own, whose end can be waited for. */
    static TransactionMQProducer answering(TransactionMQProducer producer) {
        producer.setExecutorService(Executors.newSingleThreadExecutor());
        return producer;
    }

    /**
     * False: not all were asked about in time. Answers go one-way; a broker has them when it answers a call that was made after
     * them on the same connection.
     */
    static boolean await(TransactionMQProducer producer, String topic, CountDownLatch asked, long timeoutMs) throws Exception {
        boolean inTime = asked.await(timeoutMs, TimeUnit.MILLISECONDS);
        producer.getExecutorService().shutdown();
        inTime &= producer.getExecutorService().awaitTermination(timeoutMs, TimeUnit.MILLISECONDS);
        for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) {
            producer.maxOffset(queue);
        }
        return inTime;
    }

    private static String text(Message message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }
}
