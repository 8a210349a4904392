// SPDX-License-Identifier: Apache-2.0
package shop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** What an application's context does with its beans, a hundred times against one cluster. */
@EnabledIfEnvironmentVariable(named = "RMQ_MOCK_CONTROL", matches = "http://.+")
class ContextsTest {
    private static String control(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("RMQ_MOCK_CONTROL") + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body)).build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());

        assertTrue(answer.statusCode() < 300, answer::body);
        return answer.body().trim();
    }

    /** Ten at a time. */
    @Test
    @Timeout(900)
    void aHundredContextsComeAndGo() throws Exception {
        control("POST", "/topics", "{\"topic\":\"contexts\",\"queues\":4}");
        ExecutorService ten = Executors.newFixedThreadPool(10);
        List<Future<?>> contexts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String name = "context" + i;
            contexts.add(ten.submit(() -> {
                comeAndGo(name);
                return null;
            }));
        }
        for (Future<?> context : contexts) {
            context.get();
        }
        ten.shutdown();
        // Who has gone is missed when his connection has closed.
        while (!control("GET", "/connections", "").equals("[]")) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static void comeAndGo(String name) throws Exception {
        CountDownLatch came = new CountDownLatch(1);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("consumers-" + name);
        consumer.setInstanceName("consumer-" + name);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe("contexts", name);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(m -> came.countDown());
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        DefaultMQProducer producer = new DefaultMQProducer("producers-" + name);
        producer.setInstanceName("producer-" + name);
        producer.setSendMsgTimeout(60_000); // ten clients start at a time
        consumer.start();
        try {
            producer.start();
            producer.send(new Message("contexts", name, name.getBytes(StandardCharsets.UTF_8)));
            assertTrue(came.await(300, TimeUnit.SECONDS), "the message of " + name + " has come");
        } finally {
            consumer.shutdown();
            producer.shutdown();
        }
    }
}
